package email

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"mime/quotedprintable"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/destination"
	"transporter/internal/destination/destinationtest"
	"transporter/internal/fault"
	"transporter/internal/guard"
	"transporter/internal/mail"
	"transporter/internal/mailtest"
	"transporter/internal/seal"
)

const token = "0123456789abcdef"

// postfix is the one mail server of the tests.
type postfix struct {
	*mailtest.Server
	t *testing.T
}

func (p postfix) transport(change func(*mail.Config)) *mail.Server {
	roots, err := guard.Roots(string(p.CA))
	require.NoError(p.t, err)
	c := mail.Config{Address: p.Addr, From: "transporter@example.com", User: p.User, Password: seal.Secret(p.Password), Roots: roots}
	if change != nil {
		change(&c)
	}
	server, err := mail.New(c)
	require.NoError(p.t, err)
	return server
}

// shelf keeps files under addresses that live until they are taken away.
type shelf struct {
	*httptest.Server
	mu    sync.Mutex
	files map[string]destination.File
	limit time.Time // no link lives longer; zero: no limit
}

func serveFiles(t *testing.T) *shelf {
	s := &shelf{files: map[string]destination.File{}}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

func (s *shelf) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	f, ok := s.files[r.URL.Path]
	s.mu.Unlock()
	if !ok {
		http.NotFound(w, r)
		return
	}
	src, err := f.Open(r.Context(), 0)
	if err == nil {
		defer src.Close()
		_, _ = io.Copy(w, src)
	}
}

func (s *shelf) link(_ context.Context, f destination.File, expires time.Time) (destination.Link, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	path := "/d/" + f.SHA256
	s.files[path] = f
	if !s.limit.IsZero() {
		expires = s.limit
	}
	return destination.Link{URL: s.URL + path, Expires: expires}, nil
}

// open returns a destination whose mails have the tag in their subject.
func open(t *testing.T, server *mail.Server, s *shelf, fields map[string]any) destination.Destination {
	t.Helper()
	values := map[string]string{}
	for name, v := range fields {
		switch v := v.(type) {
		case string:
			values[name] = v
		case bool:
			values[name] = map[bool]string{true: "true", false: "false"}[v]
		}
	}
	d, err := Opener(server)(destination.Settings{Fields: values}, destination.Outbound{Link: s.link, Now: time.Now, Kept: 14 * day})
	require.NoError(t, err)
	return d
}

// text is what a reader sees of a mail.
func text(t *testing.T, m mailtest.Message) string {
	t.Helper()
	body := m.Body
	if m.Header.Get("Content-Transfer-Encoding") == "quoted-printable" {
		var err error
		body, err = io.ReadAll(quotedprintable.NewReader(bytes.NewReader(m.Body)))
		require.NoError(t, err)
	}
	return strings.ReplaceAll(string(body), "\r\n", "\n")
}

func subject(t *testing.T, m mailtest.Message) string {
	t.Helper()
	s, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	require.NoError(t, err)
	return s
}

// fetch returns the content of a file by the link of the newest mail that lists it.
func (p postfix) fetch(t *testing.T, tag, name string) ([]byte, bool) {
	var link string
	for _, m := range p.Messages(t) {
		body := text(t, m)
		if _, entry, listed := strings.Cut(body, "\n"+name+"\n"); m.Mailbox == mailtest.Ops && listed && strings.Contains(subject(t, m), tag) {
			_, rest, _ := strings.Cut(entry, "  link     ")
			link, _, _ = strings.Cut(rest, "\n")
		}
	}
	if link == "" {
		return nil, false
	}
	res, err := http.Get(link)
	require.NoError(t, err)
	defer res.Body.Close()
	require.Equal(t, http.StatusOK, res.StatusCode)
	content, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	return content, true
}

func TestContract(t *testing.T) {
	t.Parallel()
	p := postfix{mailtest.Start(t), t}
	files := serveFiles(t)
	destinationtest.Run(t, func(t *testing.T) destinationtest.Peer {
		tag := rand.Text()
		return destinationtest.Peer{
			Destination: open(t, p.transport(nil), files, map[string]any{"to": mailtest.Ops, "subject": tag, "link": true}),
			Direct:      true, Tells: true, Highest: destination.Sent,
			Read: func(t *testing.T, name string) ([]byte, bool) { return p.fetch(t, tag, name) },
		}
	})
}

