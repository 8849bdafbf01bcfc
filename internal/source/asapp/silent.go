package asapp

import (
	"context"

	"transporter/internal/feed"
	"transporter/internal/source"
)

// Silent implements source.Exports.
func (s *Source) Silent(ctx context.Context, q source.Query) (silent, missing feed.Windows, err error) {
	r, err := s.reading(q)
	if err != nil {
		return nil, nil, err
	}
	cadence, err := s.cadence(ctx, r)
	if err != nil {
		return nil, nil, err
	}
	window, listed, seen, err := s.see(ctx, r)
	if err != nil {
		return nil, nil, err
	}
	for i := range seen {
		if state, ok := q.Taken[seen[i].Stamp]; ok {
			seen[i].State, seen[i].Print = state, listed[i].Print()
		}
	}
	seen = withGone(seen, q.Delivered)
	expected := feed.Expected(window, seen, cadence, s.Now())
	return feed.Silent(window, seen, cadence, s.Now()), expected.Missing(q.Accepted), nil
}
