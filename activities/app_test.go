package activities

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"transporter/internal/account"
	"transporter/internal/appbook"
	"transporter/internal/connector"
	lpconnector "transporter/internal/connector/liveperson"
	"transporter/internal/connector/manifest"
	"transporter/internal/contract"
	"transporter/internal/conversation"
	"transporter/internal/fault"
	"transporter/internal/guard"
	"transporter/internal/sandbox"
	"transporter/internal/sandbox/sandboxtest"
	"transporter/internal/seal"
	"transporter/internal/source/liveperson"
	"transporter/internal/store"
)

// platform is the sandbox as an account of ours sees it: its steps about apps, the book that they
// write and the keys of both sides.
type platform struct {
	*Apps
	book         *appbook.Book
	workers, api *seal.PrivateKey
	snapshot     account.Snapshot
	installs     connector.Installations
	lost         bool // the next answer to a creation does not arrive
}

func newPlatform(t *testing.T) *platform {
	t.Helper()
	r := sandboxtest.Start(t, sandbox.Config{})
	client := guard.New(guard.Config{Allow: []string{"127.0.0.1:*"}}).Client(r.Client.Transport.(*http.Transport).TLSClientConfig.RootCAs)
	caller, err := liveperson.New(liveperson.Config{
		PlatformAccount: sandboxtest.AccountID, DomainURL: r.DomainURL, HTTP: client,
		Credentials: liveperson.Credentials{Login: &liveperson.Login{
			Username: seal.Secret(sandboxtest.User.Name), Password: seal.Secret(sandboxtest.User.Password),
		}},
	})
	require.NoError(t, err)
	st, err := store.Open(t.Context(), "file://"+t.TempDir())
	require.NoError(t, err)
	ring, err := seal.GenerateRing("test")
	require.NoError(t, err)
	p := &platform{book: appbook.New(st, seal.NewBox(ring)), installs: lpconnector.NewInstallations(caller)}
	p.workers, err = seal.GenerateKey()
	require.NoError(t, err)
	p.api, err = seal.GenerateKey()
	require.NoError(t, err)
	p.snapshot = account.Snapshot{
		ID: "acme", Sources: map[string]account.Source{"src": {PlatformAccount: sandboxtest.AccountID}}, Apps: map[string]account.App{},
	}
	p.Apps = &Apps{Accounts: p, Installers: p, Book: p.book, Secrets: p}
	return p
}

func (p *platform) Snapshot(context.Context, string) (account.Snapshot, error) {
	return p.snapshot, nil
}

func (p *platform) Installations(context.Context, string, account.Source) (connector.Installations, error) {
	return losing{p.installs, p}, nil
}

// losing loses the answer to a creation when it is told to.
type losing struct {
	connector.Installations
	p *platform
}

func (l losing) Create(ctx context.Context, m json.RawMessage) (connector.Installation, error) {
	made, err := l.Installations.Create(ctx, m)
	if err == nil && l.p.lost {
		l.p.lost = false
		return connector.Installation{}, connector.Unsure(errors.New("connection reset"))
	}
	return made, err
}

func (p *platform) Close(accountID string, secret seal.Secret) (workers, api account.Sealed, err error) {
	workers, err = seal.Close(p.workers.Public(), accountID, []byte(secret.Reveal()))
	if err == nil {
		api, err = seal.Close(p.api.Public(), accountID, []byte(secret.Reveal()))
	}
	return workers, api, err
}

func (p *platform) Open(accountID string, s account.Sealed) ([]byte, error) {
	return seal.Open(p.workers, accountID, s)
}

// apply applies the app and keeps what the account would.
func (p *platform) apply(t *testing.T, app account.App, adopt bool) account.App {
	t.Helper()
	out, err := p.Apply(t.Context(), contract.AppApplyIn{Account: "acme", App: app, Adopt: adopt})
	require.NoError(t, err)
	app.ClientID, app.Secret, app.Webhook = out.ClientID, out.Secret, out.Webhook
	p.snapshot.Apps[app.ID] = app
	return app
}

func (p *platform) installed(t *testing.T) []connector.Installation {
	t.Helper()
	all, err := p.installs.List(t.Context())
	require.NoError(t, err)
	return all
}

func shop(id string) account.App {
	return account.App{
		Meta: account.Meta{ID: id, Description: "of the shop"}, Source: "src", Name: "Shop", Enabled: true,
		Webhooks: map[conversation.Kind]account.WebhookPlace{conversation.Content: {URL: "https://hooks.example.com/x"}},
	}
}

