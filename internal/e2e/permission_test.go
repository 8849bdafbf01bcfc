package e2e

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/ssh"

	"transporter/internal/httpapi"
)

// nobody is a user without rights on files of others.
const nobody = 65534

// A partner's server whose user may not write into the folder: one clear error, and green
// after the partner has given the right.
func TestFolderWithoutPermission(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := l.Addr().String()
	require.NoError(t, l.Close())
	s := start(t, options{worker: []string{"--allow", address}})
	folder, hostKey := serveUnprivileged(t, address)
	b := s.brand(t)
	_, port, err := net.SplitHostPort(address)
	require.NoError(t, err)
	b.replacePartner(t, func(d *httpapi.Destination) {
		d.Fields["port"], err = strconv.Atoi(port)
		require.NoError(t, err)
		d.Fields["directory"], d.Fields["hostKeys"] = "/", []string{hostKey}
	})
	probed, err := b.api.Destinations(b.account).Test(t.Context(), b.partner)
	require.NoError(t, err)
	require.False(t, probed.OK)
	require.Equal(t, "connect ok, log in ok, write failed", stepsOf(probed))
	require.Equal(t, probed.Problem, probed.Steps[2].Note)
	requireClear(t, probed.Problem, address, "the server does not allow it", "give partner the right")

	red := b.run(t, b.task(t, spec("msg.messages", "csv")), b.before(25*time.Hour, time.Hour))
	require.Equal(t, "PermissionDenied", red.ErrorKind, red.Error)
	requireClear(t, red.Error, "create folder /out", address, "the server does not allow it", "give partner the right to do this in /")
	b.requireSameWords(t, red)
	require.Len(t, red.Receipts, 1, "the cloud store is delivered")

	require.NoError(t, os.Chmod(folder, 0o777)) // what the partner does to let the user in
	green := b.resume(t, red.ID)
	require.Equal(t, "delivered", green.Outcome, green.Error)
	entries, err := os.ReadDir(filepath.Join(folder, "out"))
	require.NoError(t, err)
	require.NotEmpty(t, entries)
}

// serveUnprivileged runs the sandbox's SFTP server as a user that may read its folder and
// not write it; it returns the folder and the server's public key.
func serveUnprivileged(t *testing.T, address string) (folder, hostKey string) {
	t.Helper()
	// Not t.TempDir, which no other user may enter.
	dir, err := os.MkdirTemp("", "transporter-partner-")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	require.NoError(t, os.Chmod(dir, 0o755)) // the server's user must enter
	folder, state, program := filepath.Join(dir, "files"), filepath.Join(dir, "state"), filepath.Join(dir, "sandbox")
	require.NoError(t, os.Link(filepath.Join(programs(t), "sandbox"), program))
	require.NoError(t, os.Mkdir(folder, 0o555))
	require.NoError(t, os.Mkdir(state, 0o700))
	cmd := exec.Command(program, "--listen", "127.0.0.1:0", "--domain-listen", "127.0.0.1:0", "--state", state,
		"--sftp-addr", address, "--sftp-root", folder, "--sftp-user", sftpUser)
	cmd.Env = append(os.Environ(), "TRANSPORTER_SANDBOX_SFTP_PASSWORD="+sftpPassword)
	if os.Getuid() == 0 { // root may write everywhere
		require.NoError(t, os.Chown(state, nobody, nobody))
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	}
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // it was killed
	})
	eventually(t, "the partner's server listens", func() bool {
		c, err := net.Dial("tcp", address)
		if err == nil {
			_ = c.Close()
		}
		return err == nil
	})
	text, err := os.ReadFile(filepath.Join(state, "ssh_host_ed25519_key"))
	require.NoError(t, err)
	signer, err := ssh.ParsePrivateKey(text)
	require.NoError(t, err)
	return folder, strings.TrimSpace(string(ssh.MarshalAuthorizedKey(signer.PublicKey())))
}
