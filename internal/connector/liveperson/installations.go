package liveperson

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"

	"transporter/internal/connector"
	"transporter/internal/fault"
	"transporter/internal/lenient"
	"transporter/internal/seal"
	"transporter/internal/source"
	"transporter/internal/source/access"
)

// revisionHeader says at which revision an installation was read (Conversational Cloud Apps,
// "Installing").
const revisionHeader = "Ac-Revision"

// Members of an installation.
const (
	memberSecret  = "client_secret"
	memberName    = "client_name"
	memberEnabled = "enabled"
)

// installations are those of a platform account, called with its source's login.
type installations struct{ account source.Caller }

// NewInstallations returns the apps of a platform account; it calls nobody.
func NewInstallations(account source.Caller) connector.Installations { return installations{account} }

func (n installations) List(ctx context.Context) ([]connector.Installation, error) {
	a, err := n.account.Call(ctx, installCall(http.MethodGet, "", "", nil))
	if err != nil {
		return nil, err
	}
	var parts []json.RawMessage
	if err := json.Unmarshal(a.Body, &parts); err != nil {
		return nil, fault.New(fault.Upstream, "%s: the answer is no list of apps", installTitle)
	}
	all := make([]connector.Installation, len(parts))
	for i, part := range parts {
		if all[i], err = parseInstallation(source.Answer{Header: a.Header, Body: part}); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func (n installations) Get(ctx context.Context, clientID string) (connector.Installation, error) {
	return n.one(ctx, installCall(http.MethodGet, clientID, "", nil))
}

func (n installations) Create(ctx context.Context, manifest json.RawMessage) (connector.Installation, error) {
	c := installCall(http.MethodPost, "", "", manifest)
	c.Once = true // a repeat would install a second app
	return n.one(ctx, c)
}

func (n installations) Update(ctx context.Context, i connector.Installation) (connector.Installation, error) {
	manifest, err := manifestOf(i)
	if err != nil {
		return connector.Installation{}, err
	}
	c := installCall(http.MethodPut, i.ClientID, i.Revision, manifest)
	written, err := n.one(ctx, c)
	if err == nil && written.ClientID == "" { // an answer without the app
		return n.Get(ctx, i.ClientID)
	}
	return written, err
}

func (n installations) Delete(ctx context.Context, i connector.Installation) error {
	_, err := n.account.Call(ctx, installCall(http.MethodDelete, i.ClientID, i.Revision, nil))
	return aboutManifest(err)
}

// one makes a call that answers with an app, or with nothing.
func (n installations) one(ctx context.Context, c source.Call) (connector.Installation, error) {
	a, err := n.account.Call(ctx, c)
	if err != nil {
		return connector.Installation{}, aboutManifest(err)
	}
	if a.Body == nil {
		return connector.Installation{}, nil
	}
	return parseInstallation(a)
}

// aboutManifest says where the mistake is that the platform refuses.
func aboutManifest(err error) error {
	if f := (*fault.Error)(nil); errors.As(err, &f) && f.Kind == fault.InvalidSpec && f.Field == "" {
		about := *f
		return about.WithField("manifest").WithFix("change what the platform names in it")
	}
	return err
}

const installTitle = "app installation API"

func installCall(method, clientID, revision string, body []byte) source.Call {
	path := "/api/account/{account}/configuration/app-install/installations"
	if clientID != "" {
		path += "/" + url.PathEscape(clientID)
	}
	c := source.Call{
		Service: "accountConfigReadWrite", Title: installTitle, Permission: "an administrator's: to install apps",
		Takes: []string{access.Login}, Method: method, Path: path, Query: url.Values{"v": {"1.0"}}, Header: http.Header{}, Body: body,
	}
	if revision != "" {
		c.Header.Set("If-Match", revision)
	}
	if method == http.MethodPut {
		c.Header.Set("X-HTTP-Method-Override", http.MethodPut) // as the platform's own console sends it
	}
	return c
}

// parseInstallation reads an app, and takes its secret out of what is kept as it came.
func parseInstallation(a source.Answer) (connector.Installation, error) {
	var members map[string]json.RawMessage
	var named struct {
		ID       lenient.Text `json:"id"`
		ClientID lenient.Text `json:"client_id"`
		Name     lenient.Text `json:"client_name"`
		Enabled  *bool        `json:"enabled"`
		Secret   lenient.Text `json:"client_secret"`
	}
	if json.Unmarshal(a.Body, &members) != nil || members == nil {
		return connector.Installation{}, fault.New(fault.Upstream, "%s: the answer is no app", installTitle)
	}
	lenient.Into(a.Body, &named)
	delete(members, memberSecret)
	manifest, err := json.Marshal(members)
	if err != nil {
		return connector.Installation{}, err
	}
	i := connector.Installation{
		ClientID: string(named.ClientID), Secret: seal.Secret(named.Secret), Name: string(named.Name),
		Enabled: named.Enabled == nil || *named.Enabled, Manifest: manifest, Revision: a.Header.Get(revisionHeader),
	}
	if i.ClientID == "" {
		i.ClientID = string(named.ID)
	}
	return i, nil
}

// manifestOf returns the whole object that is to be written.
func manifestOf(i connector.Installation) ([]byte, error) {
	members := map[string]json.RawMessage{}
	if err := json.Unmarshal(i.Manifest, &members); err != nil || members == nil {
		return nil, fault.New(fault.InvalidSpec, "it is no JSON object").WithField("manifest")
	}
	for name, value := range map[string]any{memberEnabled: i.Enabled, memberName: i.Name, memberSecret: i.Secret.Reveal()} {
		if value == "" {
			continue
		}
		raw, err := json.Marshal(value)
		if err != nil {
			return nil, err
		}
		members[name] = raw
	}
	return json.Marshal(members)
}
