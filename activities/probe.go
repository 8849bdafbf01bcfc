package activities

import (
	"context"
	"errors"
	"slices"
	"time"

	"transporter/internal/account"
	"transporter/internal/contract"
	"transporter/internal/destination"
	"transporter/internal/fault"
	"transporter/internal/probe"
	"transporter/internal/report"
	"transporter/internal/source"
	"transporter/internal/source/access"
)

// Probe holds the activity behind "test connection".
type Probe struct {
	Accounts Accounts
	Adapters Adapters

	Exporters Exporters
}

// testTimeout leaves time to clean up and to say so within the activity's own.
const testTimeout = 20 * time.Second

// Probe tries the source or destination as it is stored now and says in words what is
// wrong. What the other side refuses is an answer, not an error; an error, which is tried
// once more, means that the test itself could not be made. It leaves nothing behind.
func (a *Probe) Probe(ctx context.Context, in contract.ProbeIn) (contract.ProbeOut, error) {
	snapshot, err := a.Accounts.Snapshot(ctx, in.Account)
	if err != nil {
		return contract.ProbeOut{}, toTemporal(err)
	}
	limited, cancel := context.WithTimeout(ctx, testTimeout)
	defer cancel()
	var out contract.ProbeOut
	if in.Source != "" {
		err = a.trySource(limited, snapshot, in.Source, &out)
	} else {
		err = a.tryDestination(limited, snapshot, in.Destination, &out)
	}
	if errors.Is(err, context.Canceled) {
		return contract.ProbeOut{}, toTemporal(err)
	}
	if out.OK = err == nil; !out.OK {
		out.Problem, out.Kind, out.Can = clip(err.Error()), string(fault.KindOf(err)), nil
	}
	return out, nil
}

func (a *Probe) tryDestination(ctx context.Context, s account.Snapshot, id string, out *contract.ProbeOut) error {
	d, ok := s.Destinations[id]
	if !ok {
		return fault.New(fault.ConfigMissing, "destination %q was deleted", id)
	}
	out.Version = d.Version
	open, err := a.Adapters.Destination(ctx, s.ID, d)
	if err != nil {
		return err
	}
	found, err := open.Probe(ctx)
	out.Steps, out.Notes = stepsOf(found.Log), found.Notes
	out.Can = &account.Can{
		Atomic: found.Atomic, Look: found.Highest >= destination.Size, Read: found.Works(destination.StepRead),
		Rename: found.Works(destination.StepRename), Delete: found.Works(destination.StepDelete), Verify: int(found.Highest),
	}
	return err
}

func (a *Probe) tested(ctx context.Context, accountID string, s account.Source) (source.Tested, error) {
	if s.Kind == account.SourceASAPP {
		return a.Exporters.Exports(ctx, accountID, s)
	}
	return a.Adapters.Source(ctx, accountID, s)
}

func (a *Probe) trySource(ctx context.Context, s account.Snapshot, id string, out *contract.ProbeOut) error {
	v, ok := s.Sources[id]
	if !ok {
		return fault.New(fault.ConfigMissing, "source %q was deleted", id)
	}
	out.Version = v.Version
	open, err := a.tested(ctx, s.ID, v)
	if err != nil {
		return err
	}
	found, err := open.Test(ctx, resources(v.Kind))
	out.Steps = stepsOf(found)
	return err
}

// stepsOf is the steps as the account keeps them: the notes of peers may be long.
func stepsOf(log probe.Log) []account.TestStep {
	var steps []account.TestStep
	for _, s := range log.Steps {
		steps = append(steps, account.TestStep{Name: s.Name, OK: s.OK, Note: clip(s.Note), Millis: s.Took.Milliseconds()})
	}
	return steps
}

// resources lists what the reports of the catalog read from a source of the kind.
func resources(kind string) []string {
	var all []string
	for _, d := range report.Catalog() {
		all = append(append(all, d.Resource), d.Joins...)
		for _, also := range d.Also {
			all = append(all, also.Resource)
		}
	}
	slices.Sort(all)
	all = slices.DeleteFunc(all, func(name string) bool { return access.SourceKind(name) != kind })
	return slices.Compact(all)
}
