package mail_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/fault"
	"transporter/internal/guard"
	"transporter/internal/mail"
	"transporter/internal/mailtest"
	"transporter/internal/seal"
)

func open(t *testing.T, s *mailtest.Server, change func(*mail.Config)) *mail.Server {
	t.Helper()
	roots, err := guard.Roots(string(s.CA))
	require.NoError(t, err)
	c := mail.Config{Address: s.Addr, From: "transporter@example.com", User: s.User, Password: seal.Secret(s.Password), Roots: roots}
	if change != nil {
		change(&c)
	}
	server, err := mail.New(c)
	require.NoError(t, err)
	return server
}

// What is said to be blind is, a subject makes one header whatever it holds, and what the server
// does not take for all goes to nobody.
func TestMailThroughPostfix(t *testing.T) {
	t.Parallel()
	s := mailtest.Start(t)
	server := open(t, s, nil)
	m := mail.Message{
		ID: "one", To: []string{mailtest.Ops}, Bcc: []string{mailtest.Audit}, Text: "ü\r\n.\r\nend", At: time.Now(),
		Subject: "Ready\r\nBcc: nobody@example.test\r\n\r\nbody\u2028ü",
	}
	half := mail.Message{ID: "two", To: []string{mailtest.Ops, "nobody@example.test"}, Subject: "half", Text: "x", At: time.Now()}
	no := mail.Message{ID: "three", To: []string{"a@b\r\nRCPT TO:<x@y>"}, Subject: "no", Text: "x", At: time.Now()}
	failed := server.Send(t.Context(), half, m, no)
	require.True(t, fault.Is(failed[0], fault.PermissionDenied), "%v", failed[0])
	require.NoError(t, failed[1])
	require.True(t, fault.Is(failed[2], fault.InvalidSpec), "%v", failed[2])
	got := s.Messages(t)
	require.Len(t, got, 2, "one each to Ops and Audit")
	for _, m := range got {
		require.NotContains(t, string(m.Raw), "Bcc: ")
		require.Empty(t, m.Header["Bcc"])
		sender := strings.SplitN(string(m.Raw), "\n\n", 2)[0] // what Postfix adds names the mailbox
		if m.Mailbox == mailtest.Ops {
			require.NotContains(t, sender, mailtest.Audit)
		}
		require.Equal(t, "<one@example.com>", m.Header.Get("Message-Id"))
	}
}

// Asking whether a mail would be taken sends none.
func TestOffer(t *testing.T) {
	t.Parallel()
	s := mailtest.Start(t)
	server := open(t, s, nil)
	require.NoError(t, server.Login(t.Context()))
	require.NoError(t, server.Offer(t.Context(), []string{mailtest.Ops, mailtest.Audit}))
	for to, kind := range map[string]fault.Kind{"nobody@example.test": fault.PermissionDenied, mailtest.Busy: fault.Upstream, "nobody": fault.InvalidSpec} {
		err := server.Offer(t.Context(), []string{mailtest.Ops, to})
		require.Equal(t, kind, fault.KindOf(err), "%s: %v", to, err)
	}
	wrong := open(t, s, func(c *mail.Config) { c.Password = "a-guess-1" }).Login(t.Context())
	require.Equal(t, fault.AuthFailed, fault.KindOf(wrong), "%v", wrong)
	away := open(t, s, func(c *mail.Config) { c.Address = "127.0.0.1:1" }).Login(t.Context())
	require.Equal(t, fault.Upstream, fault.KindOf(away), "%v", away)
	require.Empty(t, s.Messages(t))
}

func TestConfig(t *testing.T) {
	good := mail.Config{Address: "mail.example.com:587", From: "a@example.com"}
	for field, change := range map[string]func(*mail.Config){
		"smtp-addr":     func(c *mail.Config) { c.Address = "mail" },
		"smtp-from":     func(c *mail.Config) { c.From = "nobody" },
		"smtp-security": func(c *mail.Config) { c.Security = "maybe" },
	} {
		c := good
		change(&c)
		_, err := mail.New(c)
		var f *fault.Error
		require.True(t, errors.As(err, &f))
		require.Equal(t, field, f.Field)
	}
}
