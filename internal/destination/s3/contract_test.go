package s3

import (
	"net/http"
	"strconv"
	"sync/atomic"
	"testing"

	"transporter/internal/destination"
	"transporter/internal/destination/destinationtest"
	"transporter/internal/realtest"
)

func TestContractVersitygw(t *testing.T) {
	t.Parallel()
	g := startGateway(t)
	cases := []struct {
		name, profile string
		want          destination.Level
	}{
		{"aws, verified by hash", profileAWS, destination.Hash},
		{"generic, verified by hash", profileGeneric, destination.Hash},
		{"generic, read back", profileGeneric, destination.Bytes},
		{"basic, verified by hash", profileBasic, destination.Hash},
		{"basic, read back", profileBasic, destination.Bytes},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			destinationtest.Run(t, func(t *testing.T) destinationtest.Peer { return g.peer(t, c.profile, c.want) })
		})
	}
}

func (g *gateway) peer(t *testing.T, profile string, want destination.Level) destinationtest.Peer {
	w, bucket := &destinationtest.Wire{}, g.Bucket(t)
	config := g.config(bucket, w)
	config.Profile = profile
	liar := &liar{RoundTripper: config.HTTP.Transport}
	config.HTTP = &http.Client{Transport: liar}
	stranger := config
	stranger.AccessKey, stranger.SecretKey = secret(realtest.StrangerKey), secret(realtest.StrangerSecret)
	key := func(name string) string { return config.Prefix + "/" + name }
	peer := destinationtest.Peer{
		Destination: mustNew(t, config), Forbidden: mustNew(t, stranger),
		Plant:   func(t *testing.T, name string, content []byte) { g.put(t, bucket, key(name), content) },
		Read:    func(t *testing.T, name string) ([]byte, bool) { return g.get(t, bucket, key(name)) },
		Temps:   func(t *testing.T) int { return g.Temps(t, bucket) },
		Cut:     w.Cut,
		Flip:    w.Flip,
		Highest: destination.Bytes, Want: want, Resumes: true,
	}
	if want == destination.Bytes {
		peer.Damage = func(t *testing.T) { g.damage(t, bucket) }
		peer.Lie = func(t *testing.T) {
			g.shorten(t, bucket)
			liar.lies.Store(true)
		}
	}
	return peer
}

// liar changes answers to HEAD: an object is told to be a byte longer than it is.
type liar struct {
	http.RoundTripper
	lies atomic.Bool
}

func (l *liar) RoundTrip(r *http.Request) (*http.Response, error) {
	out, err := l.RoundTripper.RoundTrip(r)
	if err == nil && l.lies.Load() && r.Method == http.MethodHead && out.StatusCode == http.StatusOK {
		out.Header.Set("Content-Length", strconv.FormatInt(out.ContentLength+1, 10))
		out.ContentLength++
	}
	return out, err
}
