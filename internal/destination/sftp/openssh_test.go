package sftp

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/ssh"
)

const sshdPath = "/usr/sbin/sshd" // sshd insists on being started by its absolute path

// openssh is a private sshd whose one user is locked into a folder: OpenSSH as a
// receiver's administrator sets it up for files that others drop.
type openssh struct {
	jail    string // root of what the user sees
	work    string // keys and configuration
	user    string
	port    int
	hostKey ssh.PublicKey
	process *exec.Cmd
	shell   bool // the user is not locked in, and may run commands
}

// startOpenSSH starts the server; flags go to internal-sftp (see sftp-server(8)). Folders
// in the jail: outbox (0700), drop (0300: no listing) and locked (not writable).
func startOpenSSH(t testing.TB, flags string) *openssh {
	t.Helper()
	return startSSHD(t, flags, false)
}

func startSSHD(t testing.TB, flags string, shell bool) *openssh {
	t.Helper()
	if os.Getuid() != 0 {
		needReal(t, "a private sshd with a user of its own needs root")
	}
	if _, err := os.Stat(sshdPath); err != nil {
		needReal(t, "sshd is missing: apt-get install openssh-server")
	}
	// Not the temporary folder: sshd accepts a jail only below folders of root's alone.
	jail, err := os.MkdirTemp("/var/lib", "transporter-sshd-")
	require.NoError(t, err)
	t.Cleanup(func() { os.RemoveAll(jail) })
	require.NoError(t, os.Chmod(jail, 0o755))
	s := &openssh{jail: jail, work: t.TempDir(), user: fmt.Sprintf("sftpdrop%d", os.Getpid()), shell: shell}
	s.addUser(t)
	s.folder(t, "outbox", 0o700)
	s.folder(t, "drop", 0o300)
	require.NoError(t, os.Mkdir(filepath.Join(jail, "locked"), 0o755))
	s.port = freePort(t)
	s.configure(t, flags)
	s.start(t)
	t.Cleanup(func() { s.stop() })
	return s
}

// needReal skips, or fails where the real peers are required.
func needReal(t testing.TB, why string) {
	t.Helper()
	if os.Getenv("REQUIRE_REAL") == "1" {
		t.Fatal(why)
	}
	t.Skip(why)
}

// addUser makes a system user that can do nothing but log in with the test password.
func (s *openssh) addUser(t testing.TB) {
	t.Helper()
	if _, err := user.Lookup(s.user); err == nil {
		return // another server of this test has it already, and removes it
	}
	shell := "/usr/sbin/nologin"
	if s.shell {
		s.user += "sh" // its own, as a user is shared by the servers of a test
		shell = "/bin/sh"
	}
	run(t, "", "useradd", "--system", "--no-create-home", "--home-dir", "/outbox", "--shell", shell, s.user)
	t.Cleanup(func() { exec.Command("userdel", s.user).Run() })
	run(t, s.user+":"+testPassword, "chpasswd")
}

// folder makes a folder of the user's in the jail.
func (s *openssh) folder(t testing.TB, name string, mode os.FileMode) {
	t.Helper()
	account, err := user.Lookup(s.user)
	require.NoError(t, err)
	uid, _ := strconv.Atoi(account.Uid)
	gid, _ := strconv.Atoi(account.Gid)
	path := filepath.Join(s.jail, name)
	require.NoError(t, os.MkdirAll(path, mode))
	require.NoError(t, os.Chown(path, uid, gid))
	require.NoError(t, os.Chmod(path, mode))
}

func (s *openssh) configure(t testing.TB, flags string) {
	t.Helper()
	require.NoError(t, os.MkdirAll("/run/sshd", 0o755)) // sshd's privilege separation folder
	require.NoError(t, os.Chmod(s.work, 0o755))
	hostKey := filepath.Join(s.work, "hostkey")
	run(t, "", "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", hostKey)
	public, err := os.ReadFile(hostKey + ".pub")
	require.NoError(t, err)
	s.hostKey, _, _, _, err = ssh.ParseAuthorizedKey(public)
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
`, s.port, hostKey, s.authorizedKeys(), s.user)
	if !s.shell {
		text += fmt.Sprintf("ChrootDirectory %s\nForceCommand internal-sftp -u 0077 %s\n", s.jail, flags)
	}
	require.NoError(t, os.WriteFile(s.configFile(), []byte(text), 0o644))
	run(t, "", sshdPath, "-t", "-f", s.configFile())
}

// authorizedKeys lies outside the test's own folder, which the server's user cannot enter.
func (s *openssh) authorizedKeys() string { return s.jail + "/authorized_keys" }

func (s *openssh) configFile() string { return filepath.Join(s.work, "sshd_config") }

// authorize lets the owner of the private key log in.
func (s *openssh) authorize(t testing.TB, key, passphrase string) {
	t.Helper()
	signer, err := parseKey(key, passphrase)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(s.authorizedKeys(), ssh.MarshalAuthorizedKey(signer.PublicKey()), 0o644))
}

func (s *openssh) start(t testing.TB) {
	t.Helper()
	s.process = exec.Command(sshdPath, "-D", "-e", "-f", s.configFile())
	require.NoError(t, s.process.Start())
	require.Eventually(t, func() bool {
		conn, err := net.Dial("tcp", s.address())
		if err == nil {
			conn.Close()
		}
		return err == nil
	}, 30*time.Second, 25*time.Millisecond, "sshd does not listen")
}

// stop kills the server and the processes of its connections, as a power cut would.
func (s *openssh) stop() {
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

func (s *openssh) address() string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(s.port)) }

// clientConfig returns how to deliver into a folder of the jail.
func (s *openssh) clientConfig(folder string) Config {
	directory := "/" + folder
	if s.shell {
		directory = filepath.Join(s.jail, folder)
	}
	return Config{
		Host: "127.0.0.1", Port: s.port, Directory: directory, User: s.user, Password: secret(testPassword),
		HostKeys: []string{string(ssh.MarshalAuthorizedKey(s.hostKey))}, Dial: dialAny,
	}
}

func freePort(t testing.TB) int {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port
}

func run(t testing.TB, stdin, name string, args ...string) {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Stdin = strings.NewReader(stdin)
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s: %s", name, out)
}
