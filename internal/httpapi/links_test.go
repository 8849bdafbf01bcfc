package httpapi_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/contract"
	"transporter/internal/httpapi"
	"transporter/internal/link"
	"transporter/internal/seal"
	"transporter/internal/staging"
	"transporter/internal/store"
)

// linkServer serves links alone: they need neither Temporal nor a token.
type linkServer struct {
	*httptest.Server
	folder  string
	book    *link.Book
	signer  *link.Signer
	log     *lockedBuffer
	now     time.Time
	content []byte
	ref     contract.Ref
}

var linked = contract.Delivery{Account: "acme", Task: "t1", Generation: 1, Span: contract.Span{To: 86_400_000}, Leg: "l1"}

func newLinkServer(t *testing.T) *linkServer {
	t.Helper()
	s := &linkServer{folder: t.TempDir(), log: &lockedBuffer{}, now: time.Now().UTC(), content: bytes.Repeat([]byte("an OpenPGP message "), 50_000)}
	st, err := store.Open(t.Context(), "file://"+s.folder)
	require.NoError(t, err)
	ring, err := seal.GenerateRing("k1")
	require.NoError(t, err)
	now := func() time.Time { return s.now }
	stage := staging.New(st, seal.NewBox(ring))
	s.book, s.signer = link.New(st, seal.NewBox(ring), now), link.NewSigner(ring)
	s.Server = httptest.NewServer(httpapi.New(httpapi.Config{
		Links: s.book, Signer: s.signer, Files: stage, Token: httpapi.NewToken(token), Now: now, Log: slog.New(slog.NewJSONHandler(s.log, nil)),
	}))
	t.Cleanup(s.Close)
	_, err = st.Put(t.Context(), "artefacts/x", bytes.NewReader(s.content))
	require.NoError(t, err)
	sum := sha256.Sum256(s.content)
	s.ref = contract.Ref{Key: "artefacts/x", Size: int64(len(s.content)), SHA256: hex.EncodeToString(sum[:])}
	return s
}

// give makes a link that lives an hour, and returns it with its path.
func (s *linkServer) give(t *testing.T, name string, ref contract.Ref) (link.Link, string) {
	t.Helper()
	l, err := s.book.Make(t.Context(), link.Link{Delivery: linked.Key(), Name: name, Ref: ref, Expires: s.now.Add(time.Hour)})
	require.NoError(t, err)
	signed, err := s.signer.Sign(l.ID)
	require.NoError(t, err)
	return l, link.Path + signed
}

func (s *linkServer) open(t *testing.T, method, path string, headers ...string) (*http.Response, []byte) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, s.URL+path, nil)
	require.NoError(t, err)
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	return res, body
}

func (s *linkServer) downloads(t *testing.T, id string) int64 {
	t.Helper()
	l, err := s.book.Get(t.Context(), id)
	require.NoError(t, err)
	return l.Downloads
}

// Whoever has the link gets the file, told so that no browser shows it and nobody keeps it.
func TestOpenLink(t *testing.T) {
	s := newLinkServer(t)
	l, path := s.give(t, "wfm/Bericht ü.csv.pgp", s.ref)
	res, body := s.open(t, http.MethodGet, path)
	require.Equal(t, http.StatusOK, res.StatusCode, string(body))
	require.Equal(t, s.content, body)
	sum, err := hex.DecodeString(s.ref.SHA256)
	require.NoError(t, err)
	for name, want := range map[string]string{
		"Content-Disposition":    "attachment; filename*=utf-8''Bericht%20%C3%BC.csv.pgp",
		"Content-Type":           "application/pgp-encrypted",
		"Cache-Control":          "no-store",
		"X-Content-Type-Options": "nosniff",
		"Referrer-Policy":        "no-referrer",
		"Repr-Digest":            "sha-256=:" + base64.StdEncoding.EncodeToString(sum) + ":",
		"Accept-Ranges":          "bytes",
	} {
		require.Equal(t, want, res.Header.Get(name), name)
	}
	res, body = s.open(t, http.MethodHead, path)
	require.Equal(t, s.ref.Size, res.ContentLength)
	require.Empty(t, body)
	require.EqualValues(t, 1, s.downloads(t, l.ID), "nobody got bytes by HEAD")
	require.Contains(t, s.log.String(), `"path":"/d/***"`)
	require.NotContains(t, s.log.String(), path, "the address is a secret")
}

