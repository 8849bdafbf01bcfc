package e2e

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/tls"
	"encoding/pem"
	"net"
	"net/url"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"
	"golang.org/x/crypto/ssh"

	"transporter/internal/apiclient"
	"transporter/internal/contract"
	"transporter/internal/httpapi"
	"transporter/internal/sandbox"
	"transporter/internal/sandbox/oauth"
	"transporter/internal/sandbox/sandboxtest"
)

// mistake is one thing that an operator got wrong: how it comes about, what the run must
// say, and how it is put right.
type mistake struct {
	cause  func(t *testing.T, b *brand)
	kind   string
	says   []string
	healed func(t *testing.T, b *brand)
	// oneLeg: the other destination is not affected, and delivered at once.
	oneLeg bool
}

// Each mistake turns one run red with one error that names what to fix, touches nothing
// that was delivered before, and after the repair resume ends green.
func TestRedRuns(t *testing.T) {
	limited := limitedSandbox(t)
	s := start(t, options{worker: []string{"--allow", limited.Host, "--allow", hostOf(t, limited.DomainURL)}})
	wrong := func(change func(*httpapi.OAuth1)) func(*testing.T, *brand) {
		return func(t *testing.T, b *brand) {
			t.Helper()
			b.replaceSource(t, func(x *httpapi.Source) { change(x.Credentials.OAuth1) })
		}
	}
	goodSource := func(t *testing.T, b *brand) { b.replaceSource(t, func(*httpapi.Source) {}) }
	goodPartner := func(t *testing.T, b *brand) { b.replacePartner(t, func(*httpapi.Destination) {}) }
	for name, c := range map[string]mistake{
		"wrong app key": {
			cause: wrong(func(o *httpapi.OAuth1) { o.ConsumerKey = httpapi.SecretValue("another-key") }), healed: goodSource,
			kind: "AuthFailed", says: []string{"credentials were refused", "consumer_key_unknown", "check the App key", "(consumerKey)"},
		},
		"wrong app secret": {
			cause: wrong(func(o *httpapi.OAuth1) { o.ConsumerSecret = httpapi.SecretValue("another-secret") }), healed: goodSource,
			kind: "AuthFailed", says: []string{"credentials were refused", "signature_invalid", "check Secret", "(consumerSecret, tokenSecret)"},
		},
		"wrong access token": {
			cause: wrong(func(o *httpapi.OAuth1) { o.Token = httpapi.SecretValue("another-token") }), healed: goodSource,
			kind: "AuthFailed", says: []string{"credentials were refused", "token_rejected", "check the Access token", "(token)"},
		},
		"key without permission": {
			cause: func(t *testing.T, b *brand) {
				b.replaceSource(t, func(x *httpapi.Source) { useSandbox(t, x, limited, "may-list") })
			},
			healed: func(t *testing.T, b *brand) {
				b.replaceSource(t, func(x *httpapi.Source) { useSandbox(t, x, limited, "may-all") })
			},
			kind: "PermissionDenied", says: []string{"Messaging Interactions", "API key", "give the API key the permission"},
		},
		"unknown platform account": {
			cause: func(t *testing.T, b *brand) {
				b.replaceSource(t, func(x *httpapi.Source) { x.PlatformAccount = "87654321" })
			},
			healed: goodSource, kind: "NotFound", says: []string{"87654321", "platformAccount"},
		},
		"wrong SFTP password": {
			cause: func(t *testing.T, b *brand) {
				b.replacePartner(t, func(d *httpapi.Destination) { d.Credentials = password("another-password") })
			},
			healed: goodPartner, oneLeg: true, kind: "AuthFailed", says: []string{"log in to 127.0.0.1", "as partner", "check user, password"},
		},
		"another host key": {
			cause: func(t *testing.T, b *brand) {
				b.replacePartner(t, func(d *httpapi.Destination) { d.Fields["hostKeys"] = []string{strangeHostKey(t)} })
			},
			healed: goodPartner, oneLeg: true, kind: "PermissionDenied",
			says: []string{"host key of 127.0.0.1", "does not match", "SHA256:", "hostKeys", "ask the server's operator"},
		},
		"no such folder": {
			cause: func(t *testing.T, b *brand) {
				b.replacePartner(t, func(d *httpapi.Destination) { d.Fields["directory"] = "/nowhere" })
			},
			healed: goodPartner, oneLeg: true, kind: "NotFound", says: []string{"/nowhere", "does not exist", "check the destination's directory"},
		},
		"key that has ended": {
			cause: func(t *testing.T, b *brand) {
				day := time.Now().UTC().Add(-24 * time.Hour).Truncate(time.Second)
				b.replaceKey(t, func(k *httpapi.Key) { k.NotAfter = &day })
			},
			healed: func(t *testing.T, b *brand) { b.replaceKey(t, func(*httpapi.Key) {}) },
			kind:   "KeyUnfit", says: []string{`key "Receiver"`, "ended on", "another key", "resume"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.run(t, s.brand(t))
		})
	}
}

// run goes through one mistake: green, red, repaired, green.
func (c mistake) run(t *testing.T, b *brand) {
	id := b.task(t, spec("msg.messages", "csv"))
	require.Equal(t, "delivered", b.run(t, id, b.before(26*time.Hour, time.Hour)).Outcome)
	kept := map[string]map[string]string{b.cloud: b.contents(t, b.cloud), b.partner: b.contents(t, b.partner)}

	c.cause(t, b)
	w := b.before(25*time.Hour, time.Hour)
	red := b.run(t, id, w)
	require.Equal(t, "failed", red.Outcome)
	require.Equal(t, c.kind, red.ErrorKind, red.Error)
	requireClear(t, red.Error, c.says...)
	b.requireSameWords(t, red)
	c.requireNothingLost(t, b, kept, red)

	c.healed(t, b)
	green := b.resume(t, red.ID)
	require.Equal(t, "delivered", green.Outcome, green.Error)
	require.Len(t, green.Receipts, 2)
	for _, d := range []string{b.cloud, b.partner} {
		require.NotEmpty(t, b.rows(t, green, d))
	}
	c.requireNothingLost(t, b, kept, green)
}

