package main

import (
	"strconv"

	"github.com/oklog/ulid/v2"
	"github.com/spf13/cobra"

	"transporter/internal/apiclient"
	"transporter/internal/httpapi"
)

func (a *app) conversationCommand() *cobra.Command {
	return group("conversation", "Hold conversations on behalf of consumers",
		"A conversation is opened through an app of the account (starter connector app). What agents write\ncomes back by webhooks; watch shows it as it happens.",
		a.conversationOpen(), a.conversationSend(), a.conversationMark(), a.conversationWatch(), a.conversationFile(), a.conversationClose(),
		a.conversationList(), a.conversationShow(), a.conversationRelay())
}

// messageKey is the flag of an Idempotency-Key; absent, each command is a message of its own.
func messageKey(c *cobra.Command, key *string) {
	c.Flags().StringVar(key, "key", "", "your own id of it, at most 64 bytes: a repeat with the same one is sent once (default: a new one)")
}

func keyed(key string) apiclient.Write {
	if key == "" {
		key = ulid.Make().String()
	}
	return apiclient.Write{Key: key}
}

func (a *app) conversationOpen() *cobra.Command {
	var body httpapi.ConversationRequest
	var campaign, engagement, key, profile string
	var watch bool
	c := &cobra.Command{
		Use: "open", Short: "Open a conversation for a consumer", Args: cobra.NoArgs,
		Example: `  starter conversation open --app 01JD40K7M5Q3ZB1A9C8E7G6J4K --consumer whatsapp:34600000000 \
    --message "Where is my order?" --watch`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if (campaign == "") != (engagement == "") {
				return usagef("--campaign and --engagement go together")
			}
			if campaign != "" {
				body.Campaign = &httpapi.Campaign{Campaign: campaign, Engagement: engagement}
			}
			if profile != "" {
				if err := a.readJSON(profile, &body.Profile); err != nil {
					return err
				}
			}
			client, account, err := a.scope(cmd.Context())
			if err != nil {
				return err
			}
			out, err := client.Conversations(account).Open(cmd.Context(), body, keyed(key))
			if err != nil {
				return err
			}
			t := table{}
			t.add("conversation", out.ID)
			t.add("participant", out.Participant)
			t.add("first message", number(out.Sequence))
			t.add("Temporal UI", out.UI)
			if err := a.print(out, t); err != nil || !watch {
				return err
			}
			return a.watchConversation(cmd.Context(), client.Conversations(account), out.ID, 0)
		},
	}
	f := c.Flags()
	f.StringVar(&body.App, "app", "", "id of an app of the account")
	f.StringVar(&body.Consumer, "consumer", "", "the channel's own id of the consumer")
	f.StringVar(&body.Message, "message", "", "the first message")
	f.StringSliceVar(&body.Features, "feature", nil, "what the channel can show: RICH_CONTENT, QUICK_REPLIES, MULTI_DIALOG, AUTO_MESSAGES, …")
	f.StringVar(&body.Skill, "skill", "", "whom it is routed to (default: by the campaign, or to all)")
	f.StringVar(&body.Urgency, "urgency", "", "NORMAL, URGENT or PRIORITIZED")
	f.StringVar(&campaign, "campaign", "", "id of the campaign that routes it")
	f.StringVar(&engagement, "engagement", "", "id of the campaign's engagement")
	f.StringVar(&profile, "profile", "", "JSON file of the consumer's profile, as the platform takes it; - is standard input")
	f.BoolVar(&watch, "watch", false, "show what happens until Ctrl-C")
	messageKey(c, &key)
	needs(c, "app", "consumer")
	return c
}

// needs marks flags without which a command cannot do anything.
func needs(c *cobra.Command, flags ...string) {
	for _, name := range flags {
		if err := c.MarkFlagRequired(name); err != nil {
			panic(err) // a name of ours
		}
	}
}

// number is a number that may be missing.
func number(n *int) string {
	if n == nil {
		return "-"
	}
	return strconv.Itoa(*n)
}

func (a *app) conversationList() *cobra.Command {
	var q httpapi.ConversationQuery
	c := &cobra.Command{
		Use: "list", Short: "List conversations, the latest first", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			client, account, err := a.scope(cmd.Context())
			if err != nil {
				return err
			}
			all, err := client.Conversations(account).List(cmd.Context(), q)
			if err != nil {
				return err
			}
			t := table{head: []string{"conversation", "state", "attended", "relay", "started"}}
			for _, l := range all {
				t.add(l.ID, l.State, yesNo(l.Active), relayWord(l.Stopped), when(l.Started))
			}
			return a.print(all, t)
		},
	}
	c.Flags().StringVar(&q.State, "state", "", "only those: open, survey, closed or abandoned")
	c.Flags().BoolVar(&q.RelayStopped, "relay-stopped", false, "only those whose callback was given up, see starter conversation relay")
	c.Flags().IntVarP(&q.Limit, "limit", "n", 20, "how many, at most 1000")
	return c
}

func relayWord(stopped bool) string {
	if stopped {
		return "stopped"
	}
	return "-"
}

func (a *app) conversationRelay() *cobra.Command {
	return &cobra.Command{
		Use: "relay CONVERSATION", Short: "Call the app's callback again", Args: cobra.ExactArgs(1),
		Long: "For a conversation whose callback did not answer for a day: what it missed is sent, in order, from\nwhere it stopped; also of a conversation that is over. list --relay-stopped names them.",
		RunE: func(cmd *cobra.Command, args []string) error {
			client, account, err := a.scope(cmd.Context())
			if err != nil {
				return err
			}
			return client.Conversations(account).RelayAgain(cmd.Context(), args[0])
		},
	}
}
