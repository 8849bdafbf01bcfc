// Command sandbox runs a local Conversational Cloud, and an SFTP server when asked.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"transporter/internal/config"
)

func main() {
	if err := execute(); err != nil {
		fmt.Fprintln(os.Stderr, "sandbox:", err)
		os.Exit(1)
	}
}

// execute runs the command until it ends or is interrupted.
func execute() error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var o options
	cmd := &cobra.Command{
		Use:   "sandbox",
		Short: "Run a local Conversational Cloud with made-up or recorded conversations",
		Long: "Run a local Conversational Cloud with made-up or recorded conversations.\n\n" +
			"Every flag can also be given as the variable in brackets.",
		Args:          cobra.NoArgs,
		SilenceUsage:  true,
		SilenceErrors: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := config.Sandbox.Bind(cmd.Flags(), os.LookupEnv); err != nil {
				return err
			}
			return run(ctx, &o, cmd.OutOrStdout(), time.Now)
		},
	}
	o.add(cmd.Flags())
	config.Sandbox.Describe(cmd.Flags())
	return cmd.Execute()
}
