package notify

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/textproto"
	"strconv"
	"strings"
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

// MailConfig says through which server mail leaves, and as whom.
type MailConfig struct {
	Address  string // host:port
	From     string
	User     string // empty: no AUTH
	Password seal.Secret
	Security string         // StartTLS (also when empty), TLS or Plain
	Roots    *x509.CertPool // nil: the system's
	Dial     func(ctx context.Context, network, address string) (net.Conn, error)
}

// Mail sends email through one server. It is safe for concurrent use.
type Mail struct {
	config MailConfig
	host   string
	port   int
}

// NewMail returns a sender. What cannot be a configuration is fault.InvalidSpec.
func NewMail(c MailConfig) (*Mail, error) {
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
	return &Mail{config: c, host: host, port: port}, nil
}

// Send sends each address a mail of its own, all through one connection, and returns the
// errors by address; an address without one has its mail, and none keeps another from its
// own. The Message-ID is made of the message's id (RFC 5322 section 3.6.4), so that a repeat
// after a lost answer is recognised. A refused login is fault.AuthFailed, a message, address
// or certificate that is refused fault.PermissionDenied, anything else fault.Upstream.
func (m *Mail) Send(ctx context.Context, to []string, what Message) map[string]error {
	failed := map[string]error{}
	var messages []*mail.Msg
	var addresses []string
	for _, address := range to {
		msg, err := m.compose(address, what)
		if err != nil {
			failed[address] = err
			continue
		}
		messages, addresses = append(messages, msg), append(addresses, address)
	}
	client, err := mail.NewClient(m.host, m.options()...)
	if err == nil {
		err = client.DialAndSendWithContext(ctx, messages...)
	}
	for i, msg := range messages {
		switch {
		case msg.IsDelivered(): // what went wrong after that, such as a lost goodbye, is nobody's business
		case msg.HasSendError():
			failed[addresses[i]] = m.classify(msg.SendError())
		default: // it was not come to
			failed[addresses[i]] = m.classify(cmp.Or(err, errNotSent))
		}
	}
	return failed
}

var errNotSent = errors.New("the mail was not sent")

// compose writes the mail to one address.
func (m *Mail) compose(to string, what Message) (*mail.Msg, error) {
	msg := mail.NewMsg()
	if err := msg.From(m.config.From); err != nil {
		return nil, fault.New(fault.InvalidSpec, "send mail: the sender is not an address")
	}
	if err := msg.To(to); err != nil {
		return nil, fault.New(fault.InvalidSpec, "send mail: %q is not an address", to)
	}
	_, domain, _ := strings.Cut(m.config.From, "@")
	msg.Subject(what.Subject)
	msg.SetMessageIDWithValue(what.ID + "@" + strings.TrimSuffix(domain, ">"))
	msg.SetDateWithValue(what.At)
	msg.SetBodyString(mail.TypeTextPlain, what.Text)
	return msg, nil
}

func (m *Mail) options() []mail.Option {
	c := m.config
	all := []mail.Option{
		mail.WithPort(m.port), mail.WithTimeout(sendTimeout), mail.WithTLSPolicy(mail.TLSMandatory),
		mail.WithTLSConfig(&tls.Config{ServerName: m.host, RootCAs: c.Roots, MinVersion: tls.VersionTLS12}),
	}
	switch c.Security {
	case TLS:
		all = append(all, mail.WithSSL())
	case Plain:
		all = append(all, mail.WithTLSPolicy(mail.NoTLS))
	}
	if c.Dial != nil && c.Security != TLS { // over TLS the library wraps its own dialer only
		all = append(all, mail.WithDialContextFunc(c.Dial))
	} else if c.Dial != nil {
		all = append(all, mail.WithDialContextFunc(m.dialTLS))
	}
	if c.User != "" {
		all = append(all, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover), mail.WithUsername(c.User), mail.WithPassword(c.Password.Reveal()))
	}
	return all
}

// dialTLS goes through the guarded dialer, then speaks TLS.
func (m *Mail) dialTLS(ctx context.Context, network, address string) (net.Conn, error) {
	raw, err := m.config.Dial(ctx, network, address)
	if err != nil {
		return nil, err
	}
	conn := tls.Client(raw, &tls.Config{ServerName: m.host, RootCAs: m.config.Roots, MinVersion: tls.VersionTLS12})
	if err := conn.HandshakeContext(ctx); err != nil {
		_ = raw.Close()
		return nil, err
	}
	return conn, nil
}

// classify tells what a person must mend, or that another try may help. Texts of the library
// hold what the server said, never the password.
func (m *Mail) classify(err error) error {
	var known *fault.Error
	var certificate *tls.CertificateVerificationError
	var refused *mail.SendError
	var reply *textproto.Error
	switch {
	case errors.As(err, &known): // of the dialer
		return known
	case errors.As(err, &certificate):
		return fault.New(fault.PermissionDenied, "mail server %s: its certificate is not trusted: %w", m.host, err).
			WithFix("give its root to the worker with --smtp-ca, and its name as in the certificate")
	case errors.As(err, &refused) && refused.ErrorCode() >= refusedForGood:
		return fault.New(fault.PermissionDenied, "mail server %s refuses the message: %w", m.host, err).
			WithFix("correct --smtp-from of the worker or the addresses in the notifications")
	case errors.As(err, &reply) && reply.Code == authRefused, errors.Is(err, mail.ErrNoSupportedAuthDiscovered), errors.Is(err, mail.ErrPlainAuthNotSupported):
		return fault.New(fault.AuthFailed, "mail server %s refuses the login: %w", m.host, err).
			WithFix("correct --smtp-user and --smtp-password-file of the worker")
	}
	return fault.New(fault.Upstream, "send mail through %s: %w", m.host, err)
}

const (
	// authRefused is the reply to wrong credentials (RFC 4954 section 6).
	authRefused = 535
	// refusedForGood is the first of the permanent replies (RFC 5321 section 4.2.1). A
	// connection that breaks has none.
	refusedForGood = 500
)
