package apiclient

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"transporter/internal/httpapi"
)

// Certificate has a worker sign what was delivered of a task between two times; a zero from
// is its first window's, a zero to the end of the last window that is due.
func (c *Client) Certificate(ctx context.Context, account, id string, from, to time.Time) (v httpapi.SignedCertificate, err error) {
	query := url.Values{}
	setTime(query, "from", from)
	setTime(query, "to", to)
	_, err = c.do(ctx, request{http.MethodGet, taskPath(account, id) + "/coverage/certificate?" + query.Encode(), nil, nil}, &v)
	return v, err
}

// SigningKey returns the key that certificates are verified with.
func (c *Client) SigningKey(ctx context.Context) (v httpapi.SigningKey, err error) {
	_, err = c.do(ctx, request{http.MethodGet, "/v1/signing-key", nil, nil}, &v)
	return v, err
}
