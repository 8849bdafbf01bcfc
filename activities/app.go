package activities

import (
	"context"
	"crypto/subtle"
	"fmt"

	"go.temporal.io/sdk/temporal"

	"transporter/internal/account"
	"transporter/internal/appbook"
	"transporter/internal/connector"
	"transporter/internal/connector/manifest"
	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/seal"
)

// Installers opens what is installed at the platform account of a source; it unseals the
// source's secret.
type Installers interface {
	Installations(ctx context.Context, accountID string, source account.Source) (connector.Installations, error)
}

// AppBook is the book of the apps whose webhooks are taken; it is an appbook.Book.
type AppBook interface {
	Put(ctx context.Context, e appbook.Entry) error
	Remove(ctx context.Context, accountID, app string) error
}

// AppSecrets closes and opens the client secrets of apps.
type AppSecrets interface {
	// Close closes a secret twice: for workers, and for the api that judges webhooks.
	Close(accountID string, secret seal.Secret) (workers, api account.Sealed, err error)
	// Open opens what was closed for workers.
	Open(accountID string, s account.Sealed) ([]byte, error)
}

// Apps holds the activities that make the platform agree with an account's apps.
type Apps struct {
	Accounts   Accounts
	Installers Installers
	Book       AppBook
	Secrets    AppSecrets
}

// maxShown bounds a manifest that goes through Temporal.
const maxShown = 16 << 10

// Apply installs, changes or uninstalls an app. It is idempotent: what an attempt that was cut
// has installed says whose it is, and is found again by its name. The secret is the platform's,
// which may have made it anew since. The book of apps is written last.
func (a *Apps) Apply(ctx context.Context, in contract.AppApplyIn) (contract.AppApplied, error) {
	if in.Remove {
		return contract.AppApplied{}, toTemporal(a.remove(ctx, in))
	}
	out, err := a.apply(ctx, in)
	return out, toTemporal(err)
}

func (a *Apps) apply(ctx context.Context, in contract.AppApplyIn) (out contract.AppApplied, err error) {
	if err := manifest.Check(in.App); err != nil {
		return out, err
	}
	installs, source, err := a.open(ctx, in.Account, in.App)
	if err != nil {
		return out, err
	}
	have, found, err := find(ctx, installs, in.App)
	if err != nil {
		return out, err
	}
	if in.Adopt { // whoever takes an installation over must know its secret before anything changes
		if have.Secret, err = a.known(in, have.Secret); err != nil {
			return out, err
		}
	}
	if have, err = agree(ctx, installs, in.App, have, found); err != nil {
		return out, err
	}
	if have.Secret == "" {
		if have.Secret, err = a.known(in, ""); err != nil {
			return out, err
		}
	}
	out.ClientID = have.ClientID
	if out.Secret, out.Webhook, err = a.Secrets.Close(in.Account, have.Secret); err != nil {
		return out, fmt.Errorf("seal client secret: %w", err)
	}
	return out, a.Book.Put(ctx, appbook.Entry{
		Account: in.Account, App: in.App.ID, Platform: source.PlatformAccount, ClientID: out.ClientID, Secret: out.Webhook,
	})
}

// Look says what the platform has of an app. It changes nothing.
func (a *Apps) Look(ctx context.Context, in contract.AppLookIn) (contract.AppLookOut, error) {
	out, err := a.look(ctx, in)
	return out, toTemporal(err)
}

func (a *Apps) look(ctx context.Context, in contract.AppLookIn) (contract.AppLookOut, error) {
	snapshot, err := a.Accounts.Snapshot(ctx, in.Account)
	if err != nil {
		return contract.AppLookOut{}, err
	}
	app, ok := snapshot.Apps[in.App]
	if !ok {
		return contract.AppLookOut{}, fault.New(fault.NotFound, "app %q was deleted", in.App)
	}
	installs, _, err := a.open(ctx, in.Account, app)
	if err != nil {
		return contract.AppLookOut{}, err
	}
	have, err := installs.Get(ctx, app.ClientID)
	if err != nil {
		return contract.AppLookOut{}, gone(app, err)
	}
	if len(have.Manifest) > maxShown {
		return contract.AppLookOut{}, fault.New(fault.LimitReached, "the installation has %d bytes, too many to show", len(have.Manifest)).
			WithFix("look at it in the platform's own console")
	}
	want, err := manifest.Of(have.Manifest, app)
	return contract.AppLookOut{
		ClientID: have.ClientID, Enabled: have.Enabled, Revision: have.Revision,
		Agrees: manifest.Same(have.Manifest, want), Manifest: have.Manifest,
	}, err
}

