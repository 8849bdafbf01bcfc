package main

import (
	"context"
	"iter"
	"slices"
	"time"

	"transporter/internal/report"
	"transporter/internal/source"
)

// held are records in memory, by resource.
type held map[string][]source.Record

// hold reads a day of what the measured reports read, and what they join.
func (b *bench) hold(ctx context.Context, f *fetcher) error {
	b.data.held = held{}
	for _, id := range measured {
		def, err := report.Get(id, "")
		if err != nil {
			return err
		}
		for _, resource := range append([]string{def.Resource}, def.Joins...) {
			if _, done := b.data.held[resource]; done {
				continue
			}
			q := source.Query{Resource: resource}
			if resource == def.Resource {
				q = day(def)
			}
			if err := b.holdOne(ctx, f, q); err != nil {
				b.out.remark("%s is not measured: %v", id, err)
			}
		}
	}
	return nil
}

// day asks for the first day of the window, and of what is not kept so long for the last hours.
func day(def *report.Definition) source.Query {
	q := query(def)
	if oldest, bounded := def.Reach.Since(worldNow); bounded && oldest.After(windowFrom) {
		q.From = worldNow.Add(-6 * time.Hour).UnixMilli()
		q.To = worldNow.Add(-time.Hour).UnixMilli()
		return q
	}
	q.To = windowFrom.AddDate(0, 0, 1).UnixMilli()
	return q
}

func (b *bench) holdOne(ctx context.Context, f *fetcher, q source.Query) error {
	b.data.held[q.Resource] = nil
	pages := f.stage.Pages("held/"+q.Resource, nil)
	if err := f.src.Fetch(ctx, q, pages); err != nil {
		return err
	}
	commits, err := pages.Slices(ctx)
	if err != nil {
		return err
	}
	for r, err := range f.stage.Records(ctx, commits) {
		if err != nil {
			return err
		}
		r.Raw = slices.Clone(r.Raw)
		b.data.held[q.Resource] = append(b.data.held[q.Resource], r)
	}
	return nil
}

// Records implements transform.Inputs.
func (h held) Records(_ context.Context, resource string) iter.Seq2[source.Record, error] {
	return func(yield func(source.Record, error) bool) {
		for _, r := range h[resource] {
			if !yield(r, nil) {
				return
			}
		}
	}
}

func (h held) size(resource string) (n int64) {
	for _, r := range h[resource] {
		n += int64(len(r.Raw))
	}
	return n
}
