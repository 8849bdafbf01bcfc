package pgp

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/realtest"
)

// reader is a program that a receiver may have.
type reader interface {
	// accept takes the receiver's unlocked private key and the sender's public one; false:
	// it cannot read them.
	accept(t *testing.T, secret, sender string) bool
	// decrypt returns the clear bytes of a message; signed: only if it finds the sender's
	// good signature. Nil: it cannot.
	decrypt(t *testing.T, message []byte, signed bool) []byte
	// encrypt makes a message for the public key; nil: it cannot.
	encrypt(t *testing.T, clear []byte, public string) []byte
}

// readers are the programs of the matrix, in the order of its columns.
var readers = []string{"gpg", "sq", "sqop"}

func newReader(t *testing.T, name string) reader {
	t.Helper()
	realtest.Program(t, name, map[string]string{"gpg": "gnupg", "sq": "sq", "sqop": "sqop"}[name])
	files := fileTool{name: name, dir: t.TempDir()}
	switch name {
	case "gpg":
		return &gpgReader{newGnuPG(t)}
	case "sq":
		return &sqReader{files}
	}
	return &sqopReader{files}
}

// try returns what a program writes, and whether it ended well.
func try(t *testing.T, stdin []byte, name string, args ...string) ([]byte, bool) {
	t.Helper()
	var out bytes.Buffer
	cmd := exec.CommandContext(context.Background(), name, args...)
	cmd.Stdin, cmd.Stdout = bytes.NewReader(stdin), &out
	err := cmd.Run()
	return out.Bytes(), err == nil
}

type gpgReader struct{ g *gnupg }

func (r *gpgReader) args(more ...string) []string {
	return append([]string{"--homedir", r.g.home, "--batch", "--yes", "--pinentry-mode", "loopback", "--passphrase", "", "--trust-model", "always"}, more...)
}

func (r *gpgReader) accept(t *testing.T, secret, sender string) bool {
	_, ours := try(t, []byte(sender), "gpg", r.args("--import")...)
	_, theirs := try(t, []byte(secret), "gpg", r.args("--import")...)
	return ours && theirs
}

func (r *gpgReader) decrypt(t *testing.T, message []byte, signed bool) []byte {
	status := filepath.Join(t.TempDir(), "status")
	clear, ok := try(t, message, "gpg", r.args("--status-file", status, "--decrypt")...)
	told, err := os.ReadFile(status)
	if !ok || err != nil || signed && !bytes.Contains(told, []byte("GOODSIG")) {
		return nil
	}
	return clear
}

func (r *gpgReader) encrypt(t *testing.T, clear []byte, public string) []byte {
	file := filepath.Join(t.TempDir(), "cert")
	require.NoError(t, os.WriteFile(file, []byte(public), 0o600))
	message, ok := try(t, clear, "gpg", r.args("--recipient-file", file, "--encrypt")...)
	if !ok {
		return nil
	}
	return message
}

// fileTool is a program that is given keys as files.
type fileTool struct{ name, dir string }

func (f fileTool) path(name string) string { return filepath.Join(f.dir, name) }

func (f fileTool) keep(t *testing.T, name, text string) string {
	t.Helper()
	require.NoError(t, os.WriteFile(f.path(name), []byte(text), 0o600))
	return f.path(name)
}

type sqReader struct{ fileTool }

func (r *sqReader) accept(t *testing.T, secret, sender string) bool {
	r.keep(t, "sender", sender)
	_, ok := try(t, nil, "sq", "inspect", r.keep(t, "secret", secret))
	return ok
}

func (r *sqReader) decrypt(t *testing.T, message []byte, signed bool) []byte {
	args := []string{"decrypt", "--recipient-key", r.path("secret")}
	if signed {
		args = append(args, "--signatures", "1", "--signer-cert", r.path("sender"))
	}
	clear, ok := try(t, message, "sq", args...)
	if !ok {
		return nil
	}
	return clear
}

func (r *sqReader) encrypt(t *testing.T, clear []byte, public string) []byte {
	message, ok := try(t, clear, "sq", "encrypt", "--recipient-cert", r.keep(t, "cert", public))
	if !ok {
		return nil
	}
	return message
}

type sqopReader struct{ fileTool }

func (r *sqopReader) accept(t *testing.T, secret, sender string) bool {
	r.keep(t, "sender", sender)
	_, ok := try(t, []byte(secret), "sqop", "extract-cert")
	r.keep(t, "secret", secret)
	return ok
}

func (r *sqopReader) decrypt(t *testing.T, message []byte, signed bool) []byte {
	found := filepath.Join(t.TempDir(), "verifications")
	args := []string{"decrypt"}
	if signed {
		args = append(args, "--verify-with="+r.path("sender"), "--verifications-out="+found)
	}
	clear, ok := try(t, message, "sqop", append(args, "--", r.path("secret"))...)
	if told, _ := os.ReadFile(found); !ok || signed && len(told) == 0 {
		return nil
	}
	return clear
}

func (r *sqopReader) encrypt(t *testing.T, clear []byte, public string) []byte {
	message, ok := try(t, clear, "sqop", "encrypt", r.keep(t, "cert", public))
	if !ok {
		return nil
	}
	return message
}
