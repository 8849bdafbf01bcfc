package main

import (
	"github.com/spf13/cobra"

	"transporter/internal/httpapi"
)

func (a *app) runRedeliver() *cobra.Command {
	var watch bool
	c := &cobra.Command{
		Use: "redeliver RUN", Short: "Send the files of a delivered run again", Args: cobra.ExactArgs(1),
		Long: "Send the files of a delivered run again from what is kept, to today's destinations and with today's\nkeys. The source is not asked.",
		RunE: func(cmd *cobra.Command, args []string) error {
			client, account, err := a.scope(cmd.Context())
			if err != nil {
				return err
			}
			s, err := client.Redeliver(cmd.Context(), account, args[0])
			if err != nil {
				return err
			}
			return a.afterStart(cmd.Context(), client, account, s, watch)
		},
	}
	c.Flags().BoolVar(&watch, "watch", false, "show progress until the run ends; a red run is exit code 1")
	return c
}

func (a *app) runAccept() *cobra.Command {
	var accept httpapi.Acceptance
	var watch bool
	c := &cobra.Command{
		Use: "accept RUN", Short: "Finish a red or waiting run without what it is red or waits for", Args: cobra.ExactArgs(1),
		Long: "Start a new attempt of a red run that leaves the named records out, or takes a window without rows as\nit is. The source is asked again only when what the run read is no longer kept, for a window of which the platform\nhad cut further records, for hours whose handle times do not fit together, and of a feed for what is exported by now.\nA record of a feed and such an hour are accepted as they were, a record of any other report by its id, whatever is\nwrong with it; the receipts say what was accepted. A run that still waits for the platform, for an export or for\nhandle times that fit together, goes on without what is named of that.",
		Example: `  starter run accept 01JD40K7M5Q3ZB1A9C8E7G6J4K.g1.20261120T060000Z --empty --note "closed for the holiday"
  starter run accept 01JD40K7M5Q3ZB1A9C8E7G6J4K.g1.20261120T060000Z --record 4f1c… --record 9a0b…
  starter run accept 01JD40K7M5Q3ZB1A9C8E7G6J4K.g1.20261120T060000Z --record '!dt=2026-11-20/hr=03 absent'`,
		RunE: func(cmd *cobra.Command, args []string) error {
			client, account, err := a.scope(cmd.Context())
			if err != nil {
				return err
			}
			s, err := client.Accept(cmd.Context(), account, args[0], accept)
			if err != nil {
				return err
			}
			return a.afterStart(cmd.Context(), client, account, s, watch)
		},
	}
	c.Flags().BoolVar(&accept.Empty, "empty", false, "the window without rows")
	c.Flags().StringArrayVar(&accept.Records, "record", nil, "record in quarantine, missing export or hour in doubt to do without, as the run lists it (repeat for more)")
	c.Flags().StringVar(&accept.Note, "note", "", "who decided, and why")
	c.Flags().BoolVar(&watch, "watch", false, "show progress until the run ends; a red run is exit code 1")
	return c
}
