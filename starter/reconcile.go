package main

import (
	"log/slog"

	"github.com/spf13/cobra"

	"transporter/internal/contract"
	"transporter/internal/keys"
	"transporter/internal/temporalx"
)

func (a *app) reconcileCommand() *cobra.Command {
	var dir string
	var daily bool
	c := &cobra.Command{
		Use: "reconcile", Short: "Find and repair what is missing, now", Args: cobra.NoArgs,
		Long: `Start the hourly reconciliation at once: pauses made in the Temporal UI are taken over,
schedules that were edited or deleted there are made anew, windows that nothing has
worked on are backfilled. It changes nothing that is in order.

Temporal is found by the standard variables TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE and
the like.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ring, err := keys.Codec(dir)
			if err != nil {
				return err
			}
			client, err := temporalx.Dial(cmd.Context(), temporalx.Options{Keys: ring, Logger: slog.New(slog.DiscardHandler)})
			if err != nil {
				return err
			}
			defer client.Close()
			id := contract.ScheduleReconcile
			if daily {
				id = contract.ScheduleMaintain
			}
			if err := temporalx.Trigger(cmd.Context(), client, id); err != nil {
				return err
			}
			a.say("started; see %s in the Temporal UI", id)
			return nil
		},
	}
	c.Flags().StringVar(&dir, "keys", ".transporter/keys", "folder of key files")
	c.Flags().BoolVar(&daily, "daily", false, "start the daily maintenance instead: retention, frozen boundaries")
	return c
}
