package workflows

import (
	"strings"
	"time"

	"go.temporal.io/sdk/workflow"

	"transporter/internal/account"
	"transporter/internal/contract"
	"transporter/internal/fault"
)

func (e *entity) registerLife(ctx workflow.Context) error {
	create := newWrite(contract.UpdateCreate, "make the account", e.checkCreate, e.create)
	create.admit = e.admitCreate
	if err := create.register(ctx, e); err != nil {
		return err
	}
	end := newWrite(contract.UpdateClose, "remove every task's schedule and end the account", e.checkClose, e.close)
	if err := end.register(ctx, e); err != nil {
		return err
	}
	if err := e.registerCertify(ctx); err != nil {
		return err
	}
	return workflow.SetUpdateHandlerWithOptions(ctx, contract.UpdateProbe, e.probe, workflow.UpdateHandlerOptions{
		Validator: func(in contract.ProbeIn) error { return refusal(e.checkProbe(in)) }, Description: "test a source or a destination",
	})
}

func (e *entity) checkCreate(in contract.CreateIn) error {
	switch {
	case e.Closed:
		return e.alive()
	case e.Created:
		return fault.New(fault.Conflict, "account %q exists already", e.ID)
	case !safeID.MatchString(in.Account):
		return fault.New(fault.InvalidSpec, "%q is no id of an account: letters, digits, . _ and -, at most 64", in.Account).WithField("account")
	case len(in.Description) > maxDescription:
		return fault.New(fault.InvalidSpec, "is %d bytes long, at most %d", len(in.Description), maxDescription).WithField("description")
	}
	return nil
}

// admitCreate holds the account to the ID of its workflow, by which everybody finds it.
func (e *entity) admitCreate(in contract.CreateIn) error {
	if e.workflowID != contract.AccountID(in.Account) {
		return fault.New(fault.InvalidSpec, "%q is not the account of workflow %q", in.Account, e.workflowID).WithField("account")
	}
	return nil
}

func (e *entity) create(ctx workflow.Context, in contract.CreateIn) (contract.Written, error) {
	now := workflow.Now(ctx).UTC()
	if err := workflow.UpsertTypedSearchAttributes(ctx, attrAccount.ValueSet(in.Account)); err != nil {
		return contract.Written{}, err
	}
	e.ID, e.Description, e.Created, e.CreatedAt = in.Account, in.Description, true, now
	return contract.Written{Meta: account.Meta{
		ID: e.ID, Description: e.Description, Version: 1, CreatedAt: now, UpdatedAt: now,
	}}, nil
}

// checkClose holds that nobody posts to an account that is gone.
func (e *entity) checkClose(contract.CloseIn) error {
	if err := e.alive(); err != nil {
		return err
	}
	if apps := workflow.DeterministicKeys(e.Apps); len(apps) > 0 {
		return fault.New(fault.Conflict, "app %s is still installed", strings.Join(apps, ", ")).
			WithFix("delete these apps first (DELETE .../apps/{app}?keep=true leaves them at the platform)")
	}
	return nil
}

// close removes the schedules one by one; after a failure a repeat goes on with the rest.
func (e *entity) close(ctx workflow.Context, _ contract.CloseIn) (contract.Written, error) {
	for _, id := range workflow.DeterministicKeys(e.Tasks) {
		if err := e.removeTask(ctx, id, "the account is closed"); err != nil {
			return contract.Written{}, err
		}
	}
	e.Closed = true
	return contract.Written{Meta: account.Meta{
		ID: e.ID, Description: e.Description, Version: 2, CreatedAt: e.CreatedAt, UpdatedAt: workflow.Now(ctx).UTC(),
	}}, nil
}

func (e *entity) checkProbe(in contract.ProbeIn) error {
	if err := e.alive(); err != nil {
		return err
	}
	_, source := e.Sources[in.Source]
	_, destination := e.Destinations[in.Destination]
	switch {
	case in.Account != e.ID:
		return fault.New(fault.InvalidSpec, "%q is not this account, %q", in.Account, e.ID).WithField("account")
	case (in.Source == "") == (in.Destination == ""):
		return fault.New(fault.InvalidSpec, "name either a source or a destination")
	case in.Source != "" && !source:
		return missing("source", in.Source)
	case in.Destination != "" && !destination:
		return missing("destination", in.Destination)
	}
	return nil
}

// probe takes no lock: a slow peer holds up no write.
func (e *entity) probe(ctx workflow.Context, in contract.ProbeIn) (contract.ProbeOut, error) {
	ctx = summarise(ctx, "test %s", in.Source+in.Destination)
	out, err := exec[contract.ProbeOut](ctx, contract.ActivityProbe, in)
	if err == nil {
		e.keepTest(in, out, workflow.Now(ctx).UTC())
	}
	return out, refusal(err)
}

// keepTest keeps what was found, unless what was tested was changed or deleted meanwhile.
func (e *entity) keepTest(in contract.ProbeIn, found account.Test, at time.Time) {
	found.At = at
	if s, ok := e.Sources[in.Source]; ok && s.Version == found.Version {
		s.Tested = &found
		e.Sources[in.Source] = s
	}
	if d, ok := e.Destinations[in.Destination]; ok && d.Version == found.Version {
		d.Tested = &found
		e.Destinations[in.Destination] = d
	}
}
