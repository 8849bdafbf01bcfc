package activities

import (
	"context"
	"encoding/binary"
	"path"
	"slices"

	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/source"
	"transporter/internal/staging"
)

// byTime sorts the records of a swept slice by the time that decides their window, so that
// they are cut window after window, with one open at a time. The order in which a window's
// files have them is put before the record's bytes and taken off again by the cut.
func byTime(w source.SliceWriter) source.SliceWriter { return &timeWriter{SliceWriter: w} }

type timeWriter struct {
	source.SliceWriter

	raw []byte
}

// Add implements source.SliceWriter.
func (w *timeWriter) Add(ctx context.Context, r source.Record) error {
	if r.At == 0 {
		return fault.New(fault.InvalidSpec, "record %s does not say which window it belongs to", r.ID)
	}
	w.raw = append(binary.AppendVarint(w.raw[:0], r.Order), r.Raw...)
	r.Order, r.Raw = r.At, w.raw
	return w.SliceWriter.Add(ctx, r)
}

// fromTime restores a record that byTime staged.
func fromTime(r source.Record) (source.Record, error) {
	order, n := binary.Varint(r.Raw)
	if n <= 0 {
		return r, fault.New(fault.Corrupt, "record %s of a sweep has no order", r.ID)
	}
	return source.Record{Order: order, At: r.Order, ID: r.ID, Raw: r.Raw[n:], FetchedAt: r.FetchedAt}, nil
}

// cutter cuts what a sweep has staged into the windows of its plans, which ascend.
type cutter struct {
	*Run

	plans   []sweptPlan
	swept   string // prefix of the sweep
	room    func(bytes int64) error
	cuts    [][]staging.SliceCommit
	records int64
}

// cut stages the records of every window as its own fetch would have, slice by slice, then
// commits the fetches.
func (c *cutter) cut(ctx context.Context, index FetchIndex, pulse *pulse) error {
	c.cuts = make([][]staging.SliceCommit, len(c.plans))
	for _, slice := range index.records().Slices {
		if err := c.slice(ctx, index.records().Resource, slice); err != nil {
			return err
		}
		pulse.move(func(*contract.Cursor) {})
	}
	for i := range c.plans {
		if err := c.commit(ctx, i, index); err != nil {
			return err
		}
	}
	return nil
}

// pages is where a window keeps a stream: apart from those of its own fetch, whose slices
// are cut otherwise, and removed with them.
func (c *cutter) pages(i int, resource string) *staging.Pages {
	return c.Stage.Pages(c.plans[i].question.prefix+"/"+path.Base(c.swept)+"/"+resource, func(s staging.SliceCommit) {
		c.cuts[i] = append(c.cuts[i], s)
	}).Within(c.room)
}

// slice cuts one slice: its records come window after window.
func (c *cutter) slice(ctx context.Context, resource string, slice staging.SliceCommit) (err error) {
	var w source.SliceWriter
	var kept int64
	i := 0
	end := func() error {
		if w == nil {
			return nil
		}
		done := w
		counts := source.Counts{Total: kept, Fetched: kept, Kept: kept}
		w, kept = nil, 0
		return done.Commit(ctx, counts)
	}
	defer func() {
		if w != nil {
			w.Abort()
		}
	}()
	for staged, err := range c.Stage.Records(ctx, []staging.SliceCommit{slice}) {
		if err != nil {
			return err
		}
		r, err := fromTime(staged)
		if err != nil {
			return err
		}
		_, r.Cut = slices.BinarySearch(slice.Cut, r.ID)
		for i < len(c.plans) && r.At >= c.plans[i].Window.To {
			if err := end(); err != nil {
				return err
			}
			i++
		}
		switch {
		case i == len(c.plans):
			return end()
		case r.At < c.plans[i].Window.From:
			continue // of a window between them that is not ours
		case w == nil:
			if w, err = c.pages(i, resource).Begin(ctx, slice.Slice); err != nil {
				return err
			}
		}
		if err := w.Add(ctx, r); err != nil {
			return err
		}
		kept++
		c.records++
	}
	return end()
}

// commit gives the window its copies of the joined lists, its index and its fetch commit.
func (c *cutter) commit(ctx context.Context, i int, index FetchIndex) error {
	records := Stream{Resource: index.records().Resource, Slices: c.cuts[i]}
	var own FetchIndex
	for _, joined := range index.Streams[:len(index.Streams)-1] {
		c.cuts[i] = nil
		if err := c.join(ctx, i, joined); err != nil {
			return err
		}
		own.Streams = append(own.Streams, Stream{Resource: joined.Resource, Slices: c.cuts[i]})
	}
	own.Streams = append(own.Streams, records)
	out, err := c.summarise(ctx, own, c.plans[i].question.def, c.plans[i].question.prefix)
	if err != nil {
		return err
	}
	out.Swept, out.Attempt = len(c.plans), c.plans[i].Attempt
	return c.settle(ctx, c.plans[i].question.commit(), &out)
}

// join copies a joined list.
func (c *cutter) join(ctx context.Context, i int, list Stream) error {
	pages := c.pages(i, list.Resource)
	for _, slice := range list.Slices {
		w, err := pages.Begin(ctx, slice.Slice)
		if err != nil {
			return err
		}
		defer w.Abort()
		for r, err := range c.Stage.Records(ctx, []staging.SliceCommit{slice}) {
			if err != nil {
				return err
			}
			if err := w.Add(ctx, r); err != nil {
				return err
			}
		}
		if err := w.Commit(ctx, slice.Counts); err != nil {
			return err
		}
	}
	return nil
}
