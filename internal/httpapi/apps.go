package httpapi

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"

	"transporter/internal/account"
	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/human"
	"transporter/internal/inbox"
)

var apps = resource[App, account.App, AppView]{
	one: "app", many: "apps",
	body: "An app is an installation at the platform account of a source, through which conversations are held on behalf of consumers. " +
		"A worker installs it, with the login of the source; its secret is sealed at once and never shown. " +
		"With clientId and clientSecret it takes over an installation that there is.",
	all:   func(a account.Snapshot) map[string]account.App { return a.Apps },
	meta:  func(x account.App) account.Meta { return x.Meta },
	stamp: stampApp,
	view:  viewApp,
	placed: func(s *Server, accountID string, v *AppView) {
		v.WebhookURL = strings.TrimRight(s.cfg.Public, "/") + webhookPath(accountID, v.ID)
	},
	build: (*Server).buildApp,
	made:  madeApp,
	put:   contract.UpdatePutApp,
	putIn: func(_ *Server, w contract.Write, x account.App) any {
		return contract.PutAppIn{Write: w, App: x}
	},
	ended: true,
}

func (s *Server) apps() {
	apps.register(s)
	at := apps.path() + "/{id}"
	route(s, operation{
		Method: http.MethodDelete, Path: at, ID: "delete-app", Tag: apps.many, Status: http.StatusNoContent,
		Summary: "Uninstall an app", Doc: "Its webhooks are refused from now on. What is stored of its conversations stays. While conversations of it are open it is refused with 409, which says how many.", Errors: []int{404, 409, 412},
	}, s.deleteApp)
	for verb, enabled := range map[string]bool{"enable": true, "disable": false} {
		route(s, operation{
			Method: http.MethodPost, Path: at + "/" + verb, ID: verb + "-app", Tag: apps.many,
			Summary: strings.ToUpper(verb[:1]) + verb[1:] + " an app",
			Doc:     "At the platform: a disabled app gets no tokens, and no webhooks are sent to it.", Errors: []int{404, 409, 412, 422},
		}, func(ctx context.Context, in *InDelete) (*Item[AppView], error) { return s.enableApp(ctx, in, enabled) })
	}
	route(s, operation{
		Method: http.MethodGet, Path: at + "/installation", ID: "get-app-installation", Tag: apps.many,
		Summary: "Show what the platform says of an app", Doc: "A worker asks the platform now.", Errors: []int{404},
	}, s.getInstallation)
}

// InDeleteApp uninstalls an app.
type InDeleteApp struct {
	InDelete
	Keep  bool `query:"keep" doc:"Leave the installation at the platform, also when nobody can log in there any more."`
	Force bool `query:"force" doc:"Also while conversations of it are open: nobody is heard in them any more, and nothing can be sent, not even a close. The platform closes them when it sees fit; here they are given up 30 days after the last that happened in them."`
}

func (s *Server) deleteApp(ctx context.Context, in *InDeleteApp) (*Nothing, error) {
	write, snap, err := apps.changing(ctx, s, in.InThing, in.Change)
	if err != nil {
		return nil, err
	}
	if _, known := snap.Apps[in.ID]; known && !in.Force {
		if err := s.holdsNone(ctx, in.InThing); err != nil {
			return nil, err
		}
	}
	remove := contract.DeleteAppIn{DeleteIn: contract.DeleteIn{Write: write, ID: in.ID}, Keep: in.Keep}
	if err := s.cfg.Accounts.Update(ctx, in.Account, contract.UpdateDeleteApp, remove, nil); err != nil {
		return nil, apps.raced(ctx, s, in.InThing, write, err)
	}
	return &Nothing{}, nil
}

// holdsNone refuses to take an app from its open conversations.
func (s *Server) holdsNone(ctx context.Context, app InThing) error {
	n, err := s.cfg.Conversations.OpenConversations(ctx, app.Account, app.ID)
	if err == nil && n > 0 {
		err = fault.New(fault.Conflict, "the app holds %s", human.Count(n, "open conversation")).
			WithFix("close them first, or delete it with force: nobody is heard in them then, and nothing can be sent, not even a close")
	}
	return err
}

