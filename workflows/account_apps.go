package workflows

import (
	"strings"

	"go.temporal.io/sdk/workflow"

	"transporter/internal/account"
	"transporter/internal/contract"
	"transporter/internal/fault"
)

func (e *entity) registerApps(ctx workflow.Context) error {
	put := newWrite(contract.UpdatePutApp, "create or replace an app, at the platform too", e.checkApp, e.putApp)
	if err := put.register(ctx, e); err != nil {
		return err
	}
	remove := newWrite(contract.UpdateDeleteApp, "uninstall an app", e.checkDeleteApp, e.deleteApp)
	if err := remove.register(ctx, e); err != nil {
		return err
	}
	return workflow.SetUpdateHandlerWithOptions(ctx, contract.UpdateLookAtApp, e.lookAtApp, workflow.UpdateHandlerOptions{
		Validator: func(in contract.AppLookIn) error { return refusal(e.checkLookAtApp(in)) }, Description: "what the platform says of an app",
	})
}

func (e *entity) checkApp(in contract.PutAppIn) error {
	if err := e.fits(in.Write, "app", in.App.Meta, in.App); err != nil {
		return err
	}
	source, ok := e.Sources[in.App.Source]
	if !ok {
		return fault.New(fault.InvalidSpec, "this account has no source %q", in.App.Source).WithField("source")
	}
	stored, known := e.Apps[in.App.ID]
	if known && in.App.ClientID != stored.ClientID {
		return fault.New(fault.InvalidSpec, "an app keeps its installation").WithField("clientId").WithFix("make another app for another installation")
	}
	if known && e.Sources[stored.Source].PlatformAccount != source.PlatformAccount {
		return fault.New(fault.InvalidSpec, "the app is installed at another account of the platform").WithField("source").WithFix("make an app there")
	}
	if !known && in.App.ClientID != "" && len(in.App.Secret.Data) == 0 {
		return fault.New(fault.InvalidSpec, "an installation is adopted with its secret").WithField("clientSecret")
	}
	if err := e.checkAppsOwn(in.App, source.PlatformAccount); err != nil {
		return err
	}
	return version("app", in.App.ID, stored.Version, known, in.Write)
}

// checkAppsOwn holds that no other app of the account is the same installation, or has its name.
func (e *entity) checkAppsOwn(app account.App, platformAccount string) error {
	for _, id := range workflow.DeterministicKeys(e.Apps) {
		other := e.Apps[id]
		if id == app.ID || e.Sources[other.Source].PlatformAccount != platformAccount {
			continue
		}
		if app.ClientID != "" && app.ClientID == other.ClientID {
			return fault.New(fault.Conflict, "app %s is this installation", id).WithField("clientId").WithFix("edit that app")
		}
		if strings.EqualFold(app.Name, other.Name) {
			return fault.New(fault.Conflict, "app %s has this name", id).WithField("name").WithFix("choose another: it is unique at the platform")
		}
	}
	return nil
}

// putApp makes the platform agree first: an app that it refuses is none.
func (e *entity) putApp(ctx workflow.Context, in contract.PutAppIn) (contract.Written, error) {
	stored, known := e.Apps[in.App.ID]
	v := in.App
	if len(v.Secret.Data) == 0 {
		v.Secret = stored.Secret
	}
	apply := contract.AppApplyIn{Account: e.ID, App: v, Adopt: !known && v.ClientID != ""}
	out, err := exec[contract.AppApplied](summarise(ctx, "install app %s", v.Name), contract.ActivityAppApply, apply)
	if err != nil {
		return contract.Written{}, err
	}
	v.ClientID, v.Secret, v.Webhook = out.ClientID, out.Secret, out.Webhook
	v.Meta = edited(stored.Meta, v.Meta, workflow.Now(ctx))
	e.Apps[v.ID] = v
	return contract.Written{Meta: v.Meta}, nil
}

func (e *entity) checkDeleteApp(in contract.DeleteAppIn) error {
	v, ok := e.Apps[in.ID]
	return e.deletable("app", in.DeleteIn, v.Meta, ok)
}

func (e *entity) deleteApp(ctx workflow.Context, in contract.DeleteAppIn) (contract.Written, error) {
	v := e.Apps[in.ID]
	remove := contract.AppApplyIn{Account: e.ID, App: v, Remove: true, Keep: in.Keep}
	if _, err := exec[contract.AppApplied](summarise(ctx, "uninstall app %s", v.Name), contract.ActivityAppApply, remove); err != nil {
		return contract.Written{}, err
	}
	delete(e.Apps, in.ID)
	return contract.Written{Meta: v.Meta}, nil
}

func (e *entity) checkLookAtApp(in contract.AppLookIn) error {
	if err := e.alive(); err != nil {
		return err
	}
	if in.Account != e.ID {
		return fault.New(fault.InvalidSpec, "%q is not this account, %q", in.Account, e.ID).WithField("account")
	}
	if _, ok := e.Apps[in.App]; !ok {
		return missing("app", in.App)
	}
	return nil
}

// lookAtApp changes nothing and takes no lock: a slow platform holds up no write.
func (e *entity) lookAtApp(ctx workflow.Context, in contract.AppLookIn) (contract.AppLookOut, error) {
	out, err := exec[contract.AppLookOut](summarise(ctx, "look at app %s", in.App), contract.ActivityAppLook, in)
	return out, refusal(err)
}

// appsOf names the apps that a source is used by.
func (e *entity) appsOf(source string) (users []string) {
	for _, id := range workflow.DeterministicKeys(e.Apps) {
		if e.Apps[id].Source == source {
			users = append(users, id)
		}
	}
	return users
}

// checkAppsOf holds that the apps of a source stay where they are installed.
func (e *entity) checkAppsOf(source account.Source) error {
	if users := e.appsOf(source.ID); len(users) > 0 && e.Sources[source.ID].PlatformAccount != source.PlatformAccount {
		return fault.New(fault.Conflict, "app %s is installed at its platform account", strings.Join(users, ", ")).WithField("platformAccount").
			WithFix("make another source, or delete these apps first")
	}
	return nil
}
