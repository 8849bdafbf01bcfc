package activities

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"transporter/internal/connector"
	"transporter/internal/contract"
	"transporter/internal/conversation"
	"transporter/internal/fault"
)

// Open opens a conversation for the consumer, tells its workflow who holds it, and sends the first
// message. After an attempt that may have opened one the platform's history is asked for the
// consumer's conversations since the first attempt, open or closed, and another is opened only if there is
// none a minute later; the first message is taken once, as Call does. A conversation that was closed before
// that is fault.Conflict, and no other one is opened. What is in doubt when the attempts
// end is so for the next request under the key. A consumer who opens two
// conversations at the same moment under different keys may get the same one for both.
func (c *Connector) Open(ctx context.Context, in contract.OpenIn) (contract.OpenOut, error) {
	a, end := c.startAttempt(ctx, in.Doubt)
	defer end()
	out, err := c.open(ctx, a, in)
	return out, a.failed(err)
}

func (c *Connector) open(ctx context.Context, a *attempt, in contract.OpenIn) (contract.OpenOut, error) {
	p, err := c.platform(ctx, in.Account, in.App)
	if err != nil {
		a.keep(a.last)
		return contract.OpenOut{}, err
	}
	who := connector.Consumer{ID: in.Consumer, Features: in.Features}
	if a.last.Opened == nil {
		opened, err := opened(ctx, a, p, who, in)
		if err != nil {
			return opened, err
		}
		if a.last.Opened = &opened; !a.last.Unknown {
			a.last.Maybe = 0 // no attempt has come to the message
		}
		open := a.last // at once: a second one would be a conversation too many
		open.Attempt = unfinished
		a.keep(open)
	}
	out := *a.last.Opened
	err = c.follow(ctx, a, p, in, &out)
	switch {
	case err == nil:
		return out, nil
	case fault.Is(err, fault.InvalidSpec) && a.last.Maybe == 0 && closed(ctx, p, who, out.Conversation):
		return out, a.final(fault.New(fault.Conflict, "conversation %s, which was opened under this key, was closed before its first message was sent; the message was not sent",
			out.Conversation).WithFix("open another conversation under another key"))
	}
	a.keep(a.last)
	return out, fault.New(fault.KindOf(err), "conversation %s was opened, but: %w", out.Conversation, err).After(retryAfterOf(err))
}

// closed reports whether the history knows that nobody can speak in the conversation any more.
func closed(ctx context.Context, p connector.Platform, who connector.Consumer, id string) bool {
	known, err := p.History(ctx, who, id)
	return err == nil && slices.ContainsFunc(known, func(e conversation.Event) bool {
		return e.State != nil && (&conversation.State{Latest: *e.State}).Phase() != conversation.PhaseOpen
	})
}

// opened opens a conversation, once.
func opened(ctx context.Context, a *attempt, p connector.Platform, who connector.Consumer, in contract.OpenIn) (contract.OpenOut, error) {
	return once(ctx, a, func(ctx context.Context) (out contract.OpenOut, found bool, err error) {
		latest := a.last.Maybe + historyLag.Milliseconds() // what was begun later is of another request
		out.Conversation, out.Participant, err = p.Opened(ctx, who, a.began-skew.Milliseconds(), latest)
		return out, out.Conversation != "", err
	}, func(ctx context.Context) (out contract.OpenOut, err error) {
		out.Conversation, out.Participant, err = p.Open(ctx, who, openingOf(in))
		return out, blame(err, onlyRouted(in))
	})
}

// follow tells the workflow of the conversation that is open, sends the first message, and tells of
// that.
func (c *Connector) follow(ctx context.Context, a *attempt, p connector.Platform, in contract.OpenIn, out *contract.OpenOut) error {
	ref := contract.ConversationRef{Account: in.Account, App: in.App, Conversation: out.Conversation}
	holds := contract.Opened{Consumer: in.Consumer, Participant: out.Participant, Features: in.Features, At: time.UnixMilli(a.began)}
	if err := c.Told.Opened(ctx, ref, holds); err != nil || in.Message == "" {
		return err
	}
	at := holds.At // of one that an attempt before sent nobody knows better
	if out.Sequence == nil {
		sent, err := c.first(ctx, a, p, in, ref)
		if err != nil {
			return err
		}
		at, out.Sequence = time.UnixMilli(cmp.Or(a.last.Maybe, a.now().UnixMilli())), &sent.Sequence
		done := *out
		a.last.Opened = &done // a failure to tell of it is no reason to send it again
		kept := a.last
		kept.Attempt = unfinished
		a.keep(kept)
	}
	holds.First = &contract.First{IdemKey: in.IdemKey, Text: in.Message, Sequence: *out.Sequence, At: at}
	return c.Told.Opened(ctx, ref, holds)
}

// first sends the first message, once.
func (c *Connector) first(ctx context.Context, a *attempt, p connector.Platform, in contract.OpenIn, ref contract.ConversationRef) (contract.SendOut, error) {
	return c.send(ctx, a, p, contract.CallIn{
		ConversationRef: ref, Consumer: in.Consumer, Features: in.Features, Dialog: ref.Conversation,
		Send: &contract.SendIn{IdemKey: in.IdemKey, Text: in.Message},
	})
}

func openingOf(in contract.OpenIn) connector.Opening {
	o := connector.Opening{Skill: in.Skill, Urgency: in.Urgency, Context: in.Context, Profile: in.Profile}
	if in.Campaign != nil {
		o.Campaign, o.Engagement = in.Campaign.Campaign, in.Campaign.Engagement
	}
	return o
}

// retryAfterOf returns the wait that the other side asked for, 0 if it asked for none.
func retryAfterOf(err error) time.Duration {
	if f := (*fault.Error)(nil); errors.As(err, &f) {
		return f.RetryAfter
	}
	return 0
}
