package liveperson

import (
	"context"
	"encoding/json"
	"io"
	"strings"

	"transporter/internal/fault"
	"transporter/internal/source"
)

// Test calls each API that the resources need with the smallest request there is, and
// returns what is missing: one fault with a line for each resource that cannot be read,
// of the kind of the first. Wrong credentials or an unknown account end it at once,
// because every other call would fail alike.
func (c *Client) Test(ctx context.Context, resources []string) error {
	var first *fault.Error
	var lines []string
	for _, resource := range resources {
		err := c.probe(ctx, resource)
		if err == nil {
			continue
		}
		f := transportFault(resource, err)
		if f.Kind == fault.AuthFailed || ctx.Err() != nil {
			return f
		}
		if first == nil {
			first = f
		}
		lines = append(lines, resource+": "+f.Error())
	}
	if len(lines) < 2 {
		if first == nil {
			return nil
		}
		return first
	}
	return &fault.Error{Kind: first.Kind, Message: strings.Join(lines, "; "), Field: first.Field, RetryAfter: first.RetryAfter, Err: first}
}

func (c *Client) probe(ctx context.Context, resource string) error {
	if resource != Interactions {
		return c.probeList(ctx, resource)
	}
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

// probeList asks for ids alone and reads no further than the head of the answer.
func (c *Client) probeList(ctx context.Context, resource string) error {
	l, err := findList(resource)
	if err != nil {
		return err
	}
	req := c.listRequest(l)
	req.query.Set("select", "id")
	s := session{Client: c}
	return s.call(ctx, req, func(io.Reader) error { return nil })
}
