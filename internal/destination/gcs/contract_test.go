package gcs

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/destination"
	"transporter/internal/destination/destinationtest"
	"transporter/internal/gcstest"
)

const (
	testToken = "00112233445566aa"
	testChunk = 2 << 20
)

type secret string

func (s secret) Reveal() string { return string(s) }

// fake-gcs-server as it is: an upload that was interrupted begins again there, because a
// question for what it has ends it.
func TestContractFakeGCSServer(t *testing.T) {
	t.Parallel()
	s := gcstest.Start(t)
	destinationtest.Run(t, func(t *testing.T) destinationtest.Peer { return peer(t, s, s.Fake, destination.Bytes) })
}

// The same behind a front that resumes uploads and knows preconditions and accounts.
func TestContract(t *testing.T) {
	t.Parallel()
	s := gcstest.Start(t)
	for name, want := range map[string]destination.Level{"verified by hash": destination.Hash, "read back": destination.Bytes} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			destinationtest.Run(t, func(t *testing.T) destinationtest.Peer { return peer(t, s, s.URL, want) })
		})
	}
}

func peer(t *testing.T, server *gcstest.Server, address string, want destination.Level) destinationtest.Peer {
	w, bucket := &destinationtest.Wire{}, server.Bucket(t)
	config := testConfig(t, server, bucket, w)
	config.Endpoint = address
	strict := address == server.URL
	key := func(name string) string { return config.Prefix + "/" + name }
	out := destinationtest.Peer{
		Destination: mustNew(t, config),
		Plant:       func(t *testing.T, name string, content []byte) { server.Put(t, bucket, key(name), content) },
		Read:        func(t *testing.T, name string) ([]byte, bool) { return server.Get(t, bucket, key(name)) },
		Temps:       func(t *testing.T) int { return server.Temps(t, bucket) },
		Cut:         w.Cut,
		Flip:        w.Flip,
		Highest:     destination.Bytes, Want: want, Resumes: strict,
	}
	if strict {
		stranger := config
		stranger.ServiceAccount = secret(server.Stranger(t))
		out.Forbidden = mustNew(t, stranger)
	}
	if strict && want == destination.Bytes {
		out.Lie = func(t *testing.T) { server.Lie(t, bucket) }
	}
	if want == destination.Bytes {
		out.Damage = func(t *testing.T) { server.Damage(t, bucket) }
	}
	return out
}

func testConfig(t *testing.T, server *gcstest.Server, bucket string, w *destinationtest.Wire) Config {
	return Config{
		Bucket: bucket, Prefix: "brand/out", Endpoint: server.URL, ServiceAccount: secret(server.ServiceAccount(t)), Chunk: testChunk,
		HTTP: &http.Client{Transport: &http.Transport{DialContext: w.Dial}},
	}
}

func mustNew(t testing.TB, c Config) *Destination {
	t.Helper()
	d, err := New(c)
	require.NoError(t, err)
	return d
}
