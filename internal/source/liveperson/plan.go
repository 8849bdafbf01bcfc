package liveperson

import (
	"context"
	"time"

	"golang.org/x/sync/errgroup"

	"transporter/internal/contract"
	"transporter/internal/source"
)

// cut splits an interval into pieces of at most step, at times that the API does not
// round.
func cut(i interval, step time.Duration) []interval {
	var pieces []interval
	for i.from < i.to {
		next := min(floorGrain(i.from)+step.Milliseconds(), i.to)
		pieces = append(pieces, interval{i.from, next})
		i.from = next
	}
	return pieces
}

// halve splits an interval in two at a time that the API does not round; ok is false
// for one of 10 minutes.
func halve(i interval) (a, b interval, ok bool) {
	mid := floorGrain(i.from + (i.to-i.from)/2)
	if mid <= i.from {
		mid = floorGrain(i.from) + grainMillis
	}
	if mid >= i.to {
		return interval{}, interval{}, false
	}
	return interval{i.from, mid}, interval{mid, i.to}, true
}

// plan cuts the start axis into slices that the API accepts and that have few enough
// matches to be paged through and to be read again after a failure.
func (c *Client) plan(ctx context.Context, s search) ([]source.Slice, error) {
	open := s.pieces()
	var slices []source.Slice
	for len(open) > 0 {
		counts, err := c.countAll(ctx, s, open)
		if err != nil {
			return nil, err
		}
		var next []interval
		for i, piece := range open {
			a, b, ok := halve(piece)
			if ok && counts[i] > c.config.Limits.SliceMatches {
				next = append(next, a, b)
				continue
			}
			key := contract.Span{From: piece.from, To: piece.to}.String()
			slices = append(slices, source.Slice{Key: key, From: piece.from, To: piece.to})
		}
		open = next
	}
	sortSlices(slices)
	return slices, nil
}

// countAll asks how many matches each piece has.
func (c *Client) countAll(ctx context.Context, s search, pieces []interval) ([]int64, error) {
	counts := make([]int64, len(pieces))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(c.config.Limits.Concurrent)
	for i, piece := range pieces {
		group.Go(func() error {
			r := reader{holder: holder{session: session{Client: c}}, search: s}
			defer r.settle()
			for _, g := range s.spans(source.Slice{From: piece.from, To: piece.to}) {
				p, err := r.page(ctx, g, ask{limit: 1, heads: true})
				if err != nil {
					return err
				}
				counts[i] += p.count
			}
			return nil
		})
	}
	return counts, group.Wait()
}
