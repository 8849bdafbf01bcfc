package main

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/account"
	"transporter/internal/destination/s3"
	"transporter/internal/guard"
	"transporter/internal/notify"
	"transporter/internal/seal"
	"transporter/internal/source/liveperson"
)

// way is one kind of connection that a worker opens: to a place that is given in the field.
type way struct {
	field string
	try   func(t *testing.T, w *outside, x target, port string) error
	web   bool // it speaks HTTP and may be redirected
}

var ways = map[string]way{
	"sftp": {"host", func(t *testing.T, w *outside, x target, port string) error {
		return w.deliver(t, "sftp", map[string]string{"host": x.host, "port": port, "user": "u", "hostKeys": fingerprint}, `{"password":"p"}`)
	}, false},
	"http": {"url", func(t *testing.T, w *outside, x target, port string) error {
		return w.deliver(t, "http", map[string]string{"url": x.url(w.scheme("https"), port) + "/{name}"}, "")
	}, true},
	"s3": {"endpoint", func(t *testing.T, w *outside, x target, port string) error {
		return w.deliver(t, "s3", map[string]string{"bucket": "b", "endpoint": x.url(w.scheme("http"), port)}, `{"accessKeyId":"a","secretAccessKey":"s"}`)
	}, true},
	"mail": {"smtp-addr", func(t *testing.T, w *outside, x target, port string) error {
		server, err := mailServer(mailOptions{address: net.JoinHostPort(x.host, port), from: "transporter@example.com"}, w.adapters.dialer)
		if err != nil {
			return err
		}
		return server.Login(w.ctx)
	}, false},
	"mail over TLS": {"smtp-addr", func(t *testing.T, w *outside, x target, port string) error {
		o := mailOptions{address: net.JoinHostPort(x.host, port), from: "transporter@example.com", security: "tls"}
		server, err := mailServer(o, w.adapters.dialer)
		if err != nil {
			return err
		}
		return server.Login(w.ctx)
	}, false},
	"gcs": {"endpoint", func(t *testing.T, w *outside, x target, port string) error {
		return w.bucket(t, x.url(w.scheme("http"), port), "")
	}, true},
	"token of gcs": {"credentials.serviceAccount", func(t *testing.T, w *outside, x target, port string) error {
		return w.bucket(t, "", x.url(w.scheme("http"), port))
	}, true},
	"upload address that gcs answers": {"location", func(t *testing.T, w *outside, x target, port string) error {
		link := x.url(w.scheme("http"), port)
		return w.bucketAt(t, func(out http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPost {
				out.Header().Set("Location", link)
				return
			}
			http.NotFound(out, r)
		})
	}, true},
	"webhook": {"url", func(t *testing.T, w *outside, x target, port string) error {
		link := x.url(w.scheme("http"), port)
		if err := account.CheckHook("url", link); err != nil {
			return err
		}
		hooks := notifier(defaults(), nil, nil, nil, w.adapters.dialer, nil, time.Now).Hooks
		return hooks.Send(w.ctx, link, []byte("secret"), notify.Message{ID: "id"})
	}, true},
	"domain look-up": {"domain", func(t *testing.T, w *outside, x target, port string) error {
		return w.fetch(t, account.Source{Domain: x.url(w.scheme("http"), port)})
	}, true},
	"host that a look-up answers": {"host", func(t *testing.T, w *outside, x target, port string) error {
		host := x.url("https", port)[len("https://"):]
		platform := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, _ *http.Request) {
			_ = json.NewEncoder(out).Encode(map[string]string{"baseURI": host})
		}))
		t.Cleanup(platform.Close)
		return w.allow(t, platform).fetch(t, account.Source{Domain: platform.URL})
	}, false},
}

const fingerprint = "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU"

// outside is what a worker opens connections with.
type outside struct {
	ctx      context.Context
	adapters *adapters
	guard    guard.Config
	plain    bool // what is meant is a server of the test, without TLS
}

func goOutside(t *testing.T, allow ...string) *outside {
	return newOutside(t, guard.Config{Allow: allow, Resolver: new(resolver)})
}

func newOutside(t *testing.T, c guard.Config) *outside {
	t.Helper()
	key, err := seal.GenerateKey()
	require.NoError(t, err)
	w := &outside{ctx: t.Context(), guard: c}
	w.adapters = &adapters{key: key, parts: s3.NewBuffers(0), dialer: guard.New(w.guard), shared: new(liveperson.Shared), now: time.Now}
	return w
}

// allow returns the same with servers of the test allowed.
func (w *outside) allow(t *testing.T, server *httptest.Server) *outside {
	t.Helper()
	allowed := append([]string{server.Listener.Addr().String()}, w.guard.Allow...)
	more := newOutside(t, guard.Config{Allow: allowed, Resolver: w.guard.Resolver})
	more.ctx = w.ctx
	more.plain = true
	return more
}

func (w *outside) scheme(otherwise string) string {
	if w.plain {
		return "http"
	}
	return otherwise
}

func (w *outside) sealed(t *testing.T, clear string) account.Sealed {
	t.Helper()
	s, err := seal.Close(w.adapters.key.Public(), "acme", []byte(clear))
	require.NoError(t, err)
	return s
}

// deliver tests a destination as a person does.
func (w *outside) deliver(t *testing.T, kind string, fields map[string]string, secret string) error {
	d := account.Destination{Meta: account.Meta{ID: "d"}, Kind: kind, Config: fields}
	if secret != "" {
		d.Secret = w.sealed(t, secret)
	}
	open, err := w.adapters.Destination(w.ctx, "acme", d)
	if err != nil {
		return err
	}
	_, err = open.Probe(w.ctx)
	return err
}

// bucket tests a destination at Google's, with a key of ours. What is not given is a server of
// the test that may be reached.
func (w *outside) bucket(t *testing.T, endpoint, tokens string) error {
	t.Helper()
	if tokens == "" {
		server := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, _ *http.Request) {
			out.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(out, `{"access_token":"t","token_type":"Bearer","expires_in":3600}`)
		}))
		defer server.Close()
		w, tokens = w.allow(t, server), server.URL
	}
	key, err := json.Marshal(map[string]string{
		"type": "service_account", "client_email": "transporter@example.com", "private_key": privateKey(), "token_uri": tokens,
	})
	require.NoError(t, err)
	secret, err := json.Marshal(map[string]string{"serviceAccount": string(key)})
	require.NoError(t, err)
	return w.deliver(t, "gcs", map[string]string{"bucket": "b", "endpoint": endpoint}, string(secret))
}

// bucketAt tests a destination at a store of the test, which may be reached.
func (w *outside) bucketAt(t *testing.T, store http.HandlerFunc) error {
	t.Helper()
	server := httptest.NewServer(store)
	defer server.Close()
	return w.allow(t, server).bucket(t, server.URL, "")
}

// privateKey is a key that nobody knows.
var privateKey = sync.OnceValue(func() string {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		panic(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
})

// fetch tests a source as a person does.
func (w *outside) fetch(t *testing.T, s account.Source) error {
	s.Kind, s.PlatformAccount = "liveperson", "12345678"
	s.Secret = w.sealed(t, `{"consumerKey":"a","consumerSecret":"b","token":"c","tokenSecret":"d"}`)
	open, err := w.adapters.Source(w.ctx, "acme", s)
	if err != nil {
		return err
	}
	_, err = open.Test(w.ctx, []string{"users"})
	return err
}
