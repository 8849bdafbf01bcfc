package httpput

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"transporter/internal/destination"
	"transporter/internal/fault"
	"transporter/internal/receivertest"
	"transporter/internal/seal"
)

const token = "0123456789abcdef"

// report is a file to deliver.
func report(name string, content []byte) destination.File {
	sum := sha256.Sum256(content)
	return destination.File{
		Name: name, Size: int64(len(content)), SHA256: hex.EncodeToString(sum[:]), Journal: &destination.Memory{},
		About: destination.About{
			Role: destination.Data, Delivery: "acme/t1/g1/w/r0/leg", Account: "12345678", Task: "t1", Report: "msg.messages@1.0",
			From: time.Date(2026, 11, 19, 0, 0, 0, 0, time.UTC), To: time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC), Part: 1, Parts: 2, Rows: 7,
		},
		Open: func(_ context.Context, offset int64) (io.ReadCloser, error) {
			return io.NopCloser(bytes.NewReader(content[offset:])), nil
		},
	}
}

func upload(t *testing.T, d destination.Destination, f destination.File) error {
	t.Helper()
	s, err := d.Connect(t.Context())
	require.NoError(t, err)
	defer s.Close()
	if err := s.Upload(t.Context(), f, token, func(int64) {}); err != nil {
		return err
	}
	return s.Publish(t.Context(), f, token, false)
}

// A file is sent with all that a receiver needs to check it, and with what the operator wants.
func TestRequest(t *testing.T) {
	r := serve(t)
	d := r.open(t, func(s destination.Settings) {
		s.Fields["url"] = r.Server.URL + "/incoming/{account}/{name}?fixed=1&rows={rows}"
		s.Fields["parameters"] = `{"window": "{from}/{to}", "delivery": "{delivery}"}`
		s.Fields["headers"] = `{"X-Report": "{report}", "X-Part": "{part} of {parts}", "Content-Type": "text/csv"}`
	})
	var sent *http.Request
	r.Answers(func(_ http.ResponseWriter, q *http.Request) bool { sent = q.Clone(context.Background()); return false })
	f := report("wfm/ü.csv", []byte("a,b\r\n"))
	require.NoError(t, upload(t, d, f))
	content, there := r.Read(t, "12345678/wfm/ü.csv")
	require.True(t, there)
	require.Equal(t, "a,b\r\n", string(content))
	require.Equal(t, "/incoming/12345678/wfm/%C3%BC.csv?fixed=1&rows=7&delivery=acme%2Ft1%2Fg1%2Fw%2Fr0%2Fleg&window=2026-11-19T00%3A00%3A00Z%2F2026-11-20T00%3A00%3A00Z", sent.RequestURI)
	require.Equal(t, int64(5), sent.ContentLength)
	for name, want := range map[string]string{
		"X-Report": "msg.messages@1.0", "X-Part": "1 of 2", "Content-Type": "text/csv",
		"Content-Disposition": "attachment; filename*=utf-8''%C3%BC.csv", "Idempotency-Key": idempotencyKey(f),
	} {
		require.Equal(t, want, sent.Header.Get(name), name)
	}
}

// As a form the file is one part of the body, and the digest is of the whole body.
func TestForm(t *testing.T) {
	r := serve(t)
	d := r.open(t, func(s destination.Settings) {
		s.Fields["url"], s.Fields["method"], s.Fields["form"], s.Fields["formField"] = r.Server.URL+"/form", http.MethodPost, "true", "upload"
	})
	for _, content := range [][]byte{nil, []byte("x"), bytes.Repeat([]byte("long"), 1<<20)} {
		f := report(`wfm/say "a".csv.pgp`, content)
		require.NoError(t, upload(t, d, f))
		got, there := r.Read(t, `form/say "a".csv.pgp`)
		require.True(t, there)
		require.True(t, bytes.Equal(content, got))
	}
	require.Equal(t, 3, r.Stored())
}