var about = destination.About{
	Role: destination.Data, Delivery: "acme/t1/g1/w/r0/leg", Account: "12345678", Task: "t1", Description: "Daily – “für alle”",
	Report: "msg.messages@1.0", From: time.Date(2026, 11, 19, 0, 0, 0, 0, time.UTC), To: time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC), Rows: 7,
}

func report(name, sha string) destination.File {
	return destination.File{Name: name, Size: 1234567, SHA256: sha, Kept: "artefacts/x", About: about, Journal: &destination.Memory{}}
}

func announce(t *testing.T, d destination.Destination, files ...destination.File) error {
	t.Helper()
	s, err := d.Connect(t.Context())
	require.NoError(t, err)
	defer s.Close()
	for _, f := range files {
		require.NoError(t, s.Upload(t.Context(), f, token, func(int64) {}))
		require.NoError(t, s.Publish(t.Context(), f, token, false))
	}
	told := about
	if len(files) > 0 {
		told = files[0].About
	}
	return s.(destination.Announcer).Announce(t.Context(), told, files)
}

// One mail tells all receivers of all files; who is blind is not named.
func TestMail(t *testing.T) {
	t.Parallel()
	p := postfix{mailtest.Start(t), t}
	files := serveFiles(t)
	d := open(t, p.transport(nil), files, map[string]any{
		"to": mailtest.Ops, "bcc": mailtest.Audit, "link": true, "subject": "{description}: {rows} rows", "body": "Hello,\n{report} is there.",
	})
	one, two := report("wfm/a.csv.pgp", "aa11"), report("wfm/b.csv.pgp", "bb22")
	require.NoError(t, announce(t, d, one, two))
	require.NoError(t, announce(t, d, one, two), "the journal knows")
	got := p.Messages(t)
	require.Len(t, got, 2, "one to each")
	for _, m := range got {
		require.Equal(t, "<"+mailtest.Ops+">", m.Header.Get("To"))
		require.Empty(t, m.Header.Get("Bcc"))
		require.Equal(t, "Daily – “für alle”: 14 rows", subject(t, m))
		body := text(t, m)
		for _, want := range []string{
			"Hello,\nmsg.messages@1.0 is there.\n", "2 files:", "\nwfm/a.csv.pgp\n  size     1,234,567 bytes\n  sha-256  aa11\n  link     " + files.URL + "/d/aa11\n",
			"/d/bb22", "Delivery acme/t1/g1/w/r0/leg",
		} {
			require.Contains(t, body, want)
		}
	}

	// A crash before the journal: the mail comes again and is recognised. Other bytes, and what
	// people have sent again, are other mails.
	again, other, resent := report("wfm/a.csv.pgp", "aa11"), report("wfm/a.csv.pgp", "cc33"), report("wfm/a.csv.pgp", "aa11")
	resent.About.Again = 2
	for _, f := range []destination.File{again, other, resent} {
		require.NoError(t, announce(t, d, f, two))
	}
	ids := map[string]int{}
	for _, m := range p.Messages(t) {
		if m.Mailbox == mailtest.Ops {
			ids[m.Header.Get("Message-Id")]++
		}
	}
	require.Equal(t, []int{2, 2}, []int{ids[got[0].Header.Get("Message-Id")], len(ids) - 1})
}

// Without links the mail says where files are; a window without rows has none.
func TestMailWithoutLinks(t *testing.T) {
	t.Parallel()
	p := postfix{mailtest.Start(t), t}
	d := open(t, p.transport(func(c *mail.Config) { c.Address, c.Security = p.TLSAddr, mail.TLS }), serveFiles(t), map[string]any{"to": mailtest.Ops})
	require.NoError(t, announce(t, d, report("a.csv", "aa")))
	require.NoError(t, announce(t, d))
	got := p.Messages(t)
	require.Len(t, got, 2)
	require.NotContains(t, text(t, got[0]), "link")
	require.Contains(t, text(t, got[0]), "history has them for download")
	require.Contains(t, text(t, got[1]), "no rows")
	require.Equal(t, "Daily – “für alle”: 2026-11-19T00:00:00Z to 2026-11-20T00:00:00Z", subject(t, got[0]))
}

