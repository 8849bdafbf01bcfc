package liveperson

import (
	"context"
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
	first := interactions
	if len(resources) > 0 {
		var err error
		if first, err = findResource(resources[0]); err != nil {
			return log, err
		}
	}
	if _, err := c.host(ctx, first.api.service); log.Tried(source.StepConnect, err) != nil {
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
	worst := missing[0]
	return log, &fault.Error{Kind: worst.Kind, Message: strings.Join(lines, "; "), Field: worst.Field, RetryAfter: worst.RetryAfter, Err: worst}
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

func (c *Client) probe(ctx context.Context, name string) error {
	r, err := findResource(name)
	if err != nil {
		return err
	}
	return r.probe(ctx, c)
}