// A download that broke off goes on where it was; each part counts.
func TestLinkRanges(t *testing.T) {
	s := newLinkServer(t)
	l, path := s.give(t, "a.pgp", s.ref)
	size, tag := len(s.content), `"`+s.ref.SHA256+`"`
	for name, c := range map[string]struct {
		headers []string
		status  int
		from    int
		to      int
	}{
		"the rest":                 {[]string{"Range", "bytes=1000-"}, 206, 1000, size},
		"a part":                   {[]string{"Range", "bytes=10-19"}, 206, 10, 20},
		"the end":                  {[]string{"Range", "bytes=-7"}, 206, size - 7, size},
		"the rest of this file":    {[]string{"Range", "bytes=5-", "If-Range", tag}, 206, 5, size},
		"the rest of another file": {[]string{"Range", "bytes=5-", "If-Range", `"other"`}, 200, 0, size},
		"past the end":             {[]string{"Range", "bytes=99999999-"}, 416, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			before := s.downloads(t, l.ID)
			res, body := s.open(t, http.MethodGet, path, c.headers...)
			require.Equal(t, c.status, res.StatusCode)
			if c.to > 0 {
				require.Equal(t, s.content[c.from:c.to], body)
			}
			require.Equal(t, before+1, s.downloads(t, l.ID))
		})
	}
}

// Each reason why a link is refused is an answer of its own.
func TestLinkRefusals(t *testing.T) {
	s := newLinkServer(t)
	_, good := s.give(t, "good", s.ref)
	revoked, revokedPath := s.give(t, "revoked", s.ref)
	run := linked
	run.Leg = ""
	require.NoError(t, s.book.Revoke(t.Context(), run, revoked.ID))
	_, lost := s.give(t, "lost", contract.Ref{Key: "artefacts/y", Size: 1, SHA256: s.ref.SHA256})
	unknown, err := s.signer.Sign(strings.Repeat("0", 32))
	require.NoError(t, err)
	for name, c := range map[string]struct {
		path   string
		status int
		says   string
	}{
		"changed":      {good[:len(good)-1] + "!", 404, "no such link (copy the whole address"},
		"cut off":      {good[:len(good)-3], 404, "no such link"},
		"never made":   {link.Path + unknown, 404, "no such link"},
		"revoked":      {revokedPath, 410, "was revoked (ask whoever sent it"},
		"file is lost": {lost, 410, "no longer kept"},
		"below":        {good + "/x", 404, "no such path"},
	} {
		t.Run(name, func(t *testing.T) {
			res, body := s.open(t, http.MethodGet, c.path)
			require.Equal(t, c.status, res.StatusCode)
			require.Equal(t, "application/problem+json", res.Header.Get("Content-Type"))
			require.Contains(t, string(body), c.says)
			require.NotContains(t, string(body), c.path)
		})
	}
	s.now = s.now.Add(time.Hour)
	res, body := s.open(t, http.MethodGet, good)
	require.Equal(t, http.StatusGone, res.StatusCode)
	require.Contains(t, string(body), "has expired (ask whoever sent it")
	res, body = s.open(t, http.MethodPost, good)
	require.Equal(t, http.StatusMethodNotAllowed, res.StatusCode, string(body))
}

// Bytes that are not what was delivered never arrive as a whole file.
func TestLinkToDamagedFile(t *testing.T) {
	s := newLinkServer(t)
	_, path := s.give(t, "a.pgp", s.ref)
	damaged := bytes.Clone(s.content)
	damaged[0]++
	require.NoError(t, filepath.WalkDir(s.folder, func(p string, _ os.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(p, "artefacts/x") {
			err = os.WriteFile(p, damaged, 0o600)
		}
		return err
	}))
	res, err := http.Get(s.URL + path)
	require.NoError(t, err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	require.Less(t, len(body), len(s.content))
	require.Contains(t, s.log.String(), "send file of a link")
}

// The links of a run are listed with their use, and revoked.
func testLinks(t *testing.T, s *stack, f furnished, run httpapi.RunView, detail httpapi.RunDetail) {
	d := contract.Delivery{
		Account: strings.TrimPrefix(f.at, "/v1/accounts/"), Task: run.Task, Generation: 1, Leg: "l1",
		Span: contract.Span{From: detail.Window.From.UnixMilli(), To: detail.Window.To.UnixMilli()},
	}
	made, err := s.links.Make(t.Context(), link.Link{Delivery: d.Key(), Name: "in/a.pgp", Ref: contract.Ref{Key: "artefacts/x"}, Expires: time.Now().Add(time.Hour)})
	require.NoError(t, err)
	require.NoError(t, s.links.Count(t.Context(), made.ID))
	at := f.at + "/runs/" + run.ID + "/links"
	list := func() httpapi.LinkView {
		var all httpapi.List[httpapi.LinkView]
		s.call(t, "GET", at, "").into(t, &all)
		require.Len(t, all.Items, 1)
		return all.Items[0]
	}
	got := list()
	require.Equal(t, []any{made.ID, "l1", "in/a.pgp", link.Live, int64(1)}, []any{got.ID, got.Leg, got.Name, got.State, got.Downloads})
	require.NotNil(t, got.Last)
	require.Nil(t, got.Revoked)

	require.Equal(t, 404, s.call(t, "POST", at+"/0123/revoke", "").status)
	for range 2 {
		require.Equal(t, 200, s.call(t, "POST", at+"/"+made.ID+"/revoke", "").status)
	}
	got = list()
	require.Equal(t, link.Revoked, got.State)
	require.NotNil(t, got.Revoked)
	require.Equal(t, 404, s.call(t, "GET", f.at+"/runs/unknown/links", "").status)
}
