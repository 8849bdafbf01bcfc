package e2e

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/apiclient"
	"transporter/internal/contract"
	"transporter/internal/httpapi"
)

// A task asks to sign before the account has a key for it: refused. Then GnuPG finds the
// account's signature good on binary and armored files, until another key takes its place,
// whose files the receiver cannot tell from anybody's before it has the new public key.
func walkSigned(t *testing.T, b *brand) {
	x := spec("msg.messages", "csv")
	x.Source, x.Destinations = b.source, b.legs("signed")
	x.Destinations[0].Encryption.Armor, x.Destinations[0].Encryption.Sign = true, true
	x.Destinations[1].Encryption.Sign = true
	_, err := b.api.Tasks(b.account).Create(t.Context(), x, apiclient.Write{})
	requireClear(t, err.Error(), "destinations[0].encryption.sign", "starter signer make")

	sender := b.makeSigner(t)
	id := b.task(t, x)
	gpg := newGnuPG(t, unlockedPrivate(t, receiver(t)), sender)
	first := b.runSigned(t, id, 1)
	require.Equal(t, b.signer(t), b.requireSigned(t, first, gpg))

	next := b.makeSigner(t)
	require.NotEqual(t, sender, next)
	second := b.runSigned(t, id, 2)
	for _, f := range b.data(t, second, b.partner) {
		_, said, err := gpg.run(f.raw, "--decrypt")
		require.Error(t, err)
		require.Contains(t, said, "NO_PUBKEY")
	}
	_, said, err := gpg.run([]byte(next), "--import")
	require.NoError(t, err, said)
	require.Equal(t, b.signer(t), b.requireSigned(t, second, gpg))
}

// makeSigner makes the account's key as docs/openpgp.md shows, and returns its public half.
func (b *brand) makeSigner(t *testing.T) string {
	t.Helper()
	b.starter(t, "signer", "make")
	file := filepath.Join(t.TempDir(), "sender.asc")
	b.starter(t, "signer", "show", "-O", file)
	public, err := os.ReadFile(file)
	require.NoError(t, err)
	return string(public)
}

// signer is the fingerprint of the account's key.
func (b *brand) signer(t *testing.T) string {
	t.Helper()
	v, err := b.api.Signer(t.Context(), b.account)
	require.NoError(t, err)
	return v.Fingerprint
}

func (b *brand) runSigned(t *testing.T, id string, day int) httpapi.RunDetail {
	t.Helper()
	run := b.run(t, id, b.before(time.Duration(day)*24*time.Hour, time.Hour))
	require.Equal(t, contract.OutcomeDelivered, run.Outcome, run.Error)
	return run
}

// validSignature is GnuPG's word for one that it verified with a key that it holds.
var validSignature = regexp.MustCompile(`\[GNUPG:] VALIDSIG ([0-9A-F]{40})`)

// requireSigned has the receiver read the run's rows, out of text at the cloud store and
// binary messages at the partner, and returns whose signature stands on all of them.
func (b *brand) requireSigned(t *testing.T, run httpapi.RunDetail, gpg gnuPG) (fingerprint string) {
	t.Helper()
	want := b.world(t, byEnd, *run.Window).messages()
	require.NotEmpty(t, want)
	for destination, armored := range map[string]bool{b.cloud: true, b.partner: false} {
		rows, files := map[string]int{}, b.data(t, run, destination)
		require.NotEmpty(t, files)
		for _, f := range files {
			require.Equal(t, armored, strings.HasSuffix(f.Name, ".asc"), f.Name)
			require.Equal(t, armored, strings.HasPrefix(string(f.raw), "-----BEGIN PGP MESSAGE-----\n"))
			clear, said, err := gpg.run(f.raw, "--decrypt")
			require.NoError(t, err, said)
			require.Contains(t, said, "GOODSIG")
			by := validSignature.FindStringSubmatch(said)
			require.NotNil(t, by, said)
			require.Contains(t, []string{"", by[1]}, fingerprint)
			fingerprint = by[1]
			for id, n := range countRows(t, f.Name, clear) {
				rows[id] += n
			}
		}
		require.Equal(t, want, rows)
	}
	return fingerprint
}
