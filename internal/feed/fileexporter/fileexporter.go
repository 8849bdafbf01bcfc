// Package fileexporter is the door to feeds that a platform hands out file by file: the File Exporter
// API of AI Services (docs.asapp.com/reporting/file-exporter). Its lists are shown as the tree of
// folders that a bucket would have; below it are the files themselves, behind presigned addresses.
package fileexporter

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"transporter/internal/fault"
	"transporter/internal/feed"
	"transporter/internal/seal"
)

// publicURL is where the API is for production ("Hosts": docs.asapp.com/getting-started/developers).
const publicURL = "https://api.asapp.com"

// The exports are refreshed once a day at 02:00 UTC (docs.asapp.com/reporting/file-exporter); the
// margin is ours, since it is not said how long that takes.
const refreshedAt, margin = 26 * time.Hour, time.Hour

// Config says where the API is, and who asks.
type Config struct {
	BaseURL string // empty: https://api.asapp.com

	APIID, APISecret seal.Secret

	// HTTP sends the requests; over the guarded dialer in production.
	HTTP *http.Client
	Now  func() time.Time
	// Pause waits between attempts; nil: by the clock.
	Pause func(ctx context.Context, d time.Duration) error
}

// Door is what one API key may read. It is safe for concurrent use.
type Door struct {
	feed.Heard // by the Date of the last answer, of the API or of the storage
	config     Config
	calls      *http.Client // follows no redirect, which would take the secret elsewhere

	mu      sync.Mutex
	stopped time.Time                    // nothing is asked before, since the day's requests are used up
	values  map[string]map[string]string // of a folder with files: what the API calls it
}

var (
	_ feed.Unmarked = (*Door)(nil)
	_ feed.Clocked  = (*Door)(nil)
)

// New checks the configuration without connecting; what is wrong is fault.InvalidSpec that names
// the field.
func New(c Config) (*Door, error) {
	if c.BaseURL == "" {
		c.BaseURL = publicURL
	}
	c.BaseURL = strings.TrimRight(c.BaseURL, "/")
	u, err := url.Parse(c.BaseURL)
	switch {
	case err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return nil, badField("feeds.fileExporter.baseUrl", "is not the address of an API").WithFix("write it as %s, or leave it out", publicURL)
	case c.APIID == "":
		return nil, badField("credentials.fileExporter.apiId", "is empty").WithFix("give the value of the header asapp-api-id")
	case c.APISecret == "":
		return nil, badField("credentials.fileExporter.apiSecret", "is empty").WithFix("give the value of the header asapp-api-secret")
	case c.HTTP == nil || c.Now == nil:
		return nil, badField("http", "is not set")
	}
	if c.Pause == nil {
		c.Pause = pause
	}
	same := *c.HTTP
	same.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &Door{config: c, calls: &same, values: map[string]map[string]string{}}, nil
}

// Refreshed implements feed.Unmarked: a day is exported after its end.
func (d *Door) Refreshed(s feed.Stamp) time.Time {
	day := feed.Stamp{Date: s.Date, Hour: feed.None, Minute: feed.None}
	return day.Time().Add(refreshedAt + margin)
}

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func badField(field, problem string) *fault.Error {
	return fault.New(fault.InvalidSpec, "%s", problem).WithField(field)
}
