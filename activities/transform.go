package activities

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"iter"

	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/feed"
	"transporter/internal/feedbook"
	"transporter/internal/manifest"
	"transporter/internal/report"
	"transporter/internal/source"
	"transporter/internal/staging"
	"transporter/internal/task"
	"transporter/internal/transform"
)

// RenderIndex lists the rendered parts of a window: bodies without their envelopes.
type RenderIndex struct {
	Report  string         `json:"report,omitempty"` // id@version that made them
	Parts   []RenderedPart `json:"parts"`
	LeftOut int64          `json:"leftOut,omitempty"` // records in quarantine that were accepted

	Replaced int64 `json:"replaced,omitempty"` // characters written as another

	Columns []string `json:"columns,omitempty"` // transform.Result

	Tracked *contract.Tracked `json:"tracked,omitempty"` // how it differs from the delivery before
	Table   *manifest.Table   `json:"table,omitempty"`   // which state of a feed's table it is
	Absent  feed.Windows      `json:"silent,omitempty"`  // of which parts of the window a feed has nothing
	Tells   bool              `json:"tells,omitempty"`   // the delivery before did not say so of these parts
}

// sameReport refuses to go on with what another version of the report has rendered, as happens when a new
// release takes over: a head or a list of columns of its own would not fit.
func sameReport(rendered string, def *report.Definition) error {
	if rendered = cmp.Or(rendered, def.ID+"@1.0"); rendered == def.Ref() { // before it was noted, there was no other
		return nil
	}
	return fault.New(fault.SchemaMismatch, "the files of this window were made by %s, and this release has %s", rendered, def.Ref()).
		WithFix("resume the run, which makes them anew; what was delivered is sent again by running the window once more")
}

// RenderedPart is one part's body.
type RenderedPart struct {
	Body    Ref   `json:"body"`
	Part    int   `json:"part"`
	Entries int64 `json:"entries"`
	Rows    int64 `json:"rows"`
	Tail    int64 `json:"tail,omitempty"` // transform.PartInfo.Tail

	Of string `json:"of,omitempty"` // the second file that it is of
}

// place is which one of how many parts of its kind it is: receivers read each kind as a set of files
// of its own.
func (x *RenderIndex) place(part RenderedPart) (nth, of int) {
	for _, p := range x.Parts {
		if p.Of != part.Of {
			continue
		}
		if of++; p.Part <= part.Part {
			nth++
		}
	}
	return nth, of
}

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

// staged gives the renderer the staged streams and counts what it reads of the watched.
type staged struct {
	stage   *Stage
	index   FetchIndex
	pulse   *pulse
	watched string
}

// Records implements transform.Inputs.
func (s staged) Records(ctx context.Context, resource string) iter.Seq2[source.Record, error] {
	for _, stream := range s.index.Streams {
		if stream.Resource == resource {
			return s.counted(resource, s.stage.Records(ctx, stream.Slices))
		}
	}
	return func(yield func(source.Record, error) bool) {
		yield(source.Record{}, fault.New(fault.Corrupt, "resource %s was not staged for this run", resource))
	}
}

// countStep is how many records are rendered between two reports: some a second.
const countStep = 1000

func (s staged) counted(resource string, records iter.Seq2[source.Record, error]) iter.Seq2[source.Record, error] {
	if resource != s.watched {
		return records
	}
	return func(yield func(source.Record, error) bool) {
		n := int64(0)
		for r, err := range records {
			if !yield(r, err) {
				return
			}
			if n++; n%countStep == 0 {
				s.pulse.move(func(c *contract.Cursor) { c.Records = n })
			}
		}
	}
}

// partSink stages the bodies of the parts.
type partSink struct {
	stage  *Stage
	prefix string
	pulse  *pulse
	index  RenderIndex
	bytes  int64
}

// Create implements transform.PartSink.
func (s *partSink) Create(ctx context.Context, part int) (transform.PartWriter, error) {
	w, err := s.stage.Create(ctx, fmt.Sprintf("%s/part-%04d", s.prefix, part))
	if err != nil {
		return nil, err
	}
	return &partWriter{Writer: w, body: w, sink: s}, nil
}

type partWriter struct {
	io.Writer
	body *staging.Writer
	sink *partSink
}

// Commit implements transform.PartWriter.
func (w *partWriter) Commit(ctx context.Context, info transform.PartInfo) error {
	ref, err := w.body.Commit(ctx)
	if err != nil {
		return err
	}
	w.sink.index.Parts = append(w.sink.index.Parts, RenderedPart{
		Body: ref, Part: info.Part, Of: info.Of, Entries: info.Entries, Rows: info.Rows, Tail: info.Tail,
	})
	w.sink.bytes += ref.Size
	w.sink.pulse.move(func(c *contract.Cursor) { c.Parts++ })
	return nil
}

// Abort implements transform.PartWriter.
func (w *partWriter) Abort() { w.body.Abort() }
