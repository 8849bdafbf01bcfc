package e2e

import (
	"bytes"
	"context"
	"io"
	"mime/quotedprintable"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/alert"
	"transporter/internal/contract"
	"transporter/internal/httpapi"
	"transporter/internal/incident"
	"transporter/internal/mailtest"
	"transporter/internal/task"
)

// mailFlags are the worker's for the server at the address, with a password.
func mailFlags(t *testing.T, server *mailtest.Server, address, password string) []string {
	t.Helper()
	dir := t.TempDir()
	ca, secret := filepath.Join(dir, "ca.pem"), filepath.Join(dir, "password")
	require.NoError(t, os.WriteFile(ca, server.CA, 0o600))
	require.NoError(t, os.WriteFile(secret, []byte(password+"\n"), 0o600))
	return []string{
		"--smtp-addr", address, "--allow", address, "--smtp-security", "starttls", "--smtp-from", "transporter@example.com",
		"--smtp-user", server.User, "--smtp-password-file", secret, "--smtp-ca", ca,
	}
}

// Notifications through Debian's Postfix, with STARTTLS and AUTH: nobody, on failure, every
// time; and when the mail server, the login or an address is no good, the run is green all
// the same and an alert says so.
func TestMail(t *testing.T) {
	t.Parallel()
	m := mailtest.Start(t)
	s := start(t, options{worker: mailFlags(t, m, m.Addr, m.Password)})
	cmdline, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(s.Worker.PID()), "cmdline"))
	require.NoError(t, err)
	require.NotContains(t, string(cmdline), m.Password)

	for _, walk := range []struct {
		name string
		do   func(*testing.T, *mailtest.Server, *brand)
	}{
		{"nobody", mailNobody},
		{"on failure", mailOnFailure},
		{"every time, of one task", mailAlways},
		{"an address that the server refuses", mailRefused},
	} {
		t.Run(walk.name, func(t *testing.T) { walk.do(t, m, s.brand(t)) })
	}
	for name, c := range map[string]struct {
		flags []string
		text  string
	}{
		"wrong password":            {mailFlags(t, m, m.Addr, "not-"+m.Password), "--smtp-password-file"},
		"a server without STARTTLS": {mailFlags(t, m, m.NoTLSAddr, m.Password), "STARTTLS"},
		"no mail server":            {nil, "--smtp-addr"},
	} {
		t.Run(name, func(t *testing.T) {
			require.NoError(t, s.Worker.Stop())
			s.Config.Worker = c.flags
			ctx, cancel := context.WithTimeout(context.Background(), patience)
			defer cancel()
			require.NoError(t, s.StartWorker(ctx))
			mailCannot(t, m, s.brand(t), c.text)
		})
	}
}

// tell says who is told of the account's runs.
func (b *brand) tell(t *testing.T, when string, emails ...string) {
	t.Helper()
	b.call(t, http.MethodPut, "notifications", httpapi.Notifications{When: when, Emails: emails}, nil)
}

// breakPartner makes the partner refuse the login.
func (b *brand) breakPartner(t *testing.T) {
	t.Helper()
	b.replacePartner(t, func(d *httpapi.Destination) { d.Credentials = password("an-old-one") })
}

func mailNobody(t *testing.T, m *mailtest.Server, b *brand) {
	before := len(m.Messages(t))
	b.tell(t, task.NotifyNone, mailtest.Ops)
	b.breakPartner(t)
	id := b.task(t, spec("msg.conversations", "csv"))
	red := b.run(t, id, b.before(24*time.Hour, time.Hour))
	require.Equal(t, contract.OutcomeFailed, red.Outcome)
	b.replacePartner(t, func(*httpapi.Destination) {})
	require.Equal(t, contract.OutcomeDelivered, b.resume(t, red.ID).Outcome)
	require.Len(t, m.Messages(t), before)
}

