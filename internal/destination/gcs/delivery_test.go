package gcs

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/destination"
	"transporter/internal/destination/destinationtest"
	"transporter/internal/fault"
	"transporter/internal/gcstest"
)

// tap sees every request and its answer on their way, and can lose the answer.
type tap struct {
	http.RoundTripper
	mu     sync.Mutex
	seen   []string // "PUT bytes 0-41/100 → bytes=0-41" of requests to the addresses of uploads
	tokens int      // that went to such an address
	before func(r *http.Request)
	lose   func(r *http.Request) bool
}

func (p *tap) RoundTrip(r *http.Request) (*http.Response, error) {
	if p.before != nil {
		p.before(r)
	}
	out, err := p.RoundTripper.RoundTrip(r)
	p.mu.Lock()
	defer p.mu.Unlock()
	if isSession(r) {
		line := r.Method + " " + r.Header.Get("Content-Range")
		if err == nil {
			line += " → " + out.Header.Get("Range")
		}
		p.seen = append(p.seen, line)
		if r.Header.Get("Authorization") != "" {
			p.tokens++
		}
	}
	if err == nil && p.lose != nil && p.lose(r) {
		out.Body.Close()
		return nil, errors.New("connection reset by peer")
	}
	return out, err
}

func isSession(r *http.Request) bool { return r.URL.Query().Has("upload_id") }

func isRewrite(r *http.Request) bool { return strings.Contains(r.URL.Path, "/rewriteTo/") }

// tapped puts a tap between the configuration's client and the network.
func tapped(c *Config) *tap {
	p := &tap{RoundTripper: c.HTTP.Transport}
	c.HTTP = &http.Client{Transport: p}
	return p
}

func mustConnect(t testing.TB, c Config) destination.Session {
	t.Helper()
	return destinationtest.Connect(t, mustNew(t, c))
}

func deliver(t *testing.T, s destination.Session, f destination.File) {
	t.Helper()
	destinationtest.Deliver(t, s, f, testToken)
}

// After a crash or a broken connection the upload goes on at the very byte that the store
// says it has, also where that is more than the journal knows.
func TestNothingAcknowledgedIsSentAgain(t *testing.T) {
	t.Parallel()
	g := gcstest.Start(t)
	const size, overhead = 20 << 20, 100 << 10 // overhead: heads
	for _, name := range []string{"killed at 90 %", "reset at 90 %"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := &destinationtest.Wire{}
			config := testConfig(t, g, g.Bucket(t), w)
			p := tapped(&config)
			f, content := destinationtest.NewFile("report.csv", size, destination.Hash)
			ctx, kill := context.WithCancel(t.Context())
			defer kill()
			if name == "killed at 90 %" {
				const from = size * 9 / 10 / testChunk * testChunk
				p.before = func(r *http.Request) { // its answer is not heard
					if strings.HasPrefix(r.Header.Get("Content-Range"), fmt.Sprintf("bytes %d-", from)) {
						kill()
					}
				}
			} else {
				w.CutAfter(size*9/10 + testChunk/2)
			}
			require.Error(t, mustConnect(t, config).Upload(ctx, f, testToken, func(int64) {}))
			p.seen = nil
			first := w.Sent.Load()

			deliver(t, mustConnect(t, config), f)
			require.LessOrEqual(t, w.Sent.Load(), int64(size+testChunk+overhead))
			require.Less(t, w.Sent.Load()-first, int64(size-size*9/10+2*testChunk+overhead))
			require.Equal(t, fmt.Sprintf("PUT bytes */%d", size), strings.SplitN(p.seen[0], " →", 2)[0], "the store is asked first")
			_, has, _ := strings.Cut(p.seen[0], "→ bytes=0-")
			var last int64
			_, err := fmt.Sscan(has, &last)
			require.NoError(t, err)
			require.True(t, strings.HasPrefix(p.seen[1], fmt.Sprintf("PUT bytes %d-", last+1)), "the store has %d, and then came %s", last+1, p.seen[1])
			require.Zero(t, g.SentAgain(config.Bucket))
			got, _ := g.Get(t, config.Bucket, "brand/out/report.csv")
			require.Equal(t, content, got)
			require.Zero(t, g.Temps(t, config.Bucket))
		})
	}
}

// The upload ended, or the name was taken, and nobody heard of it.
func TestLostAnswers(t *testing.T) {
	t.Parallel()
	g := gcstest.Start(t)
	const size = 3 << 20
	for name, lose := range map[string]func(r *http.Request) bool{
		"of the last bytes":  func(r *http.Request) bool { return isSession(r) && r.Header.Get("X-Goog-Hash") != "" },
		"of an empty file":   func(r *http.Request) bool { return isSession(r) && r.Method == http.MethodPut },
		"of the rewriting":   isRewrite,
		"of the cleaning up": func(r *http.Request) bool { return r.Method == http.MethodDelete },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			config := testConfig(t, g, g.Bucket(t), &destinationtest.Wire{})
			p := tapped(&config)
			n := size
			if name == "of an empty file" {
				n = 0
			}
			f, content := destinationtest.NewFile("report.csv", n, destination.Hash)
			s, lost := mustConnect(t, config), false
			p.lose = func(r *http.Request) bool {
				if lost || !lose(r) {
					return false
				}
				lost = true
				return true
			}
			err := s.Upload(t.Context(), f, testToken, func(int64) {})
			if err == nil {
				err = s.Publish(t.Context(), f, testToken, false)
			}
			require.True(t, lost)
			require.True(t, fault.Is(err, fault.Upstream), "%v", err)
			require.NotContains(t, err.Error(), "upload_id")

			deliver(t, mustConnect(t, config), f)
			got, _ := g.Get(t, config.Bucket, "brand/out/report.csv")
			require.Equal(t, content, got)
			require.Zero(t, g.Temps(t, config.Bucket))
		})
	}
}

