package mailtest

import (
	"bytes"
	"io"
	"io/fs"
	"net/mail"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Message is one mail as it lies in a mailbox. One that went to two mailboxes is two.
type Message struct {
	Mailbox string      // Ops or Audit
	Header  mail.Header // with Return-Path and Delivered-To, as Postfix adds them
	Body    []byte      // as it was sent: encoded, multipart or not
	Raw     []byte      // header and body
}

const (
	settleWithin = 2 * time.Minute
	pollEvery    = 10 * time.Millisecond
)

// Messages returns everything that was accepted before the call, in the order of arrival: it
// waits until Postfix has put it into the mailboxes.
func (s *Server) Messages(t testing.TB) (all []Message) {
	t.Helper()
	require.Eventually(t, func() bool { return s.empty(t, "incoming") && s.empty(t, "active") }, settleWithin, pollEvery,
		"mail stays in the queue; see %s", s.path("log/mail.log"))
	require.True(t, s.empty(t, "deferred"), "mail could not be put into a mailbox")
	paths, err := filepath.Glob(s.path("box/*/[nc][eu][wr]/*")) // in cur is what IMAP has shown
	require.NoError(t, err)
	slices.SortFunc(paths, func(a, b string) int { return arrived(t, a).Compare(arrived(t, b)) })
	for _, path := range paths {
		raw, err := os.ReadFile(path)
		require.NoError(t, err)
		all = append(all, parse(t, filepath.Base(filepath.Dir(filepath.Dir(path))), raw))
	}
	return all
}

func parse(t testing.TB, mailbox string, raw []byte) Message {
	t.Helper()
	m, err := mail.ReadMessage(bytes.NewReader(raw))
	require.NoError(t, err)
	body, err := io.ReadAll(m.Body)
	require.NoError(t, err)
	return Message{Mailbox: mailbox, Header: m.Header, Body: body, Raw: raw}
}

// empty reports whether a queue holds no mail. Mail goes from incoming to active, and leaves
// active when it lies in every mailbox.
func (s *Server) empty(t testing.TB, queue string) bool {
	t.Helper()
	empty := true
	err := filepath.WalkDir(s.path("spool/"+queue), func(_ string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			empty = false
		}
		return nil // what was moved while we look is found in the next folder
	})
	require.NoError(t, err)
	return empty
}

func arrived(t testing.TB, path string) time.Time {
	t.Helper()
	info, err := os.Stat(path)
	require.NoError(t, err)
	return info.ModTime()
}

// Subjects returns those of the messages in one mailbox, in the order of arrival.
func Subjects(all []Message, mailbox string) (subjects []string) {
	for _, m := range all {
		if strings.EqualFold(m.Mailbox, mailbox) {
			subjects = append(subjects, m.Header.Get("Subject"))
		}
	}
	return subjects
}
