package e2e

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/ssh"

	"transporter/internal/apiclient"
	"transporter/internal/devstack"
	"transporter/internal/httpapi"
	"transporter/internal/keys"
	"transporter/internal/pgp"
	"transporter/internal/relay"
	"transporter/internal/sandbox/live"
	"transporter/internal/seal"
	"transporter/internal/task"
)

// Canaries are planted where they may be read by who is allowed to, and nowhere else.
const (
	brandCanary = "canary-in-the-account-description"
	fileCanary  = "canary-in-the-file-names"
)

// TestSecretsStaySecret does everything that there is to do, then reads whatever any part
// of the system wrote or answers, and looks for every secret that was used.
func TestSecretsStaySecret(t *testing.T) {
	referred := rand.Text()
	t.Setenv("TRANSPORTER_SECRET_SFTP", referred) // a password that is given by reference
	c := newChannel(t)
	s := start(t, c.reached(options{sandbox: realClock}))
	used := secretsOf(t, s)
	used["password by reference"] = referred
	b := everything(t, s, used)
	used["callback's secret"], used["login's password"] = callbackSecret, loginPassword
	used["bucket's key id"], used["bucket's secret"] = rand.Text(), rand.Text()
	b.feed(t, used["bucket's key id"], used["bucket's secret"])
	app := s.talkAs(t, b.account, c, day)
	talk(t, app)
	used["app's client secret"] = s.clientSecret(t, app.app) // which signs its webhooks, too
	n := newNeedles(used)

	content := b.deliveredText(t)
	canaries := newNeedles(map[string]string{"brand": brandCanary, "file": fileCanary, "content": content})

	t.Run("Temporal without keys", func(t *testing.T) { testHistoriesWithoutKeys(t, s, n, canaries) })
	t.Run("Temporal with the codec key", func(t *testing.T) { testHistoriesDecoded(t, s, n, canaries) })
	t.Run("database and logs", func(t *testing.T) {
		for _, dir := range []string{filepath.Dir(s.DatabaseFile()), s.Logs()} {
			files := filesIn(t, dir, func(name string) bool {
				return strings.HasPrefix(filepath.Base(name), "temporal.db") || filepath.Dir(name) == s.Logs()
			})
			require.NotEmpty(t, files)
			for name, text := range files {
				require.Empty(t, n.in(text), name)
				require.Empty(t, canaries.in(text), name)
			}
		}
		// What may be seen is seen: the search looks into the right files.
		visible := newNeedles(map[string]string{"account id": b.account})
		db := filesIn(t, filepath.Dir(s.DatabaseFile()), func(name string) bool { return strings.Contains(name, "temporal.db") })
		require.Contains(t, visible.in(bytes.Join(valuesOf(db), nil)), "account id (raw)")
		require.Contains(t, visible.in(bytes.Join(valuesOf(filesIn(t, s.Logs(), nil)), nil)), "account id (raw)")
	})
	t.Run("API answers", func(t *testing.T) {
		answers := b.answers(t)
		for path, text := range answers {
			require.Empty(t, n.in(text), path)
		}
		all := bytes.Join(valuesOf(answers), nil)
		require.Contains(t, canaries.in(all), "brand (raw)")
		require.Contains(t, canaries.in(all), "file (raw)")
		require.NotContains(t, canaries.in(all), "content (raw)", "files are served encrypted")
	})
	t.Run("store", func(t *testing.T) { testStore(t, s, n, canaries) })
	t.Run("processes", func(t *testing.T) {
		for _, p := range []*devstack.Process{s.Temporal, s.Sandbox, s.Worker, s.API, s.Codec} {
			line, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", p.PID()))
			require.NoError(t, err)
			require.NotEmpty(t, line, p.Name)
			require.Empty(t, n.in(line), p.Name)
		}
	})
}

// feed makes a source of feeds that nothing is behind, and a task on it.
func (b *brand) feed(t *testing.T, id, secret string) {
	t.Helper()
	v, err := b.api.Sources(b.account).Create(t.Context(), httpapi.Source{
		Kind: "asapp", Description: "Exports", PlatformAccount: "acme",
		Feeds: &httpapi.Feeds{S3: &httpapi.FeedBucket{Bucket: "exports", Endpoint: "http://127.0.0.1:1", PathStyle: true}},
		Credentials: &httpapi.SourceCredentials{S3: &httpapi.FeedKeys{
			AccessKeyID: httpapi.SecretValue(id), SecretAccessKey: httpapi.SecretValue(secret),
		}},
	}, apiclient.Write{})
	require.NoError(t, err)
	s := feedSpec("asapp.convos_metrics", "changes")
	s.Source, s.Destinations = v.ID, b.legs("feeds")
	_, err = b.api.Tasks(b.account).Create(t.Context(), s, apiclient.Write{})
	require.NoError(t, err)
	_, _ = b.api.Sources(b.account).Test(t.Context(), v.ID) // what is said of a failure is searched, too
}

