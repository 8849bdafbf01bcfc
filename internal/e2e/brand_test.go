package e2e

import (
	"context"
	"encoding/json"
	"io"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/apiclient"
	"transporter/internal/httpapi"
	"transporter/internal/pgp"
	"transporter/internal/task"
)

const (
	consumerKey    = "consumer-key-of-the-tests"
	consumerSecret = "consumer-secret-of-the-tests"
	accessToken    = "access-token-of-the-tests"
	tokenSecret    = "token-secret-of-the-tests"
	passphrase     = "passphrase-of-the-tests"
)

// sandboxEnv gives the sandbox its side of the credentials.
func sandboxEnv() []string {
	const prefix = "TRANSPORTER_SANDBOX_"
	return []string{
		prefix + "CONSUMER_KEY=" + consumerKey, prefix + "CONSUMER_SECRET=" + consumerSecret,
		prefix + "TOKEN=" + accessToken, prefix + "TOKEN_SECRET=" + tokenSecret,
	}
}

// credentials are those that the sandbox accepts.
func credentials() *httpapi.SourceCredentials {
	return &httpapi.SourceCredentials{OAuth1: &httpapi.OAuth1{
		ConsumerKey: httpapi.SecretValue(consumerKey), ConsumerSecret: httpapi.SecretValue(consumerSecret),
		Token: httpapi.SecretValue(accessToken), TokenSecret: httpapi.SecretValue(tokenSecret),
	}}
}

// brand is an account with everything that a task needs. The ids may be replaced.
type brand struct {
	*stack
	account, source, key string
	cloud, partner       string // destinations: cloud store and SFTP server
	directory            string // of the brand at the SFTP server
}

// brand defines an account with a source, the receiver's key and two destinations.
func (s *stack) brand(t *testing.T) *brand {
	t.Helper()
	return s.brandAs(t, apiclient.Write{})
}

// brandAs is brand with the key of the account's creation.
func (s *stack) brandAs(t *testing.T, w apiclient.Write) *brand {
	t.Helper()
	a, err := s.api.Accounts().Create(t.Context(), httpapi.Account{Description: t.Name(), Zone: "Europe/Madrid"}, w)
	require.NoError(t, err)
	b := &brand{stack: s, account: a.ID}
	source, err := s.api.Sources(b.account).Create(t.Context(), b.sourceBody(t), apiclient.Write{})
	require.NoError(t, err)
	b.source = source.ID
	b.key = b.addKey(t, receiver(t))
	b.cloud = b.destination(t, httpapi.Destination{Kind: "store", Description: "Cloud store"})
	b.directory = "/" + b.account
	require.NoError(t, os.Mkdir(filepath.Join(b.sftp.root, b.directory), 0o750))
	body := b.sftpBody()
	body.Fields["directory"] = b.directory
	b.partner = b.destination(t, body)
	return b
}

// sourceBody describes the sandbox's account as a source.
func (s *stack) sourceBody(t *testing.T) httpapi.Source {
	t.Helper()
	ca, err := io.ReadAll(get(t, s.DomainURL()+"/_admin/ca.pem").Body)
	require.NoError(t, err)
	return httpapi.Source{
		Kind: "liveperson", Description: "Sandbox site", PlatformAccount: platform, Domain: s.DomainURL(),
		CA: string(ca), Credentials: credentials(), RateLimits: &httpapi.RateLimits{Concurrent: 8, PerSecond: 500},
	}
}

// sftpBody describes the partner's SFTP server as a destination.
func (s *stack) sftpBody() httpapi.Destination {
	return httpapi.Destination{
		Kind: "sftp", Description: "Partner", Fields: map[string]any{
			"host": "127.0.0.1", "port": s.Ports.SFTP, "directory": "/", "user": sftpUser, "hostKeys": []string{s.sftp.hostKey()},
		},
		Credentials: password(sftpPassword),
	}
}

func password(text string) map[string]httpapi.Secret {
	return map[string]httpapi.Secret{"password": httpapi.SecretValue(text)}
}

func (b *brand) destination(t *testing.T, d httpapi.Destination) string {
	t.Helper()
	v, err := b.api.Destinations(b.account).Create(t.Context(), d, apiclient.Write{})
	require.NoError(t, err)
	return v.ID
}

func (b *brand) addKey(t *testing.T, pair *pgp.KeyPair) string {
	t.Helper()
	v, err := b.api.Keys(b.account).Create(t.Context(), httpapi.Key{Description: "Receiver", Armored: pair.Public}, apiclient.Write{})
	require.NoError(t, err)
	return v.ID
}

// receiver is the key pair of every brand; a test that needs another makes it.
var receiver = func() func(*testing.T) *pgp.KeyPair {
	var once sync.Once
	var pair *pgp.KeyPair
	return func(t *testing.T) *pgp.KeyPair {
		t.Helper()
		once.Do(func() { pair = newKeyPair(t) })
		return pair
	}
}()

