package apiclient

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"hash"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"transporter/internal/httpapi"
)

// RunFilter selects runs; zero fields do not filter.
type RunFilter struct {
	Task    string
	Outcome string
	From    time.Time // started at or after
	Before  time.Time // started before
	Limit   int
}

// Runs returns runs, newest first.
func (c *Client) Runs(ctx context.Context, account string, f RunFilter) ([]httpapi.RunView, error) {
	query := url.Values{}
	set := func(name, value string) {
		if value != "" {
			query.Set(name, value)
		}
	}
	set("task", f.Task)
	set("outcome", f.Outcome)
	setTime(query, "from", f.From)
	setTime(query, "before", f.Before)
	if f.Limit > 0 {
		set("limit", strconv.Itoa(f.Limit))
	}
	var list httpapi.List[httpapi.RunView]
	_, err := c.do(ctx, request{http.MethodGet, of(account, "runs") + "?" + query.Encode(), nil, nil}, &list)
	return list.Items, err
}

// Run returns a run with its steps, files and receipts.
func (c *Client) Run(ctx context.Context, account, id string) (d httpapi.RunDetail, err error) {
	_, err = c.do(ctx, request{http.MethodGet, runPath(account, id), nil, nil}, &d)
	return d, err
}

// Resume starts the next attempt of a run.
func (c *Client) Resume(ctx context.Context, account, id string) (s httpapi.Started, err error) {
	_, err = c.do(ctx, request{http.MethodPost, runPath(account, id) + "/resume", nil, nil}, &s)
	return s, err
}

// Redeliver sends the files of a delivered run again.
func (c *Client) Redeliver(ctx context.Context, account, id string) (s httpapi.Started, err error) {
	_, err = c.do(ctx, request{http.MethodPost, runPath(account, id) + "/redeliver", nil, nil}, &s)
	return s, err
}

// Accept starts the next attempt of a run, which takes what is accepted as it is.
func (c *Client) Accept(ctx context.Context, account, id string, accept httpapi.Acceptance) (s httpapi.Started, err error) {
	_, err = c.do(ctx, request{http.MethodPost, runPath(account, id) + "/accept", accept, nil}, &s)
	return s, err
}

// Download opens file n of a run; the caller closes it.
func (c *Client) Download(ctx context.Context, account, id string, n int) (*File, error) {
	return c.open(ctx, fmt.Sprintf("%s/files/%d", runPath(account, id), n))
}

// Links returns the links that mails of a run gave away.
func (c *Client) Links(ctx context.Context, account, id string) ([]httpapi.LinkView, error) {
	var list httpapi.List[httpapi.LinkView]
	_, err := c.do(ctx, request{http.MethodGet, runPath(account, id) + "/links", nil, nil}, &list)
	return list.Items, err
}

// RevokeLink ends a link of a run for good.
func (c *Client) RevokeLink(ctx context.Context, account, id, link string) (l httpapi.LinkView, err error) {
	_, err = c.do(ctx, request{http.MethodPost, runPath(account, id) + "/links/" + url.PathEscape(link) + "/revoke", nil, nil}, &l)
	return l, err
}

func runPath(account, id string) string { return of(account, "runs/"+url.PathEscape(id)) }

// File is a file on its way. Read reports at the end whether it arrived as it was sent.
type File struct {
	Name string
	Size int64 // -1: unknown
	body io.ReadCloser
	sum  hash.Hash
	want string // Repr-Digest (RFC 9530), may be empty
}

func (c *Client) open(ctx context.Context, path string) (*File, error) {
	res, err := c.send(ctx, request{http.MethodGet, path, nil, nil}) //nolint:bodyclose // File.Close closes it
	if err != nil {
		return nil, err
	}
	f := &File{Size: res.ContentLength, body: res.Body, sum: sha256.New(), want: res.Header.Get("Repr-Digest")}
	if _, params, err := mime.ParseMediaType(res.Header.Get("Content-Disposition")); err == nil {
		f.Name = params["filename"]
	}
	return f, nil
}

// Read reads on; at the end a wrong hash is an error.
func (f *File) Read(p []byte) (int, error) {
	n, err := f.body.Read(p)
	f.sum.Write(p[:n])
	if err == io.EOF && f.want != "" && f.want != "sha-256=:"+base64.StdEncoding.EncodeToString(f.sum.Sum(nil))+":" {
		return n, fmt.Errorf("download %s: the bytes are not those that were sent: try again", f.Name)
	}
	return n, err
}

// Close ends the download.
func (f *File) Close() error { return f.body.Close() }
