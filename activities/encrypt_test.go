package activities_test

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/stretchr/testify/require"

	"transporter/activities"
	"transporter/internal/account"
	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/ledger"
	"transporter/internal/pgp"
	"transporter/internal/task"
)

const opens = "correct horse battery"

// receiver adds a key to the account and returns its pair.
func (b *bench) receiver(id string) *pgp.KeyPair {
	pair, err := pgp.GenerateKey(pgp.Options{Name: id, Passphrase: opens, Algorithm: "ed25519", Now: b.now.AddDate(0, 0, -7)})
	require.NoError(b.t, err)
	if b.keys == nil {
		b.keys = map[string]account.Key{}
	}
	b.keys[id] = account.Key{Meta: account.Meta{ID: id, Description: id}, Armored: pair.Public, Fingerprint: pair.Fingerprint}
	return pair
}

// encrypted makes a task whose files are for the keys.
func (b *bench) encrypted(e task.Encryption) {
	e.Mode = task.EncryptPGP
	_, err := b.run.Ledger.(*ledger.Ledger).Append(b.t.Context(), "acme", "sealed", ledger.Entry{
		EffectiveFrom: b.now.AddDate(0, 0, -3), Generation: 1, State: ledger.Enabled,
		Spec: task.Spec{
			Source: "src", Report: "cfg.users", Version: "1.0", Format: "csv", Zone: "UTC", Frequency: task.Frequency{Kind: task.Daily, At: "00:00"},
			Destinations: []task.Leg{{Destination: "shelf", FileName: "{report}_{to}{part}{revision}.{ext}", Encryption: e}},
		},
	})
	require.NoError(b.t, err)
}

// sealedFile returns the only data file that was packed for the leg.
func (b *bench) sealedFile(leg contract.LegIn) (activities.PackedFile, []byte) {
	b.t.Helper()
	var index activities.PackIndex
	require.NoError(b.t, b.run.Stage.GetJSON(b.t.Context(), leg.Packed, &index))
	require.Len(b.t, index.Legs[0].Files, 1)
	f := index.Legs[0].Files[0]
	src, err := b.run.Stage.OpenRaw(b.t.Context(), f.Ref, 0)
	require.NoError(b.t, err)
	defer src.Close()
	text, err := io.ReadAll(src)
	require.NoError(b.t, err)
	return f, text
}

// readers returns which of the pairs the file is for.
func readers(t *testing.T, file []byte, pairs map[string]*pgp.KeyPair) (names []string) {
	t.Helper()
	e, err := pgp.ReadEnvelope(bytes.NewReader(file))
	require.NoError(t, err)
	for _, id := range e.Recipients {
		for name, pair := range pairs {
			block, err := armor.Decode(strings.NewReader(pair.Public))
			require.NoError(t, err)
			ring, err := openpgp.ReadKeyRing(block.Body)
			require.NoError(t, err)
			if len(ring.KeysById(id)) > 0 {
				names = append(names, name)
			}
		}
	}
	require.Len(t, names, len(e.Recipients), "a stranger can read it")
	return names
}

// In an overlap files are for both keys, after the switch for the new one; a file that
// waits for its destination over the switch does not leave.
func TestKeysAreRotated(t *testing.T) {
	b := newBench(t)
	pairs := map[string]*pgp.KeyPair{"old": b.receiver("old"), "new": b.receiver("new"), "other": b.receiver("other")}
	b.encrypted(task.Encryption{Keys: []string{"old", "other"}})
	old := b.keys["old"]
	old.Successor = &account.Successor{Key: "new", From: b.now.Add(time.Hour), Switch: b.now.Add(2 * time.Hour)}
	b.keys["old"] = old
	pack := func(attempt int, want ...string) contract.LegIn {
		leg := b.pack("sealed", contract.RunInput{Attempt: attempt}, "a\n")
		_, text := b.sealedFile(leg)
		require.Equal(t, want, readers(t, text, pairs))
		return leg
	}
	before := pack(1, "old", "other")
	b.now = b.now.Add(time.Hour)
	overlap := pack(2, "old", "new", "other")
	_, err := do[contract.UploadOut](b.run.Upload, before)
	require.NoError(t, err, "the old key is still in force")
	b.now = b.now.Add(time.Hour)
	_, err = do[contract.UploadOut](b.run.Upload, overlap)
	require.NoError(t, err, "it has the new key too")
	_, err = do[contract.UploadOut](b.run.Upload, before)
	requireKind(t, fault.KeyUnfit, err)
	require.ErrorContains(t, err, "was succeeded while the run went on")
	pack(3, "new", "other")
}