// A name that somebody takes in the moment between looking and rewriting is not taken from
// them: the condition on generations is the store's.
func TestNameTakenInBetween(t *testing.T) {
	t.Parallel()
	g := gcstest.Start(t)
	for name, replace := range map[string]bool{"free before": false, "held by what is to be replaced": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			config := testConfig(t, g, g.Bucket(t), &destinationtest.Wire{})
			p := tapped(&config)
			f, content := destinationtest.NewFile("report.csv", 1000, destination.Hash)
			s := mustConnect(t, config)
			if replace {
				g.Put(t, config.Bucket, "brand/out/report.csv", []byte("older"))
			}
			require.NoError(t, s.Upload(t.Context(), f, testToken, func(int64) {}))
			p.before = func(r *http.Request) {
				if isRewrite(r) {
					g.Put(t, config.Bucket, "brand/out/report.csv", []byte("theirs"))
				}
			}
			err := s.Publish(t.Context(), f, testToken, replace)
			want := map[bool]fault.Kind{false: fault.Collision, true: fault.Conflict}[replace]
			require.True(t, fault.Is(err, want), "%v", err)
			got, _ := g.Get(t, config.Bucket, "brand/out/report.csv")
			require.Equal(t, []byte("theirs"), got)

			p.before = nil
			require.NoError(t, s.Publish(t.Context(), f, testToken, true))
			got, _ = g.Get(t, config.Bucket, "brand/out/report.csv")
			require.Equal(t, content, got)
		})
	}
}

// What is published is the object that was verified: one that others put in its place is
// found, and the file is sent anew.
func TestTemporaryObjectReplacedByOthers(t *testing.T) {
	t.Parallel()
	g := gcstest.Start(t)
	config := testConfig(t, g, g.Bucket(t), &destinationtest.Wire{})
	f, content := destinationtest.NewFile("report.csv", 1000, destination.Hash)
	s := mustConnect(t, config)
	for range 2 { // found by Verify, and by Publish alone
		require.NoError(t, s.Upload(t.Context(), f, testToken, func(int64) {}))
	}
	g.Put(t, config.Bucket, "brand/out/.report.csv."+testToken+".part", content[1:])
	err := s.Publish(t.Context(), f, testToken, false)
	require.True(t, fault.Is(err, fault.IntegrityMismatch), "%v", err)
	require.Zero(t, g.Temps(t, config.Bucket))
	require.NoError(t, s.Upload(t.Context(), f, testToken, func(int64) {}))
	g.Put(t, config.Bucket, "brand/out/.report.csv."+testToken+".part", content[1:])
	_, err = s.Verify(t.Context(), f, testToken, destination.Size)
	require.True(t, fault.Is(err, fault.IntegrityMismatch), "%v", err)
	deliver(t, s, f)
	got, _ := g.Get(t, config.Bucket, "brand/out/report.csv")
	require.Equal(t, content, got)
}

// An upload that is older than a week is gone, and begins again.
func TestUploadGone(t *testing.T) {
	t.Parallel()
	g := gcstest.Start(t)
	config := testConfig(t, g, g.Bucket(t), &destinationtest.Wire{})
	f, content := destinationtest.NewFile("report.csv", 5<<20, destination.Hash)
	ctx, kill := context.WithCancel(t.Context())
	err := mustConnect(t, config).Upload(ctx, f, testToken, func(offset int64) {
		if offset >= 3<<20 {
			kill()
		}
	})
	require.ErrorIs(t, err, context.Canceled)
	g.ForgetUploads(config.Bucket)
	deliver(t, mustConnect(t, config), f)
	got, _ := g.Get(t, config.Bucket, "brand/out/report.csv")
	require.Equal(t, content, got)
}

// The address of an upload lets anybody write: it is kept in the journal only, which is
// sealed, and the account's token is not sent to it.
func TestAddressOfAnUploadIsSecret(t *testing.T) {
	t.Parallel()
	g := gcstest.Start(t)
	w := &destinationtest.Wire{}
	config := testConfig(t, g, g.Bucket(t), w)
	p := tapped(&config)
	f, _ := destinationtest.NewFile("report.csv", 3<<20, destination.Hash)
	p.before = func(r *http.Request) {
		if isSession(r) && !strings.HasPrefix(r.Header.Get("Content-Range"), "bytes 0-") {
			w.Cut()
			*r.URL = *mustParse(t, "http://127.0.0.1:1"+r.URL.RequestURI()) // nobody listens there
		}
	}
	err := mustConnect(t, config).Upload(t.Context(), f, testToken, func(int64) {})
	require.True(t, fault.Is(err, fault.Upstream), "%v", err)
	require.NotContains(t, err.Error(), "upload_id")
	kept, err := f.Journal.Load(t.Context())
	require.NoError(t, err)
	require.Contains(t, string(kept), "upload_id")
	p.before = nil
	deliver(t, mustConnect(t, config), f)
	require.Zero(t, p.tokens)
	kept, err = f.Journal.Load(t.Context())
	require.NoError(t, err)
	require.Empty(t, kept)
}
