package sftpd_test

import (
	"crypto/ed25519"
	"io"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/pkg/sftp"
	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/ssh"

	"transporter/internal/sandbox/sftpd"
)

type running struct {
	*sftpd.Server
	addr, root string
	key        ssh.Signer
}

func start(t *testing.T) running {
	t.Helper()
	_, private, err := ed25519.GenerateKey(nil)
	require.NoError(t, err)
	key, err := ssh.NewSignerFromKey(private)
	require.NoError(t, err)
	dir := t.TempDir()
	r := running{root: filepath.Join(dir, "files"), key: key}
	r.Server, err = sftpd.New(sftpd.Config{
		Root: r.root, HostKeyFile: filepath.Join(dir, "host_key"), User: "user", Password: "secret",
		AuthorizedKeys: []ssh.PublicKey{key.PublicKey()},
	})
	require.NoError(t, err)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	r.addr = l.Addr().String()
	served := make(chan error, 1)
	go func() { served <- r.Serve(l) }()
	t.Cleanup(func() {
		require.NoError(t, r.Close())
		require.NoError(t, <-served)
	})
	return r
}

func (r running) dial(user string, auth ssh.AuthMethod) (*sftp.Client, error) {
	conn, err := ssh.Dial("tcp", r.addr, &ssh.ClientConfig{
		User: user, Auth: []ssh.AuthMethod{auth},
		HostKeyCallback: ssh.FixedHostKey(r.HostKey()), Timeout: 2 * time.Minute,
	})
	if err != nil {
		return nil, err
	}
	return sftp.NewClient(conn)
}

func (r running) client(t *testing.T) *sftp.Client {
	t.Helper()
	c, err := r.dial("user", ssh.Password("secret"))
	require.NoError(t, err)
	t.Cleanup(func() { c.Close() })
	return c
}

func put(t *testing.T, c *sftp.Client, name, content string, flags int) error {
	t.Helper()
	f, err := c.OpenFile(name, flags)
	if err != nil {
		return err
	}
	_, err = io.WriteString(f, content)
	require.NoError(t, err)
	return f.Close()
}

func get(t *testing.T, c *sftp.Client, name string) string {
	t.Helper()
	f, err := c.Open(name)
	require.NoError(t, err)
	defer f.Close()
	b, err := io.ReadAll(f)
	require.NoError(t, err)
	return string(b)
}

func TestLogins(t *testing.T) {
	r := start(t)
	_, strangerKey, err := ed25519.GenerateKey(nil)
	require.NoError(t, err)
	stranger, err := ssh.NewSignerFromKey(strangerKey)
	require.NoError(t, err)
	for _, c := range []struct {
		name, user string
		auth       ssh.AuthMethod
		ok         bool
	}{
		{"password", "user", ssh.Password("secret"), true},
		{"key", "user", ssh.PublicKeys(r.key), true},
		{"wrong password", "user", ssh.Password("guess"), false},
		{"wrong user", "root", ssh.Password("secret"), false},
		{"wrong key", "user", ssh.PublicKeys(stranger), false},
		{"key of another user", "root", ssh.PublicKeys(r.key), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			client, err := r.dial(c.user, c.auth)
			if !c.ok {
				require.ErrorContains(t, err, "unable to authenticate")
				return
			}
			require.NoError(t, err)
			require.NoError(t, client.Close())
		})
	}
	_, err = sftpd.New(sftpd.Config{User: "user"})
	require.ErrorContains(t, err, "password")
}

