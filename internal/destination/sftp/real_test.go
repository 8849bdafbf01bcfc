package sftp

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/ssh"

	"transporter/internal/destination"
	"transporter/internal/destination/destinationtest"
	"transporter/internal/fault"
	"transporter/internal/linetest"
	"transporter/internal/realtest"
	"transporter/internal/sshdtest"
)

const realToken = "00112233445566aa"

func TestContractOpenSSH(t *testing.T) { contractOpenSSH(t, "", destination.Bytes) }

// Without the right to read nothing can be compared, and nothing may be lost by that.
func TestContractOpenSSHWithoutReading(t *testing.T) {
	contractOpenSSH(t, "-P read,readdir", destination.Size)
}

// Without a look at files there is nothing but the server's word for what it holds.
func TestContractOpenSSHWithoutLooking(t *testing.T) {
	contractOpenSSH(t, "-P stat,lstat,fstat,read,readdir", destination.Sent)
}

// A server that forbids renaming gets its files under their final names.
func TestContractOpenSSHWithoutRenaming(t *testing.T) {
	contractOpenSSH(t, "-P rename,posix-rename,hardlink", destination.Bytes, func(c *Config) { c.InPlace = true })
}

// A server where commands may be run hashes what it holds.
func TestContractOpenSSHWithCommands(t *testing.T) {
	contract(t, sshdtest.StartWithShell(t), destination.Bytes, func(c *Config) { c.Commands = true })
}

func contractOpenSSH(t *testing.T, flags string, highest destination.Level, how ...func(*Config)) {
	contract(t, sshdtest.Start(t, flags), highest, how...)
}

func contract(t *testing.T, server *sshdtest.Server, highest destination.Level, how ...func(*Config)) {
	destinationtest.Run(t, func(t *testing.T) destinationtest.Peer {
		name := "case" + strings.ToLower(rand.Text())
		server.Folder(t, name, 0o700)
		line := linetest.New(t, server.Address(), 1)
		config := opensshConfig(server, name)
		config.Dial = line.Dial
		locked := opensshConfig(server, "locked")
		for _, set := range how {
			set(&config)
			set(&locked)
		}
		peer := folderPeer(mustNew(t, config), filepath.Join(server.Jail, name))
		if peer.InPlace = config.InPlace; peer.InPlace {
			peer.Damage = func(t *testing.T) { damage(t, allFiles(t, filepath.Join(server.Jail, name))) }
		}
		peer.Cut, peer.Flip = line.Cut, line.Flip
		peer.Forbidden = mustNew(t, locked)
		peer.Highest, peer.Resumes = highest, highest == destination.Bytes
		plant := peer.Plant
		peer.Plant = func(t *testing.T, file string, content []byte) {
			plant(t, file, content)
			sshdtest.Run(t, "", "chown", server.User, filepath.Join(server.Jail, name, file))
		}
		return peer
	})
}

func TestOpenSSHLogin(t *testing.T) {
	server := sshdtest.Start(t, "")
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	block, err := ssh.MarshalPrivateKey(rsaKey, "")
	require.NoError(t, err)
	cases := []struct {
		name, key, passphrase, password string
		want                            fault.Kind
	}{
		{name: "password", password: sshdtest.Password},
		{name: "wrong password", password: "not the password", want: fault.AuthFailed},
		{name: "Ed25519 key", key: clientKey(t, "")},
		{name: "Ed25519 key with passphrase", key: clientKey(t, "opens it"), passphrase: "opens it"},
		{name: "RSA key", key: string(pem.EncodeToMemory(block))},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			config := opensshConfig(server, "outbox")
			config.Password, config.PrivateKey, config.Passphrase = secret(c.password), secret(c.key), secret(c.passphrase)
			if c.key != "" {
				authorize(t, server, c.key, c.passphrase)
			}
			s, err := mustNew(t, config).Connect(t.Context())
			require.Equal(t, c.want, fault.KindOf(err), "%v", err)
			if err == nil {
				require.NoError(t, s.Close())
			}
		})
	}
	t.Run("wrong host key", func(t *testing.T) {
		config := opensshConfig(server, "outbox")
		config.HostKeys = []string{"SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}
		_, err := mustNew(t, config).Connect(t.Context())
		require.True(t, fault.Is(err, fault.PermissionDenied), "%v", err)
		require.ErrorContains(t, err, ssh.FingerprintSHA256(server.HostKey))
		require.ErrorContains(t, err, config.HostKeys[0])
	})
}

