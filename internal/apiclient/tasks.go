package apiclient

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"transporter/internal/httpapi"
	"transporter/internal/task"
)

// EnableTask lets a task's runs fire; catchUp says which windows of the pause are
// delivered: all, latest or none, which is also the empty one.
func (c *Client) EnableTask(ctx context.Context, account, id, catchUp string) (httpapi.TaskView, error) {
	return c.taskAction(ctx, account, id, "enable", httpapi.EnableRequest{CatchUp: catchUp})
}

// DisableTask stops a task's runs from firing.
func (c *Client) DisableTask(ctx context.Context, account, id string) (httpapi.TaskView, error) {
	return c.taskAction(ctx, account, id, "disable", nil)
}

// ResetTask begins a task anew, as if it had just been created.
func (c *Client) ResetTask(ctx context.Context, account, id string) (httpapi.TaskView, error) {
	return c.taskAction(ctx, account, id, "reset", nil)
}

// CopyTask makes a task with the specification of another.
func (c *Client) CopyTask(ctx context.Context, account, id string, as httpapi.CopyRequest) (httpapi.TaskView, error) {
	return c.taskAction(ctx, account, id, "copy", as)
}

// UpgradeTask changes the version of a task's report, to the newest if it is empty; backlog
// is keep, drop or empty, see EditTask.
func (c *Client) UpgradeTask(ctx context.Context, account, id, version, backlog string) (httpapi.TaskView, error) {
	return c.taskAction(ctx, account, id, "upgrade"+backlogQuery(backlog), httpapi.UpgradeRequest{Version: version})
}

// EditTask replaces a task. An edit of what is delivered while windows are due and not
// delivered has to say what becomes of them: backlog keep or drop.
func (c *Client) EditTask(ctx context.Context, account, id string, spec task.Spec, backlog string, w Write) (v httpapi.TaskView, err error) {
	_, err = c.do(ctx, request{http.MethodPut, taskPath(account, id) + backlogQuery(backlog), spec, w.header()}, &v)
	return v, err
}

// ActOnTasks does something to several tasks and returns what became of each. Safe to repeat
// with the same key: what is done is not done again.
func (c *Client) ActOnTasks(ctx context.Context, account string, actions httpapi.TaskActions, w Write) ([]httpapi.TaskResult, error) {
	var list httpapi.List[httpapi.TaskResult]
	_, err := c.do(ctx, request{http.MethodPost, of(account, "task-actions"), actions, w.header()}, &list)
	return list.Items, err
}

func (c *Client) taskAction(ctx context.Context, account, id, verb string, body any) (v httpapi.TaskView, err error) {
	_, err = c.do(ctx, request{http.MethodPost, taskPath(account, id) + "/" + verb, body, nil}, &v)
	return v, err
}

func backlogQuery(backlog string) string {
	if backlog == "" {
		return ""
	}
	return "?backlog=" + url.QueryEscape(backlog)
}

// RunTask starts the run of a window; nil is the last one that is due.
func (c *Client) RunTask(ctx context.Context, account, id string, window *httpapi.WindowView, w Write) (s httpapi.Started, err error) {
	_, err = c.do(ctx, request{http.MethodPost, taskPath(account, id) + "/run", httpapi.RunRequest{Window: window}, w.header()}, &s)
	return s, err
}

// RerunTask is RunTask for a window that is delivered: its next revision.
func (c *Client) RerunTask(ctx context.Context, account, id string, window *httpapi.WindowView, w Write) (s httpapi.Started, err error) {
	_, err = c.do(ctx, request{http.MethodPost, taskPath(account, id) + "/run", httpapi.RunRequest{Window: window, Rerun: true}, w.header()}, &s)
	return s, err
}

// ReviseTask is RunTask for a window that is delivered: what the source has changed since.
func (c *Client) ReviseTask(ctx context.Context, account, id string, window *httpapi.WindowView, w Write) (s httpapi.Started, err error) {
	_, err = c.do(ctx, request{http.MethodPost, taskPath(account, id) + "/run", httpapi.RunRequest{Window: window, Revise: true}, w.header()}, &s)
	return s, err
}

// Preview returns the next n runs of a task.
func (c *Client) Preview(ctx context.Context, account, id string, n int) (p httpapi.Preview, err error) {
	_, err = c.do(ctx, request{http.MethodGet, fmt.Sprintf("%s/preview?n=%d", taskPath(account, id), n), nil, nil}, &p)
	return p, err
}

// FileNames returns how the files of a task that is still being written would be called.
func (c *Client) FileNames(ctx context.Context, account string, spec task.Spec) (n httpapi.FileNames, err error) {
	_, err = c.do(ctx, request{http.MethodPost, of(account, "file-names"), spec, nil}, &n)
	return n, err
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

// Vendors returns the vendors with a layout.
func (c *Client) Vendors(ctx context.Context) ([]httpapi.VendorView, error) {
	var list httpapi.List[httpapi.VendorView]
	_, err := c.do(ctx, request{http.MethodGet, "/v1/vendors", nil, nil}, &list)
	return list.Items, err
}

// Vendor returns the layout of a vendor's files.
func (c *Client) Vendor(ctx context.Context, id string) (v httpapi.VendorView, err error) {
	_, err = c.do(ctx, request{http.MethodGet, "/v1/vendors/" + url.PathEscape(id), nil, nil}, &v)
	return v, err
}

// Zones searches at most n time zones by city, region, country or name.
func (c *Client) Zones(ctx context.Context, query string, n int) ([]httpapi.ZoneView, error) {
	var list httpapi.List[httpapi.ZoneView]
	at := "/v1/zones?" + url.Values{"q": {query}, "n": {strconv.Itoa(n)}}.Encode()
	_, err := c.do(ctx, request{http.MethodGet, at, nil, nil}, &list)
	return list.Items, err
}

// Sample opens a sample file of a report; the caller closes it. An empty format is the
// report's first; without a vendor it is in no layout but the report's own.
func (c *Client) Sample(ctx context.Context, id, format, vendor string) (*File, error) {
	query := url.Values{}
	for name, value := range map[string]string{"format": format, "vendor": vendor} {
		if value != "" {
			query.Set(name, value)
		}
	}
	return c.open(ctx, "/v1/reports/"+url.PathEscape(id)+"/sample?"+query.Encode())
}
