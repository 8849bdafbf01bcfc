package activities

import (
	"context"

	"transporter/internal/contract"
	"transporter/internal/feed"
	"transporter/internal/feedbook"
	"transporter/internal/report"
	"transporter/internal/task"
	"transporter/internal/transform"
)

// rendering is what a step renders, and where: the place is a hash of everything that decides
// the bytes.
type rendering struct {
	job    transform.Job
	prefix string
	tracks bool     // rows are compared with those delivered before
	place  *chained // of the snapshot that the rows are of; nil: they are of none

	table *feedbook.Place // among the states of a feed's table; nil: there is none
	key   feed.Key        // that tells the rows of that table apart

	absent string // contract.TransformOut
	tells  bool   // the delivery before did not say so

	anew  []feedbook.Leaf // those of the state before, if they were told apart by another key
	worse []feedbook.Leaf // of them those with lines that cannot be read since
}

func (a *Run) rendering(ctx context.Context, in contract.StepIn, plan *Plan, pulse *pulse) (r rendering, err error) {
	if r.job, err = jobOf(plan); err != nil {
		return r, err
	}
	job := &r.job
	inputs := []any{in.Fetched.SHA256, job.Report, job.Params, job.Format, job.Formatting, plan.Spec.Zone, job.SplitEntries, plan.Window}
	if accepted := plan.acceptedRecords(); len(accepted) > 0 {
		inputs = append(inputs, accepted)
	}
	if job.State, err = a.carried(ctx, plan, job.Report); err != nil {
		return r, err
	}
	if job.State != nil {
		inputs = append(inputs, job.State)
	}
	if r.tracks = plan.tracks(*job) && !keepsTable(plan, job.Report); r.tracks {
		inputs = append(inputs, plan.Spec.Revisions.Mode, plan.looks(), plan.Before)
	}
	place, since, err := a.placeOf(ctx, plan, job.Report)
	if err != nil {
		return r, err
	}
	if r.place = place; since != nil {
		inputs = append(inputs, place.base.Index.SHA256)
		job.Earlier = staged{stage: a.Stage, index: *since, pulse: pulse}
	}
	if r.table, err = a.feedPlace(ctx, plan, job.Report); err != nil {
		return r, err
	}
	if r.table != nil {
		if r.key, err = a.keyOf(ctx, plan, r.table, job.Report); err != nil {
			return r, err
		}
		inputs = append(inputs, r.table.Base, plan.looks())
		if r.key != r.table.Base.Key {
			inputs = append(inputs, r.key)
		}
	}
	if expects, err := plan.expectsRows(); err != nil {
		return r, err
	} else if expects { // without any there is nothing to go on from
		inputs = append(inputs, "expects rows")
	}
	key, err := digest("transform/1", inputs...)
	r.prefix = artefactsPrefix(plan.Delivery) + "/rendered-" + key
	return r, err
}

// jobOf turns the plan into what the renderer needs.
func jobOf(plan *Plan) (job transform.Job, err error) {
	def, err := report.Get(plan.Spec.Report, plan.Version)
	if err != nil {
		return job, err
	}
	zone, err := task.Zone(plan.Spec.Zone)
	if err != nil {
		return job, err
	}
	return transform.Job{
		Report: def, Params: plan.Spec.Parameters, Format: plan.Spec.Format, Formatting: plan.Spec.Formatting,
		AccountID: plan.PlatformAccount, From: plan.Window.From, To: plan.Window.To, Zone: zone,
		SplitEntries: plan.Spec.Parts.Entries, Accepted: plan.acceptedRecords(),
	}, nil
}
