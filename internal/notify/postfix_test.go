package notify_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/fault"
	"transporter/internal/guard"
	"transporter/internal/mail"
	"transporter/internal/mailtest"
	"transporter/internal/notify"
	"transporter/internal/seal"
)

// Mail through Debian's Postfix: what it takes arrives once, in a mail of its own for each
// address, and what it refuses says what to mend.
func TestMailThroughPostfix(t *testing.T) {
	t.Parallel()
	s := mailtest.Start(t)
	roots, err := guard.Roots(string(s.CA))
	require.NoError(t, err)
	good := mail.Config{Address: s.Addr, From: "transporter@example.com", User: s.User, Password: seal.Secret(s.Password), Roots: roots}
	send := func(change func(*mail.Config), to ...string) map[string]error {
		c := good
		change(&c)
		server, err := mail.New(c)
		require.NoError(t, err)
		m := notify.NewMail(server)
		return m.Send(t.Context(), to, red)
	}
	as := func(*mail.Config) {}

	failed := send(as, "nobody@example.test", mailtest.Busy, mailtest.Ops, mailtest.Audit)
	require.Len(t, failed, 2, "%v", failed)
	require.Equal(t, fault.PermissionDenied, fault.KindOf(failed["nobody@example.test"]))
	require.ErrorContains(t, failed["nobody@example.test"], "550")
	require.ErrorContains(t, failed["nobody@example.test"], "correct --smtp-from of the worker or the addresses")
	require.Equal(t, fault.Upstream, fault.KindOf(failed[mailtest.Busy]), "another try may help")
	got := s.Messages(t)
	require.Len(t, got, 2)
	for _, m := range got {
		require.Equal(t, "<"+m.Mailbox+">", m.Header.Get("To"), "nobody sees the others' addresses")
		require.Equal(t, red.Subject, m.Header.Get("Subject"))
		require.Equal(t, "<"+red.ID+"@example.com>", m.Header.Get("Message-Id"))
		require.Contains(t, string(m.Body), red.Text)
	}

	for name, c := range map[string]struct {
		change func(*mail.Config)
		kind   fault.Kind
		text   string
	}{
		"wrong password":           {func(c *mail.Config) { c.Password = "a-guess-1" }, fault.AuthFailed, "--smtp-password-file"},
		"no login":                 {func(c *mail.Config) { c.User = "" }, fault.PermissionDenied, "554"},
		"a stranger's certificate": {func(c *mail.Config) { c.Roots = nil }, fault.PermissionDenied, "--smtp-ca"},
		"no STARTTLS":              {func(c *mail.Config) { c.Address = s.NoTLSAddr }, fault.Upstream, "STARTTLS"},
		"TLS where none is spoken": {func(c *mail.Config) { c.Security = mail.TLS }, fault.Upstream, "TLS"},
	} {
		t.Run(name, func(t *testing.T) {
			err := send(c.change, mailtest.Ops)[mailtest.Ops]
			require.Equal(t, c.kind, fault.KindOf(err), "%v", err)
			require.ErrorContains(t, err, c.text)
			require.NotContains(t, err.Error(), "a-guess-1")
			require.NotContains(t, err.Error(), s.Password)
		})
	}
	require.Empty(t, send(func(c *mail.Config) { c.Address, c.Security = s.TLSAddr, mail.TLS }, mailtest.Ops))
	require.Len(t, s.Messages(t), 3)
}
