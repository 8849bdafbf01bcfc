// Package mailtest runs a real mail server for tests: Debian's Postfix, which takes mail and
// keeps it in Maildirs, with Dovecot, which knows the passwords and shows the mail by IMAP. Both are private instances:
// nothing in /etc is read or written.
package mailtest

import (
	"context"
	"fmt"
	"net"
	"net/textproto"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/devstack"
	"transporter/internal/realtest"
)

const (
	postfixPath = "/usr/sbin/postfix"
	dovecotPath = "/usr/sbin/dovecot"
	imapPath    = "/usr/lib/dovecot/imap"
	// answerWithin bounds one greeting; the server as a whole may take as long as devstack lets it.
	answerWithin = 10 * time.Second
)

// Mailboxes of the server. Any other address is refused with 550 5.1.1.
const (
	Ops   = "ops@example.test"
	Audit = "audit@example.test"
	// Busy is refused for now, with 450 4.7.1, however often it is tried.
	Busy = "busy@example.test"
)

// User is who may send, with Password. An address of their own is not needed.
const (
	User     = "transporter"
	Password = "mail-password-1"
)

// LargestMessage is what the server takes in bytes, headers and encoding included; more is
// refused with 552 5.3.4.
const LargestMessage = 10 << 20

// Server is one mail server on 127.0.0.1. Nobody sends without AUTH (554 5.7.1), a wrong
// password is 535 5.7.8.
type Server struct {
	Addr           string // host:port: STARTTLS, and AUTH only after it
	TLSAddr        string // host:port: TLS from the first byte
	NoTLSAddr      string // host:port: no STARTTLS; AUTH in clear
	User, Password string
	CA             []byte // PEM: vouches for the certificate, which names 127.0.0.1

	imap, folder string
}

// Start runs a server until the test ends. Without Postfix and Dovecot, or without root, which
// they need, the test is skipped; where REQUIRE_REAL is 1 it fails.
func Start(t testing.TB) *Server {
	t.Helper()
	needReal(t)
	// Not the test's own folder: the servers' users must reach it, and Dovecot's socket must
	// fit into 108 bytes.
	folder, err := os.MkdirTemp("", "mail")
	require.NoError(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	s := &Server{
		Addr: realtest.FreeAddress(t), TLSAddr: realtest.FreeAddress(t), NoTLSAddr: realtest.FreeAddress(t), imap: realtest.FreeAddress(t),
		User: User, Password: Password, folder: folder,
	}
	s.configure(t)
	s.launch(t, devstack.Program{
		Name: "dovecot", Path: dovecotPath, Args: []string{"-F", "-c", s.path("dovecot.conf")},
		Ready: func(context.Context) error { _, err := os.Stat(s.path("dovecot/auth")); return err },
	})
	postfix := s.launch(t, devstack.Program{Name: "postfix", Path: postfixPath, Args: []string{"-c", s.path("etc"), "start-fg"}, Ready: s.greets})
	t.Cleanup(func() { s.stop(t, postfix) })
	return s
}

// stop ends Postfix's master, which is in a process group of its own.
func (s *Server) stop(t testing.TB, postfix *devstack.Process) {
	t.Helper()
	text, err := os.ReadFile(s.path("spool/pid/master.pid"))
	require.NoError(t, err)
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	require.NoError(t, err)
	require.NoError(t, syscall.Kill(pid, syscall.SIGTERM))
	<-postfix.Ended()
}

func needReal(t testing.TB) {
	t.Helper()
	if os.Getuid() != 0 {
		realtest.Missing(t, "a private mail server needs root")
	}
	realtest.Program(t, postfixPath, "postfix")
	realtest.Program(t, dovecotPath, "dovecot-core")
	realtest.Program(t, imapPath, "dovecot-imapd")
}

// launch starts a part of the server; its whole process group ends with the test.
func (s *Server) launch(t testing.TB, p devstack.Program) *devstack.Process {
	t.Helper()
	p.Dir = s.path("log")
	process, err := devstack.Start(context.Background(), p)
	require.NoError(t, err)
	t.Cleanup(process.Kill)
	return process
}

// greets reports whether the server says that it is ready (RFC 5321 section 4.2).
func (s *Server) greets(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", s.Addr)
	if err != nil {
		return err
	}
	defer conn.Close()
	if deadline, ok := ctx.Deadline(); ok {
		if err := conn.SetDeadline(deadline); err != nil {
			return err
		}
	}
	const ready = 220
	if _, _, err := textproto.NewConn(conn).ReadResponse(ready); err != nil {
		return fmt.Errorf("greeting: %w", err)
	}
	return nil
}

func (s *Server) path(name string) string { return filepath.Join(s.folder, name) }