// When the receiver's answer is lost, the file is sent again with the same key, and a receiver
// that heeds the key stores it once. What was accepted is not sent again, unless the bytes or
// the address are others.
func TestSentAgain(t *testing.T) {
	r := serve(t)
	d := r.open(t, nil)
	f := report("a.csv", []byte("rows"))
	r.Answers(func(_ http.ResponseWriter, q *http.Request) bool {
		require.NoError(t, r.Take(q))
		panic(http.ErrAbortHandler)
	})
	require.True(t, fault.Is(upload(t, d, f), fault.Upstream))
	r.Answers(nil)
	require.NoError(t, upload(t, d, f))
	require.Equal(t, 1, r.Stored())
	require.Len(t, r.Requests(), 2)
	require.Equal(t, r.Requests()[0].Get("Idempotency-Key"), r.Requests()[1].Get("Idempotency-Key"))

	require.NoError(t, upload(t, d, f))
	s, err := d.Connect(t.Context())
	require.NoError(t, err)
	require.NoError(t, s.Discard(t.Context(), f, token), "a red leg")
	require.NoError(t, upload(t, d, f))
	require.Len(t, r.Requests(), 2, "nothing more was sent")

	other := report("a.csv", []byte("rows for another key"))
	other.Journal = f.Journal
	require.NoError(t, upload(t, d, other))
	require.Equal(t, 2, r.Stored())
	moved := r.open(t, func(s destination.Settings) { s.Fields["url"] = r.Server.URL + "/incoming/new/{name}" })
	require.NoError(t, upload(t, moved, other))
	_, there := r.Read(t, "new/a.csv")
	require.False(t, there, "the receiver knows the key")
	require.Len(t, r.Requests(), 4)

	again := report("a.csv", []byte("rows for another key"))
	again.About.Again = 2
	require.NoError(t, upload(t, d, again))
	require.Equal(t, 3, r.Stored(), "people had it sent again: the receiver may have lost it")
}

// The manifest is sent where it is wanted.
func TestManifest(t *testing.T) {
	for _, wanted := range []string{"true", "false", ""} {
		r := serve(t)
		d := r.open(t, func(s destination.Settings) { s.Fields["manifest"] = wanted })
		f := report("a.manifest.json", []byte("{}"))
		f.About.Role = destination.Manifest
		require.NoError(t, upload(t, d, f))
		_, there := r.Read(t, "a.manifest.json")
		require.Equal(t, wanted == "true", there, wanted)
	}
}

func TestRefusals(t *testing.T) {
	r := serve(t)
	d := r.open(t, nil)
	for name, c := range map[string]struct {
		status int
		header [2]string
		kind   fault.Kind
		wait   time.Duration
		says   string
	}{
		"wrong login":      {status: 401, kind: fault.AuthFailed, says: "credentials"},
		"no right":         {status: 403, kind: fault.PermissionDenied, says: "403 Forbidden"},
		"no such address":  {status: 404, kind: fault.NotFound, says: "url"},
		"still at work":    {status: 409, kind: fault.Conflict, says: "409"},
		"too large":        {status: 413, kind: fault.PermissionDenied, says: "parts.entries"},
		"too large now":    {status: 413, header: [2]string{"Retry-After", "60"}, kind: fault.StorageFull, wait: time.Minute, says: "413"},
		"name too long":    {status: 414, kind: fault.PermissionDenied, says: "shorten the destination's url, or fileName"},
		"malformed":        {status: 422, kind: fault.PermissionDenied, says: "expects"},
		"too many":         {status: 429, header: [2]string{"Retry-After", "7"}, kind: fault.RateLimited, wait: 7 * time.Second, says: "429"},
		"broken":           {status: 500, kind: fault.Upstream, says: "500"},
		"away for a while": {status: 503, header: [2]string{"Retry-After", "9"}, kind: fault.RateLimited, wait: 9 * time.Second, says: "503"},
		"full":             {status: 507, kind: fault.StorageFull, says: "room"},
		"moved": {
			status: 307, header: [2]string{"Location", "https://elsewhere.example/in?secret=1"}, kind: fault.InvalidSpec,
			says: "points to https://elsewhere.example/in: files follow no redirect",
		},
		"another success": {status: 206, kind: fault.PermissionDenied, says: "accept"},
	} {
		t.Run(name, func(t *testing.T) {
			r.Answers(func(w http.ResponseWriter, _ *http.Request) bool {
				if c.header[0] != "" {
					w.Header().Set(c.header[0], c.header[1])
				}
				w.WriteHeader(c.status)
				return true
			})
			err := upload(t, d, report("a.csv", []byte("rows")))
			var f *fault.Error
			require.True(t, errors.As(err, &f), "%v", err)
			require.Equal(t, c.kind, f.Kind, "%v", err)
			require.Equal(t, c.wait, f.RetryAfter)
			require.ErrorContains(t, err, c.says)
			require.NotContains(t, err.Error(), "secret=1")
			require.NotContains(t, err.Error(), receivertest.Token)
		})
	}
	_, there := r.Read(t, "a.csv")
	require.False(t, there)
}

