package e2e

import (
	"bytes"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
	"github.com/stretchr/testify/require"

	"transporter/internal/apiclient"
	"transporter/internal/fault"
	"transporter/internal/httpapi"
	"transporter/internal/pgp"
	"transporter/internal/sandbox"
	"transporter/internal/task"
)

// keyLoss is a way in which a receiver's key stops being usable while a run goes on, and
// what the operator then does. Both leave the task with the key pair of next.
type keyLoss struct {
	name   string
	says   string
	lose   func(t *testing.T, b *brand, id string, old, next *pgp.KeyPair)
	repair func(t *testing.T, b *brand, id string, old, next *pgp.KeyPair)
}

var keyLosses = []keyLoss{
	{
		name: "revoked by its owner", says: "revoked",
		lose: func(t *testing.T, b *brand, _ string, old, _ *pgp.KeyPair) {
			revoked := httpapi.Key{Description: "Receiver", Armored: revoke(t, old)}
			_, err := b.api.Keys(b.account).Create(t.Context(), revoked, apiclient.Write{})
			require.ErrorContains(t, err, "compromised", "a revoked key is no new key")
			require.True(t, b.putKey(t, revoked).Revoked)
			again := b.putKey(t, httpapi.Key{Description: "Receiver", Armored: old.Public})
			require.True(t, again.Revoked, "an old copy does not take the revocation back")
		},
		repair: func(t *testing.T, b *brand, id string, _, next *pgp.KeyPair) { b.useKey(t, id, b.addKey(t, next)) },
	}, {
		name: "ended", says: "ended",
		lose: func(t *testing.T, b *brand, _ string, old, _ *pgp.KeyPair) {
			past := time.Now().Add(-time.Minute)
			b.putKey(t, httpapi.Key{Description: "Receiver", Armored: old.Public, NotAfter: &past})
		},
		repair: func(t *testing.T, b *brand, _ string, _, next *pgp.KeyPair) {
			b.putKey(t, httpapi.Key{Description: "Receiver", Armored: next.Public})
		},
	}, {
		name: "replaced by another", says: "replaced",
		lose: func(t *testing.T, b *brand, _ string, _, next *pgp.KeyPair) {
			b.putKey(t, httpapi.Key{Description: "Receiver", Armored: next.Public})
		},
		repair: func(*testing.T, *brand, string, *pgp.KeyPair, *pgp.KeyPair) {},
	}, {
		name: "taken from the task and deleted", says: "deleted",
		lose: func(t *testing.T, b *brand, id string, _, next *pgp.KeyPair) {
			lost := b.key
			b.useKey(t, id, b.addKey(t, next))
			require.NoError(t, b.api.Keys(b.account).Delete(t.Context(), lost, apiclient.Write{}))
		},
		repair: func(*testing.T, *brand, string, *pgp.KeyPair, *pgp.KeyPair) {},
	},
}

// A key that is lost while the source is read, or while a file waits for its destination,
// turns the run red; with a new key it is finished, and nothing for the old key is
// delivered anywhere. The soak tries every way at both moments.
func TestKeyIsLostInMidRun(t *testing.T) {
	t.Parallel()
	s := start(t, options{size: countsSize})
	t.Run("while the source is read", func(t *testing.T) { loseWhileReading(t, s, keyLosses[0]) })
	t.Run("while a file waits", func(t *testing.T) { loseWhileWaiting(t, s, keyLosses[2]) })
}

func loseWhileReading(t *testing.T, s *stack, loss keyLoss) {
	k := newKeyRun(t, s)
	s.fail(t, sandbox.Fault{Path: searchPath, Kind: sandbox.SlowBody, Forever: true, DelayMS: 1500})
	run := k.begin(t, k.id, k.window)
	eventually(t, "the source is read", func() bool { return s.hits(t) > 0 })
	loss.lose(t, k.brand, k.id, k.old, k.next)
	s.fail(t)
	red := k.requireRed(t, run, loss)
	require.Empty(t, k.files(t, k.cloud))
	require.Empty(t, k.files(t, k.partner))
	loss.repair(t, k.brand, k.id, k.old, k.next)
	k.requireFinished(t, red)
}

func loseWhileWaiting(t *testing.T, s *stack, loss keyLoss) {
	k := newKeyRun(t, s)
	k.onlyPartner(t)
	s.sftp.stop(t)
	t.Cleanup(func() { s.sftp.ensure(t) }) // for the next case, should this one fail
	run := k.begin(t, k.id, k.window)
	eventually(t, "the upload is tried", func() bool { return k.trying(t, run, "upload") })
	loss.lose(t, k.brand, k.id, k.old, k.next)
	red := k.requireRed(t, run, loss)
	s.sftp.start(t)
	require.Empty(t, k.files(t, k.partner))
	loss.repair(t, k.brand, k.id, k.old, k.next)
	k.requireFinished(t, red)
}

// keyRun is a brand with one task to a key that will be lost, and the one that follows.
type keyRun struct {
	*brand
	id        string
	window    httpapi.WindowView
	old, next *pgp.KeyPair
}

func newKeyRun(t *testing.T, s *stack) *keyRun {
	t.Helper()
	k := &keyRun{brand: s.brand(t), window: s.before(24*time.Hour, 2*time.Hour), old: newKeyPair(t), next: newKeyPair(t)}
	k.key = k.addKey(t, k.old)
	k.id = k.task(t, spec("msg.messages", "csv"))
	return k
}

