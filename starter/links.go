package main

import (
	"github.com/spf13/cobra"

	"transporter/internal/httpapi"
	"transporter/internal/human"
)

func (a *app) runLinks() *cobra.Command {
	return &cobra.Command{
		Use: "links RUN", Short: "List the links that mails of a run gave away", Args: cobra.ExactArgs(1),
		Long: "List the links that mails of a run gave away, with how often each was used. The addresses are in the\nmails only.",
		RunE: func(cmd *cobra.Command, args []string) error {
			client, account, err := a.scope(cmd.Context())
			if err != nil {
				return err
			}
			all, err := client.Links(cmd.Context(), account, args[0])
			if err != nil {
				return err
			}
			return a.print(all, linksTable(all))
		},
	}
}

func (a *app) runRevoke() *cobra.Command {
	return &cobra.Command{
		Use: "revoke RUN LINK...", Short: "Revoke links that mails of a run gave away", Args: cobra.MinimumNArgs(2),
		Long:    "Revoke links, at once and for good. To give the files away again, send them again: starter run redeliver.",
		Example: `  starter run revoke 01JD40K7M5Q3ZB1A9C8E7G6J4K.g1.20261120T060000Z 5f0c3a9d1be2487690ab5cde12f34567`,
		RunE: func(cmd *cobra.Command, args []string) error {
			client, account, err := a.scope(cmd.Context())
			if err != nil {
				return err
			}
			var revoked []httpapi.LinkView
			for _, id := range args[1:] {
				l, err := client.RevokeLink(cmd.Context(), account, args[0], id)
				if err != nil {
					return err
				}
				revoked = append(revoked, l)
			}
			return a.print(revoked, linksTable(revoked))
		},
	}
}

func linksTable(all []httpapi.LinkView) table {
	t := table{head: []string{"link", "file", "state", "expires", "downloads", "last"}}
	for _, l := range all {
		t.add(l.ID, l.Name, string(l.State), when(l.Expires), human.Number(l.Downloads), whenever(l.Last))
	}
	return t
}
