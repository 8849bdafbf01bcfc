package activities

import (
	"context"
	"errors"
	"slices"

	"transporter/internal/account"
	"transporter/internal/contract"
	"transporter/internal/destination"
	"transporter/internal/fault"
	"transporter/internal/report"
)

// Probe holds the activity behind "test connection".
type Probe struct {
	Accounts Accounts
	Adapters Adapters
}

// Probe tries the source or destination as it is stored now and says in words what is
// wrong. What the other side refuses is an answer, not an error; an error, which is tried
// once more, means that the test itself could not be made. It leaves nothing behind.
func (a *Probe) Probe(ctx context.Context, in contract.ProbeIn) (contract.ProbeOut, error) {
	snapshot, err := a.Accounts.Snapshot(ctx, in.Account)
	if err != nil {
		return contract.ProbeOut{}, toTemporal(err)
	}
	found, err := a.try(ctx, snapshot, in)
	if errors.Is(err, context.Canceled) {
		return contract.ProbeOut{}, toTemporal(err)
	}
	out := contract.ProbeOut{OK: err == nil, Notes: found.Notes}
	for _, s := range found.Steps {
		out.Steps = append(out.Steps, contract.ProbeStep{Name: s.Name, OK: s.OK, Note: clip(s.Note)})
	}
	if err != nil {
		out.Problem, out.Kind = clip(err.Error()), string(fault.KindOf(err))
	}
	return out, nil
}

func (a *Probe) try(ctx context.Context, s account.Snapshot, in contract.ProbeIn) (none destination.Capabilities, err error) {
	if in.Source != "" {
		return none, a.trySource(ctx, s, in.Source)
	}
	d, ok := s.Destinations[in.Destination]
	if !ok {
		return none, fault.New(fault.ConfigMissing, "destination %q was deleted", in.Destination)
	}
	open, err := a.Adapters.Destination(ctx, s.ID, d)
	if err != nil {
		return none, err
	}
	return open.Probe(ctx)
}

func (a *Probe) trySource(ctx context.Context, s account.Snapshot, id string) error {
	v, ok := s.Sources[id]
	if !ok {
		return fault.New(fault.ConfigMissing, "source %q was deleted", id)
	}
	open, err := a.Adapters.Source(ctx, s.ID, v)
	if err != nil {
		return err
	}
	return open.Test(ctx, resources())
}

// resources lists what the reports of the catalog read.
func resources() []string {
	var all []string
	for _, d := range report.Catalog() {
		all = append(append(all, d.Resource), d.Joins...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}
