// Worker runs the workflows and activities of the transporter. Start as many as needed,
// each with the roles it is to play; see --help.
package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"transporter/internal/config"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := command().ExecuteContext(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "worker:", err)
		os.Exit(1)
	}
}

func command() *cobra.Command {
	c := defaults()
	cmd := &cobra.Command{
		Use:   "worker",
		Short: "Run the transporter's workflows and activities",
		Long: "Run the transporter's workflows and activities.\n\n" +
			"Every flag can also be given as the variable in brackets.\n" +
			"Temporal is found by the standard TEMPORAL_* variables.",
		Args:          cobra.NoArgs,
		SilenceUsage:  true,
		SilenceErrors: true,
		PreRunE: func(cmd *cobra.Command, _ []string) error {
			if err := config.Transporter.Bind(cmd.Flags(), os.LookupEnv); err != nil {
				return err
			}
			return c.validate()
		},
		RunE: func(cmd *cobra.Command, _ []string) error {
			logger := slog.New(slog.NewJSONHandler(os.Stderr, &slog.HandlerOptions{Level: c.logLevel}))
			return run(cmd.Context(), c, logger)
		},
	}
	c.flags(cmd.Flags())
	config.Transporter.Describe(cmd.Flags())
	return cmd
}
