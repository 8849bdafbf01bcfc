package pgp

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/realtest"
)

// gnupg is GnuPG with a home of its own.
type gnupg struct {
	t    testing.TB
	home string
}

func newGnuPG(t testing.TB) *gnupg {
	t.Helper()
	realtest.Program(t, "gpg", "gnupg")
	// t.TempDir is too long: gpg-agent's socket must fit into 108 bytes.
	home, err := os.MkdirTemp("", "gpg")
	require.NoError(t, err)
	g := &gnupg{t, home}
	t.Cleanup(func() {
		exec.Command("gpgconf", "--homedir", home, "--kill", "all").Run()
		os.RemoveAll(home)
	})
	return g
}

// run returns what gpg writes, given its input.
func (g *gnupg) run(stdin []byte, args ...string) []byte {
	g.t.Helper()
	base := []string{"--homedir", g.home, "--batch", "--yes", "--pinentry-mode", "loopback", "--trust-model", "always"}
	return runTool(g.t, stdin, "gpg", append(base, args...)...)
}

func runTool(t testing.TB, stdin []byte, name string, args ...string) []byte {
	t.Helper()
	var out, problems bytes.Buffer
	cmd := exec.Command(name, args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(stdin), &out, &problems
	require.NoError(t, cmd.Run(), "%s: %s", name, &problems)
	return out.Bytes()
}

// frozen is a time for --faked-system-time: with the mark, gpg's clock stands still, so
// that no key is younger than the next call.
func frozen(at time.Time) string { return at.Format("20060102T150405") + "!" }

// mixed is text of many scripts and noise, more than one block of it.
func mixed() []byte {
	text := strings.Repeat("id,“текст”,報告,مرحبا,😀\r\n", 30_000)
	return append([]byte(text), content(7, 200_000, false)...)
}

func TestGnuPGReadsOurs(t *testing.T) {
	for _, algorithm := range []string{"rsa2048", "rsa3072", "rsa4096", "ed25519"} {
		t.Run(algorithm, func(t *testing.T) {
			t.Parallel()
			g := newGnuPG(t)
			pair, err := GenerateKey(Options{Name: "Reports", Email: "r@example.com", Passphrase: passphrase, Algorithm: algorithm, Now: birth})
			require.NoError(t, err)
			g.run([]byte(pair.Private), "--passphrase", passphrase, "--import")
			for name, clear := range map[string][]byte{"empty": {}, "small": []byte("clear"), "mixed": mixed()} {
				message := encrypt(t, clear, mustParse(t, pair.Public))
				got := g.run(message, "--faked-system-time", frozen(noon), "--passphrase", passphrase, "--decrypt")
				require.True(t, bytes.Equal(clear, got), name)
			}
			// The other way round, with gpg's choice of algorithms for our key.
			message := g.run(mixed(), "--faked-system-time", frozen(noon), "-r", pair.Fingerprint, "--encrypt")
			require.True(t, bytes.Equal(mixed(), decrypt(t, message, pair.Private, passphrase)))
		})
	}
}

func TestKeysOfGnuPG(t *testing.T) {
	cases := []struct{ name, primary, sub, says string }{
		{"RSA 2048", "rsa2048", "rsa2048", "RSA 2048"},
		{"Ed25519", "ed25519", "cv25519", "Ed25519 + Curve25519"},
		{"NIST P-256", "nistp256", "nistp256", "NIST P-256"},
		{"NIST P-521", "nistp521", "nistp521", "NIST P-521"},
		{"RSA with old DSA", "dsa2048", "rsa3072", "DSA 2048 + RSA 3072"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			g := newGnuPG(t)
			clock := []string{"--faked-system-time", frozen(birth), "--passphrase", ""}
			g.run(nil, append(clock, "--quick-gen-key", "Receiver <r@example.com>", c.primary, "sign", "never")...)
			listing := string(g.run(nil, "--list-keys", "--with-colons"))
			_, line, found := strings.Cut(listing, "\nfpr:")
			require.True(t, found, listing)
			fingerprint := strings.Split(line, ":")[8]
			g.run(nil, append(clock, "--quick-add-key", fingerprint, c.sub, "encr", "1y")...)

			key := mustParse(t, string(g.run(nil, "--armor", "--export", fingerprint)))
			require.Equal(t, fingerprint, key.Fingerprint())
			require.Equal(t, c.says, key.Algorithm())
			require.Equal(t, birth.AddDate(1, 0, 0), key.Expires())
			binary := mustParse(t, string(g.run(nil, "--export", fingerprint)))
			require.Equal(t, fingerprint, binary.Fingerprint())

			got := g.run(encrypt(t, mixed(), key), "--decrypt")
			require.True(t, bytes.Equal(mixed(), got))
			private := string(g.run(nil, "--armor", "--passphrase", "", "--export-secret-keys", fingerprint))
			theirs := g.run(mixed(), "-r", fingerprint, "--faked-system-time", frozen(noon), "--encrypt")
			require.True(t, bytes.Equal(mixed(), decrypt(t, theirs, private, "")))
			_, err := ParseKey(private)
			require.ErrorContains(t, err, "private key")
		})
	}
}

func TestGnuPGRevokes(t *testing.T) {
	g := newGnuPG(t)
	clock := []string{"--faked-system-time", frozen(birth), "--passphrase", ""}
	g.run(nil, append(clock, "--quick-gen-key", "Receiver", "ed25519", "sign", "never")...)
	certificates, err := filepath.Glob(filepath.Join(g.home, "openpgp-revocs.d", "*.rev"))
	require.NoError(t, err)
	require.Len(t, certificates, 1)
	certificate, err := os.ReadFile(certificates[0])
	require.NoError(t, err)
	// gpg writes a colon before the armor so that nobody imports it by mistake.
	g.run([]byte(strings.Replace(string(certificate), ":-----BEGIN", "-----BEGIN", 1)), "--import")
	key := mustParse(t, string(g.run(nil, "--armor", "--export")))
	require.ErrorContains(t, key.Fitness(noon), "it was revoked")
}

func TestSequoiaReadsOurs(t *testing.T) {
	realtest.Program(t, "sq", "sq")
	for _, algorithm := range []string{"rsa3072", "ed25519"} {
		t.Run(algorithm, func(t *testing.T) {
			pair, err := GenerateKey(Options{Name: "Reports", Passphrase: passphrase, Algorithm: algorithm, Now: birth})
			require.NoError(t, err)
			// sq 0.27 asks for passphrases on a terminal only, so it gets the key unlocked.
			ring, err := privateRing(pair.Private, passphrase)
			require.NoError(t, err)
			unlocked := filepath.Join(t.TempDir(), "key")
			f, err := os.Create(unlocked)
			require.NoError(t, err)
			require.NoError(t, ring[0].SerializePrivateWithoutSigning(f, nil))
			require.NoError(t, f.Close())
			for name, clear := range map[string][]byte{"empty": {}, "mixed": mixed()} {
				got := runTool(t, encrypt(t, clear, mustParse(t, pair.Public)), "sq", "decrypt", "--recipient-key", unlocked)
				require.True(t, bytes.Equal(clear, got), name)
			}
		})
	}
}
