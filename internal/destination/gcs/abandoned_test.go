package gcs

import (
	"net/http"
	"testing"
	"time"

	"transporter/internal/destination"
	"transporter/internal/destination/destinationtest"
	"transporter/internal/gcstest"
	"transporter/internal/realtest"
)

// What a test that was killed has left is removed by the next one.
func TestProbeRemovesWhatKilledOnesLeft(t *testing.T) {
	t.Parallel()
	g := gcstest.Start(t)
	bucket := g.Bucket(t)
	folder := g.Data + "/" + bucket + "/brand/out"
	living := testConfig(t, g, bucket, new(destinationtest.Wire))
	destinationtest.SweepsProbes(t, destinationtest.Litter{
		Killed: func(n int) destination.Destination {
			config := living
			config.HTTP = &http.Client{Transport: destinationtest.MortalAfter(n, living.HTTP.Transport)}
			return mustNew(t, config)
		},
		Plant: func(t *testing.T, name string) { g.Put(t, bucket, "brand/out/"+name, []byte("theirs")) },
		Names: func(t *testing.T) []string { return realtest.Files(t, folder) },
		Age:   func(t *testing.T, by time.Duration) { g.Age(t, bucket, by) },
	})
}