func mailOnFailure(t *testing.T, m *mailtest.Server, b *brand) {
	before := len(m.Messages(t))
	b.tell(t, task.NotifyFailure, mailtest.Ops, mailtest.Audit)
	b.breakPartner(t)
	id := b.task(t, spec("msg.conversations", "csv"))
	red := b.run(t, id, b.before(24*time.Hour, time.Hour))
	require.Equal(t, contract.OutcomeFailed, red.Outcome)
	got := m.Messages(t)[before:]
	require.Len(t, got, 2)
	const subject = "msg.conversations as csv: run failed"
	require.Equal(t, []string{subject}, mailtest.Subjects(got, mailtest.Ops))
	require.Equal(t, []string{subject}, mailtest.Subjects(got, mailtest.Audit))
	text := clearText(t, got[0])
	require.Contains(t, text, "the server refused the credentials")
	require.Equal(t, contract.OutcomeFailed, b.resume(t, red.ID).Outcome)
	require.Len(t, m.Messages(t), before+2, "one message an incident")

	// What the mail says to do works as it is written there.
	b.replacePartner(t, func(*httpapi.Destination) {})
	command := regexp.MustCompile(`starter (run) (resume) (\S+)`).FindStringSubmatch(text)
	require.NotNil(t, command, text)
	b.starter(t, append(command[1:], "--watch")...)
	got = m.Messages(t)[before+2:]
	const over = "msg.conversations as csv: delivered after all"
	require.Equal(t, []string{over}, mailtest.Subjects(got, mailtest.Ops))
	require.Equal(t, []string{over}, mailtest.Subjects(got, mailtest.Audit))
	require.Equal(t, contract.OutcomeDelivered, b.run(t, id, b.before(48*time.Hour, time.Hour)).Outcome)
	require.Len(t, m.Messages(t), before+4, "green runs were not asked for")
}

func mailAlways(t *testing.T, m *mailtest.Server, b *brand) {
	before := len(m.Messages(t))
	b.tell(t, task.NotifyFailure, mailtest.Ops)
	x := spec("msg.conversations", "csv")
	x.Notify = &task.Notify{When: task.NotifyAlways, Emails: []string{mailtest.Audit}}
	run := b.run(t, b.task(t, x), b.before(24*time.Hour, time.Hour))
	require.Equal(t, contract.OutcomeDelivered, run.Outcome)
	got := m.Messages(t)[before:]
	require.Len(t, got, 1)
	require.Equal(t, []string{"msg.conversations as csv: delivered"}, mailtest.Subjects(got, mailtest.Audit))
	require.Contains(t, clearText(t, got[0]), "rows in 1 file")
}

func mailRefused(t *testing.T, m *mailtest.Server, b *brand) {
	before := len(m.Messages(t))
	b.tell(t, task.NotifyAlways, "nobody@example.test", mailtest.Ops)
	id := b.task(t, spec("msg.conversations", "csv"))
	require.Equal(t, contract.OutcomeDelivered, b.run(t, id, b.before(24*time.Hour, time.Hour)).Outcome)
	require.Len(t, m.Messages(t)[before:], 1, "the others have theirs")
	require.Contains(t, b.notifyAlert(t).Title, "nobody@example.test")

	b.tell(t, task.NotifyAlways, mailtest.Ops)
	require.Equal(t, contract.OutcomeDelivered, b.run(t, id, b.before(48*time.Hour, time.Hour)).Outcome)
	require.Len(t, m.Messages(t)[before:], 2)
	require.Empty(t, b.alerts(t), "it ends with the next message that gets through")
}

// mailCannot runs green where no mail can leave.
func mailCannot(t *testing.T, m *mailtest.Server, b *brand, why string) {
	before := len(m.Messages(t))
	b.tell(t, task.NotifyAlways, mailtest.Ops)
	run := b.run(t, b.task(t, spec("msg.conversations", "csv")), b.before(24*time.Hour, time.Hour))
	require.Equal(t, contract.OutcomeDelivered, run.Outcome, run.Error)
	require.Equal(t, "completed", run.Status)
	a := b.notifyAlert(t)
	require.Contains(t, a.Title, why)
	require.NotContains(t, a.Title, m.Password)
	require.Len(t, m.Messages(t), before)
	b.tell(t, task.NotifyNone)
	require.Empty(t, b.alerts(t), "nobody is to be told that way any more")
}

// notifyAlert is the one alert of the account, that people cannot be told.
func (b *brand) notifyAlert(t *testing.T) alert.Alert {
	t.Helper()
	var list httpapi.List[alert.Alert]
	b.call(t, http.MethodGet, "alerts", nil, &list)
	require.Len(t, list.Items, 1)
	require.Equal(t, incident.NotifyFailed, list.Items[0].Kind)
	require.NotEmpty(t, list.Items[0].Fix)
	return list.Items[0]
}

// clearText is the text of a mail.
func clearText(t *testing.T, m mailtest.Message) string {
	t.Helper()
	require.Equal(t, "quoted-printable", m.Header.Get("Content-Transfer-Encoding"))
	text, err := io.ReadAll(quotedprintable.NewReader(bytes.NewReader(m.Body)))
	require.NoError(t, err)
	return string(text)
}
