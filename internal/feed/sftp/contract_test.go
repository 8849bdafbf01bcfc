package sftp

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/ssh"

	"transporter/internal/fault"
	"transporter/internal/feed"
	"transporter/internal/feed/doortest"
	"transporter/internal/seal"
	"transporter/internal/sshdtest"
)

const passphrase = "opens the key"

func TestContract(t *testing.T) {
	t.Parallel()
	server, config := start(t)
	doortest.Run(t, doortest.Storage{
		Door:   mustNew(t, config),
		Put:    func(t testing.TB, key string, content []byte) { put(t, server, key, string(content)) },
		Remove: func(t testing.TB, key string) { require.NoError(t, os.Remove(at(server, key))) },
	})
}

// start runs OpenSSH and says how its user reads feeds there.
func start(t *testing.T) (*sshdtest.Server, Config) {
	t.Helper()
	server := sshdtest.Start(t, "")
	_, key, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	signer, err := ssh.NewSignerFromKey(key)
	require.NoError(t, err)
	server.Authorize(t, signer.PublicKey())
	block, err := ssh.MarshalPrivateKeyWithPassphrase(key, "", []byte(passphrase))
	require.NoError(t, err)
	return server, Config{
		Host: "127.0.0.1", Port: server.Port, Directory: "/outbox", HostKeys: server.HostKeys(),
		User: seal.Secret(server.User), PrivateKey: seal.Secret(pem.EncodeToMemory(block)), Passphrase: passphrase,
		Dial: new(net.Dialer).DialContext,
	}
}

func at(s *sshdtest.Server, key string) string { return filepath.Join(s.Jail, "outbox", key) }

func put(t testing.TB, s *sshdtest.Server, key, content string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(at(s, key)), 0o755))
	require.NoError(t, os.WriteFile(at(s, key), []byte(content), 0o644))
}

func mustNew(t testing.TB, c Config) *Door {
	t.Helper()
	d, err := New(c)
	require.NoError(t, err)
	return d
}

func first(t testing.TB, d *Door, prefix string) (feed.Object, error) {
	for o, err := range d.List(t.Context(), prefix) {
		return o, err
	}
	return feed.Object{}, nil
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	server, config := start(t)
	put(t, server, "feed/x", "x")
	server.Folder(t, "outbox/closed", 0)
	for name, c := range map[string]struct {
		edit   func(c *Config)
		prefix string
		kind   fault.Kind
		field  string
		says   string
	}{
		"revoked key":        {edit: func(c *Config) { c.User = "nobody" }, kind: fault.AuthFailed, says: "refused the credentials"},
		"another host key":   {edit: func(c *Config) { c.HostKeys = []string{"SHA256:abc"} }, kind: fault.PermissionDenied, field: "feeds.sftp.hostKeys", says: "does not match"},
		"wrong folder":       {edit: func(c *Config) { c.Directory = "/exports" }, kind: fault.NotFound, field: "feeds.sftp.directory", says: "no folder /exports"},
		"no list permission": {prefix: "closed/", kind: fault.PermissionDenied, says: "ask for the right"},
		"nobody answers":     {edit: func(c *Config) { c.Port = 1 }, kind: fault.Upstream, says: "check host and port"},
	} {
		t.Run(name, func(t *testing.T) {
			c := c
			config := config
			if c.edit != nil {
				c.edit(&config)
			}
			_, err := first(t, mustNew(t, config), c.prefix)
			var said *fault.Error
			require.ErrorAs(t, err, &said)
			require.Equal(t, c.kind, said.Kind, "%v", err)
			require.Equal(t, c.field, said.Field, "%v", err)
			require.ErrorContains(t, err, c.says)
		})
	}
	for field, edit := range map[string]func(c *Config){
		"feeds.sftp.host":             func(c *Config) { c.Host = "a/b" },
		"feeds.sftp.hostKeys":         func(c *Config) { c.HostKeys = []string{"what"} },
		"credentials.sftp.username":   func(c *Config) { c.User = "" },
		"credentials.sftp.privateKey": func(c *Config) { c.PrivateKey = "not a key" },
		"credentials.sftp.passphrase": func(c *Config) { c.Passphrase = "another" },
		"feeds.sftp.directory":        func(c *Config) { c.Directory = "a\x00b" },
		"feeds.sftp.port":             func(c *Config) { c.Port = 70000 },
	} {
		t.Run(field, func(t *testing.T) {
			config := config
			edit(&config)
			_, err := New(config)
			var said *fault.Error
			require.ErrorAs(t, err, &said)
			require.Equal(t, field, said.Field, "%v", err)
			require.Equal(t, fault.InvalidSpec, said.Kind)
		})
	}
}

// What is neither a folder nor a regular file is no object; a key order that folders keep is that of
// their slash.
func TestOrderAndOtherThings(t *testing.T) {
	t.Parallel()
	server, config := start(t)
	for _, key := range []string{"f/a/x", "f/a-b", "f/a0"} {
		put(t, server, key, "x")
	}
	require.NoError(t, os.Symlink("/etc/passwd", at(server, "f/link")))
	var got []string
	for o, err := range mustNew(t, config).List(t.Context(), "f/") {
		require.NoError(t, err)
		got = append(got, o.Key)
	}
	require.Equal(t, []string{"f/a-b", "f/a/x", "f/a0"}, got)
}

// A file that is written while it is read is told of at its end; one whose connection breaks is read
// on.
func TestReadWhileThingsHappen(t *testing.T) {
	t.Parallel()
	server, config := start(t)
	content := strings.Repeat("0123456789abcdef", 1<<19) // more than is asked for ahead
	var last net.Conn
	config.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := new(net.Dialer).DialContext(ctx, network, address)
		last = conn
		return conn, err
	}
	d := mustNew(t, config)
	for name, c := range map[string]struct {
		happens func(t *testing.T)
		changed bool
	}{
		"the connection breaks": {func(*testing.T) { last.Close() }, false},
		"it is written to": {func(t *testing.T) {
			f, err := os.OpenFile(at(server, "feed/x"), os.O_APPEND|os.O_WRONLY, 0)
			require.NoError(t, err)
			_, err = f.WriteString("more")
			require.NoError(t, err)
			require.NoError(t, f.Close())
		}, true},
		"it is another one of the same size": {func(t *testing.T) {
			require.NoError(t, os.Chtimes(at(server, "feed/x"), time.Now(), time.Now().Add(time.Minute)))
		}, true},
	} {
		t.Run(name, func(t *testing.T) {
			put(t, server, "feed/x", content)
			o, err := first(t, d, "feed/")
			require.NoError(t, err)
			r, err := d.Open(t.Context(), o)
			require.NoError(t, err)
			defer r.Close()
			begin := make([]byte, 1000)
			_, err = io.ReadFull(r, begin)
			require.NoError(t, err)
			c.happens(t)
			rest, err := io.ReadAll(r)
			if c.changed {
				require.True(t, fault.Is(err, fault.Conflict), "%v", err)
				return
			}
			require.NoError(t, err)
			require.True(t, content == string(begin)+string(rest), "%d bytes", len(begin)+len(rest))
		})
	}
}
