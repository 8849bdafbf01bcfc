package apiclient

import (
	"context"
	"net/http"
	"net/url"

	"transporter/internal/httpapi"
)

// Backfills are the backfills of a task.
func (c *Client) Backfills(account, task string) Backfills {
	return Backfills{c, taskPath(account, task) + "/backfills"}
}

// Backfills starts, reads and steers the backfills of one task.
type Backfills struct {
	client *Client
	path   string
}

// Start begins a backfill. Safe to repeat with the same key.
func (b Backfills) Start(ctx context.Context, body httpapi.BackfillRequest, w Write) (v httpapi.BackfillView, err error) {
	_, err = b.client.do(ctx, request{http.MethodPost, b.path, body, w.header()}, &v)
	return v, err
}

// List returns the backfills that Temporal still knows, newest first.
func (b Backfills) List(ctx context.Context) ([]httpapi.BackfillView, error) {
	var list httpapi.List[httpapi.BackfillView]
	_, err := b.client.do(ctx, request{http.MethodGet, b.path, nil, nil}, &list)
	return list.Items, err
}

// Get returns how far a backfill is.
func (b Backfills) Get(ctx context.Context, id string) (v httpapi.BackfillView, err error) {
	_, err = b.client.do(ctx, request{http.MethodGet, b.at(id), nil, nil}, &v)
	return v, err
}

// Pause starts no further run.
func (b Backfills) Pause(ctx context.Context, id string) error { return b.steer(ctx, id, "pause") }

// Resume goes on with the next window.
func (b Backfills) Resume(ctx context.Context, id string) error { return b.steer(ctx, id, "resume") }

// Cancel ends a backfill; the runs that it started go on.
func (b Backfills) Cancel(ctx context.Context, id string) error { return b.steer(ctx, id, "cancel") }

func (b Backfills) steer(ctx context.Context, id, verb string) error {
	_, err := b.client.do(ctx, request{http.MethodPost, b.at(id) + "/" + verb, nil, nil}, nil)
	return err
}

func (b Backfills) at(id string) string { return b.path + "/" + url.PathEscape(id) }
