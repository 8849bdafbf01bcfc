package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"time"

	"transporter/internal/pgp"
)

const missingGnuPG = "gpg is missing"

// gnuPG is gpg with a home of its own; nil where there is none.
type gnuPG struct{ path, home string }

func newGnuPG(ctx context.Context) (*gnuPG, error) {
	path, err := exec.LookPath("gpg")
	if err != nil {
		return nil, nil //nolint:nilerr,nilnil // the table says that it is missing
	}
	// Not below the bench's folder: the path of the agent's socket must be short.
	home, err := os.MkdirTemp("", "gpg-")
	if err != nil {
		return nil, err
	}
	g := &gnuPG{path, home}
	_, err = g.run(ctx, nil, "--passphrase", "", "--quick-gen-key", "Receiver", "default", "default", "never")
	if err != nil {
		g.close()
	}
	return g, err
}

// run runs gpg; its output goes to out.
func (g *gnuPG) run(ctx context.Context, out io.Writer, args ...string) (*os.ProcessState, error) {
	args = append([]string{"--homedir", g.home, "--batch", "--yes", "--quiet", "--trust-model", "always", "--pinentry-mode", "loopback"}, args...)
	cmd := exec.CommandContext(ctx, g.path, args...) //nolint:gosec // the rival, over files of ours
	var complaint bytes.Buffer
	cmd.Stdout, cmd.Stderr = out, &complaint
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("gpg: %w: %s", err, complaint.Bytes())
	}
	return cmd.ProcessState, nil
}

func (g *gnuPG) version(ctx context.Context) string { return version(ctx, g.path) }

// encrypt returns how long gpg took by the clock and how long it worked.
func (g *gnuPG) encrypt(ctx context.Context, key *pgp.Key, from, to string) (took, worked time.Duration, err error) {
	began := time.Now()
	state, err := g.run(ctx, nil, "-r", key.Fingerprint(), "--output", to, "--encrypt", from)
	if err != nil {
		return 0, 0, err
	}
	return time.Since(began), state.UserTime() + state.SystemTime(), nil
}

// key returns the receiver's key: gpg's own, or one of ours where there is no gpg.
func (g *gnuPG) key(ctx context.Context) (*pgp.Key, error) {
	if g == nil {
		pair, err := pgp.GenerateKey(pgp.Options{Name: "Receiver", Passphrase: rand.Text(), Now: time.Now()})
		if err != nil {
			return nil, err
		}
		return pgp.ParseKey(pair.Public)
	}
	var armored bytes.Buffer
	if _, err := g.run(ctx, &armored, "--armor", "--export"); err != nil {
		return nil, err
	}
	return pgp.ParseKey(armored.String())
}

// reads is an error unless gpg decrypts the message to the bytes of the clear file.
func (g *gnuPG) reads(ctx context.Context, message, clear string) error {
	if g == nil {
		return nil
	}
	got := sha256.New()
	if _, err := g.run(ctx, got, "--decrypt", message); err != nil {
		return err
	}
	want, err := hashOf(clear)
	if err == nil && want != [sha256.Size]byte(got.Sum(nil)) {
		err = errors.New("gpg decrypts something else")
	}
	return err
}

// close ends the agent that gpg started and removes the keys.
func (g *gnuPG) close() {
	if g != nil {
		_ = exec.Command("gpgconf", "--homedir", g.home, "--kill", "all").Run() //nolint:gosec,noctx // our own folder; also after Ctrl-C
		_ = os.RemoveAll(g.home)
	}
}
