package sftp

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/ssh"

	"transporter/internal/destination"
	"transporter/internal/destination/destinationtest"
	"transporter/internal/fault"
	"transporter/internal/sshlogin"
)

func TestContractEmbedded(t *testing.T) {
	destinationtest.Run(t, func(t *testing.T) destinationtest.Peer {
		folder := t.TempDir()
		server := startEmbedded(t, folder, "ed25519")
		peer := folderPeer(mustNew(t, server.clientConfig("writer")), folder)
		peer.Cut = server.cut
		peer.Lie = func(t *testing.T) {
			shorten(t, tempFiles(t, folder))
			server.lies.Store(true)
		}
		peer.Forbidden = mustNew(t, server.clientConfig("reader"))
		return peer
	})
}

func TestNewNamesTheWrongField(t *testing.T) {
	t.Parallel()
	locked := secret(clientKey(t, "opens it"))
	good := Config{Host: "sftp.example.com", User: "u", Password: secret("p"), Dial: dialAny}
	cases := []struct {
		name, field string
		spoil       func(*Config)
	}{
		{"no host", "host", func(c *Config) { c.Host = "" }},
		{"URL as host", "host", func(c *Config) { c.Host = "sftp://example.com" }},
		{"port", "port", func(c *Config) { c.Port = 70000 }},
		{"no user", "user", func(c *Config) { c.User = "" }},
		{"no credentials", "credentials", func(c *Config) { c.Password = nil }},
		{"key that is none", "credentials.privateKey", func(c *Config) { c.PrivateKey = secret("PuTTY-User-Key-File-3") }},
		{"locked key", "credentials.passphrase", func(c *Config) { c.PrivateKey = locked }},
		{"wrong passphrase", "credentials.passphrase", func(c *Config) {
			c.PrivateKey, c.Passphrase = locked, secret("does not")
		}},
		{"pin", "hostKeys", func(c *Config) { c.HostKeys = []string{"12:34:56"} }},
		{"certificate authority", "hostKeys", func(c *Config) {
			c.HostKeys = []string{"@cert-authority * " + string(ssh.MarshalAuthorizedKey(newSigner(t, "").PublicKey()))}
		}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			config := good
			c.spoil(&config)
			_, err := New(config)
			var f *fault.Error
			require.ErrorAs(t, err, &f)
			require.Equal(t, fault.InvalidSpec, f.Kind)
			require.Equal(t, c.field, f.Field)
		})
	}
}

// clientKey returns a new private key, locked if there is a passphrase.
func clientKey(t testing.TB, passphrase string) string {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	block, err := ssh.MarshalPrivateKey(key, "")
	if passphrase != "" {
		block, err = ssh.MarshalPrivateKeyWithPassphrase(key, "", []byte(passphrase))
	}
	require.NoError(t, err)
	return string(pem.EncodeToMemory(block))
}

func TestHostKeyPins(t *testing.T) {
	t.Parallel()
	server := startEmbedded(t, t.TempDir(), "ed25519", "rsa")
	ed, rsa := server.signers[0].PublicKey(), server.signers[1].PublicKey()
	stranger := newSigner(t, "ed25519").PublicKey()
	line := func(key ssh.PublicKey) string { return "[127.0.0.1]:2222 " + string(ssh.MarshalAuthorizedKey(key)) }
	cases := []struct {
		name string
		pins []string
		says []string // empty: connects
	}{
		{"known_hosts line", []string{"# comment", line(ed)}, nil},
		{"second type only", []string{line(rsa)}, nil},
		{"fingerprint", []string{ssh.FingerprintSHA256(ed)}, nil},
		{"fingerprint of the second type", []string{ssh.FingerprintSHA256(rsa)}, nil},
		{"output of ssh-keygen -l", []string{"256 " + ssh.FingerprintSHA256(ed) + " host (ED25519)"}, nil},
		{"one of several", []string{line(stranger), line(ed)}, nil},
		{"other key", []string{line(stranger)}, []string{ssh.FingerprintSHA256(ed), ssh.FingerprintSHA256(stranger)}},
		{"other fingerprint", []string{ssh.FingerprintSHA256(stranger)}, []string{ssh.FingerprintSHA256(ed), ssh.FingerprintSHA256(stranger)}},
		{"revoked", []string{line(rsa), "@revoked " + line(rsa)}, []string{"revoked"}},
		{"none", nil, []string{"no host key is pinned", ssh.FingerprintSHA256(ed), "hostKeys"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			config := server.clientConfig("nobody-" + t.Name())
			config.HostKeys = c.pins
			s, err := mustNew(t, config).Connect(t.Context())
			if len(c.says) == 0 {
				require.NoError(t, err)
				require.NoError(t, s.Close())
				return
			}
			require.True(t, fault.Is(err, fault.PermissionDenied), "%v", err)
			for _, text := range c.says {
				require.ErrorContains(t, err, text)
			}
			server.mu.Lock()
			defer server.mu.Unlock()
			require.NotContains(t, server.users, config.User, "credentials were sent to a stranger")
		})
	}
}

