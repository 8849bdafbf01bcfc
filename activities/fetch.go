package activities

import (
	"context"
	"errors"
	"slices"

	"go.temporal.io/sdk/activity"

	"transporter/internal/account"
	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/feed"
	"transporter/internal/report"
	"transporter/internal/source"
	"transporter/internal/staging"
	"transporter/internal/store"
)

// Fetch stages every record of the plan's window, and the configuration lists that the
// report joins, and returns a reference to their index. Retried until the source answers
// completely: slices that were committed are not read again, and a window whose fetch is
// committed is not read at all. The source's own count must agree with what was received.
func (a *Run) Fetch(ctx context.Context, in contract.StepIn) (contract.FetchOut, error) {
	return beating(ctx, in, a.fetch)
}

func (a *Run) fetch(ctx context.Context, in contract.StepIn, pulse *pulse) (out contract.FetchOut, err error) {
	plan, err := a.plan(ctx, in.Plan)
	if err != nil {
		return out, err
	}
	q, err := questionOf(&plan, a.Now())
	if err != nil {
		return out, err
	}
	done, err := a.Stage.Committed(ctx, q.commit(), &out)
	if err == nil && done && out.Cut > 0 && plan.Attempt > out.Attempt {
		done, err = a.cutAccepted(ctx, &plan, q, &out)
	}
	if err != nil || done {
		return out, err
	}
	index, err := a.index(ctx, &plan, q, pulse)
	if err != nil {
		return out, err
	}
	if out, err = a.summarise(ctx, index, q.def, q.prefix); err != nil {
		return out, err
	}
	out.Attempt = plan.Attempt
	return out, a.settle(ctx, q.commit(), &out)
}

// cutAccepted reports whether all records that the source had cut were accepted as they are. Otherwise what
// an earlier attempt staged is forgotten: it was red by them, so that nothing was made of it. Its commit goes
// last: were it gone first, what a crash left would be taken for slices that are whole.
func (a *Run) cutAccepted(ctx context.Context, plan *Plan, q question, out *contract.FetchOut) (bool, error) {
	var index FetchIndex
	err := a.Stage.GetJSON(ctx, out.Index, &index)
	switch {
	case errors.Is(err, store.ErrNotExist): // a removal was cut off
	case err != nil:
		return false, err
	default:
		cut, accepted := index.cut(q.def), plan.acceptedRecords()
		// An index of an earlier release says only how many they are.
		if int64(len(cut)) == out.Cut && !slices.ContainsFunc(cut, func(id string) bool { return !slices.Contains(accepted, id) }) {
			return true, nil
		}
	}
	*out = contract.FetchOut{}
	_, err = a.Stage.RemoveAll(ctx, q.prefix+"/", q.commit())
	return false, err
}

// index stages what the source says now, or finds what it said at an earlier moment.
func (a *Run) index(ctx context.Context, plan *Plan, q question, pulse *pulse) (index FetchIndex, err error) {
	if at, ok := q.def.AsOf(plan.Spec.Parameters); ok {
		return a.asOf(ctx, plan, q.def, at)
	}
	if err := reachable(q.def, plan, a.Now()); err != nil {
		return index, err
	}
	if q.def.Feed != nil {
		return a.fetchFeed(ctx, plan, q, pulse)
	}
	if err := a.remembered(ctx, q); err != nil {
		return index, err
	}
	err = a.withIDRoom(ctx, func(room func(bytes int64) error) error {
		src, err := a.openSource(ctx, plan)
		if err != nil {
			return err
		}
		index, err = a.stageStreams(ctx, src, q, reading{pulse, asRead, room})
		return err
	})
	if waits := feed.WaitsOf(err); q.def.Doubted() && (err == nil || len(waits) > 0) {
		if noted := a.noteWaits(ctx, plan, waits); noted != nil {
			return index, noted
		}
	}
	if q.def.Snapshots() {
		index.Read = a.Now().UTC()
	}
	return index, err
}

// settle writes a step's commit record, or takes over that of another attempt which was
// faster, so that all later steps see one result.
func (a *Run) settle(ctx context.Context, commit string, out any) error {
	won, err := a.Stage.Commit(ctx, commit, out)
	if err != nil || won {
		return err
	}
	_, err = a.Stage.Committed(ctx, commit, out)
	return err
}

