package main

import (
	"github.com/spf13/cobra"

	"transporter/internal/apiclient"
	"transporter/internal/httpapi"
	"transporter/internal/human"
)

var appThing = thing[httpapi.App, httpapi.AppView]{
	one:  "app",
	of:   (*apiclient.Client).Apps,
	head: []string{"app", "description", "name", "client id", "state"},
	row: func(v httpapi.AppView) []string {
		return []string{v.ID, v.Description, v.Name, v.ClientID, appState(v)}
	},
	show: showApp,
}

func appState(v httpapi.AppView) string {
	if v.Enabled {
		return "enabled"
	}
	return "disabled"
}

func showApp(v httpapi.AppView) []string {
	pairs := []string{
		"app", v.ID, "description", v.Description, "source", v.Source, "name", v.Name,
		"client id", v.ClientID, "client secret", v.ClientSecret, "state", appState(v), "webhooks are taken at", v.WebhookURL,
	}
	for _, kind := range appKinds(&v.Webhooks) {
		if hook := *kind.hook; hook != nil {
			pairs = append(pairs, "posts "+kind.name+" to", posted(*hook))
		}
	}
	if v.Retry > 0 {
		pairs = append(pairs, "deliveries are repeated for", v.Retry.String())
	}
	if v.Callback != nil {
		pairs = append(pairs, "callback", v.Callback.URL)
	}
	return append(pairs, "changed", when(v.UpdatedAt))
}

// posted is where events go, and what is special about it.
func posted(h httpapi.AppWebhook) string {
	text := h.Endpoint
	for _, header := range h.Headers {
		text += ", with " + header.Name + ": " + header.Value
	}
	if h.MaxRetries != nil {
		text += ", again " + human.Count(*h.MaxRetries, "time")
	}
	return text
}

func (a *app) connectorCommand() *cobra.Command {
	apps := group("app", "Install, change and uninstall apps",
		"An app is an installation at the platform account of a source, through which conversations are\nheld. A worker installs it, with the login of the source; its secret is sealed and never shown.",
		a.appCreate(), appThing.list(a), appThing.showOne(a), a.appInstallation(), a.appEdit(),
		a.appEnable("enable", "Let an app hold conversations", "Let an app hold conversations, here and at the platform.", true),
		a.appEnable("disable", "Keep an app from its conversations", disableLong, false), a.appDelete())
	return group("connector", "Manage the apps that conversations are held through",
		"The connector holds conversations on behalf of consumers of other channels: see starter conversation.", apps)
}

const appLong = `Make an app from flags, or whole from a JSON file, and install it at the platform.

The platform posts events to the address that --endpoint says, which must begin with https://: that of
a proxy before the api. Without, it is the one that the api was started with (--public-url).

Secrets are never given on the command line, where others can see them. The file of --credentials
holds the values, or references that the api resolves:

  {"clientSecret": "…", "callback": {"env": "TRANSPORTER_SECRET_CHANNEL"}}

callback signs what is sent to --callback. clientSecret, with --client-id, takes over an app that is
installed already.`

const appExample = `  starter connector app create --source 01JD3Z9QK8V6C3N5T7W9Y1B3D5 --name WhatsApp --description "WhatsApp of the shop" \
      --endpoint https://hooks.example.com/notifications/event --retry 1d
  starter connector app create -f app.json`

func (a *app) appCreate() *cobra.Command {
	in := appInput{app: a}
	return appThing.create(a, "create", appLong, appExample, in.flags, func() (httpapi.App, error) { return in.onto(httpapi.App{}) })
}

func (a *app) appEdit() *cobra.Command {
	in := appInput{app: a}
	long := "Change what flags are given for, or all of it by a JSON file; the rest stays as it is. The platform\nis told at once; it may take two minutes to heed it."
	example := `  starter connector app edit 01JD40K7M5Q3ZB1A9C8E7G6J4K --retry 3d`
	return appThing.edit(a, long, example, in.flags, func(v httpapi.AppView) (httpapi.App, error) {
		return in.onto(httpapi.App{
			Description: v.Description, Source: v.Source, Name: v.Name, Webhooks: &v.Webhooks, Retry: v.Retry,
			Engagement: v.Engagement, Callback: v.Callback,
		})
	})
}

const disableLong = `Keep an app from its conversations, here and at the platform: none is opened any more. In those that are
open messages are taken as long as the platform's token of the app holds, up to an hour.`

func (a *app) appEnable(verb, short, long string, enabled bool) *cobra.Command {
	return &cobra.Command{
		Use: verb + " APP", Short: short, Long: long, Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			client, account, err := a.scope(cmd.Context())
			if err != nil {
				return err
			}
			v, err := client.EnableApp(cmd.Context(), account, args[0], enabled)
			if err != nil {
				return err
			}
			return a.show(v, showApp(v)...)
		},
	}
}

func (a *app) appDelete() *cobra.Command {
	var keep, force bool
	c := &cobra.Command{
		Use: "delete APP", Short: "Uninstall an app", Args: cobra.ExactArgs(1),
		Long: "Uninstall an app: its webhooks are refused from now on. What is stored of its conversations stays. While\n" +
			"conversations of it are open it is refused: close them before, or give --force. Then nobody is heard in them any\n" +
			"more and nothing can be sent, not even a close; 30 days after the last that happened in them they are given up.",
		RunE: func(cmd *cobra.Command, args []string) error {
			client, account, err := a.scope(cmd.Context())
			if err != nil {
				return err
			}
			if err := client.DeleteApp(cmd.Context(), account, args[0], keep, force); err != nil {
				return err
			}
			a.say("app %s is deleted", args[0])
			return nil
		},
	}
	c.Flags().BoolVar(&keep, "keep", false, "leave its installation at the platform, also when nobody can log in there any more")
	c.Flags().BoolVar(&force, "force", false, "also while conversations of it are open")
	return c
}

func (a *app) appInstallation() *cobra.Command {
	return &cobra.Command{
		Use: "installation APP", Short: "Show what the platform says of an app", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			client, account, err := a.scope(cmd.Context())
			if err != nil {
				return err
			}
			i, err := client.Installation(cmd.Context(), account, args[0])
			if err != nil {
				return err
			}
			state, agrees := "disabled", "no: starter connector app edit makes it so"
			if i.Enabled {
				state = "enabled"
			}
			if i.Agrees {
				agrees = "yes"
			}
			return a.show(i, "client id", i.ClientID, "state", state, "revision", i.Revision, "as the app says", agrees, "manifest", shown(i.Manifest))
		},
	}
}
