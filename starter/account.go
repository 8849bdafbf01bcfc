package main

import (
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"transporter/internal/apiclient"
	"transporter/internal/httpapi"
)

func (a *app) accountCommand() *cobra.Command {
	return group("account", "Make and see accounts",
		"An account owns sources, destinations, keys and tasks. Everything else belongs to one.",
		a.accountCreate(), a.accountList(), a.accountShow(), a.accountSettings(), a.accountPlan(), a.accountDelete())
}

func (a *app) accountCreate() *cobra.Command {
	var body httpapi.Account
	var key string
	c := &cobra.Command{
		Use: "create", Short: "Make an account", Args: cobra.NoArgs,
		Example: `  starter account create --description "Support EU" --zone Europe/Madrid`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			client, err := a.client()
			if err != nil {
				return err
			}
			v, err := client.Accounts().Create(cmd.Context(), body, apiclient.Write{Key: key})
			if err != nil {
				return err
			}
			return a.showAccount(v)
		},
	}
	c.Flags().StringVar(&body.Description, "description", "", "the name people know it by")
	c.Flags().StringVar(&body.Zone, "zone", "", "IANA time zone, such as Europe/Madrid")
	idempotency(c, &key)
	return c
}

// idempotency adds the flag that makes a command safe to repeat.
func idempotency(c *cobra.Command, key *string) {
	c.Flags().StringVar(key, "idempotency-key", "", "any text: a repeat with the same text does nothing again")
}

func (a *app) showAccount(v httpapi.AccountView) error {
	return a.show(v, "account", v.ID, "description", v.Description, "zone", v.Zone, "created", when(v.CreatedAt),
		"holds", fmt.Sprintf("%d sources, %d destinations, %d keys, %d tasks, %d apps", v.Sources, v.Destinations, v.Keys, v.Tasks, v.Apps))
}

func (a *app) accountList() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the accounts", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			client, err := a.client()
			if err != nil {
				return err
			}
			all, err := client.Accounts().List(cmd.Context())
			if err != nil {
				return err
			}
			t := table{head: []string{"account", "description", "zone", "tasks"}}
			for _, v := range all {
				t.add(v.ID, v.Description, v.Zone, strconv.Itoa(v.Tasks))
			}
			return a.print(all, t)
		},
	}
}

func (a *app) accountShow() *cobra.Command {
	return &cobra.Command{
		Use: "show", Short: "Show an account", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			client, id, err := a.scope(cmd.Context())
			if err != nil {
				return err
			}
			v, _, err := client.Accounts().Get(cmd.Context(), id)
			if err != nil {
				return err
			}
			return a.showAccount(v)
		},
	}
}

func (a *app) accountSettings() *cobra.Command {
	var zone string
	c := &cobra.Command{
		Use: "settings", Short: "Show or change the settings", Args: cobra.NoArgs,
		Example: `  starter account settings
  starter account settings --zone Europe/Madrid`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			client, id, err := a.scope(cmd.Context())
			if err != nil {
				return err
			}
			s, tag, err := client.Settings(cmd.Context(), id)
			if err == nil && cmd.Flags().Changed("zone") {
				s, err = client.PutSettings(cmd.Context(), id, httpapi.Settings{Zone: zone}, apiclient.Write{IfMatch: tag})
			}
			if err != nil {
				return err
			}
			return a.show(s, "zone", s.Zone)
		},
	}
	c.Flags().StringVar(&zone, "zone", "", "IANA time zone, such as Europe/Madrid")
	return c
}

func (a *app) accountDelete() *cobra.Command {
	return &cobra.Command{
		Use: "delete ACCOUNT", Short: "Close an account",
		Long: "Close an account: its schedules are removed and its secrets forgotten. Receipts, run records and\ndelivered files stay. Its apps are to be deleted first.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			client, err := a.client()
			if err != nil {
				return err
			}
			if err := client.Accounts().Delete(cmd.Context(), args[0], apiclient.Write{}); err != nil {
				return err
			}
			a.say("account %s is closed", args[0])
			return nil
		},
	}
}
