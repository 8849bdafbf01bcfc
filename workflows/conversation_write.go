package workflows

import (
	"errors"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"transporter/internal/contract"
	"transporter/internal/conversation"
	"transporter/internal/fault"
	"transporter/internal/human"
)

// writeAgain is how soon a batch that could not be written is tried anew, after the step's own
// attempts. It is never given up: what it holds is nowhere else.
const writeAgain = time.Minute

// write keeps the journal: one batch after the other, and what comes while one is written is the
// next one.
func (c *talk) write(ctx workflow.Context) {
	batches := func() bool { return len(c.Outbox) > 0 && (!c.sealing || !c.Light()) }
	saves := func() bool { return c.unsaved && len(c.Outbox) == 0 && !c.leaving }
	for workflow.Await(ctx, func() bool { return batches() || saves() }) == nil {
		c.writing = true
		if batches() {
			c.append(ctx, c.Take())
		} else {
			c.save(ctx, false)
		}
		c.writing = false
		c.show(ctx)
	}
}

// append writes a batch, however long it takes.
func (c *talk) append(ctx workflow.Context, batch []conversation.Entry) {
	for ctx.Err() == nil {
		in := contract.AppendIn{ConversationRef: c.ConversationRef, Entries: batch}
		out, err := exec[contract.AppendOut](summarise(ctx, "write %s from %d", human.Count(len(batch), "line"), batch[0].Position), contract.ActivityConversationAppend, in)
		if err == nil {
			c.appended, c.trouble = out.Next, ""
			c.learn(out.Settings)
			c.toRelay()
			return
		}
		c.trouble = "the journal cannot be written: " + message(err)
		c.show(ctx)
		if kindOfError(err) == fault.Conflict && c.rebase(ctx, batch) == nil {
			return
		}
		if workflow.Sleep(ctx, writeAgain) != nil {
			return
		}
	}
}

// toRelay has the relay look at what was written. Nothing is kept for a callback that there is
// not, and one that was given up is tried with whatever is new.
func (c *talk) toRelay() {
	c.Stalled = ""
	if !c.settings.Relays {
		c.Relayed, c.Failing = c.appended, nil
	}
}

// rebase begins again at the end of the journal, which another execution of this conversation
// went on writing after it was terminated, with everything that is not there yet.
func (c *talk) rebase(ctx workflow.Context, batch []conversation.Entry) error {
	out, err := c.load(ctx)
	if err != nil {
		return err
	}
	c.Rebase(out.State, batch, c.now(ctx))
	c.appended, c.trouble = c.Next, ""
	return nil
}

// save stores the state, of which nothing is unwritten, and reports whether it could.
func (c *talk) save(ctx workflow.Context, over bool) bool {
	c.unsaved, c.trouble = false, ""
	in := contract.SaveIn{ConversationRef: c.ConversationRef, State: *c.State, Over: over}
	_, err := exec[contract.SaveOut](summarise(ctx, "save the state"), contract.ActivityConversationSave, in)
	if err != nil {
		c.trouble = "the state cannot be saved: " + message(err)
	}
	return err == nil
}

// kindOfError is the fault kind that a step ended with.
func kindOfError(err error) fault.Kind {
	var app *temporal.ApplicationError
	if errors.As(err, &app) {
		return fault.Kind(app.Type())
	}
	return fault.KindOf(err)
}
