package s3

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/require"

	"transporter/internal/destination"
	"transporter/internal/destination/destinationtest"
	"transporter/internal/fault"
)

// tap sees every request on its way, and can lose its answer.
type tap struct {
	http.RoundTripper
	mu   sync.Mutex
	seen []*http.Request
	lose func(r *http.Request) bool

	before func(r *http.Request) // nil: nothing
}

func (p *tap) RoundTrip(r *http.Request) (*http.Response, error) {
	p.mu.Lock()
	p.seen = append(p.seen, r)
	p.mu.Unlock()
	if p.before != nil {
		p.before(r)
	}
	out, err := p.RoundTripper.RoundTrip(r)
	if err == nil && p.lose != nil && p.lose(r) {
		out.Body.Close()
		return nil, errors.New("connection reset by peer")
	}
	return out, err
}

// tapped puts a tap between the configuration's client and the network.
func tapped(c *Config) *tap {
	p := &tap{RoundTripper: c.HTTP.Transport}
	c.HTTP = &http.Client{Transport: p}
	return p
}

func isComplete(r *http.Request) bool {
	return r.Method == http.MethodPost && r.URL.Query().Has("uploadId")
}

func deliver(t *testing.T, s destination.Session, f destination.File) {
	t.Helper()
	destinationtest.Deliver(t, s, f, testToken)
}

// What the store does with the request cannot be seen here; that it is asked can.
func TestEncryptionAtRestIsAskedFor(t *testing.T) {
	t.Parallel()
	g := startGateway(t)
	bucket := g.Bucket(t)
	for _, c := range []struct{ encryption, key string }{{"", ""}, {EncryptionS3, ""}, {EncryptionKMS, ""}, {EncryptionKMS, "alias/reports"}} {
		for _, want := range []destination.Level{destination.Hash, destination.Bytes} {
			t.Run(fmt.Sprintf("%s %s level %d", c.encryption, c.key, want), func(t *testing.T) {
				config := g.config(bucket, &destinationtest.Wire{})
				config.Encryption, config.KMSKey = c.encryption, c.key
				p := tapped(&config)
				f, content := testFile(strings.ToLower(t.Name())+".csv", 1000, want)
				deliver(t, mustConnect(t, config), f)
				got, _ := g.get(t, bucket, config.Prefix+"/"+f.Name)
				require.Equal(t, content, got)
				asked := 0
				for _, r := range p.seen {
					if r.Method == http.MethodPost && r.URL.Query().Has("uploads") {
						asked++
						require.Equal(t, c.encryption, r.Header.Get("X-Amz-Server-Side-Encryption"))
						require.Equal(t, c.key, r.Header.Get("X-Amz-Server-Side-Encryption-Aws-Kms-Key-Id"))
					}
				}
				require.Equal(t, map[destination.Level]int{destination.Hash: 1, destination.Bytes: 2}[want], asked)
			})
		}
	}
}

// The upload was completed, and nobody heard of it.
func TestLostAnswers(t *testing.T) {
	t.Parallel()
	g := startGateway(t)
	for _, profile := range []string{profileAWS, profileGeneric, profileBasic} {
		for _, want := range []destination.Level{destination.Hash, destination.Bytes} {
			t.Run(fmt.Sprintf("%s level %d", profile, want), func(t *testing.T) {
				t.Parallel()
				bucket := g.Bucket(t)
				config := g.config(bucket, &destinationtest.Wire{})
				config.Profile = profile
				p := tapped(&config)
				f, content := testFile("report.csv", 12<<20, want)
				s := mustConnect(t, config)
				require.NoError(t, s.Upload(t.Context(), f, testToken, func(int64) {}))
				p.lose = isComplete
				err := s.Publish(t.Context(), f, testToken, false)
				require.True(t, fault.Is(err, fault.Upstream), "%v", err)
				p.lose = nil

				s = mustConnect(t, config)
				require.NoError(t, s.Upload(t.Context(), f, testToken, func(int64) {}))
				level, err := s.Verify(t.Context(), f, testToken, want)
				require.NoError(t, err)
				require.GreaterOrEqual(t, level, want)
				require.NoError(t, s.Publish(t.Context(), f, testToken, false))
				got, _ := g.get(t, bucket, "brand/out/report.csv")
				require.Equal(t, content, got)
				require.Zero(t, g.Temps(t, bucket))
			})
		}
	}
}