func (a *Run) openSource(ctx context.Context, plan *Plan) (source.Source, error) {
	s, err := a.sourceOf(ctx, plan)
	if err != nil {
		return nil, err
	}
	return a.Adapters.Source(ctx, plan.Delivery.Account, s)
}

// sourceOf is the plan's source as it is now.
func (a *Run) sourceOf(ctx context.Context, plan *Plan) (account.Source, error) {
	snapshot, err := a.Accounts.Snapshot(ctx, plan.Delivery.Account)
	if err != nil {
		return account.Source{}, err
	}
	s, ok := snapshot.Sources[plan.Spec.Source]
	if !ok {
		return s, fault.New(fault.ConfigMissing, "source %s was deleted", plan.Spec.Source).
			WithFix("choose another source in the task, then resume the run")
	}
	return s, nil
}

// reading is how a source is read: with whom it is told, in which order the report's own records are kept,
// and who is asked for room.
type reading struct {
	pulse *pulse
	order ordering
	room  func(bytes int64) error
}

// stageStreams reads one resource after another.
func (a *Run) stageStreams(ctx context.Context, src source.Source, q question, by reading) (index FetchIndex, err error) {
	for _, part := range q.parts {
		how := by
		if part.Resource != q.query.Resource {
			how.order = asRead
		}
		stream, there, err := a.stageStream(ctx, src, q, part, how)
		if err != nil {
			return index, err
		}
		if there {
			index.Streams = append(index.Streams, stream)
			activity.GetLogger(ctx).Info("resource is staged", "resource", stream.Resource, "slices", len(stream.Slices))
		}
	}
	return index, nil
}

// stageStream reads one resource, or finds what was read of it first; false for one that is not
// asked for.
func (a *Run) stageStream(ctx context.Context, src source.Source, q question, part asked, by reading) (s Stream, there bool, err error) {
	s.Resource = part.Resource
	prefix := q.prefix + "/" + part.Resource
	if part.live != "" {
		prefix = part.live
		if s.Slices, there, err = a.keptReading(ctx, prefix); err != nil || there {
			return s, there, err
		}
	}
	if part.late {
		return s, false, nil
	}
	pages := a.Stage.Pages(prefix, func(c staging.SliceCommit) {
		by.pulse.move(func(cur *contract.Cursor) {
			cur.Slices, cur.Records, cur.Bytes = cur.Slices+1, cur.Records+c.Counts.Kept, cur.Bytes+c.Bytes
		})
	}).Within(by.room)
	part.Waits = by.pulse.waits
	if err := src.Fetch(ctx, part.Query, watchedPages{pages, part.Resource, by.pulse, by.order}); err != nil {
		return s, false, err
	}
	s.Slices, err = wholeSlices(ctx, pages)
	return s, err == nil, err
}

// ordering is what staging sorts the records of a slice by.
type ordering func(source.SliceWriter) source.SliceWriter

// asRead keeps the source's own order.
func asRead(w source.SliceWriter) source.SliceWriter { return w }

// wholeSlices returns the commit records of a stream, of which none may be missing from the
// store's list: the counts are sums over them, and would agree without it.
func wholeSlices(ctx context.Context, pages *staging.Pages) ([]staging.SliceCommit, error) {
	commits, err := pages.Slices(ctx)
	if err != nil {
		return nil, err
	}
	planned, err := pages.Planned(ctx)
	if err == nil && len(commits) != len(planned) {
		err = fault.New(fault.Upstream, "%d slices were planned, the store lists %d", len(planned), len(commits))
	}
	return commits, err
}

func (a *Run) summarise(ctx context.Context, index FetchIndex, def *report.Definition, prefix string) (contract.FetchOut, error) {
	if def.Feed != nil {
		return a.summariseFeed(ctx, index, def, prefix)
	}
	c := index.taken(def)
	out := contract.FetchOut{SourceTotal: c.Total, Fetched: c.Fetched, Kept: c.Kept, Duplicates: c.Duplicates, Cut: int64(len(index.cut(def))), Calls: c.Calls}
	for _, s := range index.Streams {
		if s.Resource != def.Resource && !slices.Contains(index.also(def), s.Resource) {
			continue
		}
		out.Slices += len(s.Slices)
		for _, slice := range s.Slices {
			out.Bytes += slice.Bytes
		}
	}
	if err := whole(index); err != nil {
		return out, err
	}
	ref, err := a.Stage.PutJSON(ctx, prefix+"/index", index)
	out.Index = ref
	return out, err
}
