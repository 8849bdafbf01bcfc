package activities

import (
	"bytes"
	"context"
	"encoding/json"
	"reflect"
	"slices"

	"transporter/internal/connector"
	"transporter/internal/contract"
	"transporter/internal/conversation"
	"transporter/internal/fault"
	"transporter/internal/lenient"
	"transporter/internal/webhook"
)

// Call makes one request of the consumer's and returns the number that the platform gave it.
//
// A message is taken once: it carries its idempotency key as ExternalId, and after an attempt that
// may have taken effect the platform's history is asked for that, or, where the history tells no
// metadata, for the same content of the consumer since the first attempt; it is sent again only if
// it is not there a minute later. A duplicate is possible only if the history is further behind
// than the minute that the platform promises; and of two equal messages within seconds one may be
// taken for the other, if the history tells no metadata. What is in doubt when the attempts end is so
// for the next request under the key, which looks first, and only looks where nobody can speak any
// more. Marks, chat states and changes are
// repeated as they are: the second says what the first did, and to close what an attempt before
// may have closed is done when the platform says that it is closed.
func (c *Connector) Call(ctx context.Context, in contract.CallIn) (contract.SendOut, error) {
	a, end := c.startAttempt(ctx, in.Doubt)
	defer end()
	out, err := c.call(ctx, a, in)
	return out, a.failed(err)
}

func (c *Connector) call(ctx context.Context, a *attempt, in contract.CallIn) (contract.SendOut, error) {
	out := contract.SendOut{Dialog: in.Dialog, Sequence: conversation.Unnumbered}
	p, err := c.platform(ctx, in.Account, in.App)
	if err != nil {
		a.keep(a.last)
		return out, err
	}
	who := connector.Consumer{ID: in.Consumer, Features: in.Features}
	at := connector.Place{Conversation: in.Conversation, Dialog: in.Dialog}
	sent, maybe := a.now(), a.last.Maybe != 0
	switch {
	case in.Send != nil:
		return c.send(ctx, a, p, in)
	case in.Mark != nil:
		out.Sequence, err = p.Publish(ctx, who, at, connector.Status(in.Mark.Status, in.Mark.Sequences), in.Mark.Metadata)
		if len(in.Mark.Metadata) == 0 && in.Mark.Dialog == "" {
			err = blame(err, "sequences")
		}
	case in.Typing != nil:
		out.Sequence, err = p.Publish(ctx, who, at, connector.Typing(in.Typing.State), nil)
	case in.Change != nil:
		var field json.RawMessage
		if field, err = fieldOf(*in.Change, in.Dialog); err != nil {
			return out, err
		}
		if err = p.Change(ctx, who, at, field); maybe && closes(in.Change.What) && fault.Is(err, fault.InvalidSpec) {
			err = nil // the platform refuses to close what is closed
		}
		err = blame(err, map[string]string{contract.ChangeSkill: "skill", contract.ChangeTTR: "ttr"}[in.Change.What])
	default:
		err = fault.New(fault.InvalidSpec, "there is nothing to send")
	}
	return out, a.note(sent, err)
}

func closes(what string) bool {
	return what == contract.ChangeCloseConversation || what == contract.ChangeCloseDialog || what == contract.ChangeCloseStage
}

// send sends a message, once.
func (c *Connector) send(ctx context.Context, a *attempt, p connector.Platform, in contract.CallIn) (contract.SendOut, error) {
	who := connector.Consumer{ID: in.Consumer, Features: in.Features}
	metadata, err := externalID(in.Send.Metadata, in.Send.IdemKey)
	if err != nil {
		return contract.SendOut{}, err
	}
	if in.Forgotten {
		if out, found, err := c.sentLongAgo(ctx, in); found || err != nil {
			return out, err
		}
	}
	look := func(ctx context.Context) (contract.SendOut, bool, error) {
		known, err := p.History(ctx, who, in.Conversation)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return contract.SendOut{}, false, err
		}
		e, found := sentBefore(known, in, a.began-skew.Milliseconds())
		out := contract.SendOut{Dialog: in.Dialog, Sequence: e.Sequence}
		if in.Send.File != nil {
			out.Event = e.Body
		}
		return out, found, nil
	}
	return once(ctx, a, look, func(ctx context.Context) (contract.SendOut, error) {
		out := contract.SendOut{Dialog: in.Dialog}
		if in.Look {
			out.Absent = true
			return out, nil
		}
		event := in.Send.Event
		if in.Send.File != nil {
			if event, err = c.upload(ctx, p, who, in); err != nil {
				return out, err
			}
			out.Event = event
		} else if len(event) == 0 {
			event = connector.Text(in.Send.Text)
		}
		out.Sequence, err = p.Publish(ctx, who, connector.Place{Conversation: in.Conversation, Dialog: in.Dialog}, event, metadata)
		if len(in.Send.Event) > 0 && len(in.Send.Metadata) == 0 && in.Send.Dialog == "" {
			err = blame(err, "event")
		}
		return out, err
	})
}

