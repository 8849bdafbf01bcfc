package workflows

import (
	"errors"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"transporter/internal/contract"
	"transporter/internal/fault"
)

var (
	attrTrigger   = temporal.NewSearchAttributeKeyKeyword(contract.AttrTrigger)
	attrReport    = temporal.NewSearchAttributeKeyKeyword(contract.AttrReport)
	attrOutcome   = temporal.NewSearchAttributeKeyKeyword(contract.AttrOutcome)
	attrWindowEnd = temporal.NewSearchAttributeKeyTime(contract.AttrWindowEnd)
	attrRecords   = temporal.NewSearchAttributeKeyInt64(contract.AttrRecords)
	attrBytes     = temporal.NewSearchAttributeKeyInt64(contract.AttrBytes)
)

// close writes the run record, whatever happened, tells people, and cleans up after a green
// run. It works on a context of its own, so that a cancelled run is recorded too.
func (r *reportRun) close(ctx workflow.Context, failure error) (contract.RunResult, error) {
	ctx, cancel := workflow.NewDisconnectedContext(ctx)
	defer cancel()
	r.ended = workflow.Now(ctx)
	outcome := r.outcome(failure)
	r.showOutcome(ctx, outcome)
	if r.tells(failure) {
		if order := r.telling(ctx); failure != nil && order > workflow.DefaultVersion || order == toldBeforeRecord {
			r.notify(ctx, outcome, failure)
		}
	}
	recordErr := r.record(ctx, outcome, failure)
	if failure == nil {
		failure = r.prove(ctx, outcome, recordErr)
	}
	if failure == nil && r.plan.Skip == "" {
		r.clean(ctx)
	}
	r.table.refresh(ctx)
	return contract.RunResult{
		Outcome: outcome, Window: r.plan.Window,
		Files: r.packed.Files, Rows: r.rendered.Rows, Bytes: r.packed.Bytes,
	}, verdict(failure)
}

// prove tells of a run that is green, now that its record proves it, and records that it
// did. A green delivery without its record is red: nobody could prove it. That is told and
// recorded, as far as it can be: what the record could not read is left out of it.
func (r *reportRun) prove(ctx workflow.Context, outcome string, unproven error) error {
	if unproven == nil && !r.tells(nil) || r.telling(ctx) != toldAfterRecord {
		return unproven
	}
	if unproven != nil {
		outcome, r.step.Packed = r.outcome(unproven), contract.Ref{}
		r.showOutcome(ctx, outcome)
	}
	r.notify(ctx, outcome, unproven)
	if err := r.record(ctx, outcome, unproven); err != nil {
		workflow.GetLogger(ctx).Warn("that people were told is not recorded", "error", message(err))
	}
	return unproven
}

// verdict is the error that turns the run red.
func verdict(failure error) error {
	if failure == nil || temporal.IsCanceledError(failure) {
		return failure
	}
	return temporal.NewNonRetryableApplicationError(message(failure), string(kindOf(failure)), nil)
}

// outcome maps how the run ended to the word that operators filter by.
func (r *reportRun) outcome(failure error) string {
	switch {
	case failure == nil && r.plan.Skip != "":
		return r.plan.Skip
	case failure == nil && r.unchanged():
		return contract.OutcomeUnchanged
	case failure == nil && r.rendered.Rows == 0:
		return contract.OutcomeEmpty
	case failure == nil:
		return contract.OutcomeDelivered
	case kindOf(failure) == fault.Incomplete:
		return contract.OutcomeIncomplete
	case kindOf(failure) == fault.Expired:
		return contract.OutcomeExpired
	}
	return contract.OutcomeFailed
}

func (r *reportRun) record(ctx workflow.Context, outcome string, failure error) error {
	info := workflow.GetInfo(ctx)
	in := contract.RecordIn{
		Run: r.in, WorkflowID: info.WorkflowExecution.ID, RunID: info.WorkflowExecution.RunID,
		Plan: r.step.Plan, Packed: r.step.Packed, Fetched: r.fetched, Rendered: r.rendered, Window: r.plan.Window, Report: r.plan.Report,
		Outcome: outcome, Started: info.WorkflowStartTime, Ended: r.ended, Steps: r.table.steps,
		Rows: r.rendered.Rows, Bytes: r.packed.Bytes, Files: r.packed.Files,
	}
	if failure != nil {
		in.Error, in.ErrorKind = message(failure), string(kindOf(failure))
	} else if r.plan.Skip != "" {
		in.Error = r.plan.SkipWhy
	}
	_, err := exec[struct{}](summarise(ctx, "%s", "run record: "+outcome), contract.ActivityRecord, in)
	return err
}

// clean removes the staged source pages. Failing to is no failure of the delivery: what
// is left goes with the next maintenance.
func (r *reportRun) clean(ctx workflow.Context) {
	_, err := step[struct{}](ctx, r, contract.ActivityClean, "", r.step, "remove staged source pages")
	if err != nil {
		workflow.GetLogger(ctx).Warn("staged pages are left over", "error", message(err))
	}
}

// showOutcome makes the outcome searchable; the run's end does not depend on it.
func (r *reportRun) showOutcome(ctx workflow.Context, outcome string) {
	err := workflow.UpsertTypedSearchAttributes(
		ctx,
		attrOutcome.ValueSet(outcome),
		attrRecords.ValueSet(r.rendered.Rows),
		attrBytes.ValueSet(r.packed.Bytes),
	)
	if err != nil {
		workflow.GetLogger(ctx).Warn("outcome is not searchable", "error", err)
	}
}

// message is the sentence of an error that a person should read: that of the activity,
// without Temporal's wrapping. Several failed legs are joined.
func message(err error) string {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		text := ""
		for i, e := range joined.Unwrap() {
			if i > 0 {
				text += "; "
			}
			text += message(e)
		}
		return text
	}
	var app *temporal.ApplicationError
	if errors.As(err, &app) {
		return app.Message()
	}
	var timeout *temporal.TimeoutError
	if errors.As(err, &timeout) {
		if cause := errors.Unwrap(timeout); cause != nil {
			return "gave up after the step's budget: " + message(cause)
		}
		return "gave up after the step's budget: no worker answered in time"
	}
	return err.Error()
}