// requireRed waits until the run is red for its key.
func (k *keyRun) requireRed(t *testing.T, run string, loss keyLoss) httpapi.RunDetail {
	t.Helper()
	red := k.end(t, run)
	require.Equal(t, "failed", red.Outcome)
	require.Equal(t, string(fault.KeyUnfit), red.ErrorKind, red.Error)
	require.Contains(t, red.Error, loss.says)
	require.Empty(t, red.Receipts)
	return red
}

// requireFinished resumes the run and asserts that all that lies anywhere is whole and can
// be read with the next key, and only with it; the source is not asked again.
func (k *keyRun) requireFinished(t *testing.T, red httpapi.RunDetail) {
	t.Helper()
	calls := k.calls(t)
	green := k.resume(t, red.ID)
	require.Equal(t, "delivered", green.Outcome, green.Error)
	require.Equal(t, calls, k.calls(t), "the source is not asked again")
	want := k.world(t, byEnd, k.window).messages()
	require.NotEmpty(t, want)
	for _, r := range green.Receipts {
		destination, _, _ := strings.Cut(r.Leg, ".")
		require.Equal(t, want, k.rowsFor(t, green, destination, k.next))
	}
	require.Equal(t, len(green.Receipts), k.onlyFor(t, k.next), "one file for each leg")
}

// onlyFor asserts that every encrypted file that lies anywhere is for the pair alone, and
// counts them.
func (b *brand) onlyFor(t *testing.T, pair *pgp.KeyPair) (files int) {
	t.Helper()
	recipients := recipientsOf(t, pair)
	for _, destination := range []string{b.cloud, b.partner} {
		for name, content := range b.contents(t, destination) {
			if !strings.Contains(name, ".pgp") {
				continue
			}
			files++
			sealed, err := pgp.ReadEnvelope(strings.NewReader(content))
			require.NoError(t, err, name)
			require.Equal(t, recipients, sealed.Recipients, "%s is for the new key alone", name)
		}
	}
	return files
}

// onlyPartner takes the cloud store's leg away.
func (k *keyRun) onlyPartner(t *testing.T) {
	t.Helper()
	k.editTask(t, k.id, func(s *task.Spec) { s.Destinations = s.Destinations[1:] })
}

// useKey gives every leg of the task the key.
func (b *brand) useKey(t *testing.T, id, key string) {
	t.Helper()
	b.editTask(t, id, func(s *task.Spec) {
		for i := range s.Destinations {
			s.Destinations[i].Encryption.Keys = []string{key}
		}
	})
}

func (b *brand) editTask(t *testing.T, id string, edit func(*task.Spec)) {
	t.Helper()
	v, _, err := b.api.Tasks(b.account).Get(t.Context(), id)
	require.NoError(t, err)
	edit(&v.Spec)
	_, err = b.api.Tasks(b.account).Replace(t.Context(), id, v.Spec, apiclient.Write{})
	require.NoError(t, err)
}

// putKey replaces the brand's key.
func (b *brand) putKey(t *testing.T, k httpapi.Key) httpapi.KeyView {
	t.Helper()
	v, err := b.api.Keys(b.account).Replace(t.Context(), b.key, k, apiclient.Write{})
	require.NoError(t, err)
	return v
}

// trying reports whether a step of the run has failed and will be tried again.
func (b *brand) trying(t *testing.T, run, step string) bool {
	t.Helper()
	for _, s := range b.look(t, run).Steps {
		if s.Name == step && s.State == "running" && s.Attempt > 1 {
			return true
		}
	}
	return false
}

// recipientsOf returns the key ids in a message to the pair.
func recipientsOf(t *testing.T, pair *pgp.KeyPair) []uint64 {
	t.Helper()
	key, err := pgp.ParseKey(pair.Public)
	require.NoError(t, err)
	var message bytes.Buffer
	w, err := pgp.Encrypt(&message, []*pgp.Key{key}, pgp.Message{Name: "x", Now: time.Now()})
	require.NoError(t, err)
	require.NoError(t, w.Close())
	sealed, err := pgp.ReadEnvelope(&message)
	require.NoError(t, err)
	return sealed.Recipients
}

// revoke returns the public key as its owner publishes it after a theft.
func revoke(t *testing.T, pair *pgp.KeyPair) string {
	t.Helper()
	owner := unlock(t, pair)
	require.NoError(t, owner.RevokeKey(packet.KeyCompromised, "stolen", nil))
	return armored(t, openpgp.PublicKeyType, owner.Serialize)
}

// unlocked keeps private keys without their passphrase, by pair: unlocking one takes longer
// than reading a file.
var unlocked sync.Map

// unlockedPrivate returns the pair's private key, unlocked.
func unlockedPrivate(t *testing.T, pair *pgp.KeyPair) string {
	t.Helper()
	if text, ok := unlocked.Load(pair); ok {
		return text.(string)
	}
	owner := unlock(t, pair)
	text := armored(t, openpgp.PrivateKeyType, func(w io.Writer) error { return owner.SerializePrivateWithoutSigning(w, nil) })
	unlocked.Store(pair, text)
	return text
}

func unlock(t *testing.T, pair *pgp.KeyPair) *openpgp.Entity {
	t.Helper()
	ring, err := openpgp.ReadArmoredKeyRing(strings.NewReader(pair.Private))
	require.NoError(t, err)
	require.NoError(t, ring[0].DecryptPrivateKeys([]byte(passphrase)))
	return ring[0]
}

func armored(t *testing.T, kind string, write func(io.Writer) error) string {
	t.Helper()
	var text bytes.Buffer
	w, err := armor.Encode(&text, kind, nil)
	require.NoError(t, err)
	require.NoError(t, write(w))
	require.NoError(t, w.Close())
	return text.String()
}
