package activities

import (
	"context"
	"encoding/binary"
	"errors"
	"iter"

	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/rowindex"
	"transporter/internal/source"
	"transporter/internal/task"
	"transporter/internal/transform"
)

// rowsPrefix holds the row indexes of a window, for its next revision.
func rowsPrefix(d contract.Delivery) string { return "rows/" + d.Key() }

// tracks reports whether the rows of the window are remembered: the task revises, or its rows
// say how often they were exported.
func (p *Plan) tracks(job transform.Job) bool {
	return p.Spec.Revisions.On() || job.CountsRevisions() && job.Report.Final() == ""
}

// tracked is the rendering of a revision whose rows are compared with those delivered.
type tracked struct {
	*Run

	plan   *Plan
	job    transform.Job
	inputs transform.Inputs
	prefix string // of the rendering's objects
	tells  bool   // RenderIndex.Tells
	before *rowindex.Index
	bad    map[rowindex.Maker]bool // what is in quarantine
	out    contract.Tracked
}

// mostBad bounds what is remembered of records in quarantine: of more than anybody accepts, rows count as
// any that are gone.
const mostBad = 1 << 17

// renderTracked is transform.Render for a window whose rows are remembered.
func (a *Run) renderTracked(ctx context.Context, plan *Plan, job transform.Job, inputs transform.Inputs, sink *partSink) (transform.Result, *contract.Tracked, error) {
	t := &tracked{Run: a, plan: plan, job: job, inputs: inputs, prefix: sink.prefix, tells: sink.index.Tells}
	t.out.Mode, t.out.Also = task.RevisionsFull, job.Also
	if err := t.find(ctx); err != nil {
		return transform.Result{}, nil, err
	}
	result, err := t.render(ctx, sink)
	return result, &t.out, err
}

// find looks for the rows that the window was delivered with. A row index that is past its
// retention is as if there had been none: everything is delivered then.
func (t *tracked) find(ctx context.Context) error {
	if t.plan.Before == nil || t.plan.Before.Tracked == nil {
		return nil
	}
	var index rowindex.Index
	err := t.Stage.GetJSON(ctx, t.plan.Before.Tracked.Index, &index)
	for i := 0; err == nil && i < len(index.Runs); i++ {
		err = t.present(ctx, index.Runs[i])
	}
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	t.before, t.out.After = &index, &t.plan.Before.Revision
	return err
}

// render renders what has to be delivered: all rows, or those that differ. Nothing is
// rendered if the run only looks and finds nothing changed.
func (t *tracked) render(ctx context.Context, sink transform.PartSink) (transform.Result, error) {
	changes := t.plan.Spec.Revisions.Mode == task.RevisionsChanges
	if t.before == nil {
		return t.first(ctx, sink, changes)
	}
	result, now, err := t.index(ctx, nowhere{}, transform.Tracking{Change: changes}, t.prefix)
	if err != nil {
		return result, err
	}
	marks, err := t.compare(ctx, now)
	if errors.Is(err, rowindex.ErrRepeated) && !t.plan.looks() { // somebody wants the window once more as a whole
		t.before, t.out = nil, contract.Tracked{Mode: task.RevisionsFull, Also: t.job.Also, After: t.out.After}
		return t.first(ctx, sink, changes)
	}
	if err != nil {
		return result, err
	}
	if t.plan.looks() {
		if t.out.Added+t.out.Changed+t.out.Removed == 0 && !t.tells {
			t.out.Unchanged, t.out.Index = true, t.plan.Before.Tracked.Index
			return result, nil
		}
		if changes {
			t.out.Mode = task.RevisionsChanges
		}
	}
	t.job.Track = &transform.Tracking{Change: changes, Only: t.out.Mode == task.RevisionsChanges, Marks: t.marks(ctx, marks)}
	return transform.Render(ctx, t.job, t.inputs, sink)
}

// first renders rows of which nothing is known; counting goes on where it may have been.
func (t *tracked) first(ctx context.Context, sink transform.PartSink, changes bool) (transform.Result, error) {
	rev := int64(t.plan.Delivery.Revision)
	result, index, err := t.index(ctx, sink, transform.Tracking{Change: changes, Rev: rev}, rowsPrefix(t.plan.Delivery))
	if err != nil {
		return result, err
	}
	t.out.Held, t.out.Added = result.Rows, result.Rows
	t.out.Index, err = t.Stage.PutJSON(ctx, rowsPrefix(t.plan.Delivery), index)
	return result, err
}

// index renders into the sink and indexes the rows below the prefix.
func (t *tracked) index(ctx context.Context, sink transform.PartSink, track transform.Tracking, prefix string) (result transform.Result, index rowindex.Index, err error) {
	rows, n := rowindex.New(t.Stage, prefix, 0), int64(0)
	defer rows.Abort()
	track.Seen = func(key []byte, hash rowindex.Hash, maker string) error {
		n++
		return rows.Add(ctx, rowindex.Entry{Key: string(key), Hash: hash, Rev: track.Rev, Row: n - 1, Maker: rowindex.MakerOf(maker)})
	}
	t.bad = map[rowindex.Maker]bool{}
	track.Bad = func(maker string) {
		if len(t.bad) < mostBad {
			t.bad[rowindex.MakerOf(maker)] = true
		}
	}
	t.job.Track = &track
	if result, err = transform.Render(ctx, t.job, t.inputs, sink); err != nil {
		return result, index, err
	}
	index, err = rows.Finish(ctx)
	return result, index, err
}

