package liveperson

import (
	"context"
	"encoding/json"

	"transporter/internal/source"
)

// Interactions is the resource of messaging conversations.
const Interactions = "messaging_interactions"

// interactions are read by searches over slices of start times.
var interactions = resource{
	api: interactionsAPI,
	begin: func(c *Client, q source.Query) (reading, error) {
		s, err := newSearch(q, c.now())
		if err != nil {
			return reading{}, err
		}
		return reading{
			cut: func(ctx context.Context) ([]source.Slice, error) { return c.plan(ctx, s) },
			read: func(ctx context.Context, sl source.Slice, sink source.Sink) error {
				return c.readSlice(ctx, s, sl, sink)
			},
		}, nil
	},
	probe: func(ctx context.Context, c *Client) error { return c.probeInteractions(ctx) },
}

func (c *Client) probeInteractions(ctx context.Context) error {
	now := c.now().UnixMilli()
	s, err := newSearch(source.Query{
		From: floorGrain(now) - grainMillis, To: now, Now: now,
		Params: map[string]json.RawMessage{"time_basis": json.RawMessage(`"` + basisStart + `"`)},
	}, c.now())
	if err != nil {
		return err
	}
	r := reader{session: session{Client: c}, search: s}
	_, err = r.page(ctx, span{interval{s.from, s.to}, interval{s.from, s.to}}, ask{limit: 1, content: []string{}})
	return err
}