// A receiver of the operator's may say 206 for taken.
func TestAccept(t *testing.T) {
	r := serve(t)
	d := r.open(t, func(s destination.Settings) { s.Fields["accept"] = "206\n299" })
	status := http.StatusPartialContent
	r.Answers(func(w http.ResponseWriter, _ *http.Request) bool { w.WriteHeader(status); return true })
	require.NoError(t, upload(t, d, report("a.csv", nil)))
	status = http.StatusOK
	require.True(t, fault.Is(upload(t, d, report("a.csv", nil)), fault.PermissionDenied))
}

// An address that may not be dialled, or a certificate that nobody vouches for, is told at once.
func TestNotReached(t *testing.T) {
	r := serve(t)
	d, err := Open(r.settings(), outbound())
	require.NoError(t, err)
	err = upload(t, d, report("a.csv", nil))
	require.True(t, fault.Is(err, fault.PermissionDenied), "%v", err)
	require.ErrorContains(t, err, "--allow")
	_, err = d.Probe(t.Context())
	require.True(t, fault.Is(err, fault.PermissionDenied), "%v", err)
	r.Server.Close()
	_, err = r.open(t, nil).Probe(t.Context())
	require.True(t, fault.Is(err, fault.Upstream), "%v", err)
}

// Whatever a file is called, it makes one request with the headers that were asked for.
func TestValuesInjectNothing(t *testing.T) {
	r := serve(t)
	d := r.open(t, func(s destination.Settings) {
		s.Fields["headers"] = `{"X-Task": "{task}"}`
		s.Fields["parameters"] = `{"task": "{task}"}`
	}).(*Destination)
	rapid.Check(t, func(t *rapid.T) {
		f := report("a.csv", nil)
		f.About.Task = rapid.String().Draw(t, "task")
		w, err := d.wrap(context.Background(), f, func() {})
		if err != nil {
			t.Fatal(err)
		}
		req, err := d.request(context.Background(), f, w)
		if err != nil {
			t.Fatal(err)
		}
		if got := req.Header.Get("X-Task"); strings.ContainsFunc(got, func(r rune) bool { return r < ' ' || r > '~' }) {
			t.Fatalf("header %q", got)
		}
		if got := req.URL.Query(); len(got) != 1 || got.Get("task") != f.About.Task {
			t.Fatalf("query %v", got)
		}
	})
}

// What the account's record cannot be trusted to hold is refused when it is opened.
func TestSettings(t *testing.T) {
	for name, c := range map[string]struct {
		change func(destination.Settings)
		at     string
	}{
		"no url":               {func(s destination.Settings) { s.Fields["url"] = "" }, "url"},
		"a header of two":      {func(s destination.Settings) { s.Fields["headers"] = `{"X": "1\r\nEvil: 2"}` }, "headers.X"},
		"an unknown parameter": {func(s destination.Settings) { s.Fields["parameters"] = `{"p": "{rowz}"}` }, "parameters.p"},
		"no certificate":       {func(s destination.Settings) { s.Fields["roots"] = "x" }, "ca"},
		"a short key":          {func(s destination.Settings) { s.Secrets["signingKey"] = seal.Secret("secret") }, "credentials.signingKey"},
		"a token of two lines": {func(s destination.Settings) { s.Secrets["token"] = seal.Secret("a\r\nsecret") }, "credentials.token"},
		"no token":             {func(s destination.Settings) { delete(s.Secrets, "token") }, "credentials.token"},
		"basic without user":   {func(s destination.Settings) { s.Fields["auth"] = authBasic }, "credentials.user"},
		"a nameless header":    {func(s destination.Settings) { s.Fields["auth"] = authHeader }, "authHeader"},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t).settings()
			c.change(s)
			_, err := Open(s, outbound())
			var f *fault.Error
			require.True(t, errors.As(err, &f), "%v", err)
			require.Equal(t, fault.InvalidSpec, f.Kind)
			require.Equal(t, c.at, f.Field)
			require.NotContains(t, err.Error(), "secret")
		})
	}
}

func TestLogins(t *testing.T) {
	for auth, want := range map[string][2]string{
		authBasic:  {"Authorization", "Basic dXNlcjpwYXNz"},
		authBearer: {"Authorization", "Bearer " + receivertest.Token},
		authHeader: {"X-Api-Key", receivertest.Token},
	} {
		c, err := parse(destination.Settings{
			Fields:  map[string]string{"url": "https://files.example.com", "auth": auth, "authHeader": "X-Api-Key"},
			Secrets: map[string]destination.Secret{"token": seal.Secret(receivertest.Token), "user": seal.Secret("user"), "password": seal.Secret("pass")},
		})
		require.NoError(t, err)
		require.Equal(t, login{want[0], want[1]}, c.auth)
	}
}
