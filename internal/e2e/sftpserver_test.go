package e2e

import (
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/ssh"

	"transporter/internal/devstack"
	"transporter/internal/sandbox/sftpd"
)

const (
	sftpUser     = "partner"
	sftpPassword = "sftp-password-of-the-tests"
)

// sftpServer is a partner's SFTP server in this process, which a test can stop and start
// while everything else goes on.
type sftpServer struct {
	root    string // its folder
	address string
	config  sftpd.Config
	running *sftpd.Server
	served  chan error
}

func serveSFTP(t *testing.T, port int, root, keys string) *sftpServer {
	t.Helper()
	s := &sftpServer{root: root, address: devstack.Local(port), config: sftpd.Config{
		Root: root, HostKeyFile: filepath.Join(keys, "host_key"), User: sftpUser, Password: sftpPassword,
	}}
	s.start(t)
	t.Cleanup(func() { s.stop(t) })
	return s
}

// start serves again under the same address and host key.
func (s *sftpServer) start(t *testing.T) {
	t.Helper()
	require.Nil(t, s.running, "the SFTP server runs already")
	server, err := sftpd.New(s.config)
	require.NoError(t, err)
	var l net.Listener
	require.Eventually(t, func() bool { // the port may linger for a moment
		l, err = net.Listen("tcp", s.address)
		return err == nil
	}, 2*time.Minute, glance, "listen on %s", s.address)
	s.running, s.served = server, make(chan error, 1)
	go func() { s.served <- server.Serve(l) }()
}

// ensure starts the server unless it runs.
func (s *sftpServer) ensure(t *testing.T) {
	t.Helper()
	if s.running == nil {
		s.start(t)
	}
}

// stop ends the server and cuts its connections; connections are refused from then on.
func (s *sftpServer) stop(t *testing.T) {
	t.Helper()
	if s.running == nil {
		return
	}
	require.NoError(t, s.running.Close())
	require.NoError(t, <-s.served)
	s.running = nil
}

// hostKey is the server's public key as an authorized_keys line.
func (s *sftpServer) hostKey() string {
	return strings.TrimSpace(string(ssh.MarshalAuthorizedKey(s.running.HostKey())))
}