func TestTypeThatTheServerLacks(t *testing.T) {
	server := startEmbedded(t, t.TempDir(), "rsa")
	config := server.clientConfig("writer")
	config.HostKeys = []string{string(ssh.MarshalAuthorizedKey(newSigner(t, "ed25519").PublicKey()))}
	_, err := mustNew(t, config).Connect(t.Context())
	require.True(t, fault.Is(err, fault.PermissionDenied), "%v", err)
	require.ErrorContains(t, err, "ssh-keyscan")
}

func TestLogin(t *testing.T) {
	t.Parallel()
	server := startEmbedded(t, t.TempDir(), "ed25519")
	plain, locked := clientKey(t, ""), clientKey(t, "opens it")
	for user, key := range map[string]string{"plain": plain, "locked": locked} {
		signer, err := sshlogin.ParseKey(key, "opens it")
		require.NoError(t, err)
		server.keys[user] = string(signer.PublicKey().Marshal())
	}
	cases := []struct {
		name, user string
		config     Config
		want       fault.Kind
	}{
		{"password", "writer", Config{Password: secret(testPassword)}, ""},
		{"wrong password", "writer", Config{Password: secret("hunter2-hunter2")}, fault.AuthFailed},
		{"key", "plain", Config{PrivateKey: secret(plain)}, ""},
		{"key with passphrase", "locked", Config{PrivateKey: secret(locked), Passphrase: secret("opens it")}, ""},
		{"key that the server does not know", "locked", Config{PrivateKey: secret(plain)}, fault.AuthFailed},
		{"unknown key, right password", "locked", Config{PrivateKey: secret(plain), Password: secret(testPassword)}, ""},
		{"no SFTP for this user", "shell", Config{Password: secret(testPassword)}, fault.PermissionDenied},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			config := server.clientConfig(c.user)
			config.Password, config.PrivateKey, config.Passphrase = c.config.Password, c.config.PrivateKey, c.config.Passphrase
			s, err := mustNew(t, config).Connect(t.Context())
			require.Equal(t, c.want, fault.KindOf(err), "%v", err)
			if err == nil {
				require.NoError(t, s.Close())
				return
			}
			require.ErrorContains(t, err, c.user)
			require.NotContains(t, fmt.Sprintf("%+v %v", err, config), "hunter2")
			caps, err := mustNew(t, config).Probe(t.Context())
			require.Equal(t, c.want, fault.KindOf(err), "%v", err)
			require.Equal(t, "connect ok, log in failed", steps(caps))
		})
	}
}

func TestUnreachable(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	config := Config{
		Host: "127.0.0.1", User: "u", Password: secret("p"), Dial: dialAny,
		Timeout: 100 * time.Millisecond, HostKeys: []string{"SHA256:x"},
	}
	config.Port = listener.Addr().(*net.TCPAddr).Port
	d := mustNew(t, config)

	_, err = d.Connect(t.Context()) // accepts, and never says a word
	require.True(t, fault.Is(err, fault.Upstream), "%v", err)
	require.ErrorContains(t, err, "deadline")

	listener.Close()
	_, err = d.Connect(t.Context())
	require.True(t, fault.Is(err, fault.Upstream), "%v", err)
	require.ErrorContains(t, err, "refused")
}

func TestMissingDirectory(t *testing.T) {
	server := startEmbedded(t, t.TempDir(), "ed25519")
	config := server.clientConfig("writer")
	config.Directory = "no/such/folder"
	_, err := mustNew(t, config).Probe(t.Context())
	require.True(t, fault.Is(err, fault.NotFound), "%v", err)
	require.ErrorContains(t, err, "no/such/folder")
	require.ErrorContains(t, err, "check the destination's directory")
}

func TestDirectoryBelowTheLogin(t *testing.T) {
	folder := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(folder, "in"), 0o777))
	server := startEmbedded(t, folder, "ed25519")
	config := server.clientConfig("writer")
	config.Directory = "in"
	d := mustNew(t, config)
	caps, err := d.Probe(t.Context())
	require.NoError(t, err)
	require.Equal(t, destination.Bytes, caps.Highest)
	require.True(t, caps.Atomic)
	require.Contains(t, strings.Join(caps.Notes, "; "), "flush")
	s, err := d.Connect(t.Context())
	require.NoError(t, err)
	defer s.Close()
	require.Equal(t, fmt.Sprintf("sftp://writer@127.0.0.1:%d/in/a%%20b.csv", config.Port), s.Location("a b.csv"))
}

func TestSilentServerIsGivenUp(t *testing.T) {
	server := startEmbedded(t, t.TempDir(), "ed25519")
	config := server.clientConfig("writer")
	config.Timeout = 200 * time.Millisecond
	var line *frozenConn
	config.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dialAny(ctx, network, address)
		line = &frozenConn{Conn: conn, frozen: make(chan struct{})}
		return line, err
	}
	s, err := mustNew(t, config).Connect(t.Context())
	require.NoError(t, err)
	defer s.Close()
	close(line.frozen)
	_, err = s.Open(t.Context(), "report.csv")
	require.True(t, fault.Is(err, fault.Upstream), "%v", err)
}