// At level 2 the bytes are hashed where they lie, also those of odd names; where commands
// are refused they are read back instead, which is level 3.
func TestOpenSSHHashes(t *testing.T) {
	servers := map[destination.Level]*sshdtest.Server{
		destination.Hash: sshdtest.StartWithShell(t), destination.Bytes: sshdtest.Start(t, ""),
	}
	for want, server := range servers {
		t.Run(fmt.Sprint("level ", want), func(t *testing.T) {
			config := opensshConfig(server, "outbox")
			config.Commands = true
			s, err := mustNew(t, config).Connect(t.Context())
			require.NoError(t, err)
			defer s.Close()
			require.Equal(t, destination.Hash, s.Default())
			f, _ := realFile("it's $(a) \"name\".csv", 3<<20)
			require.NoError(t, s.Upload(t.Context(), f, realToken, func(int64) {}))
			level, err := s.Verify(t.Context(), f, realToken, destination.Hash)
			require.NoError(t, err)
			require.Equal(t, want, level)
			damage(t, allFiles(t, filepath.Join(server.Jail, "outbox")))
			_, err = s.Verify(t.Context(), f, realToken, destination.Hash)
			require.True(t, fault.Is(err, fault.IntegrityMismatch), "%v", err)
			require.Empty(t, allFiles(t, filepath.Join(server.Jail, "outbox")))
		})
	}
}

// A server that forbids renaming is told apart, with what to do; then it takes files in
// place, half ones never twice, and no foreign file is written over.
func TestOpenSSHWithoutRenaming(t *testing.T) {
	server := sshdtest.Start(t, "-P rename,posix-rename,hardlink")
	config := opensshConfig(server, "outbox")
	caps, err := mustNew(t, config).Probe(t.Context())
	require.True(t, fault.Is(err, fault.PermissionDenied), "%v", err)
	require.ErrorContains(t, err, "inPlace")
	require.Equal(t, "connect ok, log in ok, write ok, read back ok, rename failed", steps(caps))
	require.Equal(t, err.Error(), caps.Steps[4].Note)
	require.Empty(t, allFiles(t, filepath.Join(server.Jail, "outbox")), "nothing is left of a test that failed")
	s, err := mustNew(t, config).Connect(t.Context())
	require.NoError(t, err)
	defer s.Close()
	f, _ := realFile("report.csv", 1<<20)
	require.NoError(t, s.Upload(t.Context(), f, realToken, func(int64) {}))
	err = s.Publish(t.Context(), f, realToken, false)
	require.True(t, fault.Is(err, fault.PermissionDenied), "%v", err)
	require.ErrorContains(t, err, "inPlace")
	require.NoError(t, s.Discard(t.Context(), f, realToken))
	require.Empty(t, allFiles(t, filepath.Join(server.Jail, "outbox")))
}

// steps writes the steps of a probe in a line.
func steps(caps destination.Capabilities) string {
	var words []string
	for _, s := range caps.Steps {
		words = append(words, s.Name+map[bool]string{true: " ok", false: " failed"}[s.OK])
	}
	return strings.Join(words, ", ")
}

func TestOpenSSHWriteOnlyFolder(t *testing.T) {
	server := sshdtest.Start(t, "")
	caps, err := mustNew(t, opensshConfig(server, "drop")).Probe(t.Context())
	require.NoError(t, err)
	require.Equal(t, "connect ok, log in ok, write ok, read back ok, rename ok, delete ok", steps(caps))
	require.True(t, caps.Atomic)
	require.Equal(t, destination.Bytes, caps.Highest)
	require.Empty(t, caps.Notes)
}

func TestOpenSSHThatAllowsLittle(t *testing.T) {
	server := sshdtest.Start(t, "-P read,readdir,remove,posix-rename,fsync")
	d := mustNew(t, opensshConfig(server, "outbox"))
	caps, err := d.Probe(t.Context())
	require.NoError(t, err)
	require.True(t, caps.Atomic)
	require.Equal(t, destination.Size, caps.Highest)
	require.Equal(t, "connect ok, log in ok, write ok, read back failed, rename ok, delete failed", steps(caps))
	notes := strings.Join(caps.Notes, "; ")
	for _, text := range []string{"read back", "removed", "flush"} {
		require.Contains(t, notes, text)
	}
	s, err := d.Connect(t.Context())
	require.NoError(t, err)
	defer s.Close()
	f, content := realFile("report.csv", 1<<20)
	ctx := t.Context()
	require.NoError(t, s.Upload(ctx, f, realToken, func(int64) {}))
	level, err := s.Verify(ctx, f, realToken, destination.Bytes)
	require.NoError(t, err)
	require.Equal(t, destination.Size, level)
	require.NoError(t, s.Publish(ctx, f, realToken, false))
	require.NoError(t, s.Publish(ctx, f, realToken, false))
	got, err := os.ReadFile(filepath.Join(server.Jail, "outbox", "report.csv"))
	require.NoError(t, err)
	require.True(t, bytes.Equal(content, got))

	other, _ := realFile("report.csv", 1<<10)
	require.NoError(t, s.Upload(ctx, other, realToken, func(int64) {}))
	err = s.Publish(ctx, other, realToken, false)
	require.True(t, fault.Is(err, fault.Collision), "%v", err)
	err = s.Publish(ctx, other, realToken, true)
	require.True(t, fault.Is(err, fault.PermissionDenied), "%v", err)
}

