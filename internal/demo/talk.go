package demo

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"transporter/internal/apiclient"
	"transporter/internal/conversation"
	"transporter/internal/httpapi"
	"transporter/internal/human"
	"transporter/internal/sandbox/live"
)

// talkFor is how long the conversation may take; it takes a second or two.
const talkFor = time.Minute

// talk lets a consumer of a channel talk to an agent: the conversation is opened, answered and
// closed, and what we hold of it is compared with the sandbox's own record.
func (d *demo) talk(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, talkFor)
	defer cancel()
	d.say("\nconversation: a consumer of another channel talks to an agent")
	if err := d.install(ctx); err != nil {
		return err
	}
	const question = "Where is my order?"
	talks := d.client.Conversations(d.made.Account)
	opened, err := talks.Open(ctx, httpapi.ConversationRequest{App: d.made.App, Consumer: "demo", Message: question},
		apiclient.Write{Key: fmt.Sprint("demo-", d.Now().Unix())})
	if err != nil {
		return fmt.Errorf("open a conversation: %w", err)
	}
	d.say("  consumer      %s", question)
	messages := 0
	for e, err := range talks.Events(ctx, opened.ID, 0) {
		switch {
		case err != nil:
			return fmt.Errorf("follow the conversation: %w", err)
		case e.Kind == string(conversation.Content):
			messages++
		case e.State != nil && e.State.Stage == "CLOSE":
			d.say("  closed        by the %s", strings.ToLower(e.State.CloseReason))
			return d.compare(ctx, opened, messages)
		}
		if e.Kind != string(conversation.Content) || e.Role == conversation.RoleConsumer || e.Via == conversation.ViaSend {
			continue
		}
		event, _ := e.Event.(map[string]any)
		d.say("  agent         %v", event["message"])
		if _, err := talks.Close(ctx, opened.ID, httpapi.CloseRequest{}, apiclient.Write{Key: "bye"}); err != nil {
			return fmt.Errorf("close the conversation: %w", err)
		}
	}
	return fmt.Errorf("the conversation did not end in %s: see %s", talkFor, opened.UI)
}

// install makes the app through which the channel talks.
func (d *demo) install(ctx context.Context) (err error) {
	if d.made.Site == "" {
		if d.made.Site, err = d.defineSource(ctx, "Sandbox site, for apps", d.secrets.login()); err != nil {
			return err
		}
	}
	if d.made.App != "" { // of an earlier showing, whose sandbox is gone
		if err := d.client.DeleteApp(ctx, d.made.Account, d.made.App, true, true); err != nil {
			return fmt.Errorf("forget the app of before: %w", err)
		}
	}
	app, err := d.client.Apps(d.made.Account).Create(ctx, httpapi.App{Description: "Demo channel", Source: d.made.Site, Name: "Demo channel"}, apiclient.Write{})
	if err != nil {
		return fmt.Errorf("install the app: %w", err)
	}
	d.made.App = app.ID
	d.say("  app           %s, installed at the platform; it tells us by signed webhooks", app.Name)
	return d.save()
}

// compare holds what we have of the conversation to the sandbox's own record.
func (d *demo) compare(ctx context.Context, opened httpapi.ConversationOpened, messages int) error {
	body, err := d.fetch(ctx, d.stack.DomainURL()+"/_admin/live/"+platformAccount+"/conversations/"+opened.ID)
	if err != nil {
		return err
	}
	var record live.Record
	if err := json.Unmarshal(body, &record); err != nil {
		return fmt.Errorf("read the sandbox's record: %w", err)
	}
	said := 0
	for _, e := range record.Events {
		var event struct{ Type string }
		if json.Unmarshal(e.Event, &event) == nil && event.Type == "ContentEvent" {
			said++
		}
	}
	if said != messages || messages < 2 {
		return fmt.Errorf("the sandbox has %d messages of the conversation, we have %d: see %s", said, messages, opened.UI)
	}
	d.say("  kept          %s, as many as the sandbox has on record", human.Count(messages, "message"))
	d.say("  %s", opened.UI)
	return nil
}
