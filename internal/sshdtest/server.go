// Package sshdtest starts private OpenSSH servers for tests: one user, locked into a folder
// as a receiver's administrator sets it up for files that others drop, or with a shell.
// They need root and Debian's openssh-server; without them a test is skipped, or fails
// where REQUIRE_REAL is 1.
package sshdtest

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/ssh"

	"transporter/internal/realtest"
)

const sshdPath = "/usr/sbin/sshd" // sshd insists on being started by its absolute path

// users counts those of this process: each server has one of its own, which ends with its test.
var users atomic.Int64

// Password is that of the user.
const Password = "correct horse 7"

// Server is a private sshd. Folders in the jail: outbox (0700), drop (0300: no listing) and
// locked (not writable).
type Server struct {
	Jail    string // root of what a locked-in user sees
	User    string
	Port    int
	HostKey ssh.PublicKey

	shell   bool
	work    string // keys and configuration
	process *exec.Cmd
}

// Start starts a server whose user is locked in and has SFTP only; flags go to
// internal-sftp, see sftp-server(8).
func Start(t testing.TB, flags string) *Server {
	t.Helper()
	return start(t, flags, false)
}

// StartWithShell starts a server whose user is not locked in and may run commands.
func StartWithShell(t testing.TB) *Server {
	t.Helper()
	return start(t, "", true)
}

func start(t testing.TB, flags string, shell bool) *Server {
	t.Helper()
	if os.Getuid() != 0 {
		realtest.Missing(t, "a private sshd with a user of its own needs root")
	}
	if _, err := os.Stat(sshdPath); err != nil {
		realtest.Missing(t, "sshd is missing: apt-get install openssh-server")
	}
	// Not the temporary folder: sshd accepts a jail only below folders of root's alone.
	jail, err := os.MkdirTemp("/var/lib", "transporter-sshd-")
	require.NoError(t, err)
	t.Cleanup(func() { os.RemoveAll(jail) })
	require.NoError(t, os.Chmod(jail, 0o755))
	s := &Server{Jail: jail, work: t.TempDir(), User: fmt.Sprintf("sftpdrop%dx%d", os.Getpid(), users.Add(1)), shell: shell}
	s.addUser(t)
	s.Folder(t, "outbox", 0o700)
	s.Folder(t, "drop", 0o300)
	require.NoError(t, os.Mkdir(filepath.Join(jail, "locked"), 0o755))
	s.Port = realtest.FreePort(t)
	s.configure(t, flags)
	s.Start(t)
	t.Cleanup(func() { s.Stop() })
	return s
}

// addUser makes a system user that can do nothing but log in with the test password.
func (s *Server) addUser(t testing.TB) {
	t.Helper()
	shell := "/usr/sbin/nologin"
	if s.shell {
		shell = "/bin/sh"
	}
	Run(t, "", "useradd", "--system", "--no-create-home", "--home-dir", "/outbox", "--shell", shell, s.User)
	t.Cleanup(func() { exec.Command("userdel", s.User).Run() })
	Run(t, s.User+":"+Password, "chpasswd")
}

// Folder makes a folder of the user's in the jail.
func (s *Server) Folder(t testing.TB, name string, mode os.FileMode) {
	t.Helper()
	account, err := user.Lookup(s.User)
	require.NoError(t, err)
	uid, _ := strconv.Atoi(account.Uid)
	gid, _ := strconv.Atoi(account.Gid)
	path := filepath.Join(s.Jail, name)
	require.NoError(t, os.MkdirAll(path, mode))
	require.NoError(t, os.Chown(path, uid, gid))
	require.NoError(t, os.Chmod(path, mode))
}

func (s *Server) configure(t testing.TB, flags string) {
	t.Helper()
	require.NoError(t, os.MkdirAll("/run/sshd", 0o755)) // sshd's privilege separation folder
	require.NoError(t, os.Chmod(s.work, 0o755))
	hostKey := filepath.Join(s.work, "hostkey")
	Run(t, "", "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", hostKey)
	public, err := os.ReadFile(hostKey + ".pub")
	require.NoError(t, err)
	s.HostKey, _, _, _, err = ssh.ParseAuthorizedKey(public)
	require.NoError(t, err)
	text := fmt.Sprintf(`Port %d
ListenAddress 127.0.0.1
HostKey %s
PidFile none
UsePAM no
PasswordAuthentication yes
KbdInteractiveAuthentication no
AuthorizedKeysFile %s
StrictModes no
PermitRootLogin no
AllowUsers %s
Subsystem sftp internal-sftp
AllowTcpForwarding no
PermitTTY no
`, s.Port, hostKey, s.authorizedKeys(), s.User)
	if !s.shell {
		text += fmt.Sprintf("ChrootDirectory %s\nForceCommand internal-sftp -u 0077 %s\n", s.Jail, flags)
	}
	require.NoError(t, os.WriteFile(s.configFile(), []byte(text), 0o644))
	Run(t, "", sshdPath, "-t", "-f", s.configFile())
}

// Set starts the server again with one more line in its configuration.
func (s *Server) Set(t testing.TB, line string) {
	t.Helper()
	text, err := os.ReadFile(s.configFile())
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(s.configFile(), append([]byte(line+"\n"), text...), 0o644)) // the first of two counts
	s.Stop()
	s.Start(t)
}

// authorizedKeys lies outside the test's own folder, which the server's user cannot enter.
func (s *Server) authorizedKeys() string { return s.Jail + "/authorized_keys" }

func (s *Server) configFile() string { return filepath.Join(s.work, "sshd_config") }

// Authorize lets the owner of the key log in.
func (s *Server) Authorize(t testing.TB, key ssh.PublicKey) {
	t.Helper()
	require.NoError(t, os.WriteFile(s.authorizedKeys(), ssh.MarshalAuthorizedKey(key), 0o644))
}

// Start starts the server again after Stop.
func (s *Server) Start(t testing.TB) {
	t.Helper()
	s.process = exec.Command(sshdPath, "-D", "-e", "-f", s.configFile())
	require.NoError(t, s.process.Start())
	require.Eventually(t, func() bool {
		conn, err := net.Dial("tcp", s.Address())
		if err == nil {
			conn.Close()
		}
		return err == nil
	}, 2*time.Minute, 25*time.Millisecond, "sshd does not listen")
}

// Stop kills the server and the processes of its connections, as a power cut would.
func (s *Server) Stop() {
	family := append([]int{s.process.Process.Pid}, descendants(s.process.Process.Pid)...)
	for _, pid := range family {
		if p, err := os.FindProcess(pid); err == nil {
			p.Kill()
		}
	}
	s.process.Wait()
}

// descendants lists the processes that a process started, from /proc.
func descendants(pid int) (all []int) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
	if err != nil {
		return nil
	}
	for _, field := range strings.Fields(string(text)) {
		if child, err := strconv.Atoi(field); err == nil {
			all = append(append(all, child), descendants(child)...)
		}
	}
	return all
}

// Address is host and port.
func (s *Server) Address() string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(s.Port)) }

// Directory is what the user calls a folder of the jail.
func (s *Server) Directory(folder string) string {
	if s.shell {
		return filepath.Join(s.Jail, folder)
	}
	return "/" + folder
}

// HostKeys are the server's public keys, one a line of authorized_keys(5).
func (s *Server) HostKeys() []string {
	return []string{strings.TrimSpace(string(ssh.MarshalAuthorizedKey(s.HostKey)))}
}

// Run runs a command that must succeed.
func Run(t testing.TB, stdin, name string, args ...string) {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Stdin = strings.NewReader(stdin)
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s: %s", name, out)
}
