package workflows_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"

	"transporter/internal/account"
	"transporter/internal/contract"
	"transporter/internal/conversation"
	"transporter/internal/fault"
)

// withApps lets the account's steps about apps answer, and returns what they were asked.
func withApps(b *bench, fail error) *[]contract.AppApplyIn {
	var asked []contract.AppApplyIn
	b.RegisterActivityWithOptions(func(in contract.AppApplyIn) (contract.AppApplied, error) {
		asked = append(asked, in)
		if fail != nil || in.Remove {
			return contract.AppApplied{}, fail
		}
		client := in.App.ClientID
		if client == "" {
			client = "client-of-" + in.App.ID
		}
		return contract.AppApplied{ClientID: client, Secret: sealed("workers"), Webhook: sealed("api")}, nil
	}, activity.RegisterOptions{Name: contract.ActivityAppApply})
	b.RegisterActivityWithOptions(func(in contract.AppLookIn) (contract.AppLookOut, error) {
		return contract.AppLookOut{ClientID: in.App, Enabled: true, Manifest: json.RawMessage(`{}`)}, nil
	}, activity.RegisterOptions{Name: contract.ActivityAppLook})
	return &asked
}

func anApp(id, name string) account.App {
	return account.App{
		Meta: account.Meta{ID: id, Description: "of the shop"}, Source: "src", Name: name, Enabled: true,
		Webhooks: map[conversation.Kind]account.WebhookPlace{conversation.Content: {URL: "https://hooks.example.com"}},
		Callback: &account.Callback{URL: "https://channel.example.com", Secret: sealed("callback")},
	}
}

func TestAppsAreInstalledBeforeTheyAreKept(t *testing.T) {
	b := newBench(t)
	asked := withApps(b, nil)
	put := b.send(contract.UpdatePutApp, contract.PutAppIn{Write: contract.Write{IdemKey: "k"}, App: anApp("app", "Shop")})
	again := b.send(contract.UpdatePutApp, contract.PutAppIn{Write: contract.Write{IdemKey: "k"}, App: anApp("app", "Shop")})
	off := anApp("app", "Shop")
	off.Enabled, off.ClientID = false, "client-of-app"
	disabled := b.send(contract.UpdatePutApp, contract.PutAppIn{Write: contract.Write{IfVersion: 1}, App: off})
	stale := b.send(contract.UpdatePutApp, contract.PutAppIn{Write: contract.Write{IfVersion: 1}, App: off})
	look := b.send(contract.UpdateLookAtApp, contract.AppLookIn{Account: "acme", App: "app"})
	used := b.send(contract.UpdateDeleteSource, contract.DeleteIn{Write: anyVersion, ID: "src"})
	closed := b.send(contract.UpdateClose, contract.CloseIn{})
	after := continued(t, b, filled())

	require.NoError(t, put.err)
	require.Equal(t, put.out, again.out)
	require.NoError(t, disabled.err)
	require.Len(t, *asked, 2, "a repeat asks nothing")
	require.False(t, (*asked)[1].App.Enabled)
	require.Equal(t, sealed("workers"), (*asked)[1].App.Secret, "an edit without a secret keeps it")
	requireRefused(t, stale, fault.Conflict, "version 2, not 1")
	require.NoError(t, look.err)
	requireRefused(t, used, fault.Conflict, "used by app app")
	requireRefused(t, closed, fault.Conflict, "still installed")
	kept := after.Apps["app"]
	require.Equal(t, 2, kept.Version)
	require.Equal(t, "client-of-app", kept.ClientID)
	require.Equal(t, sealed("api"), kept.Webhook)
	require.False(t, kept.Enabled)
}

func TestAppsThatThePlatformRefusesAreNone(t *testing.T) {
	b := newBench(t)
	withApps(b, temporal.NewNonRetryableApplicationError("name: the platform has an installation of this name", string(fault.Conflict), nil))
	put := b.send(contract.UpdatePutApp, contract.PutAppIn{App: anApp("app", "Shop")})
	after := continued(t, b, filled())
	requireRefused(t, put, fault.Conflict, "of this name")
	require.Empty(t, after.Apps)
}