// A file that somebody else can read, or that one of the receivers cannot, never leaves,
// wherever it comes from.
func TestFileForOthersIsNotSent(t *testing.T) {
	for name, tc := range map[string]struct {
		to   []string
		says string
	}{
		"somebody else":        {[]string{"stranger"}, "no part of its receivers' keys"},
		"one receiver missing": {[]string{"first"}, "not encrypted to key"},
		"one reader too many":  {[]string{"first", "second", "stranger"}, "no part of its receivers' keys"},
		"in the clear":         {nil, "not a whole OpenPGP message"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			b.receiver("first")
			b.receiver("second")
			b.receiver("stranger")
			b.encrypted(task.Encryption{Keys: []string{"first", "second"}})
			leg := b.pack("sealed", contract.RunInput{}, "a\n")
			leg.Packed = b.swapped(leg, tc.to)
			_, err := do[contract.UploadOut](b.run.Upload, leg)
			require.ErrorContains(t, err, tc.says)
			require.Empty(t, b.inStore("cloud/acme/shelf/"), "a byte has left")
		})
	}
}

// swapped puts a file for others in the place of the packed one.
func (b *bench) swapped(leg contract.LegIn, to []string) contract.Ref {
	var index activities.PackIndex
	require.NoError(b.t, b.run.Stage.GetJSON(b.t.Context(), leg.Packed, &index))
	w, err := b.run.Stage.CreateRaw(b.t.Context(), "swapped")
	require.NoError(b.t, err)
	if len(to) == 0 {
		_, err = w.Write([]byte("id,name\n1,a\n"))
		require.NoError(b.t, err)
	} else {
		var keys []*pgp.Key
		for _, id := range to {
			key, err := pgp.ParseKey(b.keys[id].Armored)
			require.NoError(b.t, err)
			keys = append(keys, key)
		}
		enc, err := pgp.Encrypt(w, keys, pgp.Message{Name: "x", Now: b.now})
		require.NoError(b.t, err)
		require.NoError(b.t, enc.Close())
	}
	index.Legs[0].Files[0].Ref, err = w.Commit(b.t.Context())
	require.NoError(b.t, err)
	ref, err := b.run.Stage.PutJSON(b.t.Context(), "swapped-index", index)
	require.NoError(b.t, err)
	return ref
}

func (b *bench) inStore(prefix string) (keys []string) {
	for info, err := range b.store.List(b.t.Context(), prefix) {
		require.NoError(b.t, err)
		keys = append(keys, info.Key)
	}
	return keys
}

// Files are signed with the account's key as it was when the run was planned.
func TestFilesAreSigned(t *testing.T) {
	b := newBench(t)
	pair := b.receiver("first")
	b.encrypted(task.Encryption{Keys: []string{"first"}, Sign: true, Armor: true})
	_, err := b.run.Plan(t.Context(), contract.PlanIn{
		Run:     contract.RunInput{Account: "acme", Task: "sealed", Generation: 1, Window: &day, Trigger: contract.TriggerManual},
		Nominal: b.now, WorkflowID: "w", RunID: "r",
	})
	requireKind(t, fault.ConfigMissing, err)
	b.newSigner()
	leg := b.pack("sealed", contract.RunInput{Attempt: 2}, "a\n")
	f, text := b.sealedFile(leg)
	require.Equal(t, "cfg.users_20261120T000000Z.csv.asc", f.Name)
	require.True(t, bytes.HasPrefix(text, []byte("-----BEGIN PGP MESSAGE-----\n")))
	by, err := pgp.ParseKey(b.signer.Armored)
	require.NoError(t, err)
	r, err := pgp.DecryptSigned(bytes.NewReader(text), pair.Private, opens, by, b.now)
	require.NoError(t, err)
	clear, err := io.ReadAll(r)
	require.NoError(t, err)
	require.Equal(t, "a\n", string(clear))
	_, err = do[contract.UploadOut](b.run.Upload, leg)
	require.NoError(t, err)

	plan, rendered := b.render("sealed", contract.RunInput{Attempt: 3}, "a\n")
	b.newSigner()
	_, err = do[contract.EncryptOut](b.run.Encrypt, contract.StepIn{Plan: plan.Plan, Rendered: rendered})
	requireKind(t, fault.KeyUnfit, err)
	require.ErrorContains(t, err, "signing key was replaced")
}

func (b *bench) newSigner() {
	key, public, private, err := pgp.NewSigner("Acme (EU)", b.now)
	require.NoError(b.t, err)
	b.signer = &account.Signer{Fingerprint: key.Fingerprint(), Armored: public, Secret: account.Sealed{Data: private}}
}
