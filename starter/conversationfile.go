package main

import (
	"path/filepath"
	"strconv"

	"github.com/spf13/cobra"
)

func (a *app) conversationFile() *cobra.Command {
	var out string
	c := &cobra.Command{
		Use: "file CONVERSATION POSITION", Short: "Fetch a file that was sent in a conversation", Args: cobra.ExactArgs(2),
		Long: "Fetch a file that an agent sent, or the consumer. POSITION is that of its message, which watch shows in front of\n" +
			"what was said. A worker brings it from the platform the first time, for as long as the platform has it.",
		Example: `  starter conversation file 5491244f-e462-4c63-bf4e-faf4b2d3e7b5 7
  starter conversation file 5491244f-e462-4c63-bf4e-faf4b2d3e7b5 7 --to receipt.png`,
		RunE: func(cmd *cobra.Command, args []string) error {
			position, err := strconv.ParseInt(args[1], 10, 64)
			if err != nil || position < 0 {
				return usagef("%q is no position: starter conversation watch %s shows them", args[1], args[0])
			}
			client, account, err := a.scope(cmd.Context())
			if err != nil {
				return err
			}
			f, err := client.Conversations(account).File(cmd.Context(), args[0], position)
			if err != nil {
				return err
			}
			defer func() { _ = f.Close() }()
			if out == "" {
				out = filepath.Base(filepath.Clean("/" + f.Name))
			}
			return a.save(out, f)
		},
	}
	c.Flags().StringVarP(&out, "to", "O", "", "file to write (default: its conversation and position, here; - is standard output)")
	return c
}
