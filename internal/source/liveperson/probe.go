package liveperson

import (
	"context"
	"encoding/json"
	"io"
	"strings"

	"transporter/internal/fault"
	"transporter/internal/probe"
	"transporter/internal/source"
)

// Test calls each API that the resources need with the smallest request there is, and
// returns what is missing: one fault with a line for each resource that cannot be read,
// of the kind of the first. An unknown account or wrong credentials end it at once, because
// every other call would fail alike.
func (c *Client) Test(ctx context.Context, resources []string) (probe.Log, error) {
	log := probe.Begin()
	if _, err := c.host(ctx, serviceOf(resources)); log.Tried(source.StepConnect, err) != nil {
		return log, transportFault(source.StepConnect, err)
	}
	var missing []*fault.Error
	var lines []string
	for _, resource := range resources {
		f := c.tryResource(ctx, &log, resource)
		if f == nil {
			continue
		}
		if f.Kind == fault.AuthFailed || ctx.Err() != nil {
			return log, f
		}
		missing, lines = append(missing, f), append(lines, resource+": "+f.Error())
	}
	switch len(missing) {
	case 0:
		return log, nil
	case 1:
		return log, missing[0]
	}
	first := missing[0]
	return log, &fault.Error{Kind: first.Kind, Message: strings.Join(lines, "; "), Field: first.Field, RetryAfter: first.RetryAfter, Err: first}
}

// serviceOf is the service that the first of the resources is read from.
func serviceOf(resources []string) string {
	if len(resources) > 0 && resources[0] != Interactions {
		return configurationAPI.service
	}
	return interactionsAPI.service
}

// tryResource records the login with the first resource that is asked for.
func (c *Client) tryResource(ctx context.Context, log *probe.Log, resource string) *fault.Error {
	err := c.probe(ctx, resource)
	if fault.Is(err, fault.AuthFailed) {
		return transportFault(resource, log.Tried(source.StepLogin, err))
	}
	if !log.Works(source.StepLogin) {
		log.Passed(source.StepLogin)
	}
	if log.Tried("read "+resource, err) != nil {
		return transportFault(resource, err)
	}
	return nil
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
