package apiclient

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"transporter/internal/httpapi"
)

// EnableApp enables an app at the platform, or disables it.
func (c *Client) EnableApp(ctx context.Context, account, id string, enabled bool) (v httpapi.AppView, err error) {
	verb := "/disable"
	if enabled {
		verb = "/enable"
	}
	_, err = c.do(ctx, request{http.MethodPost, c.Apps(account).at(id) + verb, nil, nil}, &v)
	return v, err
}

// Installation returns what the platform says of an app now.
func (c *Client) Installation(ctx context.Context, account, id string) (i httpapi.Installation, err error) {
	_, err = c.do(ctx, request{http.MethodGet, c.Apps(account).at(id) + "/installation", nil, nil}, &i)
	return i, err
}

// DeleteApp uninstalls an app; keep leaves its installation at the platform, force takes it from its open
// conversations.
func (c *Client) DeleteApp(ctx context.Context, account, id string, keep, force bool) error {
	query := url.Values{"keep": {strconv.FormatBool(keep)}, "force": {strconv.FormatBool(force)}}
	_, err := c.do(ctx, request{http.MethodDelete, c.Apps(account).at(id) + "?" + query.Encode(), nil, nil}, nil)
	return err
}
