package workflows

import (
	"slices"
	"strings"
	"time"

	"go.temporal.io/sdk/workflow"

	"transporter/internal/account"
	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/task"
)

func (e *entity) registerThings(ctx workflow.Context) error {
	for _, w := range []interface {
		register(workflow.Context, *entity) error
	}{
		newWrite(contract.UpdatePutSettings, "replace the settings", e.checkSettings, e.putSettings),
		newWrite(contract.UpdatePutSource, "create or replace a source", e.checkSource, e.putSource),
		newWrite(contract.UpdateImportSources, "create several sources, all or none", e.checkImport, e.importSources),
		newWrite(contract.UpdateDeleteSource, "delete a source that no task or app uses", e.checkDeleteSource, e.deleteSource),
		newWrite(contract.UpdatePutDestination, "create or replace a destination", e.checkDestination, e.putDestination),
		newWrite(contract.UpdateDeleteDestination, "delete a destination that no task uses", e.checkDeleteDestination, e.deleteDestination),
		newWrite(contract.UpdatePutKey, "create or replace a receiver's public key", e.checkKey, e.putKey),
		newWrite(contract.UpdateDeleteKey, "delete a key that no task uses", e.checkDeleteKey, e.deleteKey),
		newWrite(contract.UpdatePutSigner, "give the account a key to sign files with", e.checkSigner, e.putSigner),
	} {
		if err := w.register(ctx, e); err != nil {
			return err
		}
	}
	return nil
}

// edited returns the metadata of a thing after a put: id and description of the input,
// the creation time of the stored one, the next version.
func edited(stored, in account.Meta, now time.Time) account.Meta {
	m := account.Meta{ID: in.ID, Description: in.Description, Version: stored.Version + 1, CreatedAt: stored.CreatedAt, UpdatedAt: now.UTC()}
	if m.CreatedAt.IsZero() {
		m.CreatedAt = m.UpdatedAt
	}
	return m
}

func (e *entity) checkSettings(in contract.PutSettingsIn) error {
	if err := e.alive(); err != nil {
		return err
	}
	if in.Settings.Zone == "" || len(in.Settings.Zone) > maxDescription {
		return fault.New(fault.InvalidSpec, `an IANA name such as "Europe/Madrid" is needed`).WithField("zone")
	}
	return version("settings of account", e.ID, e.Settings.Version, e.Settings.Version > 0, in.Write)
}

func (e *entity) putSettings(ctx workflow.Context, in contract.PutSettingsIn) (contract.Written, error) {
	in.Settings.Version = e.Settings.Version + 1
	e.Settings = in.Settings
	return contract.Written{Meta: account.Meta{
		ID: e.ID, Version: e.Settings.Version, CreatedAt: e.CreatedAt, UpdatedAt: workflow.Now(ctx).UTC(),
	}}, nil
}

func (e *entity) checkSource(in contract.PutSourceIn) error {
	if err := e.fits(in.Write, "source", in.Source.Meta, in.Source); err != nil {
		return err
	}
	stored, ok := e.Sources[in.Source.ID]
	if in.Source.Kind != account.SourceConnector && len(in.Source.Secret.Data) == 0 && len(stored.Secret.Data) == 0 {
		return fault.New(fault.InvalidSpec, "a source needs its credentials").WithField("credentials")
	}
	if err := e.checkAppsOf(in.Source); err != nil {
		return err
	}
	return version("source", in.Source.ID, stored.Version, ok, in.Write)
}

func (e *entity) putSource(ctx workflow.Context, in contract.PutSourceIn) (contract.Written, error) {
	stored, v := e.Sources[in.Source.ID], in.Source
	if len(v.Secret.Data) == 0 {
		v.Secret = stored.Secret
	}
	v.Meta, v.Tested = edited(stored.Meta, v.Meta, workflow.Now(ctx)), nil
	e.Sources[v.ID] = v
	return contract.Written{Meta: v.Meta}, nil
}

// checkImport refuses sources of which one could not be created by itself, or which are too large
// together.
func (e *entity) checkImport(in contract.ImportSourcesIn) error {
	if len(in.Sources) == 0 {
		return fault.New(fault.InvalidSpec, "there is none").WithField("sources")
	}
	for _, x := range in.Sources {
		if err := e.checkSource(contract.PutSourceIn{Write: in.Write, Source: x}); err != nil {
			return err
		}
	}
	return e.fits(in.Write, "set of sources", in.Sources[0].Meta, in.Sources)
}

func (e *entity) importSources(ctx workflow.Context, in contract.ImportSourcesIn) (out contract.Written, err error) {
	for _, x := range in.Sources {
		if out, err = e.putSource(ctx, contract.PutSourceIn{Write: in.Write, Source: x}); err != nil {
			return out, err
		}
	}
	return out, nil
}

func (e *entity) checkDeleteSource(in contract.DeleteIn) error {
	v, ok := e.Sources[in.ID]
	if err := e.deletable("source", in, v.Meta, ok); err != nil {
		return err
	}
	if users := e.appsOf(in.ID); len(users) > 0 {
		return fault.New(fault.Conflict, "source %q is used by app %s", in.ID, strings.Join(users, ", ")).WithFix("delete these apps first")
	}
	return e.unused("source", in.ID, func(s task.Spec) bool { return s.Source == in.ID })
}

func (e *entity) deleteSource(_ workflow.Context, in contract.DeleteIn) (contract.Written, error) {
	v := e.Sources[in.ID]
	delete(e.Sources, in.ID)
	return contract.Written{Meta: v.Meta}, nil
}

func (e *entity) checkDestination(in contract.PutDestinationIn) error {
	if err := e.fits(in.Write, "destination", in.Destination.Meta, in.Destination); err != nil {
		return err
	}
	stored, ok := e.Destinations[in.Destination.ID]
	return version("destination", in.Destination.ID, stored.Version, ok, in.Write)
}

func (e *entity) putDestination(ctx workflow.Context, in contract.PutDestinationIn) (contract.Written, error) {
	stored, v := e.Destinations[in.Destination.ID], in.Destination
	if len(v.Secret.Data) == 0 {
		v.Secret = stored.Secret
	}
	v.Meta, v.Tested = edited(stored.Meta, v.Meta, workflow.Now(ctx)), nil
	e.Destinations[v.ID] = v
	return contract.Written{Meta: v.Meta}, nil
}

func (e *entity) checkDeleteDestination(in contract.DeleteIn) error {
	v, ok := e.Destinations[in.ID]
	if err := e.deletable("destination", in, v.Meta, ok); err != nil {
		return err
	}
	return e.unused("destination", in.ID, func(s task.Spec) bool {
		return slices.ContainsFunc(s.Destinations, func(l task.Leg) bool { return l.Destination == in.ID })
	})
}

func (e *entity) deleteDestination(_ workflow.Context, in contract.DeleteIn) (contract.Written, error) {
	v := e.Destinations[in.ID]
	delete(e.Destinations, in.ID)
	return contract.Written{Meta: v.Meta}, nil
}

// deletable checks what every deletion needs: a living account and the thing, at the
// version that the caller has seen.
func (e *entity) deletable(what string, in contract.DeleteIn, m account.Meta, exists bool) error {
	if err := e.alive(); err != nil {
		return err
	}
	return existing(what, in.ID, m.Version, exists, in.Write)
}
