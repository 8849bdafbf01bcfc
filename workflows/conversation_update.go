package workflows

import (
	"cmp"

	"go.temporal.io/sdk/workflow"

	"transporter/internal/contract"
	"transporter/internal/conversation"
)

// request is one kind of update: something that the channel's side does for the consumer. shape
// refuses what would be wrong in any conversation. record takes the platform's answer into the state.
type request[In any] struct {
	name, help string
	key        func(In) string // of idempotency; empty: a repeat is done again
	shape      func(In) error
	dialog     func(In) string           // that it is about; empty: the one that is open
	done       func(In) bool             // of one in doubt: what it asks for is so; nil: it never is
	doneBy     string                    // the change by which that counts
	call       func(In) *contract.CallIn // nil: nothing is asked of the platform
	record     func(workflow.Context, In, contract.SendOut)
	failed     func(workflow.Context, In, error) // of what certainly did not take effect
}

func (c *talk) registerUpdates(ctx workflow.Context) error {
	for _, register := range []func() error{
		func() error { return registerRequest(ctx, c, c.sendRequest()) },
		func() error { return registerRequest(ctx, c, c.markRequest()) },
		func() error { return registerRequest(ctx, c, c.typingRequest()) },
		func() error { return registerRequest(ctx, c, c.changeRequest()) },
	} {
		if err := register(); err != nil {
			return err
		}
	}
	return nil
}

// registerRequest sets the update's handler. Requests are done one after the other in the order in
// which they were accepted; a repeat of one that was answered gets that answer.
func registerRequest[In any](ctx workflow.Context, c *talk, r request[In]) error {
	validate := func(in In) error {
		if err := r.shape(in); err != nil {
			return refusal(err)
		}
		if _, known := c.Remembered(answerOf(r.name), r.key(in)); known || !c.ready || c.doneBefore(r.name, r.key(in)) {
			return nil
		}
		return refusal(c.checkOpen(r.dialog(in)))
	}
	handle := func(ctx workflow.Context, in In) (contract.SendOut, error) {
		mine := c.tickets
		c.tickets++
		err := workflow.Await(ctx, func() bool { return c.ready && c.served == mine })
		defer func() { c.served++ }()
		if err != nil {
			return contract.SendOut{}, err
		}
		return answerRequest(ctx, c, r, in)
	}
	return workflow.SetUpdateHandlerWithOptions(ctx, r.name, handle,
		workflow.UpdateHandlerOptions{Validator: validate, Description: r.help})
}

func answerRequest[In any](ctx workflow.Context, c *talk, r request[In], in In) (contract.SendOut, error) {
	c.drain(ctx) // signals that came before it count
	if a, known := c.Remembered(answerOf(r.name), r.key(in)); known {
		return contract.SendOut{Dialog: a.Dialog, Sequence: a.Sequence}, nil
	}
	if err := c.checkConsumer(); err != nil {
		return contract.SendOut{}, refusal(err)
	}
	if came(ctx, c, r, in) {
		out := contract.SendOut{Dialog: cmp.Or(c.meant(r.name, r.key(in), r.dialog(in)), c.Conversation), Sequence: conversation.Unnumbered}
		return answered(ctx, c, r, in, out), nil
	}
	shut := c.checkOpen(r.dialog(in))
	if shut != nil && !c.looks(ctx, r.name, r.key(in)) {
		return contract.SendOut{}, refusal(notShown(c, r, in, shut))
	}
	call := r.call(in)
	if call == nil {
		return contract.SendOut{Sequence: conversation.Unnumbered}, nil
	}
	call.Look = shut != nil
	call.Dialog = cmp.Or(r.dialog(in), c.OpenDialog(c.Conversation), c.Conversation)
	if call.Forgotten {
		if a, waits, err := c.waited(ctx, r.key(in)); waits || err != nil {
			return contract.SendOut{Dialog: a.Dialog, Sequence: a.Sequence}, err
		}
	}
	call.ConversationRef, call.Consumer, call.Features = c.ConversationRef, c.Consumer, c.Features
	since := c.now(ctx)
	if call.Doubt = c.doubtOf(answerOf(r.name), r.key(in)); call.Doubt != nil {
		since, call.Taken = call.Doubt.Since, c.TakenBy(r.key(in), call.Dialog)
	}
	out, err := exec[contract.SendOut](summarise(ctx, "%s", r.help), contract.ActivityConnectorCall, *call)
	switch {
	case err != nil:
		if !call.Look { // a look does nothing: what was in doubt still is
			unanswered(ctx, c, r, in, *call, leftBy(ctx, err, since), err)
		}
		return contract.SendOut{}, refusal(err)
	case out.Absent:
		return contract.SendOut{}, notThere(ctx, c, r, in, shut)
	}
	out.Dialog = cmp.Or(out.Dialog, call.Dialog)
	return answered(ctx, c, r, in, out), nil
}

// answered takes the platform's answer, and keeps it for repeats.
func answered[In any](ctx workflow.Context, c *talk, r request[In], in In, out contract.SendOut) contract.SendOut {
	r.record(ctx, in, out)
	c.Remember(conversation.Answer{Key: r.key(in), Update: answerOf(r.name), Dialog: out.Dialog, Sequence: out.Sequence})
	c.show(ctx)
	return out
}

// answerOf is under which kind the answers of an update are remembered: those of messages as
// conversation does, which finds them in the journal.
func answerOf(update string) string {
	if update == contract.UpdateSend {
		return ""
	}
	return update
}

// speak takes what we sent into the conversation at the number that the platform gave it; its echo
// is a repeat then.
func (c *talk) speak(ctx workflow.Context, e conversation.Event) {
	if e.Sequence < 0 {
		return
	}
	now := c.now(ctx)
	e.Key, e.Via, e.Seen = conversation.NumberedKey(e.Dialog, e.Sequence), conversation.ViaSend, cmp.Or(e.Seen, now)
	e.From, e.Role = c.Participant, conversation.RoleConsumer
	c.Apply(e, now)
}
