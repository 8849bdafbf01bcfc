package main

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/store"
)

// A worker that starts removes unfinished writes of the day before, and no younger ones.
func TestKeepSwept(t *testing.T) {
	root := t.TempDir()
	st, err := store.NewFile(root)
	require.NoError(t, err)
	now := time.Now()
	left := map[string]time.Duration{"old": litterAge + time.Minute, "young": litterAge - time.Minute}
	for name, age := range left {
		path := filepath.Join(root, "@tmp", name)
		require.NoError(t, os.WriteFile(path, []byte("half"), 0o600))
		require.NoError(t, os.Chtimes(path, now.Add(-age), now.Add(-age)))
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		keepSwept(ctx, st, func() time.Time { return now }, slog.New(slog.DiscardHandler))
	}()
	require.Eventually(t, func() bool {
		_, err := os.Stat(filepath.Join(root, "@tmp", "old"))
		return os.IsNotExist(err)
	}, within, time.Millisecond)
	stop()
	<-ended
	require.FileExists(t, filepath.Join(root, "@tmp", "young"))
}
