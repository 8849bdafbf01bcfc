package activities

import (
	"context"
	"slices"

	"transporter/internal/contract"
	"transporter/internal/feed"
	"transporter/internal/receipt"
	"transporter/internal/report"
)

// acceptedMeanwhile adds to a plan what was accepted since it was made, where its run may wait for days: nobody
// has to end it to go on without what is missing.
func (a *Run) acceptedMeanwhile(ctx context.Context, plan *Plan) error {
	def, err := report.Get(plan.Spec.Report, plan.Version)
	if err != nil || def.Feed == nil && !def.Doubted() {
		return err
	}
	since, err := a.Book.Accepted(ctx, plan.Delivery)
	plan.Accept = plan.Accept.With(since)
	return err
}

// noteListed notes what a listing says is missing. What only reading finds stays until somebody has read it.
func (a *Run) noteListed(ctx context.Context, plan *Plan, waits []feed.Wait) error {
	noted, err := a.Book.Waiting(ctx, plan.Delivery, plan.Attempt)
	if err != nil {
		return err
	}
	for _, q := range noted {
		known := slices.ContainsFunc(waits, func(w feed.Wait) bool { return w.Name == q.Record })
		if !known && feed.IsOfReading(q.Record) && !slices.Contains(plan.acceptedRecords(), q.Record) {
			waits = append(waits, feed.Wait{Name: q.Record, Text: q.Reason})
		}
	}
	return a.noteWaits(ctx, plan, waits)
}

// noteWaits notes what is missing, as a person can accept it; nothing when nothing is any more.
func (a *Run) noteWaits(ctx context.Context, plan *Plan, waits []feed.Wait) error {
	var list []receipt.Quarantined
	for _, w := range waits[:min(len(waits), mostWaits)] {
		list = append(list, receipt.Quarantined{Record: w.Name, Reason: w.Text})
	}
	noted, err := a.Book.Waiting(ctx, plan.Delivery, plan.Attempt)
	if err != nil || slices.Equal(noted, list) {
		return err
	}
	return a.Book.PutWaiting(ctx, plan.Delivery, plan.Attempt, list)
}

// mostWaits bounds the list: what is accepted makes room for the rest.
const mostWaits = 1000

// waited returns what a run was red for that read nothing.
func (a *Run) waited(ctx context.Context, plan *Plan, in contract.RecordIn) ([]receipt.Quarantined, error) {
	if in.Fetched.Index.Key != "" {
		return nil, nil
	}
	return a.Book.Waiting(ctx, plan.Delivery, plan.Attempt)
}