// open opens the installations of the app's source as it is now.
func (a *Apps) open(ctx context.Context, accountID string, app account.App) (connector.Installations, account.Source, error) {
	snapshot, err := a.Accounts.Snapshot(ctx, accountID)
	if err != nil {
		return nil, account.Source{}, err
	}
	source, ok := snapshot.Sources[app.Source]
	if !ok {
		return nil, source, fault.New(fault.ConfigMissing, "source %q was deleted", app.Source)
	}
	installs, err := a.Installers.Installations(ctx, accountID, source)
	return installs, source, err
}

// agree makes the installation say what the app says.
func agree(ctx context.Context, installs connector.Installations, app account.App, have connector.Installation, found bool) (connector.Installation, error) {
	want, err := manifest.Of(have.Manifest, app)
	switch {
	case err != nil:
		return have, err
	case !found:
		made, err := installs.Create(ctx, want)
		if err == nil && (made.ClientID == "" || made.Secret == "") { // an answer that does not say what was made
			made, _, err = find(ctx, installs, app)
		}
		return made, err
	case manifest.Same(have.Manifest, want):
		return have, nil
	}
	have.Manifest, have.Name, have.Enabled = want, app.Name, app.Enabled
	changed, err := installs.Update(ctx, have)
	changed.ClientID = have.ClientID
	if changed.Secret == "" {
		changed.Secret = have.Secret // not every answer repeats it
	}
	return changed, err
}

// find returns the app's installation: the one it has or adopts, or one that an attempt before
// made. Another's of the same name is fault.Conflict.
func find(ctx context.Context, installs connector.Installations, app account.App) (have connector.Installation, found bool, err error) {
	if app.ClientID != "" {
		have, err = installs.Get(ctx, app.ClientID)
		return have, err == nil, gone(app, err)
	}
	all, err := installs.List(ctx)
	if err != nil {
		return have, false, err
	}
	for _, one := range all {
		switch {
		case one.Name != app.Name:
		case manifest.Mine(one.Manifest, app.ID):
			have, err = installs.Get(ctx, one.ClientID) // with the revision of its own
			return have, err == nil, err
		default:
			return have, false, final(fault.New(fault.Conflict, "the platform has an installation of this name, %s", one.ClientID).WithField("name").
				WithFix("choose another name, or give clientId and clientSecret to take that one over"))
		}
	}
	return have, false, nil
}

// known is the client secret that the account knows. One that is not the platform's, where that
// says it, is refused.
func (a *Apps) known(in contract.AppApplyIn, platforms seal.Secret) (seal.Secret, error) {
	known, err := a.Secrets.Open(in.Account, in.App.Secret)
	switch {
	case err != nil || len(known) == 0:
		return "", fault.New(fault.ConfigMissing, "the client secret of app %s cannot be read", in.App.ID).WithField("clientSecret").
			WithFix("delete the app and adopt its installation, with clientId and clientSecret")
	case platforms != "" && subtle.ConstantTimeCompare(known, []byte(platforms.Reveal())) != 1:
		return "", fault.New(fault.InvalidSpec, "it is not the secret of this installation").WithField("clientSecret")
	}
	return seal.Secret(known), nil
}

// remove takes no webhooks any more, then uninstalls; what stays installed needs no login.
func (a *Apps) remove(ctx context.Context, in contract.AppApplyIn) error {
	if err := a.Book.Remove(ctx, in.Account, in.App.ID); err != nil || in.Keep {
		return err
	}
	installs, _, err := a.open(ctx, in.Account, in.App)
	if err != nil {
		return err
	}
	have, err := installs.Get(ctx, in.App.ClientID)
	if err == nil {
		err = installs.Delete(ctx, have)
	}
	if fault.Is(err, fault.NotFound) { // by us before, or by somebody else
		return nil
	}
	return err
}

// gone says what to do about an installation that is not there.
func gone(app account.App, err error) error {
	if !fault.Is(err, fault.NotFound) {
		return err
	}
	return fault.New(fault.NotFound, "the platform has no installation %q", app.ClientID).WithField("clientId").
		WithFix("if it was uninstalled there, delete the app and make another")
}

// final is an error of which another attempt changes nothing, although its kind is tried again.
func final(err *fault.Error) error {
	return temporal.NewNonRetryableApplicationError(clip(err.Error()), string(err.Kind), nil)
}