func TestAppIsInstalledChangedAndUninstalled(t *testing.T) {
	p := newPlatform(t)
	app := p.apply(t, shop("one"), false)
	all := p.installed(t)
	require.Len(t, all, 1)
	require.Equal(t, app.ClientID, all[0].ClientID)
	for name, opened := range map[string]func() ([]byte, error){
		"workers": func() ([]byte, error) { return seal.Open(p.workers, "acme", app.Secret) },
		"api":     func() ([]byte, error) { return seal.Open(p.api, "acme", app.Webhook) },
	} {
		secret, err := opened()
		require.NoError(t, err, name)
		require.Equal(t, all[0].Secret.Reveal(), string(secret), name)
	}
	_, err := seal.Open(p.api, "acme", app.Secret)
	require.Error(t, err, "what is the workers' is not the api's")
	entries, err := p.book.All(t.Context())
	require.NoError(t, err)
	require.Len(t, entries, 1)
	require.Equal(t, []string{"acme", "one", sandboxtest.AccountID, app.ClientID}, []string{entries[0].Account, entries[0].App, entries[0].Platform, entries[0].ClientID})

	require.Equal(t, app.ClientID, p.apply(t, app, false).ClientID, "a repeat changes nothing")
	require.Equal(t, all[0].Revision, p.installed(t)[0].Revision)
	app.Enabled, app.Name = false, "Shop 2"
	p.apply(t, app, false)
	looked, err := p.Look(t.Context(), contract.AppLookIn{Account: "acme", App: "one"})
	require.NoError(t, err)
	require.True(t, looked.Agrees)
	require.False(t, looked.Enabled)
	require.NotContains(t, string(looked.Manifest), all[0].Secret.Reveal())

	theirs, err := p.installs.Get(t.Context(), app.ClientID)
	require.NoError(t, err)
	theirs.Enabled = true
	_, err = p.installs.Update(t.Context(), theirs)
	require.NoError(t, err)
	looked, err = p.Look(t.Context(), contract.AppLookIn{Account: "acme", App: "one"})
	require.NoError(t, err)
	require.False(t, looked.Agrees, "somebody enabled it at the platform")

	for range 2 {
		_, err = p.Apply(t.Context(), contract.AppApplyIn{Account: "acme", App: app, Remove: true})
		require.NoError(t, err)
	}
	require.Empty(t, p.installed(t))
	entries, err = p.book.All(t.Context())
	require.NoError(t, err)
	require.Empty(t, entries)
}

// An attempt whose answer was lost has installed the app: the next one finds it, and no second
// one is there.
func TestACreationThatWasCutIsFoundAgain(t *testing.T) {
	p := newPlatform(t)
	p.lost = true
	_, err := p.Apply(t.Context(), contract.AppApplyIn{Account: "acme", App: shop("one")})
	require.Error(t, err)
	require.Len(t, p.installed(t), 1)
	app := p.apply(t, shop("one"), false)
	all := p.installed(t)
	require.Len(t, all, 1)
	require.Equal(t, all[0].ClientID, app.ClientID)

	_, err = p.Apply(t.Context(), contract.AppApplyIn{Account: "acme", App: shop("two")})
	var refused *temporal.ApplicationError
	require.ErrorAs(t, err, &refused)
	require.Equal(t, string(fault.Conflict), refused.Type(), "the name is another app's")
	require.True(t, refused.NonRetryable())
	require.Len(t, p.installed(t), 1)
}

func TestAnInstallationIsTakenOver(t *testing.T) {
	p := newPlatform(t)
	raw, err := manifest.Of(nil, shop(""))
	require.NoError(t, err)
	there, err := p.installs.Create(t.Context(), raw)
	require.NoError(t, err)
	given := func(secret string) account.App {
		app := shop("one")
		app.Name, app.ClientID = "Renamed", there.ClientID
		app.Secret, err = seal.Close(p.workers.Public(), "acme", []byte(secret))
		require.NoError(t, err)
		return app
	}
	_, err = p.Apply(t.Context(), contract.AppApplyIn{Account: "acme", App: given("a guess"), Adopt: true})
	require.ErrorContains(t, err, "clientSecret: ")
	require.Equal(t, "Shop", p.installed(t)[0].Name, "nothing was changed")
	app := p.apply(t, given(there.Secret.Reveal()), true)
	require.Equal(t, there.ClientID, app.ClientID)
	require.Equal(t, "Renamed", p.installed(t)[0].Name)

	_, err = p.Apply(t.Context(), contract.AppApplyIn{Account: "acme", App: app, Remove: true, Keep: true})
	require.NoError(t, err)
	require.Len(t, p.installed(t), 1, "it stays at the platform")

	app.ClientID = "nobody"
	_, err = p.Apply(t.Context(), contract.AppApplyIn{Account: "acme", App: app})
	require.ErrorContains(t, err, "clientId: ")
	app.Webhooks[conversation.Content] = account.WebhookPlace{URL: "http://plain"}
	_, err = p.Apply(t.Context(), contract.AppApplyIn{Account: "acme", App: app})
	require.ErrorContains(t, err, "webhooks.content.endpoint: ")
}
