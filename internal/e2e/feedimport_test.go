package e2e

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/httpapi"
	"transporter/internal/pgp"
	"transporter/internal/realtest"
)

// handed is a brand that was handed the keys of its bucket.
type handed struct {
	*feedStack
	pair *pgp.KeyPair // of the company
	ca   string
	dir  string
}

// link asks the platform for the keys, encrypted to the company: behind a link that is good for a time.
func (h *handed) link(t *testing.T, folder, life string) string {
	t.Helper()
	body, err := json.Marshal(map[string]string{"key": h.pair.Public, "folder": folder, "life": life})
	require.NoError(t, err)
	var made struct{ URL string }
	h.post(t, "/_admin/feeds/credentials", string(body), &made)
	return made.URL
}

// file keeps a text for the command line.
func (h *handed) file(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(h.dir, name)
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

// arguments are those of an import with the right key.
func (h *handed) arguments(t *testing.T, more ...string) []string {
	t.Helper()
	return append([]string{
		"source", "import", "--description", "Acme feeds", "--key", h.file(t, "key.asc", h.pair.Private),
		"--passphrase-file", h.file(t, "passphrase", passphrase), "--ca", h.file(t, "ca.pem", h.ca),
		"--endpoint", h.store.URL, "--path-style",
	}, more...)
}

// The platform hands over the keys of its bucket behind a link that lapses: starter source import makes of it
// a source that delivers, or says what is wrong and makes nothing.
func testFeedImport(t *testing.T, f *feedStack) {
	t.Parallel()
	h := &handed{feedStack: f.with(t, f.feedSource("")), pair: exports(), dir: t.TempDir()}
	ca, err := io.ReadAll(get(t, h.DomainURL()+"/_admin/ca.pem").Body)
	require.NoError(t, err)
	h.ca = string(ca)
	before := h.definitions(t)
	stranger := newKeyPair(t)
	sealed := h.fetch(t, h.link(t, "plain-hour", "1h"))
	short := "id\tsecret\tbucket\nid-2\tsecret-2\n"
	for name, c := range map[string]struct {
		args []string
		says []string
	}{
		"a link that has lapsed": {
			h.arguments(t, "--link", h.file(t, "lapsed", h.link(t, "", "-1s"))), []string{"link", "ask for a new link"},
		},
		"another key": {
			append(h.arguments(t, "--file", h.file(t, "sealed", sealed)), "--key", h.file(t, "stranger.asc", stranger.Private)),
			[]string{"privateKey", "is encrypted to"},
		},
		"another passphrase": {
			append(h.arguments(t, "--file", h.file(t, "sealed", sealed)), "--passphrase-file", h.file(t, "guess", "guess")), []string{"passphrase"},
		},
		"cut off": {
			h.arguments(t, "--file", h.file(t, "cut", sealed[:len(sealed)-30])), []string{"file", "download it again"},
		},
		"a record of two cells": {
			h.arguments(t, "--file", h.file(t, "short", h.encrypted(t, short))), []string{"file", "line 2"},
		},
	} {
		out, code := h.starterCode(t, c.args...)
		t.Logf("%s: %s", name, out)
		require.Equal(t, 1, code, "%s: %s", name, out)
		for _, words := range c.says {
			require.Contains(t, out, words, name)
		}
		for _, secret := range []string{realtest.S3Secret, "secret-2", passphrase} {
			require.NotContains(t, out, secret, name)
		}
		require.JSONEq(t, before, h.definitions(t), "%s: nothing is half imported", name)
	}

	c := f.play(t, "plain hour")
	c.all(t)
	link := h.file(t, "link", h.link(t, c.Folder, "1h")+"\n")
	out := h.starter(t, h.arguments(t, "--link", link, "-o", "json")...)
	require.NotContains(t, out, realtest.S3Secret)
	var made []httpapi.SourceView
	require.NoError(t, json.Unmarshal([]byte(out), &made), out)
	require.Len(t, made, 1)
	require.Equal(t, []string{feedBucket, c.Folder}, []string{made[0].Feeds.S3.Bucket, made[0].Feeds.S3.Prefix})
	h.source = made[0].ID
	x := h.feedTask(t, "convos_metrics", "changes")
	x.truth = c.truthOf("convos_metrics")
	x.delivers(t, c.hour(5))
	x.isTrue(t)
}

// fetch reads what is behind a link, as a browser would.
func (h *handed) fetch(t *testing.T, link string) string {
	t.Helper()
	roots := x509.NewCertPool()
	require.True(t, roots.AppendCertsFromPEM([]byte(h.ca)))
	browser := http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}}}
	res, err := browser.Get(link)
	require.NoError(t, err)
	defer res.Body.Close()
	require.Equal(t, http.StatusOK, res.StatusCode)
	text, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	return string(text)
}

// encrypted is a text as the platform would hand it over.
func (h *handed) encrypted(t *testing.T, text string) string {
	t.Helper()
	var out strings.Builder
	key, err := pgp.ParseKey(h.pair.Public)
	require.NoError(t, err)
	w, err := pgp.Encrypt(&out, []*pgp.Key{key}, pgp.Message{Name: "credentials", Now: time.Now()})
	require.NoError(t, err)
	_, err = io.WriteString(w, text)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return out.String()
}
