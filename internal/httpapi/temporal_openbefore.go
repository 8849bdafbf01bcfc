package httpapi

import (
	"context"
	"errors"

	"transporter/internal/contract"
	"transporter/internal/fault"

	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
)

// askedFor returns what a run was begun with.
func (t *Temporal) askedFor(ctx context.Context, run client.WorkflowRun) (in contract.OpenIn, err error) {
	events := t.client.GetWorkflowHistory(ctx, run.GetID(), run.GetRunID(), false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	started, err := events.Next()
	if err != nil {
		return in, err
	}
	return in, t.data.FromPayloads(started.GetWorkflowExecutionStartedEventAttributes().GetInput(), &in)
}

// sameOpening refuses a key under which another opening was asked for: it would get the conversation of
// somebody else.
func sameOpening(before, in contract.OpenIn) error {
	for _, f := range []struct{ name, before, now string }{{"consumer", before.Consumer, in.Consumer}, {"app", before.App, in.App}} {
		if f.before != f.now {
			return fault.New(fault.Conflict, "a conversation of another %s was asked for under this Idempotency-Key", f.name).
				WithField("body." + f.name).WithFix("use another key")
		}
	}
	return nil
}

// sameMessage refuses a first message that is not the one with which the conversation was opened: it would
// be lost without a word.
func sameMessage(before, in contract.OpenIn, conversation string) error {
	if in.Message == "" || in.Message == before.Message {
		return nil
	}
	with := "without a first message"
	if before.Message != "" {
		with = "with another first message"
	}
	return fault.New(fault.Conflict, "conversation %s was opened %s under this Idempotency-Key", conversation, with).
		WithField("body.message").WithFix("send the message in that conversation, or open another one under another key")
}

// leftBy returns what a run that failed leaves to the next; nil: nothing that it must know. One that
// an operator ended says nothing: it may have done anything since it began, and leaves what it was told.
func (t *Temporal) leftBy(ctx context.Context, run client.WorkflowRun, before contract.OpenIn, failed *temporal.WorkflowExecutionError) (*contract.Doubt, error) {
	var d contract.Doubt
	var app *temporal.ApplicationError
	if errors.As(failed, &app) && app.HasDetails() {
		if err := app.Details(&d); err != nil || d.None() {
			return nil, err
		}
		return &d, nil
	}
	about, err := t.client.DescribeWorkflowExecution(ctx, run.GetID(), run.GetRunID())
	if err != nil {
		return nil, err
	}
	is := about.GetWorkflowExecutionInfo()
	d = contract.Doubt{Since: is.GetStartTime().AsTime().UnixMilli(), Maybe: is.GetCloseTime().AsTime().UnixMilli(), Unknown: true}
	if before.Doubt != nil {
		d.Since, d.Opened = before.Doubt.Since, before.Doubt.Opened
	}
	return &d, nil
}
