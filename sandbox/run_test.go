package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/spf13/pflag"
	"github.com/stretchr/testify/require"

	"transporter/internal/config"
	"transporter/internal/sandbox/live"
)

// lines is an output that can be read while it is written.
type lines struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(b)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// parse reads flags and variables as main does.
func parse(t *testing.T, variables map[string]string, args ...string) (*options, error) {
	t.Helper()
	var o options
	f := pflag.NewFlagSet("sandbox", pflag.ContinueOnError)
	o.add(f)
	require.NoError(t, f.Parse(args))
	return &o, config.Sandbox.Bind(f, func(name string) (string, bool) { v, ok := variables[name]; return v, ok })
}

func TestVariablesAreFlagsOfTheSameName(t *testing.T) {
	o, err := parse(t, map[string]string{
		"TRANSPORTER_SANDBOX_SEED": "7", "TRANSPORTER_SANDBOX_DOMAIN_LISTEN": ":1", "TRANSPORTER_SANDBOX_ACCOUNT": "a,b=5",
		"TRANSPORTER_SANDBOX_WEBHOOK_HOST": "e.example=https://127.0.0.1:1,*=http://h",
	}, "--seed=8")
	require.NoError(t, err)
	require.Equal(t, int64(8), o.seed, "a flag wins")
	require.Equal(t, ":1", o.domainListen)
	require.Equal(t, []string{"a", "b=5"}, o.accounts)
	require.Equal(t, map[string]string{"e.example": "https://127.0.0.1:1", "*": "http://h"}, o.webhooks.Hosts)
	require.Equal(t, uint64(8), o.webhooks.settings(o.seed).Faults.Seed)
	_, err = parse(t, map[string]string{"TRANSPORTER_SANDBOX_SEED": "seven"})
	require.ErrorContains(t, err, "TRANSPORTER_SANDBOX_SEED")
}

func TestItServesUntilItIsStopped(t *testing.T) {
	dir := t.TempDir()
	o, err := parse(t, nil, "--listen=127.0.0.1:0", "--domain-listen=127.0.0.1:0", "--state="+filepath.Join(dir, "state"),
		"--now=2026-11-20T12:00:00Z", "--account=12345678=1000", "--sftp-addr=127.0.0.1:0", "--sftp-root="+filepath.Join(dir, "files"), "--sftp-password=secret")
	require.NoError(t, err)
	ctx, stop := context.WithCancel(t.Context())
	var out lines
	ended := make(chan error, 1)
	go func() { ended <- run(ctx, o, &out, time.Now) }()
	require.Eventually(t, func() bool { return strings.Contains(out.String(), "sandbox ready\n") }, 2*time.Minute, 10*time.Millisecond)
	require.Contains(t, out.String(), "sftp://transporter@127.0.0.1:")
	require.Contains(t, out.String(), "ssh-ed25519 ")
	require.NotContains(t, out.String(), "secret")

	plain := regexp.MustCompile(`http://127\.0\.0\.1:\d+`).FindString(out.String())
	secure := regexp.MustCompile(`https://(127\.0\.0\.1:\d+)`).FindStringSubmatch(out.String())
	require.Contains(t, get(t, http.DefaultClient, plain+"/api/account/12345678/service/msgHist/baseURI.json?version=1.0"), `"baseURI":"`+secure[1]+`"`)
	roots := x509.NewCertPool()
	require.True(t, roots.AppendCertsFromPEM([]byte(get(t, http.DefaultClient, plain+"/_admin/ca.pem"))))
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, DisableKeepAlives: true}}
	require.Contains(t, get(t, client, secure[0]+"/api/account/12345678/service/baseURI.json?version=1.0"), "accountConfigReadOnly")
	stop()
	require.NoError(t, <-ended)
}

func get(t *testing.T, c *http.Client, url string) string {
	t.Helper()
	res, err := c.Get(url)
	require.NoError(t, err)
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	return string(b)
}

func TestBadFlagsAreNamed(t *testing.T) {
	for _, c := range []struct{ flag, says string }{
		{"--now=yesterday", "--now"},
		{"--account=a=many", "--account"},
		{"--account=a-b", "accounts"},
		{"--listen=nowhere:x", "--listen"},
		{"--domain-listen=nowhere:x", "--domain-listen"},
		{"--domain-host=nohost", "--domain-host"},
		{"--records=/nowhere/at/all", "records"},
		{"--sftp-addr=127.0.0.1:0", "--sftp-root"},
		{"--webhook-hash=md5", "webhooks: hash"},
		{"--webhook-host=a.example=ftp://b", "webhooks: hosts"},
		{"--webhook-drop=2", "webhooks: faults.drop"},
		{"--webhook-ca=/nowhere/at/all", "--webhook-ca"},
		{"--webhook-ca=run_test.go", "--webhook-ca"},
		{"--feeds-days=1", "--feeds-s3-endpoint"},
		{"--feeds-s3-endpoint=http://127.0.0.1:1", "--feeds-bucket"},
	} {
		t.Run(c.flag, func(t *testing.T) {
			o, err := parse(t, nil, "--listen=127.0.0.1:0", "--domain-listen=127.0.0.1:0", "--state="+t.TempDir(), c.flag)
			require.NoError(t, err)
			require.ErrorContains(t, run(t.Context(), o, io.Discard, time.Now), c.says)
		})
	}
}

func TestAgentsAreNoneOrAutomatic(t *testing.T) {
	o, err := parse(t, map[string]string{"TRANSPORTER_SANDBOX_AGENTS": "auto"}, "--agent-speed=20")
	require.NoError(t, err)
	e := live.New(live.Config{Now: time.Now})
	s, err := o.agents.staff(e)
	require.NoError(t, err)
	require.Equal(t, live.Agents{Automatic: true, Speed: 20}, e.Agents())
	ended := make(chan error, 1)
	go func() { ended <- s.serve() }()
	id, err := e.Open(live.Caller{Account: "12345678", App: "app", Consumer: "consumer"}, live.Opening{})
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		r, _ := e.Record("12345678", id)
		return r.Agent != ""
	}, 2*time.Minute, 10*time.Millisecond)
	require.NoError(t, s.stop(t.Context()))
	require.NoError(t, <-ended)

	for flag, says := range map[string]string{"--agents=some": "--agents", "--agent-speed=-1": "--agent-speed"} {
		o, err := parse(t, nil, flag)
		require.NoError(t, err)
		_, err = o.agents.staff(e)
		require.ErrorContains(t, err, says)
	}
}