// enableApp replaces the app by itself, enabled or not: whoever changes it meanwhile comes first.
func (s *Server) enableApp(ctx context.Context, in *InDelete, enabled bool) (*Item[AppView], error) {
	write, snap, err := apps.changing(ctx, s, in.InThing, in.Change)
	if err != nil {
		return nil, err
	}
	app, ok := snap.Apps[in.ID]
	if !ok {
		return nil, notFound("id", apps.one, in.ID)
	}
	if write.IfVersion == contract.AnyVersion {
		write.IfVersion = app.Version
	}
	app.Enabled = enabled
	if err := s.cfg.Accounts.Update(ctx, in.Account, contract.UpdatePutApp, contract.PutAppIn{Write: write, App: app}, nil); err != nil {
		return nil, apps.raced(ctx, s, in.InThing, write, err)
	}
	return apps.read(ctx, s, in.InThing)
}

// Installation is an app as the platform has it.
type Installation struct {
	ClientID string `json:"clientId" doc:"The platform's id of the installation."`
	Enabled  bool   `json:"enabled" doc:"Whether it is enabled there."`
	Revision string `json:"revision" doc:"The platform's count of changes." example:"12"`
	Agrees   bool   `json:"agrees" doc:"Whether it is as the app says; replacing the app makes it so."`
	Manifest any    `json:"manifest" doc:"The installation as the platform shows it, without its secret."`
}

func (s *Server) getInstallation(ctx context.Context, in *InThing) (*struct{ Body Installation }, error) {
	if _, err := apps.find(ctx, s, *in); err != nil {
		return nil, err
	}
	var got contract.AppLookOut
	ask := contract.AppLookIn{Account: in.Account, App: in.ID}
	if err := s.cfg.Accounts.Update(ctx, in.Account, contract.UpdateLookAtApp, ask, &got); err != nil {
		return nil, err
	}
	out := Installation{ClientID: got.ClientID, Enabled: got.Enabled, Revision: got.Revision, Agrees: got.Agrees}
	if err := json.Unmarshal(got.Manifest, &out.Manifest); err != nil {
		return nil, fault.New(fault.Upstream, "the platform's answer is no manifest")
	}
	return &struct{ Body Installation }{out}, nil
}

// madeApp lets this process take the app's webhooks at once; others learn of it in seconds.
func madeApp(ctx context.Context, s *Server, _ string, _ account.App) error {
	if s.cfg.Inbox == nil {
		return nil
	}
	if err := s.cfg.Inbox.Refresh(ctx); err != nil { // the app is made all the same
		s.cfg.Log.WarnContext(ctx, "an app's first webhooks may be refused", "error", err)
	}
	return nil
}

// stampApp gives the app its id, also in the addresses of its webhooks, which name it.
func stampApp(x *account.App, m account.Meta) {
	x.Meta = m
	for kind, p := range x.Webhooks {
		p.URL = strings.ReplaceAll(p.URL, appPlace, m.ID)
		x.Webhooks[kind] = p
	}
}

// appPlace stands for the id of an app that has none yet, in an address of ours.
const appPlace = "{app}"

// webhookPath is where the app's webhooks are taken.
func webhookPath(accountID, app string) string {
	return strings.NewReplacer("{account}", accountID, appPlace, app).Replace(inbox.Path)
}

// ownEndpoint is the address of ours that an app without an endpoint of its own gets.
func (s *Server) ownEndpoint(accountID string) (string, error) {
	if s.cfg.Public == "" {
		return "", fault.New(fault.InvalidSpec, "nobody said under which address the platform reaches this api").WithField("endpoint").
			WithFix("give the endpoint, which ends with %s, or start the api with --public-url", inbox.Root)
	}
	return strings.TrimRight(s.cfg.Public, "/") + webhookPath(accountID, appPlace), nil
}