// talk holds a conversation from both sides.
func talk(t *testing.T, s *talking) {
	t.Helper()
	id := s.open(t, "consumer-1", "Where is my order?")
	s.act(t, id, live.Act{Act: "accept"}, live.Act{Act: "say", Text: "Let me look"})
	eventually(t, "the agent's message at the channel", func() bool { return len(s.channel.heard(id, relay.TypeMessage)) == 1 })
	eventually(t, "the conversation in the list", func() bool {
		all, err := s.conversations.List(t.Context(), httpapi.ConversationQuery{Limit: 10})
		require.NoError(t, err)
		return len(all) == 1
	})
}

// secretsOf are the secrets that every stack has, by name.
func secretsOf(t *testing.T, s *stack) map[string]string {
	t.Helper()
	token, err := s.Token()
	require.NoError(t, err)
	used := map[string]string{
		"consumer key": consumerKey, "consumer secret": consumerSecret, "access token": accessToken, "token secret": tokenSecret,
		"SFTP password": sftpPassword, "receiver's passphrase": passphrase, "API token": token,
	}
	addPEM(used, "receiver's private key", receiver(t).Private)
	for name, text := range filesIn(t, s.Keys(), func(name string) bool { return filepath.Ext(name) != ".pub" }) {
		for i, field := range strings.Fields(string(text)) {
			if len(field) > 30 { // the ids of keys are no secret
				used[fmt.Sprintf("%s, field %d", filepath.Base(name), i)] = field
			}
		}
	}
	return used
}

// addPEM adds an armored or PEM secret: whole, and each of its full lines.
func addPEM(used map[string]string, name, text string) {
	used[name] = text
	for i, line := range strings.Split(text, "\n") {
		if len(line) > 40 && !strings.HasPrefix(line, "-----") {
			used[fmt.Sprintf("%s, line %d", name, i)] = line
		}
	}
}

// everything is a brand after a day's work: sources and destinations of every kind, with
// probes, wrong secrets and their correction, green and red runs, both formats, an interval
// task, downloads, a clear leg.
func everything(t *testing.T, s *stack, used map[string]string) *brand {
	b := s.brand(t)
	_, err := b.api.Accounts().Create(t.Context(), httpapi.Account{Description: brandCanary, Zone: "UTC"}, apiclient.Write{})
	require.NoError(t, err)
	_, err = b.api.MakeSigner(t.Context(), b.account, apiclient.Write{})
	require.NoError(t, err)
	byKey := b.destination(t, b.keyLogin(t, used))
	byReference := b.sftpBody()
	byReference.Credentials["password"] = httpapi.SecretEnv("TRANSPORTER_SECRET_SFTP") // not this server's: refused
	refused := b.destination(t, byReference)

	used["wrong token secret"] = rand.Text()
	b.replaceSource(t, func(x *httpapi.Source) {
		x.Credentials.OAuth1.TokenSecret = httpapi.SecretValue(used["wrong token secret"])
	})
	messages := spec("msg.messages", "csv")
	to := task.Encryption{Mode: task.EncryptPGP, Keys: []string{b.key}}
	messages.Destinations = append(b.legs("out"),
		task.Leg{Destination: byKey, Path: "by-key", Encryption: to},
		task.Leg{Destination: byKey, Path: "clear", Encryption: task.Encryption{Mode: task.EncryptNone}})
	first := b.task(t, planted(messages))
	red := b.run(t, first, b.before(25*time.Hour, time.Hour))
	require.Equal(t, "AuthFailed", red.ErrorKind)
	b.probe(t, b.source, false)
	b.replaceSource(t, func(*httpapi.Source) {})
	green := b.resume(t, red.ID)
	require.Equal(t, "delivered", green.Outcome, green.Error)

	for id, works := range map[string]bool{b.cloud: true, b.partner: true, byKey: true, refused: false} {
		p, err := b.api.Destinations(b.account).Test(t.Context(), id)
		require.NoError(t, err)
		require.Equal(t, works, p.OK, p.Problem)
	}
	b.probe(t, b.source, true)
	hourly := spec("msg.conversations", "jsonl")
	begin := b.now.Add(-3 * time.Hour)
	hourly.Frequency, hourly.Start, hourly.End = task.Frequency{Kind: task.Interval, Every: task.Duration(time.Hour)}, &begin, nil
	hourly.Destinations = append(b.legs("hourly"), task.Leg{Destination: refused, Encryption: to})
	started, err := b.api.RunTask(t.Context(), b.account, b.task(t, planted(hourly)), nil, apiclient.Write{})
	require.NoError(t, err)
	require.Equal(t, "failed", b.end(t, started.Run).Outcome, "one leg of three is refused")
	return b
}

// planted puts the canary into the names of a task's files.
func planted(s task.Spec) task.Spec {
	s.MetadataHeader = task.MetadataHeader{Fields: []string{"recordCount", "endDate"}}
	for i := range s.Destinations {
		s.Destinations[i].FileName = "{report}_" + fileCanary + "_{from}_{to}{part}{revision}.{ext}"
	}
	return s
}

