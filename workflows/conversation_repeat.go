package workflows

import (
	"cmp"
	"errors"

	"go.temporal.io/sdk/workflow"

	"transporter/internal/contract"
	"transporter/internal/conversation"
	"transporter/internal/fault"
)

// changeLook is the change by which a repeat of what may have been done is not refused because the
// conversation, or its dialog, has closed since.
const changeLook = "look-when-closed"

// doneBefore reports whether a request under the key may have been done: a repeat of it is answered with
// what became of that, also where nothing can be done any more.
func (c *talk) doneBefore(update, key string) bool {
	_, doubted := c.Doubted(answerOf(update), key)
	return doubted || update == contract.UpdateSend && c.Forgotten.Has(key)
}

// meant is the dialog that a request is about: the one that it names, else that of a request before
// under its key that is in doubt. Empty: the one that is open.
func (c *talk) meant(update, key, named string) string {
	d, _ := c.Doubted(answerOf(update), key)
	return cmp.Or(named, d.Dialog)
}

// looks reports whether a repeat under the key, which can no more be sent, is looked for.
func (c *talk) looks(ctx workflow.Context, update, key string) bool {
	return update == contract.UpdateSend && c.doneBefore(update, key) &&
		workflow.GetVersion(ctx, changeLook, workflow.DefaultVersion, 1) > workflow.DefaultVersion
}

// came reports whether a request that is in doubt has done what it was to do, as everybody can see.
func came[In any](ctx workflow.Context, c *talk, r request[In], in In) bool {
	_, doubted := c.Doubted(answerOf(r.name), r.key(in))
	return doubted && r.done != nil && r.done(in) &&
		workflow.GetVersion(ctx, r.doneBy, workflow.DefaultVersion, 1) > workflow.DefaultVersion
}

// notShown says of a request in doubt that can no more be made that nobody knows whether it was.
func notShown[In any](c *talk, r request[In], in In, shut error) error {
	said := (*fault.Error)(nil)
	if _, doubted := c.Doubted(answerOf(r.name), r.key(in)); doubted && errors.As(shut, &said) {
		said.Message += ", and nothing that the platform told shows whether it did this before"
	}
	return shut
}

// notThere takes that a message was looked for where nobody can speak any more, and is not there. One that
// was in doubt has certainly failed.
func notThere[In any](ctx workflow.Context, c *talk, r request[In], in In, shut error) error {
	key := r.key(in)
	if said := (*fault.Error)(nil); errors.As(shut, &said) {
		said.Message += ", and the message was looked for and is not there"
	}
	if _, doubted := c.Doubted(answerOf(r.name), key); doubted {
		c.Settled(answerOf(r.name), key)
		r.failed(ctx, in, shut)
		c.show(ctx)
	}
	return refusal(shut)
}

// waited returns the number of a message under the key that waits for others, so that the journal, which
// has everything else when it returns, does not know of it.
func (c *talk) waited(ctx workflow.Context, key string) (conversation.Answer, bool, error) {
	err := workflow.Await(ctx, func() bool { return len(c.Outbox) == 0 && !c.writing })
	a, waits := c.Waits(key)
	return a, waits, err
}
