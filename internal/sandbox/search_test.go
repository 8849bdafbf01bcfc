package sandbox_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/sandbox"
	"transporter/internal/sandbox/sandboxtest"
)

func TestSearchPagesThroughADay(t *testing.T) {
	r := sandboxtest.Start(t, sandbox.Config{Seed: 1, Conversations: 100_000})
	to := sandboxtest.Now.Add(-24 * time.Hour)
	res := search(t, r, "limit=100&sort=start:asc", startBody(to.Add(-24*time.Hour), to, ""))
	require.Greater(t, res.Metadata.Count, 100)
	require.Len(t, res.Records, 100)
	require.NotNil(t, res.Metadata.Next)
}
