package main

import (
	"time"

	"github.com/spf13/cobra"
)

func (a *app) conversationShow() *cobra.Command {
	return &cobra.Command{
		Use: "show CONVERSATION", Short: "Show how a conversation stands", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			client, account, err := a.scope(cmd.Context())
			if err != nil {
				return err
			}
			v, err := client.Conversations(account).Get(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			t := table{}
			t.add("conversation", v.ID)
			t.add("state", v.Phase)
			t.add("consumer", v.Consumer)
			if v.Agent != "" {
				t.add("agent", v.Agent)
			}
			if v.Queue != "" {
				t.add("waits for skill", v.Queue)
			}
			t.add("entries", number(new(int(v.Next))))
			t.add("relayed", number(new(int(v.Relayed))))
			if v.Unrelayed > 0 {
				t.add("to be relayed", number(new(int(v.Unrelayed))))
			}
			if v.Failing != nil {
				t.add("callback fails since", when(time.UnixMilli(v.Failing.Since)))
				t.add("last error", v.Failing.Error)
			}
			if v.Stalled != "" {
				t.add("relay stopped", v.Stalled)
			}
			if v.Trouble != "" {
				t.add("trouble", v.Trouble)
			}
			if v.Unverified != "" {
				t.add("not verified", v.Unverified)
			}
			t.add("Temporal UI", v.UI)
			return a.print(v, t)
		},
	}
}
