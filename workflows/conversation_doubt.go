package workflows

import (
	"errors"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"transporter/internal/contract"
	"transporter/internal/conversation"
)

// changeDoubt is the change by which a request whose effect is not known is no failed one.
const changeDoubt = "doubt"

// leftBy returns what a request to the platform that failed leaves to the next one under its key, as
// the step says in its error's details. A step that could not say may have done anything. since is
// when the first request under the key was made.
func leftBy(ctx workflow.Context, err error, since int64) contract.Doubt {
	var d contract.Doubt
	var app *temporal.ApplicationError
	said := errors.As(err, &app) && app.HasDetails() && app.Details(&d) == nil
	var late *temporal.TimeoutError
	if errors.As(err, &late) { // what was said was said of an attempt before
		said = false
		if late.HasLastHeartbeatDetails() {
			_ = late.LastHeartbeatDetails(&d) // it may still name the conversation
		}
	}
	if !said {
		d.Maybe, d.Unknown = workflow.Now(ctx).UnixMilli(), true
	}
	d.Since = since
	return d
}

// doubtOf is in what a request before under the key ended; nil: in nothing that this one must know.
func (c *talk) doubtOf(update, key string) *contract.Doubt {
	d, doubted := c.Doubted(update, key)
	if !doubted {
		return nil
	}
	return &contract.Doubt{Since: d.Since, Maybe: d.Maybe}
}

// unanswered takes that a request failed: it is in doubt, or certainly not done.
func unanswered[In any](ctx workflow.Context, c *talk, r request[In], in In, call contract.CallIn, left contract.Doubt, err error) {
	update, key := answerOf(r.name), r.key(in)
	noted := workflow.DefaultVersion
	if key != "" && !left.None() {
		noted = workflow.GetVersion(ctx, changeDoubt, workflow.DefaultVersion, 2)
	}
	switch {
	case noted > workflow.DefaultVersion:
		d := conversation.Doubt{Update: update, Key: key, Since: left.Since, Maybe: left.Maybe}
		if noted > 1 {
			d.Dialog = call.Dialog
		}
		c.Doubt(d)
		c.unsaved = true // no journal has it
	case !temporal.IsCanceledError(err):
		c.Settled(update, key)
		r.failed(ctx, in, err)
	}
	c.show(ctx)
}
