package liveperson

import (
	"context"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"transporter/internal/fault"
	"transporter/internal/source"
)

// slicesAtOnce bounds the slices that are read beside each other, whatever the rate limits
// allow: each holds a page and a run of records, and a worker reckons with four.
const slicesAtOnce = 4

// Interactions is the resource of messaging conversations.
const Interactions = "messaging_interactions"

// Fetch reads every record of the query into the sink; see source.Source. Slices are
// read side by side within the account's request budget, and each is committed whole.
// Errors are classified; the retryable ones have already been tried again for some
// seconds.
func (c *Client) Fetch(ctx context.Context, q source.Query, sink source.Sink) error {
	cutUp, read, err := c.reading(q)
	if err != nil {
		return err
	}
	planned, err := sink.Planned(ctx)
	if err != nil {
		return err
	}
	if planned == nil {
		if planned, err = cutUp(ctx); err != nil {
			return err
		}
		if err := sink.Plan(ctx, planned); err != nil {
			return err
		}
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(min(c.config.Limits.Concurrent, slicesAtOnce))
	for _, sl := range planned {
		group.Go(func() error {
			if done, err := sink.Done(ctx, sl); done || err != nil {
				return err
			}
			return read(ctx, sl, sink)
		})
	}
	return group.Wait()
}

type (
	cutFunc  func(context.Context) ([]source.Slice, error)
	readFunc func(context.Context, source.Slice, source.Sink) error
)

// reading returns how the query is cut and how one slice is read.
func (c *Client) reading(q source.Query) (cutFunc, readFunc, error) {
	if q.Resource == Interactions {
		s, err := newSearch(q, c.now())
		if err != nil {
			return nil, nil, err
		}
		return func(ctx context.Context) ([]source.Slice, error) { return c.plan(ctx, s) },
			func(ctx context.Context, sl source.Slice, sink source.Sink) error {
				return c.readSlice(ctx, s, sl, sink)
			}, nil
	}
	l, err := findList(q.Resource)
	if err != nil {
		return nil, nil, err
	}
	return func(context.Context) ([]source.Slice, error) { return []source.Slice{{Key: "all"}}, nil },
		func(ctx context.Context, sl source.Slice, sink source.Sink) error {
			return c.readList(ctx, l, sl, sink)
		}, nil
}

func findList(resource string) (list, error) {
	l, ok := lists[resource]
	if !ok {
		return list{}, fault.New(fault.InvalidSpec, "%q is nothing that can be read", resource).WithField("resource").
			WithFix("give %s or one of %s", Interactions, strings.Join(resourceNames(), ", "))
	}
	return l, nil
}

func sortSlices(list []source.Slice) {
	slices.SortFunc(list, func(a, b source.Slice) int { return strings.Compare(a.Key, b.Key) })
}
