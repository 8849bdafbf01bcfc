package activities

import (
	"context"
	"slices"
	"time"

	"go.temporal.io/sdk/activity"

	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/report"
	"transporter/internal/source"
	"transporter/internal/staging"
)

// FetchIndex lists what was staged of one window, by resource.
type FetchIndex struct {
	Streams []Stream  `json:"streams"`
	Read    time.Time `json:"read,omitzero"` // when all was read; of reports whose snapshots are kept
}

// Stream is the staged form of one resource: slices in canonical order.
type Stream struct {
	Resource string                `json:"resource"`
	Slices   []staging.SliceCommit `json:"slices"`
}

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
	if done, err := a.Stage.Committed(ctx, q.commit(), &out); err != nil || done {
		return out, err
	}
	index, err := a.index(ctx, &plan, q, pulse)
	if err != nil {
		return out, err
	}
	if out, err = a.summarise(ctx, index, q.def, q.prefix); err != nil {
		return out, err
	}
	return out, a.settle(ctx, q.commit(), &out)
}

// index stages what the source says now, or finds what it said at an earlier moment.
func (a *Run) index(ctx context.Context, plan *Plan, q question, pulse *pulse) (index FetchIndex, err error) {
	if at, ok := q.def.AsOf(plan.Spec.Parameters); ok {
		return a.asOf(ctx, plan, q.def, at)
	}
	if err := reachable(q.def, plan, a.Now()); err != nil {
		return index, err
	}
	release, err := hold(ctx, a.Memory, fetchWeight)
	if err != nil {
		return index, err
	}
	defer release()
	src, err := a.openSource(ctx, plan)
	if err != nil {
		return index, err
	}
	index, err = a.stageStreams(ctx, src, q, pulse, asRead)
	if q.def.Snapshots() {
		index.Read = a.Now().UTC()
	}
	return index, err
}

// question is what a plan asks its source, and where the answer is staged.
type question struct {
	def    *report.Definition
	query  source.Query   // of the report's own resource
	parts  []source.Query // of every resource, that one last
	prefix string
}

func questionOf(plan *Plan, now time.Time) (q question, err error) {
	if q.def, err = report.Get(plan.Spec.Report, plan.Version); err != nil {
		return q, err
	}
	q.query = source.Query{
		Resource: q.def.Resource, From: plan.Window.From, To: plan.Window.To,
		Params: q.def.QueryParams(plan.Spec.Parameters), Now: now.UnixMilli(), Turn: plan.turn(now),
	}
	q.query.From -= leadOf(q.def, plan, now)
	inputs := []any{plan.Spec.Source, plan.PlatformAccount, q.query.Resource, q.query.Params, q.def.Joins, plan.Window}
	if len(q.def.Also) > 0 {
		inputs = append(inputs, q.def.Also, plan.Spec.Parameters)
	}
	if plan.looks() { // what an earlier look read says nothing of now
		inputs = append(inputs, plan.Look)
	}
	if at, ok := q.def.AsOf(plan.Spec.Parameters); ok {
		inputs = append(inputs, at)
	}
	key, err := digest("fetch/1", inputs...)
	q.prefix = pagesPrefix(plan.Delivery) + "/" + key
	q.parts = q.cut(plan, now)
	return q, err
}

// cut lists one query for each resource: joined lists first, so that they are pinned close to
// the records that they name.
func (q question) cut(plan *Plan, now time.Time) (parts []source.Query) {
	for _, resource := range q.def.Joins {
		part := q.query
		part.Resource, part.Params = resource, nil
		parts = append(parts, part)
	}
	for i := range q.def.Also {
		also, part := &q.def.Also[i], q.query
		part.Resource, part.Params = also.Resource, q.def.AlsoParams(also, plan.Spec.Parameters)
		var asked bool
		if part.From, part.To, asked = also.Window(plan.Window.From, plan.Window.To, now); asked && q.def.Wants(also, plan.Spec.Parameters) {
			parts = append(parts, part)
		}
	}
	return append(parts, q.query)
}

// commit is the key of the answer's commit record.
func (q question) commit() string { return q.prefix + "/commit" }

// reachable refuses a window that the source no longer knows, before asking it. What was
// fetched in time stays deliverable for good.
func reachable(def *report.Definition, plan *Plan, now time.Time) error {
	from := time.UnixMilli(plan.Window.From).UTC()
	since, bounded := def.Reach.Since(now)
	switch {
	case bounded && from.Before(since):
		return fault.New(fault.Expired, "the window begins %s, the source keeps %s", from.Format(time.RFC3339), def.Reach).
			WithFix("nothing can be done: these records are gone at the source")
	case !bounded && !plan.NextFire.IsZero() && !now.Before(plan.NextFire):
		return fault.New(fault.Expired, "%s shows the state as it is now; the next run is due already", def.Title).
			WithFix("nothing can be done: the state of that time is gone")
	}
	return nil
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
	snapshot, err := a.Accounts.Snapshot(ctx, plan.Delivery.Account)
	if err != nil {
		return nil, err
	}
	s, ok := snapshot.Sources[plan.Spec.Source]
	if !ok {
		return nil, fault.New(fault.ConfigMissing, "source %s was deleted", plan.Spec.Source).
			WithFix("choose another source in the task, then resume the run")
	}
	return a.Adapters.Source(ctx, plan.Delivery.Account, s)
}

