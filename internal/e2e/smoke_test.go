package e2e

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/keys"
	"transporter/internal/manifest"
	"transporter/internal/task"
)

// requireWhole asserts what a receiver can see by the manifests alone, with the key that the
// API publishes: so many data files, and nothing wrong.
func (b *brand) requireWhole(t *testing.T, files int) manifest.Report {
	t.Helper()
	published, err := b.api.SigningKey(t.Context())
	require.NoError(t, err)
	key, err := keys.ParseSigningPub([]byte(published.PEM))
	require.NoError(t, err)
	found, err := manifest.Check(t.Context(), os.DirFS(b.folder(t, b.partner)), key)
	require.NoError(t, err)
	require.Empty(t, found.Problems)
	require.Equal(t, files, found.Files)
	return found
}

// A day of conversations arrives at both destinations, whole and nothing else; users arrive
// in a partition, which is marked.
func TestWindowIsDelivered(t *testing.T) {
	t.Parallel()
	s := start(t, options{now: thisHour()})
	b := s.brand(t)
	w := s.before(2*24*time.Hour, 6*time.Hour)
	run := b.run(t, b.task(t, spec("msg.messages", "csv")), w)
	require.Equal(t, "delivered", run.Outcome, run.Error)
	want := s.world(t, byEnd, w).messages()
	require.NotEmpty(t, want)
	for _, d := range []string{b.cloud, b.partner} {
		require.Equal(t, want, b.rows(t, run, d))
		require.Len(t, b.files(t, d), 2, "the file and its manifest")
	}
	require.Len(t, run.Receipts, 2)
	b.requireWhole(t, 1)

	feed := spec("cfg.users", "jsonl")
	feed.Destinations = b.legs("feeds")
	for i := range feed.Destinations {
		feed.Destinations[i].Layout = task.LayoutPartitioned
	}
	run = b.run(t, b.task(t, feed), w)
	require.Equal(t, "delivered", run.Outcome, run.Error)
	partition := "feeds/cfg_users/version=1/format=jsonl/dt=" + w.From.UTC().Format("2006-01-02/hr=15/mi=04")
	for _, d := range []string{b.cloud, b.partner} {
		require.NotEmpty(t, b.rows(t, run, d))
		names := b.files(t, d)
		for _, name := range []string{"_SUCCESS", "_manifest.json", "cfg_users.jsonl.enc"} {
			require.True(t, slices.ContainsFunc(names, func(n string) bool { return strings.HasSuffix(n, partition+"/"+name) }), "%s in %v", name, names)
		}
	}
	b.requireWhole(t, 2)
	b.requireMetrics(t, s.before(3*time.Hour, time.Hour))
}