func TestOpenSSHFullDisk(t *testing.T) {
	server := sshdtest.Start(t, "")
	server.Folder(t, "small", 0o700)
	small := filepath.Join(server.Jail, "small")
	mountSmall(t, small)
	server.Folder(t, "small", 0o700)
	ballast := filepath.Join(small, "ballast")
	require.NoError(t, os.WriteFile(ballast, make([]byte, 5<<20), 0o600))

	s, err := mustNew(t, opensshConfig(server, "small")).Connect(t.Context())
	require.NoError(t, err)
	defer s.Close()
	f, content := realFile("report.csv", 5<<20)
	var reached int64
	err = s.Upload(t.Context(), f, realToken, func(offset int64) { reached = offset })
	require.True(t, fault.Is(err, fault.StorageFull), "%v", err)
	require.ErrorContains(t, err, "report.csv")

	require.NoError(t, os.Remove(ballast))
	begun := int64(-1)
	require.NoError(t, s.Upload(t.Context(), f, realToken, func(offset int64) {
		if begun < 0 {
			begun = offset
		}
	}))
	require.GreaterOrEqual(t, begun, reached, "the upload began again")
	require.NoError(t, s.Publish(t.Context(), f, realToken, false))
	got, err := os.ReadFile(filepath.Join(small, "report.csv"))
	require.NoError(t, err)
	require.True(t, bytes.Equal(content, got))
}

func TestOpenSSHKilledDuringUpload(t *testing.T) {
	server := sshdtest.Start(t, "")
	d := mustNew(t, opensshConfig(server, "outbox"))
	f, content := realFile("report.csv", 8<<20)
	s, err := d.Connect(t.Context())
	require.NoError(t, err)
	defer s.Close()
	killed := false
	err = s.Upload(t.Context(), f, realToken, func(offset int64) {
		if offset >= 5<<20 && !killed {
			killed = true
			server.Stop()
		}
	})
	require.True(t, fault.Is(err, fault.Upstream), "%v", err)
	_, err = d.Connect(t.Context())
	require.True(t, fault.Is(err, fault.Upstream), "%v", err)

	server.Start(t)
	s, err = d.Connect(t.Context())
	require.NoError(t, err)
	defer s.Close()
	begun := int64(-1)
	require.NoError(t, s.Upload(t.Context(), f, realToken, func(offset int64) {
		if begun < 0 {
			begun = offset
		}
	}))
	require.GreaterOrEqual(t, begun, int64(5<<20), "acknowledged bytes were sent again")
	require.NoError(t, s.Publish(t.Context(), f, realToken, false))
	got, err := os.ReadFile(filepath.Join(server.Jail, "outbox", "report.csv"))
	require.NoError(t, err)
	require.True(t, bytes.Equal(content, got))
}

// mountSmall puts a file system of 8 MiB on the folder.
func mountSmall(t *testing.T, folder string) {
	t.Helper()
	out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", folder).CombinedOutput()
	if err != nil {
		realtest.Missing(t, "no small file system: "+string(out))
	}
	t.Cleanup(func() { exec.Command("umount", "--lazy", folder).Run() })
}

// realFile returns a file of random bytes.
func realFile(name string, size int) (destination.File, []byte) {
	content := make([]byte, size)
	rand.Read(content)
	sum := sha256.Sum256(content)
	return destination.File{
		Name: name, Journal: &destination.Memory{}, Size: int64(size), SHA256: hex.EncodeToString(sum[:]),
		Open: func(_ context.Context, offset int64) (io.ReadCloser, error) {
			return io.NopCloser(bytes.NewReader(content[offset:])), nil
		},
	}, content
}
