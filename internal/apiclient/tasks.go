package apiclient

import (
	"context"
	"fmt"
	"net/http"
	"net/url"

	"transporter/internal/httpapi"
)

// EnableTask lets a task's runs fire.
func (c *Client) EnableTask(ctx context.Context, account, id string) (httpapi.TaskView, error) {
	return c.taskAction(ctx, account, id, "enable")
}

// DisableTask stops a task's runs from firing.
func (c *Client) DisableTask(ctx context.Context, account, id string) (httpapi.TaskView, error) {
	return c.taskAction(ctx, account, id, "disable")
}

func (c *Client) taskAction(ctx context.Context, account, id, verb string) (v httpapi.TaskView, err error) {
	_, err = c.do(ctx, request{http.MethodPost, taskPath(account, id) + "/" + verb, nil, nil}, &v)
	return v, err
}

// RunTask starts the run of a window; nil is the last one that is due.
func (c *Client) RunTask(ctx context.Context, account, id string, window *httpapi.WindowView, w Write) (s httpapi.Started, err error) {
	_, err = c.do(ctx, request{http.MethodPost, taskPath(account, id) + "/run", httpapi.RunRequest{Window: window}, w.header()}, &s)
	return s, err
}

// Preview returns the next n runs of a task.
func (c *Client) Preview(ctx context.Context, account, id string, n int) (p httpapi.Preview, err error) {
	_, err = c.do(ctx, request{http.MethodGet, fmt.Sprintf("%s/preview?n=%d", taskPath(account, id), n), nil, nil}, &p)
	return p, err
}

func taskPath(account, id string) string { return of(account, "tasks/"+url.PathEscape(id)) }

// Reports returns the catalog.
func (c *Client) Reports(ctx context.Context) ([]httpapi.ReportView, error) {
	var list httpapi.List[httpapi.ReportView]
	_, err := c.do(ctx, request{http.MethodGet, "/v1/reports", nil, nil}, &list)
	return list.Items, err
}

// Report returns a report with its columns and parameters.
func (c *Client) Report(ctx context.Context, id string) (d httpapi.ReportDetail, err error) {
	_, err = c.do(ctx, request{http.MethodGet, "/v1/reports/" + url.PathEscape(id), nil, nil}, &d)
	return d, err
}

// Sample opens a sample file of a report; the caller closes it. An empty format is the
// report's first.
func (c *Client) Sample(ctx context.Context, id, format string) (*File, error) {
	path := "/v1/reports/" + url.PathEscape(id) + "/sample"
	if format != "" {
		path += "?format=" + url.QueryEscape(format)
	}
	return c.open(ctx, path)
}