func TestAppsAreUninstalled(t *testing.T) {
	b := newBench(t)
	asked := withApps(b, nil)
	b.send(contract.UpdatePutApp, contract.PutAppIn{App: anApp("one", "One")})
	b.send(contract.UpdatePutApp, contract.PutAppIn{App: anApp("two", "Two")})
	gone := b.send(contract.UpdateDeleteApp, contract.DeleteAppIn{DeleteIn: contract.DeleteIn{Write: anyVersion, ID: "one"}})
	left := b.send(contract.UpdateDeleteApp, contract.DeleteAppIn{DeleteIn: contract.DeleteIn{Write: anyVersion, ID: "two"}, Keep: true})
	twice := b.send(contract.UpdateDeleteApp, contract.DeleteAppIn{DeleteIn: contract.DeleteIn{Write: anyVersion, ID: "one"}})
	after := continued(t, b, filled())
	require.NoError(t, gone.err)
	require.NoError(t, left.err)
	requireRefused(t, twice, fault.NotFound, "one")
	require.Empty(t, after.Apps)
	require.Len(t, *asked, 4)
	require.Equal(t, []bool{true, false}, []bool{(*asked)[2].Remove, (*asked)[2].Keep})
	require.Equal(t, []bool{true, true}, []bool{(*asked)[3].Remove, (*asked)[3].Keep})
}

func TestAppRefusals(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*account.App)
		kind   fault.Kind
		says   string
	}{
		"no such source":             {func(a *account.App) { a.Source = "nowhere" }, fault.InvalidSpec, "source: "},
		"a name that is taken":       {func(a *account.App) { a.Name = "SHOP" }, fault.Conflict, "name: app app has this name"},
		"an installation of another": {func(a *account.App) { a.ClientID, a.Secret = "client-of-app", sealed("s") }, fault.Conflict, "clientId: app app is this installation"},
		"adopted without its secret": {func(a *account.App) { a.ClientID = "c" }, fault.InvalidSpec, "clientSecret: "},
		"another installation":       {func(a *account.App) { a.ID, a.Name, a.ClientID = "app", "Shop", "c" }, fault.InvalidSpec, "clientId: an app keeps its installation"},
		"a bad id":                   {func(a *account.App) { a.ID = "../x" }, fault.InvalidSpec, "id: "},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			asked := withApps(b, nil)
			b.send(contract.UpdatePutApp, contract.PutAppIn{App: anApp("app", "Shop")})
			bad := anApp("other", "Other")
			c.change(&bad)
			refused := b.send(contract.UpdatePutApp, contract.PutAppIn{Write: anyVersion, App: bad})
			after := continued(t, b, filled())
			requireRefused(t, refused, c.kind, c.says)
			require.Len(t, after.Apps, 1)
			require.Len(t, *asked, 1)
		})
	}
}

// The platform account of a source that apps are installed at is no other one tomorrow.
func TestSourcesKeepTheAccountOfTheirApps(t *testing.T) {
	b := newBench(t)
	withApps(b, nil)
	b.send(contract.UpdatePutApp, contract.PutAppIn{App: anApp("app", "Shop")})
	moved := filled().Sources["src"]
	moved.PlatformAccount = "another"
	refused := b.send(contract.UpdatePutSource, contract.PutSourceIn{Write: anyVersion, Source: moved})
	same := b.send(contract.UpdatePutSource, contract.PutSourceIn{Write: anyVersion, Source: filled().Sources["src"]})
	continued(t, b, filled())
	requireRefused(t, refused, fault.Conflict, "platformAccount: ")
	require.NoError(t, same.err)
}

func requireRefused(t *testing.T, s *sent, kind fault.Kind, says string) {
	t.Helper()
	var app *temporal.ApplicationError
	require.ErrorAs(t, s.err, &app)
	require.Equal(t, string(kind), app.Type(), s.err)
	require.ErrorContains(t, s.err, says)
}
