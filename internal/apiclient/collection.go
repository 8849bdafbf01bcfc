package apiclient

import (
	"context"
	"net/http"
	"net/url"

	"transporter/internal/httpapi"
	"transporter/internal/task"
)

// Collection is one kind of thing that an account owns: B is what is sent, V what is
// answered.
type Collection[B, V any] struct {
	client *Client
	path   string
}

// Write says how a write is guarded; the zero value guards nothing.
type Write struct {
	Key     string // Idempotency-Key
	IfMatch string // ETag that was read
}

func (w Write) header() map[string]string {
	return map[string]string{"Idempotency-Key": w.Key, "If-Match": w.IfMatch}
}

// Create makes a thing.
func (c Collection[B, V]) Create(ctx context.Context, body B, w Write) (V, error) {
	var v V
	_, err := c.client.do(ctx, request{http.MethodPost, c.path, body, w.header()}, &v)
	return v, err
}

// List returns every thing, oldest first.
func (c Collection[B, V]) List(ctx context.Context) ([]V, error) {
	var list httpapi.List[V]
	_, err := c.client.do(ctx, request{http.MethodGet, c.path, nil, nil}, &list)
	return list.Items, err
}

// Get returns one thing and its ETag.
func (c Collection[B, V]) Get(ctx context.Context, id string) (v V, etag string, err error) {
	header, err := c.client.do(ctx, request{http.MethodGet, c.at(id), nil, nil}, &v)
	return v, header.Get("ETag"), err
}

// Replace changes a thing.
func (c Collection[B, V]) Replace(ctx context.Context, id string, body B, w Write) (V, error) {
	var v V
	_, err := c.client.do(ctx, request{http.MethodPut, c.at(id), body, w.header()}, &v)
	return v, err
}

// Delete removes a thing.
func (c Collection[B, V]) Delete(ctx context.Context, id string, w Write) error {
	_, err := c.client.do(ctx, request{http.MethodDelete, c.at(id), nil, w.header()}, nil)
	return err
}

// Test tries a source or a destination.
func (c Collection[B, V]) Test(ctx context.Context, id string) (httpapi.Probe, error) {
	var p httpapi.Probe
	_, err := c.client.do(ctx, request{http.MethodPost, c.at(id) + "/test", nil, nil}, &p)
	return p, err
}

func (c Collection[B, V]) at(id string) string { return c.path + "/" + url.PathEscape(id) }

func of(account, what string) string { return "/v1/accounts/" + url.PathEscape(account) + "/" + what }

// Accounts are the accounts.
func (c *Client) Accounts() Collection[httpapi.Account, httpapi.AccountView] {
	return Collection[httpapi.Account, httpapi.AccountView]{c, "/v1/accounts"}
}

// Sources are the sources of an account.
func (c *Client) Sources(account string) Collection[httpapi.Source, httpapi.SourceView] {
	return Collection[httpapi.Source, httpapi.SourceView]{c, of(account, "sources")}
}

// ImportSources makes a source of every line of a credential file.
func (c *Client) ImportSources(ctx context.Context, account string, in httpapi.SourceImport, w Write) ([]httpapi.SourceView, error) {
	var list httpapi.List[httpapi.SourceView]
	_, err := c.do(ctx, request{http.MethodPost, of(account, "sources/import"), in, w.header()}, &list)
	return list.Items, err
}

// Destinations are the destinations of an account.
func (c *Client) Destinations(account string) Collection[httpapi.Destination, httpapi.DestinationView] {
	return Collection[httpapi.Destination, httpapi.DestinationView]{c, of(account, "destinations")}
}

// Apps are the apps of an account.
func (c *Client) Apps(account string) Collection[httpapi.App, httpapi.AppView] {
	return Collection[httpapi.App, httpapi.AppView]{c, of(account, "apps")}
}

// Keys are the receivers' public keys of an account.
func (c *Client) Keys(account string) Collection[httpapi.Key, httpapi.KeyView] {
	return Collection[httpapi.Key, httpapi.KeyView]{c, of(account, "keys")}
}

// Tasks are the tasks of an account.
func (c *Client) Tasks(account string) Collection[task.Spec, httpapi.TaskView] {
	return Collection[task.Spec, httpapi.TaskView]{c, of(account, "tasks")}
}

// Settings returns the settings of an account and their ETag.
func (c *Client) Settings(ctx context.Context, account string) (s httpapi.Settings, etag string, err error) {
	header, err := c.do(ctx, request{http.MethodGet, of(account, "settings"), nil, nil}, &s)
	return s, header.Get("ETag"), err
}

// PutSettings replaces the settings of an account.
func (c *Client) PutSettings(ctx context.Context, account string, s httpapi.Settings, w Write) (httpapi.Settings, error) {
	_, err := c.do(ctx, request{http.MethodPut, of(account, "settings"), s, w.header()}, &s)
	return s, err
}
