package inbox

import (
	"context"
	"errors"
	"time"

	"transporter/internal/contract"
	"transporter/internal/conversation"
	"transporter/internal/webhook"
)

// told is what a delivery tells of one conversation, in its order.
type told struct {
	ref    contract.ConversationRef
	events []conversation.Event
}

// pass makes a delivery durable: its events at their conversations, and as a whole what names
// none. To refuse that would only bring it again, with everything behind it.
func (in *Inbox) pass(ctx context.Context, a app, body []byte, began time.Time) error {
	changes, err := webhook.Decode(body, webhook.Limits{})
	all, complete := group(a, changes, began)
	if err != nil || !complete {
		in.cfg.Metrics.unread.Inc()
		if err := in.cfg.Book.Keep(ctx, a.Account, a.App, body); err != nil {
			return err
		}
	}
	for i := range all {
		if err := in.putBodies(ctx, &all[i]); err != nil {
			return err
		}
	}
	deadline, _ := ctx.Deadline()
	var waits []*batch
	for _, one := range all {
		waits = append(waits, in.queue.add(one.ref, one.events, deadline)...)
	}
	var errs []error
	for _, b := range waits {
		<-b.done
		errs = append(errs, b.err)
	}
	return errors.Join(errs...)
}

// group sorts changes by conversation; complete is false if one names none.
func group(a app, changes []webhook.Change, began time.Time) (all []told, complete bool) {
	complete = true
	at := map[string]int{}
	for _, c := range changes {
		if c.Conversation == "" {
			complete = false
			continue
		}
		i, ok := at[c.Conversation]
		if !ok {
			i = len(all)
			at[c.Conversation] = i
			all = append(all, told{ref: contract.ConversationRef{Account: a.Account, App: a.App, Conversation: c.Conversation}})
		}
		c.Event.Seen, c.Event.Via = began.UnixMilli(), conversation.ViaWebhook
		all[i].events = append(all[i].events, c.Event)
	}
	return all, complete
}

// putBodies keeps bodies that are too large for a signal in the store.
func (in *Inbox) putBodies(ctx context.Context, t *told) error {
	for i := range t.events {
		e := &t.events[i]
		if len(e.Body) <= conversation.MaxInline {
			continue
		}
		blob, err := in.cfg.Bodies.PutBody(ctx, t.ref, e.Body)
		if err != nil {
			return err
		}
		e.Blob, e.Body = &blob, nil
	}
	return nil
}
