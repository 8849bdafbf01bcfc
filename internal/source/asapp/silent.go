package asapp

import (
	"context"

	"transporter/internal/feed"
	"transporter/internal/source"
)

// Silent implements source.Exports.
func (s *Source) Silent(ctx context.Context, q source.Query) (feed.Windows, error) {
	r, err := s.reading(q)
	if err != nil {
		return nil, err
	}
	window, _, seen, err := s.see(ctx, r)
	if err != nil {
		return nil, err
	}
	return feed.Silent(window, withGone(seen, q.Delivered), r.table.Cadence, s.Now()), nil
}