// An upload was started, and its id never came: nothing of it stays.
func TestLostUploads(t *testing.T) {
	t.Parallel()
	g := startGateway(t)
	isCreate := func(r *http.Request) bool { return r.Method == http.MethodPost && r.URL.Query().Has("uploads") }
	for name, c := range map[string]struct {
		want destination.Level
		end  func(s destination.Session, f destination.File) error
	}{
		"then it is delivered": {destination.Hash, func(s destination.Session, f destination.File) error { deliver(t, s, f); return nil }},
		"then it is given up": {destination.Hash, func(s destination.Session, f destination.File) error {
			return s.Discard(t.Context(), f, testToken)
		}},
		"of the copy": {destination.Bytes, func(s destination.Session, f destination.File) error { deliver(t, s, f); return nil }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			config := g.config(g.Bucket(t), &destinationtest.Wire{})
			p := tapped(&config)
			f, _ := testFile("report.csv", 1000, c.want)
			s := mustConnect(t, config)
			if c.want == destination.Bytes {
				require.NoError(t, s.Upload(t.Context(), f, testToken, func(int64) {}))
			}
			p.lose = isCreate
			err := s.Upload(t.Context(), f, testToken, func(int64) {})
			if err == nil {
				err = s.Publish(t.Context(), f, testToken, false)
			}
			require.True(t, fault.Is(err, fault.Upstream), "%v", err)
			p.lose = nil
			require.Positive(t, g.Temps(t, config.Bucket), "the store has them")
			require.NoError(t, c.end(mustConnect(t, config), f))
			require.Zero(t, g.Temps(t, config.Bucket))
		})
	}
}

// A crash costs the parts on their way, a broken connection the one that it carried.
func TestHowMuchIsSentAgain(t *testing.T) {
	t.Parallel()
	g := startGateway(t)
	const size, overhead = 60 << 20, 200 << 10 // overhead: heads and the list of parts
	t.Run("reset at 90 %", func(t *testing.T) {
		w := &destinationtest.Wire{}
		f, _ := testFile("report.csv", size, destination.Hash)
		s, reset := mustConnect(t, g.config(g.Bucket(t), w)), false
		require.NoError(t, s.Upload(t.Context(), f, testToken, func(offset int64) {
			if offset >= size*9/10 && !reset {
				reset = true
				w.CutOne()
			}
		}))
		require.True(t, reset)
		require.LessOrEqual(t, w.Sent.Load(), int64(size+minPart+overhead))
		require.NoError(t, s.Publish(t.Context(), f, testToken, false))
	})
	t.Run("killed at 90 %", func(t *testing.T) {
		w := &destinationtest.Wire{}
		config := g.config(g.Bucket(t), w)
		f, content := testFile("report.csv", size, destination.Hash)
		ctx, kill := context.WithCancel(t.Context())
		p := tapped(&config)
		p.before = func(r *http.Request) {
			if r.URL.Query().Get("partNumber") == strconv.Itoa(size*9/10/minPart+1) {
				kill()
			}
		}
		err := mustConnect(t, config).Upload(ctx, f, testToken, func(int64) {})
		p.before = nil
		require.ErrorIs(t, err, context.Canceled)
		deliver(t, mustConnect(t, config), f)
		require.LessOrEqual(t, w.Sent.Load(), int64(size+sideBySide*minPart+overhead))
		got, _ := g.get(t, config.Bucket, "brand/out/report.csv")
		require.Equal(t, content, got)
	})
}

// An upload that somebody else aborts, such as a lifecycle rule, begins again.
func TestUploadAbortedByOthers(t *testing.T) {
	t.Parallel()
	g := startGateway(t)
	config := g.config(g.Bucket(t), &destinationtest.Wire{})
	f, content := testFile("report.csv", 12<<20, destination.Hash)
	s := mustConnect(t, config)
	require.NoError(t, s.Upload(t.Context(), f, testToken, func(int64) {}))
	g.abortAll(t, config.Bucket)
	_, err := s.Verify(t.Context(), f, testToken, destination.Hash)
	require.True(t, fault.Is(err, fault.IntegrityMismatch), "%v", err)
	require.NoError(t, s.Upload(t.Context(), f, testToken, func(int64) {}))
	g.abortAll(t, config.Bucket)
	err = s.Publish(t.Context(), f, testToken, false)
	require.True(t, fault.Is(err, fault.IntegrityMismatch), "%v", err)
	deliver(t, s, f)
	got, _ := g.get(t, config.Bucket, "brand/out/report.csv")
	require.Equal(t, content, got)
}

func (g *gateway) abortAll(t *testing.T, bucket string) {
	list, err := g.ListMultipartUploads(t.Context(), &s3.ListMultipartUploadsInput{Bucket: &bucket})
	require.NoError(t, err)
	for _, u := range list.Uploads {
		_, err := g.AbortMultipartUpload(t.Context(), &s3.AbortMultipartUploadInput{Bucket: &bucket, Key: u.Key, UploadId: u.UploadId})
		require.NoError(t, err)
	}
}

// Copying a file in parts under the basic profile compares the parts' ETags.
func TestBasicProfileReadBack(t *testing.T) {
	t.Parallel()
	g := startGateway(t)
	config := g.config(g.Bucket(t), &destinationtest.Wire{})
	config.Profile = profileBasic
	f, content := testFile("folder/a+b 100 %.csv", 12<<20, destination.Bytes)
	deliver(t, mustConnect(t, config), f)
	got, _ := g.get(t, config.Bucket, "brand/out/"+f.Name)
	require.Equal(t, content, got)
	require.Zero(t, g.Temps(t, config.Bucket))
}
