package s3

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/destination"
	"transporter/internal/destination/destinationtest"
)

// What a test that was killed has left is removed by the next one, once no test can still be at
// it; a delivery's files are not.
func TestProbeRemovesWhatAnotherLeft(t *testing.T) {
	g := startGateway(t)
	bucket := g.Bucket(t)
	config := g.config(bucket, new(destinationtest.Wire))
	folder := filepath.Join(g.Data, bucket, config.Prefix)
	require.NoError(t, os.MkdirAll(folder, 0o755))
	leave := func(name string, age time.Duration) {
		at := filepath.Join(folder, name)
		require.NoError(t, os.WriteFile(at, []byte("left"), 0o600))
		require.NoError(t, os.Chtimes(at, time.Now().Add(-age), time.Now().Add(-age)))
	}
	left, token := destination.ProbeFile(destination.HiddenProbe)
	young, _ := destination.ProbeFile(destination.HiddenProbe)
	leave(left.Name, 2*time.Hour)
	leave("."+left.Name+"."+token+".part", 2*time.Hour)
	leave(young.Name, time.Minute)
	leave("messages.csv", 2*time.Hour)
	_, err := mustNew(t, config).Probe(t.Context())
	require.NoError(t, err)
	entries, err := os.ReadDir(folder)
	require.NoError(t, err)
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	require.ElementsMatch(t, []string{young.Name, "messages.csv"}, names)
}
