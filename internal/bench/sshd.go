package main

import (
	"context"
	"crypto/ed25519"
	"encoding/pem"
	"fmt"
	"net"
	"os"
	"os/user"
	"path/filepath"

	"golang.org/x/crypto/ssh"

	"transporter/internal/destination/sftp"
	"transporter/internal/devstack"
	"transporter/internal/freeport"
	"transporter/internal/seal"
)

// sshdPath is where systems keep it; sshd insists on being started by its absolute path.
const sshdPath = "/usr/sbin/sshd"

// sshd is an OpenSSH server of this user alone, on a free port of the loopback.
type sshd struct {
	*devstack.Process
	folder, outbox    string // of keys and settings; of what is uploaded
	user              string
	port              int
	clientKey         []byte // PEM
	hostKey, identity string // a line of known_hosts without its host; the client key's file
}

// startSSHD starts the server.
func startSSHD(ctx context.Context, folder string) (*sshd, error) {
	me, err := user.Current()
	if err != nil {
		return nil, err
	}
	port, err := freeport.Get()
	if err != nil {
		return nil, err
	}
	s := &sshd{folder: folder, outbox: filepath.Join(folder, "outbox"), user: me.Username, port: port}
	if err := os.MkdirAll(s.outbox, 0o700); err != nil {
		return nil, err
	}
	if os.Getuid() == 0 { // sshd's privilege separation folder
		if err := os.MkdirAll("/run/sshd", 0o755); err != nil { //nolint:gosec // as the system makes it
			return nil, err
		}
	}
	if err := s.configure(); err != nil {
		return nil, err
	}
	s.Process, err = devstack.Start(ctx, devstack.Program{
		Name: "sshd", Path: sshdPath, Args: []string{"-D", "-e", "-f", s.path("config")}, Dir: folder,
		Ready: func(ctx context.Context) error {
			c, err := new(net.Dialer).DialContext(ctx, "tcp", devstack.Local(port))
			if err != nil {
				return err
			}
			return c.Close()
		},
	})
	return s, err
}

func (s *sshd) path(name string) string { return filepath.Join(s.folder, name) }

// configure writes the keys and the settings.
func (s *sshd) configure() error {
	s.identity = s.path("client")
	host, _, err := newKey(s.path("host"))
	if err != nil {
		return err
	}
	client, key, err := newKey(s.identity)
	if err != nil {
		return err
	}
	s.hostKey, s.clientKey = string(host), key
	settings := fmt.Sprintf("Port %d\nListenAddress 127.0.0.1\nHostKey %s\nPidFile none\nUsePAM no\nStrictModes no\n"+
		"PasswordAuthentication no\nKbdInteractiveAuthentication no\nPermitRootLogin yes\nAllowUsers %s\n"+
		"AuthorizedKeysFile %s\nSubsystem sftp internal-sftp\nForceCommand internal-sftp\n",
		s.port, s.path("host"), s.user, s.path("authorized"))
	if err := os.WriteFile(s.path("authorized"), client, 0o600); err != nil {
		return err
	}
	if err := os.WriteFile(s.path("known"), fmt.Appendf(nil, "[127.0.0.1]:%d %s", s.port, host), 0o600); err != nil {
		return err
	}
	return os.WriteFile(s.path("config"), []byte(settings), 0o600)
}

// newKey writes a key pair's private half and returns both.
func newKey(path string) (public, private []byte, err error) {
	pub, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		return nil, nil, err
	}
	block, err := ssh.MarshalPrivateKey(key, "")
	if err != nil {
		return nil, nil, err
	}
	line, err := ssh.NewPublicKey(pub)
	if err != nil {
		return nil, nil, err
	}
	private = pem.EncodeToMemory(block)
	return ssh.MarshalAuthorizedKey(line), private, os.WriteFile(path, private, 0o600)
}

// destination is how we upload to the server.
func (s *sshd) destination() (*sftp.Destination, error) {
	return sftp.New(sftp.Config{
		Host: "127.0.0.1", Port: s.port, Directory: s.outbox, User: s.user, PrivateKey: seal.Secret(s.clientKey),
		HostKeys: []string{s.hostKey}, Dial: new(net.Dialer).DialContext,
	})
}
