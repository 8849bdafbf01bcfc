package liveperson

import (
	"context"
	"strings"

	"transporter/internal/fault"
	"transporter/internal/probe"
	"transporter/internal/source"
	"transporter/internal/source/access"
)

// Test calls each API that the resources need with the smallest request there is, and
// returns what is missing: one fault with a line for each resource that cannot be read,
// of the kind of the first. The steps name the credentials that were used. An unknown account
// ends it at once, and credentials that are refused end what is read with their kind, because
// every other call would fail alike. A resource whose API takes none of the kinds that the
// source has is told as a step, and is a fault only where nothing else can be read.
func (c *Client) Test(ctx context.Context, names []string) (probe.Log, error) {
	t := trial{Client: c, log: probe.Begin(), used: map[string]bool{}, refused: map[string]bool{}}
	first := interactions
	if len(names) > 0 {
		var err error
		if first, err = findResource(names[0]); err != nil {
			return t.log, err
		}
	}
	if _, err := c.host(ctx, first.api.service); t.log.Tried(source.StepConnect, err) != nil {
		return t.log, transportFault(source.StepConnect, err)
	}
	for _, name := range names {
		if err := t.try(ctx, name); err != nil || ctx.Err() != nil {
			return t.log, err
		}
	}
	return t.log, t.verdict()
}

// probe reads as little of the resource as there is.
func (c *Client) probe(ctx context.Context, name string) error {
	r, err := findResource(name)
	if err != nil {
		return err
	}
	return r.probe(ctx, c)
}

// trial is one test on its way.
type trial struct {
	*Client
	log           probe.Log
	used, refused map[string]bool // kinds of credentials
	missing       []*fault.Error  // of resources that cannot be read
	lines         []string        // the same with the resources' names
	unfit         *fault.Error    // the first resource that the source has no credentials for
}

// try reads as little of the resource as there is; what is wrong is kept for the verdict.
func (t *trial) try(ctx context.Context, name string) error {
	r, err := findResource(name)
	if err != nil {
		return err
	}
	given := t.config.Credentials.kinds()
	kind, ok := access.Pick(r.api.kinds(), given)
	step := "read " + name
	switch {
	case !ok:
		unfit := access.Check(name, given)
		t.log.Lacks(step, unfit.Error())
		if t.unfit == nil {
			t.unfit = unfit
		}
		return nil
	case t.refused[kind]:
		return nil
	}
	with := "with " + access.Words([]string{kind}, "")
	err = r.probe(ctx, t.Client)
	if fault.Is(err, fault.AuthFailed) {
		t.refused[kind], step = true, source.StepLogin
	} else if !t.used[kind] {
		t.used[kind] = true
		t.log.Found(source.StepLogin, with)
	}
	if err == nil {
		t.log.Found(step, with)
		return nil
	}
	f := transportFault(name, t.log.Tried(step, err))
	t.missing, t.lines = append(t.missing, f), append(t.lines, name+": "+f.Error())
	if ctx.Err() != nil {
		return f
	}
	return nil
}

// verdict is nil where all that the source has credentials for can be read.
func (t *trial) verdict() error {
	switch {
	case len(t.missing) == 0 && len(t.used) == 0 && t.unfit != nil:
		return t.unfit
	case len(t.missing) == 0:
		return nil
	case len(t.missing) == 1:
		return t.missing[0]
	}
	worst := t.missing[0]
	return &fault.Error{Kind: worst.Kind, Message: strings.Join(t.lines, "; "), Field: worst.Field, RetryAfter: worst.RetryAfter, Err: worst}
}
