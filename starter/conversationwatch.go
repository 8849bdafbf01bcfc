package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"transporter/internal/apiclient"
	"transporter/internal/conversation"
	"transporter/internal/httpapi"
)

func (a *app) conversationWatch() *cobra.Command {
	var from int64
	c := &cobra.Command{
		Use: "watch CONVERSATION", Short: "Show what happens in a conversation, as it happens", Args: cobra.ExactArgs(1),
		Long: "Show what happened and what happens, until Ctrl-C. A connection that breaks is made again, and goes on\nwhere it was. With --output json every entry is a line of JSON.",
		RunE: func(cmd *cobra.Command, args []string) error {
			client, account, err := a.scope(cmd.Context())
			if err != nil {
				return err
			}
			return a.watchConversation(cmd.Context(), client.Conversations(account), args[0], from)
		},
	}
	c.Flags().Int64Var(&from, "from", 0, "begin at this position")
	return c
}

func (a *app) watchConversation(ctx context.Context, c apiclient.Conversations, id string, from int64) error {
	for entry, err := range c.Events(ctx, id, from) {
		if err != nil {
			return err
		}
		if a.output == outputJSON {
			if err := json.NewEncoder(a.out).Encode(entry); err != nil {
				return err
			}
			continue
		}
		a.say("%s  %4d  %s", entry.At.Local().Format(time.TimeOnly), entry.Position, entryLine(entry))
	}
	return nil
}

// entryLine says an entry in a line.
func entryLine(e httpapi.EntryView) string {
	who := strings.ToLower(strings.ReplaceAll(e.Role, "_", " "))
	if e.Via == "send" {
		who = "consumer"
	}
	switch {
	case e.Gap != nil:
		return fmt.Sprintf("numbers %d to %d of dialog %s are missing", e.Gap.From, e.Gap.To, e.Gap.Dialog)
	case e.Failed != nil:
		return fmt.Sprintf("the message %s was not taken: %s", e.Failed.IdemKey, e.Failed.Reason)
	case e.State != nil:
		return fmt.Sprintf("conversation: %s, %d take part", strings.ToLower(e.State.Stage), len(e.State.Participants))
	}
	line := who + " " + eventLine(e)
	if e.Audience == conversation.Staff {
		line += " (for agents and managers only)"
	}
	if e.Late {
		line += " (late)"
	}
	return line
}

// eventLine says what the platform's event is about.
func eventLine(e httpapi.EntryView) string {
	event, _ := e.Event.(map[string]any)
	file, _ := event["message"].(map[string]any)
	switch text, isText := event["message"].(string); {
	case isText:
		return fmt.Sprintf("%s: %s", number(e.Sequence), text)
	case file["relativePath"] != nil:
		caption, _ := file["caption"].(string)
		return strings.TrimRight(fmt.Sprintf("%s: file %v %s", number(e.Sequence), file["relativePath"], caption), " ")
	case event["status"] != nil:
		return fmt.Sprintf("%v %v", event["status"], event["sequenceList"])
	case event["chatState"] != nil:
		return fmt.Sprint(event["chatState"])
	}
	whole, err := json.Marshal(e.Event)
	if err != nil {
		return e.Kind
	}
	return fmt.Sprintf("%s: %s", number(e.Sequence), whole)
}
