// Package mail sends email over one mail server, for everybody here who has something to tell.
package mail

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"strconv"
	"time"

	"github.com/wneessen/go-mail"

	"transporter/internal/fault"
	"transporter/internal/seal"
)

// How the connection to the mail server is protected.
const (
	StartTLS = "starttls" // required: a server that does not offer it is refused (RFC 3207)
	TLS      = "tls"      // from the first byte (RFC 8314)
	Plain    = "none"     // for a relay on this machine
)

// sendTimeout bounds one conversation with the mail server.
const sendTimeout = 30 * time.Second

// Config says through which server mail leaves, and as whom.
type Config struct {
	Address  string // host:port
	From     string
	User     string // empty: no AUTH
	Password seal.Secret
	Security string         // StartTLS (also when empty), TLS or Plain
	Roots    *x509.CertPool // nil: the system's
	Dial     func(ctx context.Context, network, address string) (net.Conn, error)
}

// Server sends email through one mail server. It is safe for concurrent use.
type Server struct {
	config Config
	host   string
	port   int
}

// New returns the server. What cannot be a configuration is fault.InvalidSpec.
func New(c Config) (*Server, error) {
	host, text, err := net.SplitHostPort(c.Address)
	port, bad := strconv.Atoi(text)
	if err != nil || bad != nil {
		return nil, fault.New(fault.InvalidSpec, "the mail server's address is not host:port").WithField("smtp-addr")
	}
	if err := new(mail.Msg).From(c.From); err != nil {
		return nil, fault.New(fault.InvalidSpec, "the sender is not an email address").WithField("smtp-from")
	}
	switch c.Security {
	case "", StartTLS, TLS, Plain:
	default:
		return nil, fault.New(fault.InvalidSpec, "%q is none of starttls, tls and none", c.Security).WithField("smtp-security")
	}
	return &Server{config: c, host: host, port: port}, nil
}

func (s *Server) options() []mail.Option {
	c := s.config
	all := []mail.Option{
		mail.WithPort(s.port), mail.WithTimeout(sendTimeout), mail.WithTLSPolicy(mail.TLSMandatory),
		mail.WithTLSConfig(&tls.Config{ServerName: s.host, RootCAs: c.Roots, MinVersion: tls.VersionTLS12}),
	}
	switch c.Security {
	case TLS:
		all = append(all, mail.WithSSL())
	case Plain:
		all = append(all, mail.WithTLSPolicy(mail.NoTLS))
	}
	if c.Dial != nil && c.Security != TLS { // over TLS the library wraps its own dialer only
		all = append(all, mail.WithDialContextFunc(s.dial))
	} else if c.Dial != nil {
		all = append(all, mail.WithDialContextFunc(s.dialTLS))
	}
	if c.User != "" {
		all = append(all, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover), mail.WithUsername(c.User), mail.WithPassword(c.Password.Reveal()))
	}
	return all
}

// dial connects to the address as it was configured: the library's has no brackets around an
// IPv6 address.
func (s *Server) dial(ctx context.Context, network, _ string) (net.Conn, error) {
	return s.config.Dial(ctx, network, s.config.Address)
}

// dialTLS goes through the guarded dialer, then speaks TLS.
func (s *Server) dialTLS(ctx context.Context, network, address string) (net.Conn, error) {
	raw, err := s.dial(ctx, network, address)
	if err != nil {
		return nil, err
	}
	conn := tls.Client(raw, &tls.Config{ServerName: s.host, RootCAs: s.config.Roots, MinVersion: tls.VersionTLS12})
	if err := conn.HandshakeContext(ctx); err != nil {
		_ = raw.Close()
		return nil, err
	}
	return conn, nil
}
