package transform

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/guard"
	"transporter/internal/sandbox"
	"transporter/internal/sandbox/sandboxtest"
	"transporter/internal/seal"
	"transporter/internal/source"
	"transporter/internal/source/liveperson"
)

// cloud is a sandbox that is read over HTTP, as a run does.
type cloud struct {
	*sandboxtest.Running
	client *liveperson.Client
	now    time.Time
}

func startCloud(t testing.TB, now time.Time, conversations int) *cloud {
	t.Helper()
	r := sandboxtest.Start(t, sandbox.Config{Seed: 7, Conversations: conversations, Now: func() time.Time { return now }})
	roots := r.Client.Transport.(*http.Transport).TLSClientConfig.RootCAs
	key := sandboxtest.Key
	client, err := liveperson.New(liveperson.Config{
		PlatformAccount: sandboxtest.AccountID, DomainURL: r.DomainURL,
		HTTP: guard.New(guard.Config{Allow: []string{r.Host, strings.TrimPrefix(r.DomainURL, "http://")}}).Client(roots),
		Credentials: liveperson.Credentials{OAuth1: &liveperson.APIKey{
			ConsumerKey: seal.Secret(key.Consumer), ConsumerSecret: seal.Secret(key.ConsumerSecret),
			Token: seal.Secret(key.Token), TokenSecret: seal.Secret(key.TokenSecret),
		}},
		Now: time.Now, Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
	})
	require.NoError(t, err)
	return &cloud{r, client, now}
}

// read adds the records of a resource to in, in canonical order.
func (c *cloud) read(t testing.TB, in memory, resource string, from, to time.Time, params map[string]json.RawMessage) {
	t.Helper()
	in[resource] = []source.Record{}
	sink := &collector{in: in, resource: resource, done: map[string]bool{}}
	require.NoError(t, c.client.Fetch(t.Context(), source.Query{
		Resource: resource, From: from.UnixMilli(), To: to.UnixMilli(), Now: c.now.UnixMilli(), Params: params,
	}, sink), resource)
	in.sort(resource)
}

// forJob reads what a run of the job would ask for, and notes in the job what that was.
func (c *cloud) forJob(t testing.TB, job *Job) memory {
	t.Helper()
	in, d := memory{}, job.Report
	from, to := time.UnixMilli(job.From), time.UnixMilli(job.To)
	for _, join := range d.Joins {
		c.read(t, in, join, from, to, nil)
	}
	for i := range d.Also {
		if from, to, asked := d.Also[i].Window(job.From, job.To, c.now); asked && d.Wants(&d.Also[i], job.Params) {
			c.read(t, in, d.Also[i].Resource, time.UnixMilli(from), time.UnixMilli(to), d.AlsoParams(&d.Also[i], job.Params))
			job.Also = append(job.Also, d.Also[i].Resource)
		}
	}
	c.read(t, in, d.Resource, from, to, d.QueryParams(job.Params))
	return in
}

// raws are the records of a resource as JSON Lines.
func (m memory) raws(resource string) (out [][]byte) {
	for _, r := range m[resource] {
		out = append(out, bytes.ReplaceAll(r.Raw, []byte("\n"), []byte(" ")))
	}
	return out
}