// stageStreams reads one resource after another; the report's own records in the given order.
func (a *Run) stageStreams(ctx context.Context, src source.Source, q question, pulse *pulse, order ordering) (index FetchIndex, err error) {
	for _, part := range q.parts {
		resource, ordered := part.Resource, order
		if resource != q.query.Resource {
			ordered = asRead
		}
		pages := a.Stage.Pages(q.prefix+"/"+resource, func(c staging.SliceCommit) {
			pulse.move(func(cur *contract.Cursor) {
				cur.Slices, cur.Records, cur.Bytes = cur.Slices+1, cur.Records+c.Counts.Kept, cur.Bytes+c.Bytes
			})
		})
		part.Waits = pulse.waits
		if err := src.Fetch(ctx, part, watchedPages{pages, resource, pulse, ordered}); err != nil {
			return index, err
		}
		slices, err := wholeSlices(ctx, pages)
		if err != nil {
			return index, err
		}
		index.Streams = append(index.Streams, Stream{Resource: resource, Slices: slices})
		activity.GetLogger(ctx).Info("resource is staged", "resource", resource, "slices", len(slices))
	}
	return index, nil
}

// records is the stream of the report's own resource, after all others.
func (i FetchIndex) records() Stream { return i.Streams[len(i.Streams)-1] }

// also are the report's further resources that were read.
func (i FetchIndex) also(def *report.Definition) (names []string) {
	for _, s := range i.Streams {
		if slices.ContainsFunc(def.Also, func(a report.Also) bool { return a.Resource == s.Resource }) {
			names = append(names, s.Resource)
		}
	}
	return names
}

// taken sums what was read of the resources whose records rows are made of.
func (i FetchIndex) taken(def *report.Definition) source.Counts {
	sum := total(i.records())
	for _, s := range i.Streams {
		if slices.Contains(i.also(def), s.Resource) {
			sum = plus(sum, total(s))
		}
	}
	return sum
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

// watchedPages tells people how many slices there will be. The slices themselves are found
// by their commit records: what an earlier attempt staged is in its cursor already.
type watchedPages struct {
	*staging.Pages
	resource string
	pulse    *pulse
	order    ordering
}

// Begin implements source.Sink.
func (w watchedPages) Begin(ctx context.Context, s source.Slice) (source.SliceWriter, error) {
	slice, err := w.Pages.Begin(ctx, s)
	if err != nil {
		return nil, err
	}
	return w.order(slice), nil
}

// Plan implements source.Sink.
func (w watchedPages) Plan(ctx context.Context, slices []source.Slice) error {
	w.cut(slices)
	return w.Pages.Plan(ctx, slices)
}

// Planned implements source.Sink.
func (w watchedPages) Planned(ctx context.Context) ([]source.Slice, error) {
	slices, err := w.Pages.Planned(ctx)
	if slices != nil {
		w.cut(slices)
	}
	return slices, err
}

func (w watchedPages) cut(slices []source.Slice) {
	w.pulse.move(func(c *contract.Cursor) {
		if c.Resource != w.resource {
			*c = contract.Cursor{Resource: w.resource, Waits: c.Waits}
		}
		c.OfSlices = len(slices)
	})
}

// total sums the reconciliation over the slices of a stream.
func total(s Stream) (sum source.Counts) {
	for _, c := range s.Slices {
		sum = plus(sum, c.Counts)
	}
	return sum
}

func plus(a, b source.Counts) source.Counts {
	return source.Counts{
		Total: a.Total + b.Total, Fetched: a.Fetched + b.Fetched, Kept: a.Kept + b.Kept,
		Duplicates: a.Duplicates + b.Duplicates, Calls: a.Calls + b.Calls,
	}
}

// whole refuses a stream of which not everything was received that the source counts.
func whole(index FetchIndex) error {
	for _, s := range index.Streams {
		if sum := total(s); sum.Total != sum.Fetched {
			return fault.New(fault.CountMismatch, "%s: the source counts %d records, %d distinct ones were received", s.Resource, sum.Total, sum.Fetched).
				WithFix("resume the run; if it lasts, the platform's support must say which count is right")
		}
	}
	return nil
}

func (a *Run) summarise(ctx context.Context, index FetchIndex, def *report.Definition, prefix string) (contract.FetchOut, error) {
	c := index.taken(def)
	out := contract.FetchOut{SourceTotal: c.Total, Fetched: c.Fetched, Kept: c.Kept, Duplicates: c.Duplicates, Calls: c.Calls}
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
