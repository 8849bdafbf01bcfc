// Package sftpd is a small SFTP server over one folder, for demos on machines without
// sshd. It behaves like OpenSSH where clients care: a plain rename never overwrites,
// posix-rename does, exclusive creation is honoured. Nothing outside the folder can be
// reached, through symbolic links neither (os.Root).
package sftpd

import (
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"

	"github.com/pkg/sftp"
	"golang.org/x/crypto/ssh"
)

// Config says who may log in and where to. A password or at least one key is needed.
type Config struct {
	Root           string // the folder; made when absent
	HostKeyFile    string // an ed25519 key in OpenSSH form; made when absent
	User           string
	Password       string
	AuthorizedKeys []ssh.PublicKey
}

// Server serves one folder. It is safe for concurrent use.
type Server struct {
	config  Config
	root    *os.Root
	hostKey ssh.Signer
	ssh     *ssh.ServerConfig

	mu     sync.Mutex
	closed bool
	open   map[io.Closer]struct{} // listeners and connections
	wait   sync.WaitGroup
}

// New opens the folder and the host key. Missing ones are made.
func New(c Config) (*Server, error) {
	if c.User == "" || c.Password == "" && len(c.AuthorizedKeys) == 0 {
		return nil, errors.New("configure sftp: a user and a password or an authorized key are needed")
	}
	signer, err := hostKey(c.HostKeyFile)
	if err != nil {
		return nil, fmt.Errorf("open host key: %w", err)
	}
	if err := os.MkdirAll(c.Root, 0o750); err != nil {
		return nil, fmt.Errorf("make root folder: %w", err)
	}
	root, err := os.OpenRoot(c.Root)
	if err != nil {
		return nil, fmt.Errorf("open root folder: %w", err)
	}
	s := &Server{config: c, root: root, hostKey: signer, open: map[io.Closer]struct{}{}}
	s.ssh = &ssh.ServerConfig{ServerVersion: "SSH-2.0-transporter_sandbox"}
	if c.Password != "" {
		s.ssh.PasswordCallback = s.checkPassword
	}
	if len(c.AuthorizedKeys) > 0 {
		s.ssh.PublicKeyCallback = s.checkKey
	}
	s.ssh.AddHostKey(signer)
	return s, nil
}

// HostKey is the server's public key, for pinning.
func (s *Server) HostKey() ssh.PublicKey { return s.hostKey.PublicKey() }

var errDenied = errors.New("permission denied")

func (s *Server) checkPassword(c ssh.ConnMetadata, password []byte) (*ssh.Permissions, error) {
	user := subtle.ConstantTimeCompare([]byte(c.User()), []byte(s.config.User))
	if user&subtle.ConstantTimeCompare(password, []byte(s.config.Password)) != 1 {
		return nil, errDenied
	}
	return nil, nil
}

func (s *Server) checkKey(c ssh.ConnMetadata, key ssh.PublicKey) (*ssh.Permissions, error) {
	if c.User() == s.config.User {
		for _, k := range s.config.AuthorizedKeys {
			if subtle.ConstantTimeCompare(k.Marshal(), key.Marshal()) == 1 {
				return nil, nil
			}
		}
	}
	return nil, errDenied
}

// Serve takes connections until Close; it returns nil then.
func (s *Server) Serve(l net.Listener) error {
	if !s.track(l) {
		return l.Close()
	}
	defer s.untrack(l)
	for {
		c, err := l.Accept()
		if err != nil {
			if s.isClosed() {
				return nil
			}
			return fmt.Errorf("accept: %w", err)
		}
		if !s.track(c) {
			_ = c.Close()
			continue
		}
		go s.connection(c)
	}
}

// Close ends the listeners and connections and waits for them.
func (s *Server) Close() error {
	s.mu.Lock()
	s.closed = true
	for c := range s.open {
		_ = c.Close() // some are closed already
	}
	s.mu.Unlock()
	s.wait.Wait()
	return s.root.Close()
}

func (s *Server) connection(c net.Conn) {
	defer s.untrack(c)
	defer func() { _ = c.Close() }()
	conn, channels, requests, err := ssh.NewServerConn(c, s.ssh)
	if err != nil {
		return // a failed login is the client's to report
	}
	defer func() { _ = conn.Close() }()
	go ssh.DiscardRequests(requests)
	for n := range channels {
		if n.ChannelType() != "session" {
			_ = n.Reject(ssh.UnknownChannelType, "only sessions are served")
			continue
		}
		channel, requests, err := n.Accept()
		if err != nil {
			return
		}
		s.wait.Go(func() { s.session(channel, requests) })
	}
}

// session serves the sftp subsystem and nothing else.
func (s *Server) session(channel ssh.Channel, requests <-chan *ssh.Request) {
	defer func() { _ = channel.Close() }()
	for r := range requests {
		isSFTP := r.Type == "subsystem" && string(r.Payload[min(4, len(r.Payload)):]) == "sftp"
		_ = r.Reply(isSFTP, nil)
		if !isSFTP {
			continue
		}
		go ssh.DiscardRequests(requests)
		h := handlers{s.root}
		server := sftp.NewRequestServer(channel, sftp.Handlers{FileGet: h, FilePut: h, FileCmd: h, FileList: h})
		_ = server.Serve() // ends with the channel
		_ = server.Close()
		return
	}
}

// track counts what Close must end and wait for; false when it is too late.
func (s *Server) track(c io.Closer) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.open[c] = struct{}{}
		s.wait.Add(1)
	}
	return !s.closed
}

func (s *Server) untrack(c io.Closer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.open, c)
	s.wait.Done()
}

func (s *Server) isClosed() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closed
}
