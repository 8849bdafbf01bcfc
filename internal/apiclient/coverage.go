package apiclient

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"transporter/internal/httpapi"
)

// Coverage tells what became of the windows of a task between two times; zero times do not
// bound.
func (c *Client) Coverage(ctx context.Context, account, id string, from, to time.Time) (v httpapi.Coverage, err error) {
	query := url.Values{}
	setTime(query, "from", from)
	setTime(query, "to", to)
	_, err = c.do(ctx, request{http.MethodGet, taskPath(account, id) + "/coverage?" + query.Encode(), nil, nil}, &v)
	return v, err
}

func setTime(query url.Values, name string, t time.Time) {
	if !t.IsZero() {
		query.Set(name, t.UTC().Format(time.RFC3339Nano))
	}
}
