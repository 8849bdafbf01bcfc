package e2e

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A day of conversations arrives at both destinations, whole and nothing else.
func TestWindowIsDelivered(t *testing.T) {
	t.Parallel()
	s := start(t, options{})
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
}
