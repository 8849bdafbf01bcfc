package mailtest_test

import (
	"crypto/tls"
	"crypto/x509"
	"net/smtp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/mailtest"
)

// Go's own client sees the server as its comment describes it.
func TestServer(t *testing.T) {
	t.Parallel()
	s := mailtest.Start(t)
	roots := x509.NewCertPool()
	require.True(t, roots.AppendCertsFromPEM(s.CA))
	settings := &tls.Config{ServerName: "127.0.0.1", RootCAs: roots}

	clear, err := smtp.Dial(s.NoTLSAddr)
	require.NoError(t, err)
	t.Cleanup(func() { clear.Close() })
	offered, _ := clear.Extension("STARTTLS")
	require.False(t, offered)

	for name, c := range map[string]struct {
		password, to, body, refused string
	}{
		"delivered":         {s.Password, mailtest.Ops, "hello", ""},
		"to another":        {s.Password, mailtest.Audit, "hello", ""},
		"wrong password":    {"guess", mailtest.Ops, "", `535 "5.7.8`},
		"no login":          {"", mailtest.Ops, "", `554 "5.7.1`},
		"unknown recipient": {s.Password, "nobody@example.test", "", `550 "5.1.1`},
		"busy recipient":    {s.Password, mailtest.Busy, "", `450 "4.7.1`},
		"too large":         {s.Password, mailtest.Ops, strings.Repeat("x\n", mailtest.LargestMessage/2), `552 "5.3.4`},
	} {
		t.Run(name, func(t *testing.T) {
			err := send(s.Addr, settings, s.User, c.password, c.to, c.body)
			if c.refused == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, c.refused) // net/textproto quotes what follows the code
		})
	}
	got := s.Messages(t)
	require.Len(t, got, 2)
	require.Len(t, mailtest.Subjects(got, mailtest.Ops), 1)
	for _, mailbox := range []string{mailtest.Ops, mailtest.Audit} {
		shown := s.Inbox(t, mailbox)
		require.Equal(t, mailtest.Subjects(got, mailbox), mailtest.Subjects(shown, mailbox))
		require.Equal(t, "hello\n", strings.ReplaceAll(string(shown[0].Body), "\r", ""))
	}
	require.Len(t, s.Messages(t), 2, "looking takes nothing away")
	require.Equal(t, []string{"test"}, mailtest.Subjects(got, mailtest.Audit))
	require.Equal(t, "hello\n", strings.ReplaceAll(string(got[0].Body), "\r", ""))

	over, err := tls.Dial("tcp", s.TLSAddr, settings)
	require.NoError(t, err)
	require.NoError(t, over.Close())
}

// send speaks to the server with STARTTLS and, given a password, AUTH.
func send(address string, settings *tls.Config, user, password, to, body string) error {
	c, err := smtp.Dial(address)
	if err != nil {
		return err
	}
	defer c.Close()
	if err := c.StartTLS(settings); err != nil {
		return err
	}
	if password != "" {
		if err := c.Auth(smtp.PlainAuth("", user, password, "127.0.0.1")); err != nil {
			return err
		}
	}
	if err := c.Mail("transporter@example.com"); err != nil {
		return err
	}
	if err := c.Rcpt(to); err != nil {
		return err
	}
	w, err := c.Data()
	if err != nil {
		return err
	}
	if _, err := w.Write([]byte("Subject: test\r\n\r\n" + body)); err != nil {
		return err
	}
	return w.Close()
}