func TestFilesAndRenames(t *testing.T) {
	r := start(t)
	c := r.client(t)
	const create = os.O_WRONLY | os.O_CREATE | os.O_TRUNC
	require.NoError(t, c.Mkdir("in"))
	require.Error(t, c.Mkdir("in"))
	require.NoError(t, put(t, c, "in/a.tmp", "one", create))
	require.Equal(t, "one", get(t, c, "in/a.tmp"))
	info, err := c.Stat("in/a.tmp")
	require.NoError(t, err)
	require.Equal(t, int64(3), info.Size())

	require.Error(t, put(t, c, "in/a.tmp", "two", os.O_WRONLY|os.O_CREATE|os.O_EXCL), "exclusive creation")
	require.NoError(t, c.Rename("in/a.tmp", "in/a"))
	_, err = c.Stat("in/a.tmp")
	require.ErrorIs(t, err, os.ErrNotExist)
	require.NoError(t, put(t, c, "in/b", "two", create))
	require.Error(t, c.Rename("in/b", "in/a"), "a plain rename never overwrites")
	require.Equal(t, "one", get(t, c, "in/a"))
	require.NoError(t, c.PosixRename("in/b", "in/a"), "posix-rename does")
	require.Equal(t, "two", get(t, c, "in/a"))
	require.Error(t, c.Rename("in/nothing", "in/x"))

	list, err := c.ReadDir("in")
	require.NoError(t, err)
	require.Len(t, list, 1)
	require.NoError(t, c.Truncate("in/a", 1))
	require.NoError(t, c.Chmod("in/a", 0o600))
	when := time.Unix(1_700_000_000, 0)
	require.NoError(t, c.Chtimes("in/a", when, when))
	info, err = c.Lstat("in/a")
	require.NoError(t, err)
	require.Equal(t, int64(1), info.Size())
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	require.True(t, info.ModTime().Equal(when))

	require.Error(t, c.RemoveDirectory("in"), "not empty")
	require.NoError(t, c.Mkdir("moved"))
	require.Error(t, c.Rename("moved", "in"))
	require.NoError(t, c.Rename("moved", "other"))
	require.NoError(t, c.Remove("in/a"))
	require.NoError(t, c.RemoveDirectory("in"))
	_, err = c.Open("in/a")
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestNothingOutsideTheFolderIsReached(t *testing.T) {
	r := start(t)
	c := r.client(t)
	outside := filepath.Join(filepath.Dir(r.root), "outside")
	require.NoError(t, os.WriteFile(outside, []byte("secret"), 0o600))
	require.NoError(t, os.Symlink(outside, filepath.Join(r.root, "link")))
	for _, name := range []string{"../outside", "/../../outside", outside, "link"} {
		_, err := c.Open(name)
		require.Error(t, err, name)
	}
	require.Error(t, put(t, c, "link", "x", os.O_WRONLY|os.O_TRUNC))
	require.Error(t, c.Symlink("/etc/passwd", "p"))
	require.NoError(t, c.Rename("link", "../gone"), "above the top is the top")
	require.NoFileExists(t, filepath.Join(filepath.Dir(r.root), "gone"))
	b, err := os.ReadFile(outside)
	require.NoError(t, err)
	require.Equal(t, "secret", string(b))
}

func TestTheHostKeyStays(t *testing.T) {
	dir := t.TempDir()
	config := sftpd.Config{Root: dir, HostKeyFile: filepath.Join(dir, "k", "host_key"), User: "u", Password: "p"}
	first, err := sftpd.New(config)
	require.NoError(t, err)
	second, err := sftpd.New(config)
	require.NoError(t, err)
	require.Equal(t, first.HostKey().Marshal(), second.HostKey().Marshal())
	require.Equal(t, ssh.KeyAlgoED25519, first.HostKey().Type())
	require.NoError(t, os.WriteFile(config.HostKeyFile, []byte("no key"), 0o600))
	_, err = sftpd.New(config)
	require.ErrorContains(t, err, "host key")
}

func TestOnlySFTPIsServed(t *testing.T) {
	r := start(t)
	conn, err := ssh.Dial("tcp", r.addr, &ssh.ClientConfig{
		User: "user", Auth: []ssh.AuthMethod{ssh.Password("secret")},
		HostKeyCallback: ssh.FixedHostKey(r.HostKey()),
	})
	require.NoError(t, err)
	defer conn.Close()
	session, err := conn.NewSession()
	require.NoError(t, err)
	require.Error(t, session.Run("id"))
	_, err = conn.Dial("tcp", "127.0.0.1:1")
	require.Error(t, err)
}
