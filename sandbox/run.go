package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/sync/errgroup"

	"transporter/internal/sandbox"
	"transporter/internal/sandbox/sftpd"
)

const (
	// headerTimeout bounds how long a client may take to say what it wants.
	headerTimeout = 10 * time.Second
	// stopTimeout is how long running answers may take when the sandbox stops.
	stopTimeout = 5 * time.Second
)

// server is one thing that listens.
type server struct {
	serve func() error
	stop  func(context.Context) error
}

// run serves until ctx ends. It prints one line per address and then "ready".
func run(ctx context.Context, o *options, out io.Writer, clock func() time.Time) error {
	var lc net.ListenConfig
	tlsListener, err := lc.Listen(ctx, "tcp", o.listen)
	if err != nil {
		return fmt.Errorf("--listen: %w", err)
	}
	defer func() { _ = tlsListener.Close() }() // the server closes it first
	plainListener, err := lc.Listen(ctx, "tcp", o.domainListen)
	if err != nil {
		return fmt.Errorf("--domain-listen: %w", err)
	}
	defer func() { _ = plainListener.Close() }()
	if o.domainHost == "" {
		o.domainHost = tlsListener.Addr().String()
	}
	servers, err := o.cloud(ctx, out, clock, tlsListener, plainListener)
	if err != nil {
		return err
	}
	if o.sftpAddr != "" {
		s, err := o.sftp(ctx, out)
		if err != nil {
			return err
		}
		servers = append(servers, s)
	}
	say(out, "sandbox ready")
	return serveAll(ctx, servers)
}

// cloud makes the two HTTP sides.
func (o *options) cloud(ctx context.Context, out io.Writer, clock func() time.Time, tlsListener, plainListener net.Listener) ([]server, error) {
	c, err := o.config(clock)
	if err != nil {
		return nil, err
	}
	ca, err := sandbox.OpenAuthority(o.state, clock())
	if err != nil {
		return nil, err
	}
	c.WebhookRoots = append(c.WebhookRoots, ca.PEM...)
	s, err := sandbox.New(c)
	if err != nil {
		return nil, err
	}
	host, _, err := net.SplitHostPort(o.domainHost)
	if err != nil {
		return nil, fmt.Errorf("--domain-host: %q must be host:port", o.domainHost)
	}
	certificate, err := ca.Certificate(clock(), host, "localhost", "127.0.0.1", "::1")
	if err != nil {
		return nil, err
	}
	agents, err := o.agents.staff(s.Live())
	if err != nil {
		return nil, err
	}
	exports, err := o.feeds.begin(ctx, c, out)
	if err != nil {
		return nil, err
	}
	s.SetCA(ca.PEM)
	secure := newHTTP(s.Handler())
	secure.RegisterOnShutdown(s.Close)
	secure.TLSConfig = &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
	plain := newHTTP(s.DomainHandler())
	say(out, "services    https://%s  (accounts %s, CA %s)", o.domainHost, strings.Join(o.accounts, ", "), ca.Path)
	say(out, "domain API  http://%s/api/account/{account}/service/{service}/baseURI.json?version=1.0", plainListener.Addr())
	say(out, "admin       http://%s/_admin/  (ca.pem, faults, calls, world, live, webhooks, deliveries, requests, feeds)", plainListener.Addr())
	servers := []server{
		{func() error { return secure.ServeTLS(tlsListener, "", "") }, secure.Shutdown},
		{func() error { return plain.Serve(plainListener) }, plain.Shutdown},
		agents,
	}
	if exports != nil {
		servers = append(servers, *exports)
	}
	return servers, nil
}

func newHTTP(h http.Handler) *http.Server {
	return &http.Server{
		Handler: h, ReadHeaderTimeout: headerTimeout,
		ErrorLog: slog.NewLogLogger(slog.Default().Handler(), slog.LevelDebug), // cut connections are wanted here
	}
}

// say prints a line; an output that is gone does not stop the sandbox.
func say(out io.Writer, format string, a ...any) { _, _ = fmt.Fprintf(out, format+"\n", a...) }

// sftp makes the SFTP server.
func (o *options) sftp(ctx context.Context, out io.Writer) (server, error) {
	if o.sftpRoot == "" {
		return server{}, errors.New("--sftp-root: is needed with --sftp-addr")
	}
	keys, err := o.authorizedKeys()
	if err != nil {
		return server{}, err
	}
	s, err := sftpd.New(sftpd.Config{
		Root: o.sftpRoot, HostKeyFile: filepath.Join(o.state, "ssh_host_ed25519_key"),
		User: o.sftpUser, Password: o.sftpPassword, AuthorizedKeys: keys,
	})
	if err != nil {
		return server{}, err
	}
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", o.sftpAddr)
	if err != nil {
		return server{}, fmt.Errorf("--sftp-addr: %w", err)
	}
	line := strings.TrimSpace(string(ssh.MarshalAuthorizedKey(s.HostKey())))
	say(out, "sftp        sftp://%s@%s  (folder %s, host key %s)", o.sftpUser, l.Addr(), o.sftpRoot, line)
	return server{func() error { return s.Serve(l) }, func(context.Context) error { return s.Close() }}, nil
}

// serveAll runs the servers until ctx ends or one fails, then stops them all.
func serveAll(ctx context.Context, servers []server) error {
	g, ctx := errgroup.WithContext(ctx)
	for _, s := range servers {
		g.Go(func() error {
			if err := s.serve(); err != nil && !errors.Is(err, http.ErrServerClosed) {
				return err
			}
			return nil
		})
		g.Go(func() error {
			<-ctx.Done()
			stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
			defer cancel()
			return s.stop(stopping)
		})
	}
	return g.Wait()
}
