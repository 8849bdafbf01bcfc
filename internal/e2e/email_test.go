package e2e

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/contract"
	"transporter/internal/httpapi"
	"transporter/internal/mailtest"
	"transporter/internal/task"
)

// A mail, read by IMAP, lists the files of a delivery; whoever has a link fetches what was delivered, until it
// is revoked. With a wrong password the run is red, says what to correct, and is finished.
func TestEmailDestination(t *testing.T) {
	t.Parallel()
	m := mailtest.Start(t)
	s := start(t, options{worker: mailFlags(t, m, m.Addr, "not-"+m.Password)})
	b := s.brand(t)
	x := spec("msg.messages", "csv")
	x.Parts = task.Parts{Entries: 40}
	x.Destinations = []task.Leg{b.legs("")[0], b.legs("")[0]}
	x.Destinations[1].Destination = b.destination(t, httpapi.Destination{Kind: "email", Description: "Team", Fields: map[string]any{
		"to": []string{mailtest.Ops}, "bcc": []string{mailtest.Audit}, "subject": "{report}: {rows} rows in {files} files", "link": true,
	}})
	id := b.task(t, x)
	red := b.run(t, id, s.before(24*time.Hour, time.Hour))
	require.Equal(t, contract.OutcomeFailed, red.Outcome, red.Error)
	require.Contains(t, red.Error, "the deployment has no public address for links")

	s.restartWorker(t, append(mailFlags(t, m, m.Addr, "not-"+m.Password), "--public-url", s.APIURL())...)
	red = b.resume(t, red.ID)
	require.Equal(t, contract.OutcomeFailed, red.Outcome)
	require.Equal(t, "AuthFailed", red.ErrorKind, red.Error)
	require.Contains(t, red.Error, "refuses the login")
	require.Contains(t, red.Error, "--smtp-password-file")
	require.NotContains(t, red.Error, m.Password)
	require.Empty(t, m.Messages(t))

	s.restartWorker(t, append(mailFlags(t, m, m.Addr, m.Password), "--public-url", s.APIURL())...)
	green := b.resume(t, red.ID)
	require.Equal(t, contract.OutcomeDelivered, green.Outcome, green.Error)
	got := m.Inbox(t, mailtest.Ops)
	require.Len(t, got, 1)
	require.Len(t, m.Inbox(t, mailtest.Audit), 1)
	links := b.requireLinked(t, got[0], green)
	b.requireRevoked(t, green, links)

	again, err := b.api.Redeliver(t.Context(), b.account, green.ID)
	require.NoError(t, err)
	resent := b.end(t, again.Run)
	require.Equal(t, contract.OutcomeDelivered, resent.Outcome, resent.Error)
	got = m.Inbox(t, mailtest.Ops)
	require.Len(t, got, 2)
	require.NotEqual(t, got[0].Header.Get("Message-Id"), got[1].Header.Get("Message-Id"))
	fresh := b.requireLinked(t, got[1], resent)
	require.Equal(t, links[1], fresh[1], "a link that lives is given again")
	require.NotEqual(t, links[0], fresh[0])
}

// restartWorker starts the worker with other flags.
func (s *stack) restartWorker(t *testing.T, flags ...string) {
	t.Helper()
	require.NoError(t, s.Worker.Stop())
	s.Config.Worker = flags
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	require.NoError(t, s.StartWorker(ctx))
}

// inMail finds a file of a mail with its hash and link.
var inMail = regexp.MustCompile(`(?m)^(\S+\.pgp)\n  size     [0-9,]+ bytes\n  sha-256  ([0-9a-f]{64})\n  link     (http\S+)\n  until    \S`)

// requireLinked holds the mail against what the run delivered, follows every link, and returns
// them in the order of the parts.
func (b *brand) requireLinked(t *testing.T, m mailtest.Message, run httpapi.RunDetail) (links []string) {
	t.Helper()
	want := map[string]string{}
	for _, f := range run.Files {
		want[f.Name[strings.LastIndex(f.Name, "/")+1:]] = f.SHA256
	}
	require.Greater(t, len(want), 1)
	require.Regexp(t, `^msg\.messages@1\.1: [0-9]+ rows in [0-9]+ files$`, m.Header.Get("Subject"))
	listed := map[string]string{}
	for _, f := range inMail.FindAllStringSubmatch(strings.ReplaceAll(clearText(t, m), "\r\n", "\n"), -1) {
		name, sum, link := f[1], f[2], f[3]
		status, content := openLink(t, link)
		require.Equal(t, http.StatusOK, status)
		hash := sha256.Sum256(content)
		require.Equal(t, sum, hex.EncodeToString(hash[:]))
		listed[name] = sum
		links = append(links, link)
	}
	require.Equal(t, want, listed)
	return links
}

// requireRevoked revokes the first link as the command line lists it: it leads nowhere from
// then on, the others do.
func (b *brand) requireRevoked(t *testing.T, run httpapi.RunDetail, links []string) {
	t.Helper()
	all, err := b.api.Links(t.Context(), b.account, run.ID)
	require.NoError(t, err)
	require.Len(t, all, len(links))
	first := 0
	for i, l := range all {
		require.EqualValues(t, 1, l.Downloads)
		if l.Name < all[first].Name {
			first = i
		}
	}
	require.Contains(t, b.starter(t, "run", "links", run.ID), all[first].ID)
	require.Contains(t, b.starter(t, "run", "revoke", run.ID, all[first].ID), "revoked")
	status, answer := openLink(t, links[0])
	require.Equal(t, http.StatusGone, status)
	require.Contains(t, string(answer), "this link was revoked (ask whoever sent it")
	status, _ = openLink(t, links[1])
	require.Equal(t, http.StatusOK, status)
}

func openLink(t *testing.T, link string) (status int, content []byte) {
	t.Helper()
	res, err := http.Get(link)
	require.NoError(t, err)
	defer res.Body.Close()
	content, err = io.ReadAll(res.Body)
	require.NoError(t, err)
	return res.StatusCode, content
}
