package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"

	"transporter/internal/keys"
	"transporter/internal/manifest"
	"transporter/internal/pgp"
	"transporter/internal/task"
)

const (
	waitLong = 2 * time.Minute
	waitStep = 50 * time.Millisecond
)

func pastHour(hours int) time.Time {
	return time.Now().UTC().Truncate(time.Hour).Add(time.Duration(hours) * time.Hour)
}

// alone runs a command that needs no API.
func alone(t *testing.T, in string, args ...string) result {
	t.Helper()
	b := &bench{t: t, dir: t.TempDir(), env: map[string]string{}}
	return b.run(in, args...)
}

func TestExitCodes(t *testing.T) {
	t.Chdir(t.TempDir())
	for name, c := range map[string]struct {
		args []string
		code int
		says string
	}{
		"help":             {[]string{"--help"}, exitOK, ""},
		"unknown command":  {[]string{"tusk"}, exitUsage, "tusk"},
		"unknown sub":      {[]string{"task", "eat"}, exitUsage, "eat"},
		"unknown flag":     {[]string{"task", "list", "--colour"}, exitUsage, "--colour"},
		"missing argument": {[]string{"task", "show"}, exitUsage, "show TASK"},
		"unknown output":   {[]string{"task", "list", "-o", "xml"}, exitUsage, "--output"},
		"no file":          {[]string{"task", "create"}, exitUsage, "--file"},
		"nothing to edit":  {[]string{"destination", "edit", "X"}, exitUsage, "say what is to change"},
		"half a window":    {[]string{"task", "run", "X", "--from", "2026-11-19T00:00:00Z"}, exitUsage, "--to"},
		"no token":         {[]string{"task", "list"}, exitFailed, "--token-file"},
		"both to replay":   {[]string{"replay", "id", "--file", "f"}, exitUsage, "either"},
		"no keys":          {[]string{"replay", "id"}, exitFailed, "starter bootstrap"},
	} {
		t.Run(name, func(t *testing.T) {
			r := alone(t, "", c.args...)
			require.Equal(t, c.code, r.code, r.err)
			require.Contains(t, r.err, c.says)
		})
	}
}

// TestHelp reads the help of every command.
func TestHelp(t *testing.T) {
	var walk func(*cobra.Command)
	walk = func(c *cobra.Command) {
		require.NotEmpty(t, c.Short, c.CommandPath())
		require.NotRegexp(t, `\.$`, c.Short, c.CommandPath()+": a short help is no sentence")
		require.NotRegexp(t, `\ba [aeio]`, c.Short, c.CommandPath())
		for _, line := range strings.Split(c.Long+"\n"+c.Example, "\n") {
			require.LessOrEqual(t, len([]rune(line)), 130, c.CommandPath()+": "+line)
		}
		for _, sub := range c.Commands() {
			walk(sub)
		}
	}
	walk(newRoot(environment{in: strings.NewReader(""), out: io.Discard, err: io.Discard}))
	r := alone(t, "", "key", "generate", "--help")
	require.Equal(t, exitOK, r.code)
	require.Contains(t, r.out, "[TRANSPORTER_PASSPHRASE_FILE]")
}

func TestKeysAndDecryption(t *testing.T) {
	t.Chdir(t.TempDir())
	require.NoError(t, os.WriteFile("pass", []byte("ten characters or more\n"), 0o600))
	short := alone(t, "short", "key", "generate", "--name", "V", "--algorithm", "ed25519", "--passphrase-file", "-")
	require.Equal(t, exitFailed, short.code)
	require.Contains(t, short.err, "10")
	made := alone(t, "", "key", "generate", "--name", "V", "--email", "v@example.com", "--algorithm", "ed25519", "--out", "v", "--passphrase-file", "pass")
	require.Equal(t, exitOK, made.code, made.err)
	for _, name := range []string{"v.public.asc", "v.private.asc"} {
		info, err := os.Stat(name)
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	}
	again := alone(t, "", "key", "generate", "--name", "V", "--algorithm", "ed25519", "--out", "v", "--passphrase-file", "pass")
	require.Equal(t, exitFailed, again.code, "keys are never replaced")

	public, err := os.ReadFile("v.public.asc")
	require.NoError(t, err)
	key, err := pgp.ParseKey(string(public))
	require.NoError(t, err)
	var sealed bytes.Buffer
	w, err := pgp.Encrypt(&sealed, []*pgp.Key{key}, pgp.Message{Name: "a.csv", Now: time.Now()})
	require.NoError(t, err)
	content := strings.Repeat("row\r\n", 100_000)
	_, err = io.WriteString(w, content)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	require.NoError(t, os.WriteFile("a.csv.pgp", sealed.Bytes(), 0o600))

	r := alone(t, "", "decrypt", "a.csv.pgp", "--key", "v.private.asc", "--passphrase-file", "pass")
	require.Equal(t, exitOK, r.code, r.err)
	clear, err := os.ReadFile("a.csv")
	require.NoError(t, err)
	require.Equal(t, content, string(clear))
	require.Equal(t, exitFailed, alone(t, "", "decrypt", "a.csv.pgp", "--key", "v.private.asc", "--passphrase-file", "pass").code, "nothing is replaced")

	_, sender, private, err := pgp.NewSigner("Support", time.Now().Add(-time.Hour))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile("sender.asc", []byte(sender), 0o600))
	r = alone(t, "", "decrypt", "a.csv.pgp", "--key", "v.private.asc", "--passphrase-file", "pass", "--signed-by", "sender.asc", "-O", "c.csv")
	require.Equal(t, exitFailed, r.code)
	require.Contains(t, r.err, "not signed")
	require.NoFileExists(t, "c.csv")
	signer, err := pgp.ParseSigner(private)
	require.NoError(t, err)
	var signed bytes.Buffer
	w, err = pgp.Encrypt(&signed, []*pgp.Key{key}, pgp.Message{Name: "c.csv", Now: time.Now(), Armor: true, Signer: signer})
	require.NoError(t, err)
	_, err = io.WriteString(w, content)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	require.NoError(t, os.WriteFile("c.csv.asc", signed.Bytes(), 0o600))
	r = alone(t, "", "decrypt", "c.csv.asc", "--key", "v.private.asc", "--passphrase-file", "pass", "--signed-by", "sender.asc")
	require.Equal(t, exitOK, r.code, r.err)
	require.FileExists(t, "c.csv")

	damaged := bytes.Clone(sealed.Bytes())
	damaged[len(damaged)-30] ^= 1
	require.NoError(t, os.WriteFile("b.csv.pgp", damaged, 0o600))
	r = alone(t, "", "decrypt", "b.csv.pgp", "--key", "v.private.asc", "--passphrase-file", "pass")
	require.Equal(t, exitFailed, r.code)
	left, err := filepath.Glob("b.csv*")
	require.NoError(t, err)
	require.Equal(t, []string{"b.csv.pgp"}, left, "a damaged file leaves nothing that looks whole")
}