// What the server refuses is told, and nobody gets half of it.
func TestRefused(t *testing.T) {
	t.Parallel()
	p := postfix{mailtest.Start(t), t}
	for name, c := range map[string]struct {
		to     string
		change func(*mail.Config)
		kind   fault.Kind
		steps  []bool
	}{
		"an unknown receiver":  {mailtest.Ops + "\nnobody@example.test", nil, fault.PermissionDenied, []bool{true, true, false}},
		"a receiver for later": {mailtest.Busy, nil, fault.Upstream, []bool{true, true, false}},
		"a wrong login":        {mailtest.Ops, func(c *mail.Config) { c.Password = "a-guess-1" }, fault.AuthFailed, []bool{true, false}},
		"nobody there":         {mailtest.Ops, func(c *mail.Config) { c.Address = "127.0.0.1:1" }, fault.Upstream, []bool{false}},
	} {
		t.Run(name, func(t *testing.T) {
			d := open(t, p.transport(c.change), serveFiles(t), map[string]any{"to": c.to})
			err := announce(t, d, report("a.csv.pgp", "aa"))
			require.Equal(t, c.kind, fault.KindOf(err), "%v", err)
			found, err := d.Probe(t.Context())
			require.Equal(t, c.kind, fault.KindOf(err), "%v", err)
			var steps []bool
			for _, s := range found.Steps {
				steps = append(steps, s.OK)
			}
			require.Equal(t, c.steps, steps)
		})
	}
	require.Empty(t, p.Messages(t))
}

func TestSettings(t *testing.T) {
	server, err := mail.New(mail.Config{Address: "127.0.0.1:25", From: "a@example.com"})
	require.NoError(t, err)
	link := (&shelf{}).link
	for name, c := range map[string]struct {
		fields string
		out    destination.Outbound
		server *mail.Server
		says   string
	}{
		"no mail server":     {`{}`, destination.Outbound{}, nil, "--smtp-addr"},
		"no public address":  {`{"link": "true"}`, destination.Outbound{}, server, "link: the deployment has no public address for links (start the workers with --public-url"},
		"too long a life":    {`{"link": "true", "linkDays": "15"}`, destination.Outbound{Link: link, Kept: 14 * day}, server, "linkDays: links would live for 15 days, but files are kept for 14"},
		"an unknown subject": {`{"subject": "{name}"}`, destination.Outbound{}, server, "subject: there is no field"},
		"an unknown body":    {`{"body": "{x}"}`, destination.Outbound{}, server, "body: there is no field"},
	} {
		t.Run(name, func(t *testing.T) {
			s := destination.Settings{}
			require.NoError(t, json.Unmarshal([]byte(c.fields), &s.Fields))
			_, err := Opener(c.server)(s, c.out)
			var f *fault.Error
			require.True(t, errors.As(err, &f), "%v", err)
			require.ErrorContains(t, err, c.says)
		})
	}
	_, err = Opener(server)(destination.Settings{Fields: map[string]string{"link": "true", "linkDays": "28"}}, destination.Outbound{Link: link})
	require.NoError(t, err, "files are kept for good")
}

// A link that cannot be made fails the delivery, and no mail is sent.
func TestNoLink(t *testing.T) {
	t.Parallel()
	p := postfix{mailtest.Start(t), t}
	refuse := func(context.Context, destination.File, time.Time) (destination.Link, error) {
		return destination.Link{}, fault.New(fault.InvalidSpec, "not encrypted")
	}
	d, err := Opener(p.transport(nil))(destination.Settings{Fields: map[string]string{"to": mailtest.Ops, "link": "true"}},
		destination.Outbound{Link: refuse, Now: time.Now})
	require.NoError(t, err)
	err = announce(t, d, report("a.csv", "aa"))
	require.True(t, fault.Is(err, fault.InvalidSpec), "%v", err)
	require.ErrorContains(t, err, "link a.csv")
	require.Empty(t, p.Messages(t))
}
