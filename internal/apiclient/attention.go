package apiclient

import (
	"context"
	"net/http"

	"transporter/internal/alert"
	"transporter/internal/httpapi"
)

// Alerts returns what the account's people should look at, problems first.
func (c *Client) Alerts(ctx context.Context, account string) ([]alert.Alert, error) {
	var list httpapi.List[alert.Alert]
	_, err := c.do(ctx, request{http.MethodGet, of(account, "alerts"), nil, nil}, &list)
	return list.Items, err
}

// Notifications returns who is told of runs, without secrets.
func (c *Client) Notifications(ctx context.Context, account string) (n httpapi.Notifications, err error) {
	_, err = c.do(ctx, request{http.MethodGet, of(account, "notifications"), nil, nil}, &n)
	return n, err
}

// SetNotifications replaces who is told of runs.
func (c *Client) SetNotifications(ctx context.Context, account string, n httpapi.Notifications, w Write) (out httpapi.Notifications, err error) {
	_, err = c.do(ctx, request{http.MethodPut, of(account, "notifications"), n, w.header()}, &out)
	return out, err
}

// Signer returns the key that signs the account's files.
func (c *Client) Signer(ctx context.Context, account string) (x httpapi.Signer, err error) {
	_, err = c.do(ctx, request{http.MethodGet, of(account, "signer"), nil, nil}, &x)
	return x, err
}

// MakeSigner makes a new one in its place.
func (c *Client) MakeSigner(ctx context.Context, account string, w Write) (x httpapi.Signer, err error) {
	_, err = c.do(ctx, request{http.MethodPost, of(account, "signer"), nil, w.header()}, &x)
	return x, err
}

// Plan returns plan and limits of the account, and what they come to.
func (c *Client) Plan(ctx context.Context, account string) (p httpapi.PlanView, err error) {
	_, err = c.do(ctx, request{http.MethodGet, of(account, "plan"), nil, nil}, &p)
	return p, err
}

// SetPlan sets plan and limits of the account.
func (c *Client) SetPlan(ctx context.Context, account string, p httpapi.Plan, w Write) (out httpapi.PlanView, err error) {
	_, err = c.do(ctx, request{http.MethodPut, of(account, "plan"), p, w.header()}, &out)
	return out, err
}