// newKeyPair makes a receiver's key pair, locked with passphrase.
func newKeyPair(t *testing.T) *pgp.KeyPair {
	t.Helper()
	pair, err := pgp.GenerateKey(pgp.Options{
		Name: "Receiver", Email: "receiver@example.com", Passphrase: passphrase, Algorithm: "ed25519", Now: time.Now(),
	})
	require.NoError(t, err)
	return pair
}

// spec is a task that fires by itself only in two days; tests run windows of the past by
// hand. It is completed by brand.task.
func spec(report, format string, params ...string) task.Spec {
	start := time.Now().UTC().Truncate(time.Hour).Add(24 * time.Hour)
	end := start.Add(24 * time.Hour)
	s := task.Spec{
		Description: report + " as " + format, Report: report, Format: format, Zone: "Europe/Madrid",
		Frequency: task.Frequency{Kind: task.Once}, Start: &start, End: &end, Parameters: map[string]json.RawMessage{},
	}
	if report == "msg.messages" { // the sandbox's truth counts all messages
		s.Parameters["include_system_messages"] = json.RawMessage("true")
	}
	for i := 0; i+1 < len(params); i += 2 {
		s.Parameters[params[i]] = json.RawMessage(params[i+1])
	}
	return s
}

// task creates the task with the brand's source and, unless it names destinations, one leg
// to each of them, in a folder of the task's own, encrypted to the brand's key.
func (b *brand) task(t *testing.T, s task.Spec) string {
	t.Helper()
	s.Source = b.source
	if s.Destinations == nil {
		s.Destinations = b.legs(path.Join("out", s.Report+"-"+s.Format))
	}
	v, err := b.api.Tasks(b.account).Create(t.Context(), s, apiclient.Write{})
	require.NoError(t, err)
	return v.ID
}

// legs are an encrypted leg to each destination.
func (b *brand) legs(folder string) []task.Leg {
	to := task.Encryption{Mode: task.EncryptPGP, Keys: []string{b.key}}
	return []task.Leg{
		{Destination: b.cloud, Path: folder, Encryption: to},
		{Destination: b.partner, Path: folder, Encryption: to},
	}
}

// begin starts the run of a window and returns its id.
func (b *brand) begin(t *testing.T, task string, w httpapi.WindowView) string {
	t.Helper()
	started, err := b.api.RunTask(t.Context(), b.account, task, &w, apiclient.Write{})
	require.NoError(t, err)
	return started.Run
}

// end waits for the end of a run.
func (b *brand) end(t *testing.T, run string) httpapi.RunDetail {
	t.Helper()
	var d httpapi.RunDetail
	eventually(t, "run "+run+" ends", func() bool {
		d = b.look(t, run)
		return d.Status != "running"
	})
	return d
}

// look returns the run as it is now. On a machine with more to do than it can, a worker may
// once not answer in time; that is told and asked again.
func (b *brand) look(t *testing.T, run string) httpapi.RunDetail {
	t.Helper()
	d, err := b.api.Run(context.Background(), b.account, run)
	for tries := 0; err != nil && strings.Contains(err.Error(), "no worker answers") && tries < 3; tries++ {
		t.Logf("look at %s: %v", run, err)
		d, err = b.api.Run(context.Background(), b.account, run)
	}
	require.NoError(t, err)
	return d
}

var reportID = regexp.MustCompile(`report/[^/]+/[^/]+/g1-[0-9TZ:-]+`)

// workflowOf finds the run in Temporal, which answers while the worker is dead.
func workflowOf(t *testing.T, d httpapi.RunDetail) string {
	t.Helper()
	ui, err := url.PathUnescape(d.UI)
	require.NoError(t, err)
	id := reportID.FindString(ui)
	require.NotEmpty(t, id, ui)
	return id
}

// run starts the run of a window and waits for its end.
func (b *brand) run(t *testing.T, task string, w httpapi.WindowView) httpapi.RunDetail {
	t.Helper()
	return b.end(t, b.begin(t, task, w))
}

// resume starts the next attempt of a run and waits for its end.
func (b *brand) resume(t *testing.T, run string) httpapi.RunDetail {
	t.Helper()
	started, err := b.api.Resume(t.Context(), b.account, run)
	require.NoError(t, err)
	return b.end(t, started.Run)
}

// before is the window of a length that ends so long before the end of the sandbox's data.
func (s *stack) before(ago, length time.Duration) httpapi.WindowView {
	to := s.now.Add(-ago).UTC()
	return httpapi.WindowView{From: to.Add(-length), To: to}
}

// storeDir is where the files of a cloud store destination lie on disk.
func (b *brand) storeDir() string { return path.Join(b.StoreDir(), "cloud", b.account, b.cloud) }
