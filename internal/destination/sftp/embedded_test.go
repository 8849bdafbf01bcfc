package sftp

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/subtle"
	"encoding/binary"
	"errors"
	"net"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	pkgsftp "github.com/pkg/sftp"
	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/ssh"
)

const testPassword = "correct horse 7"

// secret is a credential of a test; it prints like the real type.
type secret string

func (s secret) Reveal() string { return string(s) }
func (s secret) String() string { return "***" }

// embedded is an SFTP server in this process: the peer that always runs. User "reader"
// may only read; a user named "shell" has no SFTP.
type embedded struct {
	t        *testing.T
	listener net.Listener
	config   *ssh.ServerConfig
	signers  []ssh.Signer
	folder   string
	lies     atomic.Bool // every file is told to be a byte longer than it is

	mu    sync.Mutex
	conns map[net.Conn]bool
	keys  map[string]string // user → authorized public key
	users []string          // who tried to log in
}

// startEmbedded serves the folder with host keys of the given kinds ("ed25519", "rsa").
func startEmbedded(t *testing.T, folder string, hostKeys ...string) *embedded {
	t.Helper()
	e := &embedded{t: t, folder: folder, conns: map[net.Conn]bool{}, keys: map[string]string{}}
	e.config = &ssh.ServerConfig{PasswordCallback: e.password, PublicKeyCallback: e.publicKey}
	for _, kind := range hostKeys {
		signer := newSigner(t, kind)
		e.signers = append(e.signers, signer)
		e.config.AddHostKey(signer)
	}
	var err error
	e.listener, err = net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { e.listener.Close(); e.cut() })
	go e.accept()
	return e
}

func newSigner(t *testing.T, kind string) ssh.Signer {
	t.Helper()
	var key any
	var err error
	if kind == "rsa" {
		key, err = rsa.GenerateKey(rand.Reader, 2048)
	} else {
		_, key, err = ed25519.GenerateKey(rand.Reader)
	}
	require.NoError(t, err)
	signer, err := ssh.NewSignerFromKey(key)
	require.NoError(t, err)
	return signer
}

func (e *embedded) password(meta ssh.ConnMetadata, password []byte) (*ssh.Permissions, error) {
	e.mu.Lock()
	e.users = append(e.users, meta.User())
	e.mu.Unlock()
	if subtle.ConstantTimeCompare(password, []byte(testPassword)) != 1 {
		return nil, errors.New("wrong password")
	}
	return nil, nil
}

func (e *embedded) publicKey(meta ssh.ConnMetadata, key ssh.PublicKey) (*ssh.Permissions, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.keys[meta.User()] != string(key.Marshal()) {
		return nil, errors.New("unknown key")
	}
	return nil, nil
}

// cut breaks every open connection.
func (e *embedded) cut() {
	e.mu.Lock()
	defer e.mu.Unlock()
	for conn := range e.conns {
		conn.Close()
		delete(e.conns, conn)
	}
}

func (e *embedded) accept() {
	for {
		conn, err := e.listener.Accept()
		if err != nil {
			return
		}
		e.mu.Lock()
		e.conns[conn] = true
		e.mu.Unlock()
		go e.serve(conn)
	}
}

func (e *embedded) serve(conn net.Conn) {
	defer conn.Close()
	sc, channels, requests, err := ssh.NewServerConn(conn, e.config)
	if err != nil {
		return
	}
	go ssh.DiscardRequests(requests)
	for next := range channels {
		channel, requests, err := next.Accept()
		if err != nil {
			return
		}
		go e.session(sc.User(), channel, requests)
	}
}

// session answers the request for the sftp subsystem.
func (e *embedded) session(user string, channel ssh.Channel, requests <-chan *ssh.Request) {
	defer channel.Close()
	for r := range requests {
		ok := r.Type == "subsystem" && strings.HasSuffix(string(r.Payload), "sftp") && user != "shell"
		r.Reply(ok, nil)
		if !ok {
			continue
		}
		options := []pkgsftp.ServerOption{pkgsftp.WithServerWorkingDirectory(e.folder)}
		if user == "reader" {
			options = append(options, pkgsftp.ReadOnly())
		}
		server, err := pkgsftp.NewServer(&liar{Channel: channel, lies: &e.lies}, options...)
		if err != nil {
			return
		}
		server.Serve()
		return
	}
}

// liar changes what a server says of files, SSH_FXP_ATTRS with a size
// (draft-ietf-secsh-filexfer-02, sections 3, 5 and 7).
type liar struct {
	ssh.Channel
	lies   *atomic.Bool
	answer []byte // that is being written
}

func (l *liar) Write(p []byte) (int, error) {
	const (
		attrs, hasSize         = 105, 1
		typeAt, flagsAt, size  = 4, 12, 13
		lengthBytes, sizeBytes = 4, 8
	)
	l.answer = append(l.answer, p...)
	for len(l.answer) >= lengthBytes {
		whole := lengthBytes + int(binary.BigEndian.Uint32(l.answer))
		if len(l.answer) < whole {
			break
		}
		if b := l.answer; l.lies.Load() && b[typeAt] == attrs && b[flagsAt]&hasSize != 0 {
			at := b[size : size+sizeBytes]
			binary.BigEndian.PutUint64(at, binary.BigEndian.Uint64(at)+1)
		}
		if _, err := l.Channel.Write(l.answer[:whole]); err != nil {
			return 0, err
		}
		l.answer = l.answer[whole:]
	}
	return len(p), nil
}

// config returns how to deliver to the server with the password, all host keys pinned.
func (e *embedded) clientConfig(user string) Config {
	host, port, _ := net.SplitHostPort(e.listener.Addr().String())
	number, _ := strconv.Atoi(port)
	c := Config{Host: host, Port: number, User: user, Password: secret(testPassword), Dial: dialAny}
	for _, signer := range e.signers {
		c.HostKeys = append(c.HostKeys, string(ssh.MarshalAuthorizedKey(signer.PublicKey())))
	}
	return c
}

func dialAny(ctx context.Context, network, address string) (net.Conn, error) {
	return new(net.Dialer).DialContext(ctx, network, address)
}

func mustNew(t *testing.T, c Config) *Destination {
	t.Helper()
	d, err := New(c)
	require.NoError(t, err)
	return d
}
