package activities

import (
	"context"

	"transporter/internal/contract"
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
