package notify_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
	"github.com/stretchr/testify/require"

	"transporter/internal/fault"
	"transporter/internal/guard"
	"transporter/internal/mail"
	"transporter/internal/notify"
	"transporter/internal/signature"
)

var red = notify.Message{
	ID: notify.NewID("account", "task", "window"), Kind: "run-failed", Subject: "Messages: run failed", Text: "what to do", At: time.Now(),
}

// mailbox is an SMTP server with STARTTLS and AUTH.
type mailbox struct {
	mu       sync.Mutex
	messages []string
	to       []string
}

func (b *mailbox) NewSession(*smtp.Conn) (smtp.Session, error) { return &session{box: b}, nil }

type session struct {
	box *mailbox
	in  bool
}

func (s *session) AuthMechanisms() []string { return []string{sasl.Plain} }

func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != "transporter" || password != "right" {
			return &smtp.SMTPError{Code: 535, EnhancedCode: smtp.EnhancedCode{5, 7, 8}, Message: "authentication failed"}
		}
		s.in = true
		return nil
	}), nil
}

func (s *session) Mail(string, *smtp.MailOptions) error {
	if !s.in {
		return smtp.ErrAuthRequired
	}
	return nil
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.box.mu.Lock()
	defer s.box.mu.Unlock()
	s.box.to = append(s.box.to, to)
	return nil
}

func (s *session) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	s.box.mu.Lock()
	defer s.box.mu.Unlock()
	s.box.messages = append(s.box.messages, string(text))
	return err
}
func (s *session) Reset()        {}
func (s *session) Logout() error { return nil }

// serve starts the server and returns its address and the root that signed its certificate.
func serve(t *testing.T, box *mailbox, withTLS bool) (string, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "mail"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	cert, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	roots := x509.NewCertPool()
	roots.AddCert(cert)
	server := smtp.NewServer(box)
	server.Domain = "localhost"
	if withTLS {
		server.TLSConfig = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
	return listener.Addr().String(), roots
}

func TestMail(t *testing.T) {
	box := &mailbox{}
	address, roots := serve(t, box, true)
	good := mail.Config{Address: address, From: "transporter@example.com", User: "transporter", Password: "right", Roots: roots}
	send := func(change func(*mail.Config)) error {
		c := good
		change(&c)
		server, err := mail.New(c)
		require.NoError(t, err)
		m := notify.NewMail(server)
		failed := m.Send(t.Context(), []string{"a@example.com", "b@example.com"}, red)
		require.Equal(t, fault.KindOf(failed["a@example.com"]), fault.KindOf(failed["b@example.com"]))
		return failed["a@example.com"]
	}
	require.NoError(t, send(func(*mail.Config) {}))
	require.Equal(t, []string{"a@example.com", "b@example.com"}, box.to)
	require.Len(t, box.messages, 2, "one each")
	require.Contains(t, box.messages[0], "Message-ID: <"+red.ID+"@example.com>")
	require.Contains(t, box.messages[0], "Subject: Messages: run failed")
	require.Contains(t, box.messages[0], "what to do")

	wrong := send(func(c *mail.Config) { c.Password = "letmein" })
	require.Equal(t, fault.AuthFailed, fault.KindOf(wrong), "%v", wrong)
	require.NotContains(t, wrong.Error(), "letmein")
	require.Contains(t, wrong.Error(), "--smtp-password-file")
	plain, _ := serve(t, box, false)
	guarded := guard.New(guard.Config{})
	for name, c := range map[string]struct {
		change func(*mail.Config)
		kind   fault.Kind
		text   string
	}{
		"a certificate that nobody vouches for": {func(c *mail.Config) { c.Roots = nil }, fault.PermissionDenied, "--smtp-ca"},
		"STARTTLS is required":                  {func(c *mail.Config) { c.Address = plain }, fault.Upstream, "STARTTLS"},
		"nobody listens":                        {func(c *mail.Config) { c.Address = "127.0.0.1:1" }, fault.Upstream, "refused"},
		"an address that may not be dialled":    {func(c *mail.Config) { c.Dial = guarded.DialContext }, fault.PermissionDenied, "--allow " + address},
		"the server takes nobody without login": {func(c *mail.Config) { c.User = "" }, fault.PermissionDenied, "authenticate"},
	} {
		err := send(c.change)
		require.Equal(t, c.kind, fault.KindOf(err), "%s: %v", name, err)
		require.ErrorContains(t, err, c.text, name)
	}
	require.Len(t, box.messages, 2)
}

func TestWebhook(t *testing.T) {
	now := time.Date(2026, 11, 20, 6, 0, 0, 0, time.UTC)
	secret, status := []byte("s3cret"), http.StatusNoContent
	var got string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		require.Equal(t, signature.Sign(secret, now, body), r.Header.Get(signature.Header))
		require.Equal(t, red.ID, r.Header.Get("Idempotency-Key"))
		got = string(body)
		if status == http.StatusFound {
			w.Header().Set("Location", "http://127.0.0.1:1/")
		}
		w.WriteHeader(status)
	}))
	t.Cleanup(server.Close)
	hooks := notify.NewHooks(server.Client(), func() time.Time { return now })
	require.NoError(t, hooks.Send(t.Context(), server.URL, secret, red))
	require.True(t, strings.Contains(got, `"kind":"run-failed"`), got)
	for code, kind := range map[int]fault.Kind{
		http.StatusInternalServerError: fault.Upstream, http.StatusTooManyRequests: fault.Upstream,
		http.StatusNotFound: fault.PermissionDenied, http.StatusFound: fault.PermissionDenied,
	} {
		status = code
		require.Equal(t, kind, fault.KindOf(hooks.Send(t.Context(), server.URL, secret, red)), code)
	}
	server.Close()
	require.Equal(t, fault.Upstream, fault.KindOf(hooks.Send(t.Context(), server.URL, secret, red)))
}