// compare counts how the rows of now differ from those delivered, writes the index for the
// next revision, and returns what became of every row, sorted by its place.
func (t *tracked) compare(ctx context.Context, now rowindex.Index) (marks []Ref, err error) {
	next, order := rowindex.New(t.Stage, rowsPrefix(t.plan.Delivery), 0), t.Stage.Sorter(t.prefix, 0)
	defer next.Abort()
	defer order.Abort()
	at := t.Now().UnixMilli()
	for c, err := range rowindex.Diff(rowindex.Read(ctx, t.Stage, *t.before), rowindex.Read(ctx, t.Stage, now)) {
		if err != nil {
			return nil, err
		}
		stays := t.unread(c)
		kept := c.Kept(at)
		if stays {
			kept = c.Stays()
		} else {
			t.count(c.Kind)
		}
		if err := next.Add(ctx, kept); err != nil {
			return nil, err
		}
		if stays || c.Kind == rowindex.Gone {
			continue
		}
		if err := order.Add(ctx, markOf(c, now.Entries)); err != nil {
			return nil, err
		}
	}
	index, err := next.Finish(ctx)
	if err != nil {
		return nil, err
	}
	if t.out.Index, err = t.Stage.PutJSON(ctx, rowsPrefix(t.plan.Delivery), index); err != nil {
		return nil, err
	}
	return order.Finish(ctx)
}

// unread counts a row that is not there because its record is in quarantine: it was right when it was
// delivered. Of changes the receiver keeps it, and stays is true; whole files cannot have it, since only
// its key is known.
func (t *tracked) unread(c rowindex.Change) (stays bool) {
	if c.Kind != rowindex.Removed || len(t.bad) == 0 {
		return false
	}
	maker, known := t.maker(c.Entry)
	if known && !t.bad[maker] {
		return false
	}
	if !known || !t.plan.looks() || t.plan.Spec.Revisions.Mode != task.RevisionsChanges {
		t.out.Lost++
		return false
	}
	t.out.Stay++
	t.out.Held++
	return true
}

// maker returns what the row was made of. An index of an earlier release does not say it, but most row keys
// begin with the record's id: it is one of those in quarantine, or not known.
func (t *tracked) maker(e rowindex.Entry) (m rowindex.Maker, known bool) {
	if e.Maker != (rowindex.Maker{}) {
		return e.Maker, true
	}
	for end := range len(e.Key) + 1 {
		if end < len(e.Key) && e.Key[end] != ':' {
			continue
		}
		if m = rowindex.MakerOf(e.Key[:end]); t.bad[m] {
			return m, true
		}
	}
	return m, false
}

func (t *tracked) count(k rowindex.Kind) {
	switch k {
	case rowindex.Added:
		t.out.Added++
	case rowindex.Changed:
		t.out.Changed++
	case rowindex.Removed:
		t.out.Removed++
	}
	if k != rowindex.Removed && k != rowindex.Gone {
		t.out.Held++
	}
}

// markOf makes a record of the change, ordered by its row; removed rows follow the others in
// the order of their keys.
func markOf(c rowindex.Change, rows int64) source.Record {
	order := c.Entry.Row
	if c.Kind == rowindex.Removed {
		order = rows
	}
	raw := append([]byte{byte(c.Kind)}, c.Entry.Hash[:]...)
	return source.Record{Order: order, ID: c.Entry.Key, Raw: binary.AppendVarint(raw, c.Entry.Rev)}
}

// ofMark reads back what markOf made.
func ofMark(r source.Record) (rowindex.Change, error) {
	c := rowindex.Change{Entry: rowindex.Entry{Key: r.ID, Row: r.Order}}
	head := 1 + len(c.Entry.Hash)
	if len(r.Raw) <= head {
		return c, fault.New(fault.Corrupt, "read what became of a row: it ends too early")
	}
	c.Kind = rowindex.Kind(r.Raw[0])
	copy(c.Entry.Hash[:], r.Raw[1:])
	c.Entry.Rev, _ = binary.Varint(r.Raw[head:])
	return c, nil
}

// marks yields what compare found, row by row.
func (t *tracked) marks(ctx context.Context, runs []Ref) iter.Seq2[rowindex.Change, error] {
	return func(yield func(rowindex.Change, error) bool) {
		for r, err := range t.Stage.Sorted(ctx, runs) {
			var c rowindex.Change
			if err == nil {
				c, err = ofMark(r)
			}
			if !yield(c, err) || err != nil {
				return
			}
		}
	}
}

// nowhere takes the parts of a rendering of which only the rows are asked.
type nowhere struct{}

// Create implements transform.PartSink.
func (nowhere) Create(context.Context, int) (transform.PartWriter, error) { return nowhere{}, nil }

// Write implements transform.PartWriter.
func (nowhere) Write(p []byte) (int, error) { return len(p), nil }

// Commit implements transform.PartWriter.
func (nowhere) Commit(context.Context, transform.PartInfo) error { return nil }

// Abort implements transform.PartWriter.
func (nowhere) Abort() {}
