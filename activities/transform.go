package activities

import (
	"context"

	"transporter/internal/contract"
	"transporter/internal/transform"
)

// Transform renders the staged records to the task's format, in parts, and returns a
// reference to the list of parts. The same staged pages give the same bytes. Every record
// that was kept must have been read, and none may be in quarantine: otherwise the run is
// red and nothing is delivered. What an operator accepted by id is left out. A window
// without rows where the task expects some is red too, and the source is asked again by the
// next attempt. A rendering that is committed is not made again.
func (a *Run) Transform(ctx context.Context, in contract.StepIn) (contract.TransformOut, error) {
	return beating(ctx, in, a.transform)
}

func (a *Run) transform(ctx context.Context, in contract.StepIn, pulse *pulse) (out contract.TransformOut, err error) {
	plan, err := a.plan(ctx, in.Plan)
	if err != nil {
		return out, err
	}
	r, err := a.rendering(ctx, in, &plan, pulse)
	if err != nil {
		return out, err
	}
	commit := r.prefix + "/commit"
	if done, err := a.Stage.Committed(ctx, commit, &out); err != nil || done {
		return out, err
	}
	var fetched FetchIndex
	if err := a.Stage.GetJSON(ctx, in.Fetched, &fetched); err != nil {
		return out, err
	}
	if err := fetched.holdsFiles(r.job.Report, r.job.Params); err != nil {
		return out, err
	}
	if r.absent, err = absentHash(fetched.absent()); err != nil {
		return out, err
	}
	r.tells = plan.Before != nil && plan.Before.Absent != r.absent
	if err := a.keyed(ctx, &plan, &r, &fetched, pulse); err != nil {
		return out, err
	}
	weight, lookups := a.weigh(fetched, r.table, r.job.Report)
	r.job.Room = lookups
	release, err := hold(ctx, a.Memory, weight)
	if err != nil {
		return out, err
	}
	defer release()
	// Parts depend on all rows before them: every attempt begins at the first record.
	pulse.move(func(c *contract.Cursor) { *c = contract.Cursor{} })
	if out, err = a.write(ctx, in.Fetched, fetched, &plan, r, pulse); err != nil {
		return out, err
	}
	return out, a.settle(ctx, commit, &out)
}

// write renders what was fetched, and keeps what later windows go on from.
func (a *Run) write(ctx context.Context, from Ref, fetched FetchIndex, plan *Plan, r rendering, pulse *pulse) (out contract.TransformOut, err error) {
	r.job.Also = fetched.also(r.job.Report)
	parts := &partSink{stage: a.Stage, prefix: r.prefix, pulse: pulse}
	parts.index.Report = r.job.Report.Ref()
	parts.index.Absent, parts.index.Tells = fetched.absent(), r.tells
	var result transform.Result
	if r.job.Report.Feed != nil {
		result, err = a.writeFeed(ctx, plan, r, fetched, parts)
	} else {
		result, err = a.writeRecords(ctx, plan, r, fetched, parts)
	}
	if err != nil {
		return out, err
	}
	if err := a.carry(ctx, plan, r.job.Report, result.State); err != nil {
		return out, err
	}
	if !fetched.Read.IsZero() && r.place != nil {
		if err := a.keepSnapshot(ctx, plan, *r.place, from, fetched.Read); err != nil {
			return out, err
		}
	}
	parts.index.LeftOut, parts.index.Replaced, parts.index.Columns = result.Refused, result.Replaced, result.Columns
	out = contract.TransformOut{
		Parts: len(parts.index.Parts), Entries: result.Entries, Rows: result.Rows, Bytes: parts.bytes,
		Quarantined: result.Refused, Replaced: result.Replaced, Tracked: parts.index.Tracked,
		Drift: result.Drift, Absent: r.absent,
	}
	out.Index, err = a.Stage.PutJSON(ctx, r.prefix+"/index", parts.index)
	return out, err
}

// writeRecords renders the streams that were staged.
func (a *Run) writeRecords(ctx context.Context, plan *Plan, r rendering, fetched FetchIndex, parts *partSink) (transform.Result, error) {
	result, err := a.renderRows(ctx, plan, r, staged{stage: a.Stage, index: fetched, pulse: parts.pulse, watched: r.job.Report.Resource}, parts)
	if err != nil {
		return result, err
	}
	if err := a.complete(ctx, plan, result, parts.index.Tracked, fetched.taken(r.job.Report)); err != nil {
		return result, err
	}
	return result, a.expected(ctx, plan, holdsRows(result, parts.index.Tracked, nil))
}

// renderRows renders the records, remembering the rows where revisions need them.
func (a *Run) renderRows(ctx context.Context, plan *Plan, r rendering, records transform.Inputs, parts *partSink) (result transform.Result, err error) {
	if !r.tracks {
		return transform.Render(ctx, r.job, records, parts)
	}
	result, parts.index.Tracked, err = a.renderTracked(ctx, plan, r.job, records, parts)
	return result, err
}