func (b *brand) probe(t *testing.T, source string, works bool) {
	t.Helper()
	p, err := b.api.Sources(b.account).Test(t.Context(), source)
	require.NoError(t, err)
	require.Equal(t, works, p.OK, p.Problem)
}

// keyLogin is a destination on the partner's server with a locked SSH key, which the
// server now knows; key and passphrase are added to the secrets.
func (b *brand) keyLogin(t *testing.T, used map[string]string) httpapi.Destination {
	t.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	known, err := ssh.NewPublicKey(public)
	require.NoError(t, err)
	used["SSH passphrase"] = rand.Text()
	block, err := ssh.MarshalPrivateKeyWithPassphrase(private, "", []byte(used["SSH passphrase"]))
	require.NoError(t, err)
	text := string(pem.EncodeToMemory(block))
	addPEM(used, "SSH private key", text)
	used["SSH private key, unlocked"] = string(private.Seed())
	b.sftp.stop(t)
	b.sftp.config.AuthorizedKeys = []ssh.PublicKey{known}
	b.sftp.start(t)
	d := b.sftpBody()
	d.Credentials = map[string]httpapi.Secret{
		"privateKey": httpapi.SecretValue(text), "passphrase": httpapi.SecretValue(used["SSH passphrase"]),
	}
	return d
}

// deliveredText is a long message that the receiver can read in what was delivered.
func (b *brand) deliveredText(t *testing.T) string {
	t.Helper()
	runs, err := b.api.Runs(t.Context(), b.account, apiclient.RunFilter{Outcome: "delivered"})
	require.NoError(t, err)
	require.NotEmpty(t, runs)
	files := b.data(t, b.look(t, runs[0].ID), b.cloud)
	require.NotEmpty(t, files)
	clear, err := pgp.Decrypt(bytes.NewReader(files[0].raw), receiver(t).Private, passphrase)
	require.NoError(t, err)
	whole, err := io.ReadAll(clear)
	require.NoError(t, err)
	for _, row := range parseRows(t, "csv", afterHead(whole)) {
		if text := row["text"].text; len(text) > 60 && !strings.ContainsAny(text, "\r\n") {
			return text
		}
	}
	t.Fatal("no message is long enough to be looked for")
	return ""
}

// afterHead leaves out the lines of the metadata header.
func afterHead(file []byte) []byte {
	for bytes.HasPrefix(file, []byte("#")) {
		_, file, _ = bytes.Cut(file, []byte("\n"))
	}
	return file
}

// testStore reads the whole store: as it lies there, and opened with the keys of its two
// kinds of readers.
func testStore(t *testing.T, s *stack, n, canaries *needles) {
	records, err := keys.Records(s.Keys())
	require.NoError(t, err)
	own, err := keys.Store(s.Keys())
	require.NoError(t, err)
	opened := map[string]int{}
	seen := map[string]bool{}
	for name, text := range filesIn(t, s.StoreDir(), nil) {
		require.Empty(t, n.in([]byte(name)))
		require.Empty(t, n.in(text), name)
		require.Empty(t, canaries.in(text), name)
		for kind, ring := range map[string]*seal.Ring{"records": records, "store": own} {
			clear, ok := unseal(t, ring, text)
			if !ok {
				continue
			}
			opened[kind]++
			require.Empty(t, n.in(clear), "%s, opened with the %s ring", name, kind)
			for _, canary := range canaries.in(clear) {
				seen[kind+": "+canary] = true
			}
		}
	}
	require.Greater(t, opened["records"], 10)
	require.Greater(t, opened["store"], 10)
	require.True(t, seen["records: file (raw)"], "the ledger holds the task: %v", seen)
	require.False(t, seen["records: content (raw)"], "what api may open holds no content")
	require.True(t, seen["store: content (raw)"], "the kept artefact holds what was rendered: %v", seen)
}

// unseal opens an object with a ring, and expands it if it is compressed; false if it is
// not sealed with a key of the ring.
func unseal(t *testing.T, ring *seal.Ring, text []byte) ([]byte, bool) {
	t.Helper()
	r, err := seal.NewBox(ring).Unseal(bytes.NewReader(text))
	if err != nil {
		return nil, false
	}
	clear, err := io.ReadAll(r)
	if err != nil {
		return nil, false
	}
	d, err := zstd.NewReader(nil)
	require.NoError(t, err)
	defer d.Close()
	if whole, err := d.DecodeAll(clear, nil); err == nil {
		return whole, true
	}
	return clear, true
}

// filesIn reads all files below a folder that are wanted; nil wants all.
func filesIn(t *testing.T, dir string, wanted func(name string) bool) map[string][]byte {
	t.Helper()
	all := map[string][]byte{}
	err := filepath.WalkDir(dir, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || wanted != nil && !wanted(name) {
			return err
		}
		all[name], err = os.ReadFile(name)
		return err
	})
	require.NoError(t, err)
	return all
}

func valuesOf(m map[string][]byte) [][]byte {
	var all [][]byte
	for _, v := range m {
		all = append(all, v)
	}
	return all
}