// requireNothingLost wants every file that was delivered before to be there as it was. Of
// a red run nothing may be seen but what the healthy leg delivered.
func (c mistake) requireNothingLost(t *testing.T, b *brand, kept map[string]map[string]string, run httpapi.RunDetail) {
	t.Helper()
	now := map[string]map[string]string{b.cloud: b.contents(t, b.cloud), b.partner: b.contents(t, b.partner)}
	for destination, files := range kept {
		require.NotEmpty(t, files)
		for name, content := range files {
			require.Equal(t, content, now[destination][name], name)
		}
	}
	if run.Outcome == contract.OutcomeDelivered {
		return
	}
	require.Len(t, now[b.partner], len(kept[b.partner]), "files of a red run: %v", now[b.partner])
	if c.oneLeg {
		require.Len(t, run.Receipts, 1, "the other leg is delivered at once")
		require.Greater(t, len(now[b.cloud]), len(kept[b.cloud]))
		return
	}
	require.Empty(t, run.Receipts)
	require.Len(t, now[b.cloud], len(kept[b.cloud]))
}

// requireSameWords wants the run's error in the same words wherever a person may look: in
// the API's list and detail, on the command line, in Temporal.
func (b *brand) requireSameWords(t *testing.T, run httpapi.RunDetail) {
	t.Helper()
	shown := b.starter(t, "run", "show", run.ID)
	require.Contains(t, shown, run.Error)
	listed := b.starter(t, "run", "list")
	require.Contains(t, listed, run.Error)

	name := strings.Split(run.ID, ".") // task, generation, fire time
	fire, err := time.Parse("20060102T150405Z", name[2])
	require.NoError(t, err)
	err = b.client(t).GetWorkflow(t.Context(), contract.RunID(b.account, name[0], 1, fire, 0, 1), "").Get(t.Context(), nil)
	var failure *temporal.ApplicationError
	require.ErrorAs(t, err, &failure)
	require.Equal(t, run.Error, failure.Message())
	require.Equal(t, run.ErrorKind, failure.Type())
}

// starter runs the command line as an operator would and returns what it prints.
func (b *brand) starter(t *testing.T, args ...string) string {
	t.Helper()
	args = append(args, "--api", b.APIURL(), "--token-file", b.TokenFile(), "--account", b.account)
	out, err := exec.Command(filepath.Join(programs(t), "starter"), args...).CombinedOutput()
	require.NoError(t, err, string(out))
	return string(out)
}

func (b *brand) replaceSource(t *testing.T, change func(*httpapi.Source)) {
	t.Helper()
	body := b.sourceBody(t)
	change(&body)
	_, err := b.api.Sources(b.account).Replace(t.Context(), b.source, body, apiclient.Write{})
	require.NoError(t, err)
}

func (b *brand) replacePartner(t *testing.T, change func(*httpapi.Destination)) {
	t.Helper()
	body := b.sftpBody()
	body.Fields["directory"] = b.directory
	change(&body)
	_, err := b.api.Destinations(b.account).Replace(t.Context(), b.partner, body, apiclient.Write{})
	require.NoError(t, err)
}

func (b *brand) replaceKey(t *testing.T, change func(*httpapi.Key)) {
	t.Helper()
	body := httpapi.Key{Description: "Receiver", Armored: receiver(t).Public}
	change(&body)
	_, err := b.api.Keys(b.account).Replace(t.Context(), b.key, body, apiclient.Write{})
	require.NoError(t, err)
}

// strangeHostKey is the public key of a server that is not the partner's.
func strangeHostKey(t *testing.T) string {
	t.Helper()
	public, _, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	key, err := ssh.NewPublicKey(public)
	require.NoError(t, err)
	return strings.TrimSpace(string(ssh.MarshalAuthorizedKey(key)))
}

// limitedSandbox is a platform with two API keys, of which "may-list" may read the lists of
// the configuration only.
func limitedSandbox(t *testing.T) *sandboxtest.Running {
	t.Helper()
	key := func(name string, services ...string) sandbox.Key {
		return sandbox.Key{Services: services, Key: oauth.Key{
			Consumer: name, ConsumerSecret: consumerSecret, Token: accessToken, TokenSecret: tokenSecret,
		}}
	}
	now := time.Now().UTC().Truncate(time.Hour)
	return sandboxtest.Start(t, sandbox.Config{Seed: 1, Conversations: 400_000, Now: func() time.Time { return now }, Accounts: []sandbox.Account{
		{ID: platform, Keys: []sandbox.Key{key("may-list", sandbox.ServiceConfiguration), key("may-all")}},
	}})
}

// useSandbox points a source to another platform, with one of its keys.
func useSandbox(t *testing.T, x *httpapi.Source, at *sandboxtest.Running, key string) {
	t.Helper()
	conn, err := tls.Dial("tcp", at.Host, &tls.Config{InsecureSkipVerify: true}) // to learn the test server's certificate
	require.NoError(t, err)
	defer conn.Close()
	certificate := conn.ConnectionState().PeerCertificates[0].Raw
	x.CA = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate}))
	x.Domain, x.Credentials.OAuth1.ConsumerKey = at.DomainURL, httpapi.SecretValue(key)
}

func hostOf(t *testing.T, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	require.NoError(t, err)
	_, _, err = net.SplitHostPort(u.Host)
	require.NoError(t, err)
	return u.Host
}
