package main

import (
	"strings"

	"github.com/spf13/cobra"

	"transporter/internal/apiclient"
	"transporter/internal/httpapi"
)

func (a *app) alertCommand() *cobra.Command {
	return &cobra.Command{
		Use: "alerts", Short: "List what people should look at", Args: cobra.NoArgs,
		Long: `List what the account's people should look at, problems first, each with what to do: what
is red, late or lost now, keys that expire, steps of the set-up that are missing, limits.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			client, account, err := a.scope(cmd.Context())
			if err != nil {
				return err
			}
			all, err := client.Alerts(cmd.Context(), account)
			if err != nil {
				return err
			}
			t := table{head: []string{"severity", "what", "what to do", "run"}}
			for _, one := range all {
				t.add(one.Severity, one.Title, one.Fix, one.Run)
			}
			return a.print(all, t)
		},
	}
}

func (a *app) notificationCommand() *cobra.Command {
	return group("notification", "Say who is told of runs",
		"People are told by email and by signed webhooks: once when a window turns red or late, once when it\nis delivered after all, or of every run. A message that cannot be sent fails no run.",
		a.notificationShow(), a.notificationSet())
}

func (a *app) showNotifications(n httpapi.Notifications) error {
	var hooks []string
	for _, hook := range n.Webhooks {
		hooks = append(hooks, hook.URL)
	}
	return a.show(n, "when", n.When, "emails", strings.Join(n.Emails, ", "), "webhooks", strings.Join(hooks, ", "))
}

func (a *app) notificationShow() *cobra.Command {
	return &cobra.Command{
		Use: "show", Short: "Show who is told", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			client, account, err := a.scope(cmd.Context())
			if err != nil {
				return err
			}
			n, err := client.Notifications(cmd.Context(), account)
			if err != nil {
				return err
			}
			return a.showNotifications(n)
		},
	}
}

func (a *app) notificationSet() *cobra.Command {
	var file string
	c := &cobra.Command{
		Use: "set", Short: "Replace who is told", Args: cobra.NoArgs,
		Long:    "Replace who is told by what the file says. A webhook without a secret keeps the one that is\nstored for its address.",
		Example: `  echo '{"when": "failure", "emails": ["wfm@example.com"]}' | starter notification set -f -`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if file == "" {
				return usagef("say whom with --file")
			}
			var n httpapi.Notifications
			if err := a.readJSON(file, &n); err != nil {
				return err
			}
			client, account, err := a.scope(cmd.Context())
			if err != nil {
				return err
			}
			if n, err = client.SetNotifications(cmd.Context(), account, n, apiclient.Write{}); err != nil {
				return err
			}
			return a.showNotifications(n)
		},
	}
	c.Flags().StringVarP(&file, "file", "f", "", "who is told, as JSON; - is standard input")
	return c
}