// A receiver checks what came with the key alone.
func TestVerifyFolder(t *testing.T) {
	t.Chdir(t.TempDir())
	public, private, err := ed25519.GenerateKey(nil)
	require.NoError(t, err)
	pem, err := keys.PublicPEM(public)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile("signing.pub", pem, 0o600))
	require.NoError(t, os.MkdirAll("in/a", 0o700))
	empty := alone(t, "", "verify", "in", "--key", "signing.pub")
	require.Equal(t, exitFailed, empty.code)
	require.Contains(t, empty.err, "no manifest")

	content, now := []byte("row\n"), time.Now().UTC().Truncate(time.Hour)
	text, err := manifest.Sign(manifest.Manifest{
		Format: manifest.Format, Task: "01T", Report: "msg.messages@1.0", Window: task.Window{From: now.Add(-time.Hour), To: now}, Rows: 1,
		Files: []manifest.File{{Name: "m.csv", Size: 4, SHA256: fmt.Sprintf("%x", sha256.Sum256(content)), Rows: 1, Part: 1}},
	}, private)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile("in/a/m.manifest.json", text, 0o600))
	require.NoError(t, os.WriteFile("in/a/m.csv", content, 0o600))
	whole := alone(t, "", "verify", "in", "--key", "signing.pub")
	require.Equal(t, exitOK, whole.code, whole.err)
	require.Contains(t, whole.out, "msg.messages@1.0")

	// A partition that is not finished, two hours later: the hour between is a hole.
	before := task.Window{From: now, To: now.Add(time.Hour)}
	text, err = manifest.Sign(manifest.Manifest{
		Format: manifest.Format, Task: "01T", Report: "msg.messages@1.0", Window: task.Window{From: before.To, To: before.To.Add(time.Hour)},
		Previous: &before, Rows: 1, Files: []manifest.File{{Name: "m.csv", Size: 4, SHA256: fmt.Sprintf("%x", sha256.Sum256(content)), Rows: 1, Part: 1}},
	}, private)
	require.NoError(t, err)
	partition := "in/feeds/m/version=1/format=csv/dt=" + before.To.Format(time.DateOnly) + "/hr=" + before.To.Format("15")
	require.NoError(t, os.MkdirAll(partition, 0o700))
	require.NoError(t, os.WriteFile(partition+"/_manifest.json", text, 0o600))
	require.NoError(t, os.WriteFile(partition+"/m.csv", content, 0o600))
	open := alone(t, "", "verify", "in", "--key", "signing.pub")
	require.Equal(t, exitFailed, open.code)
	require.Contains(t, open.err, "2 problems")
	require.Contains(t, open.out, "_SUCCESS")
	require.Contains(t, open.out, before.From.Format(time.RFC3339)+" to "+before.To.Format(time.RFC3339))
	require.NoError(t, os.WriteFile(partition+"/_SUCCESS", nil, 0o600))
	require.Contains(t, alone(t, "", "verify", "in", "--key", "signing.pub").err, "1 problem")
	require.NoError(t, os.RemoveAll("in/feeds"))

	require.NoError(t, os.WriteFile("in/a/m.csv", []byte("raw\n"), 0o600))
	changed := alone(t, "", "verify", "in", "--key", "signing.pub", "-o", "json")
	require.Equal(t, exitFailed, changed.code)
	require.Contains(t, changed.err, "1 problem")
	require.Contains(t, changed.out, "SHA-256")
}