// sentLongAgo finds in the journal what the message under the key got.
func (c *Connector) sentLongAgo(ctx context.Context, in contract.CallIn) (out contract.SendOut, found bool, err error) {
	for e, err := range c.Journal.Entries(ctx, in.ConversationRef, 0) {
		switch {
		case err != nil:
			return out, false, err
		case e.Event != nil && e.Event.External == in.Send.IdemKey && e.Event.Kind.Numbered():
			return contract.SendOut{Dialog: e.Event.Dialog, Sequence: e.Event.Sequence}, true, nil
		}
	}
	return out, false, nil
}

// upload puts the file where agents can open it, and returns the event that shows it. A copy that
// nothing shows does no harm, so that a failure of it is never in doubt.
func (c *Connector) upload(ctx context.Context, p connector.Platform, who connector.Consumer, in contract.CallIn) (json.RawMessage, error) {
	f := in.Send.File
	content, err := c.Bodies.Body(ctx, in.ConversationRef, f.Blob)
	if err != nil {
		return nil, err
	}
	path, err := p.Upload(ctx, who, f.Type, int64(len(content)), bytes.NewReader(content))
	if err != nil {
		return nil, fault.New(fault.KindOf(err), "upload the file: %s", err).After(retryAfterOf(err))
	}
	return connector.HostedFile(path, f.Type, f.Caption, f.Preview), nil
}

// externalID adds the idempotency key to metadata, as the ExternalId by which the message is known
// again (Connector API, "Metadata").
func externalID(metadata json.RawMessage, key string) (json.RawMessage, error) {
	var items lenient.List[json.RawMessage]
	if len(metadata) > 0 {
		if !json.Valid(metadata) {
			return nil, fault.New(fault.InvalidSpec, "it is no JSON").WithField("metadata")
		}
		lenient.Into(metadata, &items)
	}
	if _, external := webhook.Metadata(metadata); external == key {
		return metadata, nil
	}
	own, err := json.Marshal(map[string]string{"type": "ExternalId", "id": key})
	if err != nil {
		return nil, err
	}
	return json.Marshal(append(items, own))
}

// sentBefore finds the message in what the history knows: by its ExternalId; of messages without
// one, the first of the consumer since the time that says the same.
func sentBefore(known []conversation.Event, in contract.CallIn, since int64) (conversation.Event, bool) {
	for _, e := range known {
		if e.External == in.Send.IdemKey && e.Kind.Numbered() {
			return e, true
		}
	}
	for _, e := range known {
		if (e.Kind == conversation.Content || e.Kind == conversation.Rich) && e.Role == conversation.RoleConsumer &&
			e.External == "" && e.Dialog == in.Dialog && !slices.Contains(in.Taken, e.Sequence) && e.At >= since && same(e.Body, *in.Send) {
			return e, true
		}
	}
	return conversation.Event{}, false
}

// same reports whether the event says what is to be sent. Each copy of a file has another path.
func same(body json.RawMessage, in contract.SendIn) bool {
	want := in.Event
	switch {
	case in.File != nil:
		want = connector.HostedFile("", in.File.Type, in.File.Caption, in.File.Preview)
	case len(want) == 0:
		want = connector.Text(in.Text)
	}
	return reflect.DeepEqual(said(body), said(want))
}

// said returns what an event says, without what differs from copy to copy.
func said(body json.RawMessage) map[string]any {
	var event map[string]any
	lenient.Into(body, &event)
	if message, ok := event["message"].(map[string]any); ok {
		delete(message, "relativePath")
	}
	return event
}

// fieldOf returns the change as the platform takes it.
func fieldOf(in contract.ChangeIn, dialog string) (json.RawMessage, error) {
	switch in.What {
	case contract.ChangeCloseConversation:
		return connector.CloseConversation(), nil
	case contract.ChangeCloseDialog:
		return connector.CloseDialog(dialog), nil
	case contract.ChangeCloseStage:
		return connector.CloseStage(), nil
	case contract.ChangeSkill:
		return connector.Skill(in.Skill), nil
	case contract.ChangeTTR:
		if in.TTR != nil {
			return connector.TTR(*in.TTR), nil
		}
	}
	return nil, fault.New(fault.InvalidSpec, "%.20q is no change that can be made", in.What).WithField("what").
		WithFix("ask for close, close-dialog, close-all, skill, or ttr with a time to respond")
}
