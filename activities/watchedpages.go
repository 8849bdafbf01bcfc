package activities

import (
	"context"
	"fmt"

	"transporter/internal/contract"
	"transporter/internal/human"
	"transporter/internal/source"
	"transporter/internal/staging"
)

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
	return fitting{w.order(slice)}, nil
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

// fitting withholds records that are too large to be staged, so that they are refused one by one.
type fitting struct{ source.SliceWriter }

// Add implements source.SliceWriter.
func (w fitting) Add(ctx context.Context, r source.Record) error {
	if n := len(r.Raw); n > source.MaxRecord {
		r.Cut, r.Raw = true, source.Withheld(fmt.Sprintf("it has %s bytes, more than the %d MiB that can be kept", human.Number(int64(n)), source.MaxRecord>>20))
	}
	return w.SliceWriter.Add(ctx, r)
}
