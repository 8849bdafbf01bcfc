package activities

import (
	"context"

	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/staging"
)

// livePrefix holds what was counted live of a window when it was read first. It stays as long as
// the rows that it went into are known: whoever looks again reads it here, since the source has
// forgotten it.
func livePrefix(d contract.Delivery) string {
	d.Revision = 0
	return rowsPrefix(d) + "/live"
}

// keptReading returns what was counted live of the window when it was read first, and whether all
// of it is there.
func (a *Run) keptReading(ctx context.Context, prefix string) ([]staging.SliceCommit, bool, error) {
	pages := a.Stage.Pages(prefix, nil)
	planned, err := pages.Planned(ctx)
	if err != nil || planned == nil {
		return nil, false, err
	}
	slices, err := pages.Slices(ctx)
	return slices, err == nil && len(slices) == len(planned), err
}

// remembered refuses a look that would take away what rows were delivered with, before anything
// is asked.
func (a *Run) remembered(ctx context.Context, q question) error {
	for _, part := range q.parts {
		kept := !part.need
		if part.live != "" && part.need {
			var err error
			if _, kept, err = a.keptReading(ctx, part.live); err != nil {
				return err
			}
		}
		if !kept {
			return fault.New(fault.Expired, "rows that were delivered are made of %s, of which this window is no longer known: a look would take that away", part.Resource).
				WithFix("nothing: the rows stay as they were delivered; to deliver them without it, run the window again with --rerun")
		}
	}
	return nil
}
