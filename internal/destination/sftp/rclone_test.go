package sftp

import (
	"crypto/rand"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/ssh"

	"transporter/internal/destination/destinationtest"
	"transporter/internal/linetest"
	"transporter/internal/realtest"
	"transporter/internal/sshdtest"
)

// The SFTP server of rclone takes more liberties than OpenSSH: it opens an existing file
// that was to be new, and a plain rename replaces.
func TestContractRclone(t *testing.T) {
	root := t.TempDir()
	config := startRclone(t, root)
	destinationtest.Run(t, func(t *testing.T) destinationtest.Peer {
		name := "case" + strings.ToLower(rand.Text())
		require.NoError(t, os.Mkdir(filepath.Join(root, name), 0o700))
		line := linetest.New(t, mustNew(t, config).login.Address(), 1)
		config := config
		config.Directory, config.Dial = "/"+name, line.Dial
		peer := folderPeer(mustNew(t, config), filepath.Join(root, name))
		peer.Cut, peer.Flip, peer.Resumes = line.Cut, line.Flip, false
		return peer
	})
}

// startRclone serves the folder and returns how to deliver to it.
func startRclone(t *testing.T, root string) Config {
	t.Helper()
	program, err := exec.LookPath("rclone")
	if err != nil {
		realtest.Missing(t, "rclone is missing: apt-get install rclone")
	}
	work := t.TempDir()
	hostKey := filepath.Join(work, "hostkey")
	sshdtest.Run(t, "", "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", hostKey)
	public, err := os.ReadFile(hostKey + ".pub")
	require.NoError(t, err)
	port := realtest.FreePort(t)
	address := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	server := exec.Command(program, "serve", "sftp", root, "--addr", address, "--user", "drop", "--pass", testPassword,
		"--key", hostKey, "--config", filepath.Join(work, "none.conf"), "--vfs-cache-mode", "off", "--cache-dir", work, "--dir-cache-time", "1ms", "--poll-interval", "0")
	server.Env = []string{"HOME=" + work, "PATH=" + os.Getenv("PATH")}
	require.NoError(t, server.Start())
	t.Cleanup(func() {
		_ = server.Process.Kill()
		_ = server.Wait()
	})
	require.Eventually(t, func() bool {
		conn, err := net.Dial("tcp", address)
		if err == nil {
			conn.Close()
		}
		return err == nil
	}, 2*time.Minute, 25*time.Millisecond, "rclone does not listen")
	key, _, _, _, err := ssh.ParseAuthorizedKey(public)
	require.NoError(t, err)
	return Config{
		Host: "127.0.0.1", Port: port, User: "drop", Password: secret(testPassword), Dial: dialAny,
		HostKeys: []string{string(ssh.MarshalAuthorizedKey(key))},
	}
}
