package liveperson

import (
	"context"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"transporter/internal/source"
)

// slicesAtOnce bounds the slices that are read beside each other, whatever the rate limits
// allow: each holds a page and a run of records, and a worker reckons with four.
const slicesAtOnce = 4

// Fetch reads every record of the query into the sink; see source.Source. Slices are
// read side by side within the account's request budget, and each is committed whole.
// Errors are classified; the retryable ones have already been tried again for some
// seconds. What slices are in doubt of is told of all of them at once.
func (c *Client) Fetch(ctx context.Context, q source.Query, sink source.Sink) error {
	wanted, err := findResource(q.Resource)
	if err != nil {
		return err
	}
	query, err := wanted.begin(c.turned(q), q)
	if err != nil {
		return err
	}
	planned, err := sink.Planned(ctx)
	if err != nil {
		return err
	}
	if planned == nil {
		if planned, err = query.cut(ctx); err != nil {
			return err
		}
		if err := sink.Plan(ctx, planned); err != nil {
			return err
		}
	}
	var doubts doubts
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(min(c.config.Limits.Concurrent, slicesAtOnce))
	for _, sl := range planned {
		group.Go(func() error {
			if done, err := sink.Done(ctx, sl); done || err != nil {
				return err
			}
			return doubts.take(query.read(ctx, sl, sink))
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	return doubts.err()
}

func sortSlices(list []source.Slice) {
	slices.SortFunc(list, func(a, b source.Slice) int { return strings.Compare(a.Key, b.Key) })
}
