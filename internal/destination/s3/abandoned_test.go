package s3

import (
	"testing"
	"time"

	"transporter/internal/destination"
	"transporter/internal/destination/destinationtest"
	"transporter/internal/realtest"
)

// What a test that was killed has left is removed by the next one.
func TestProbeRemovesWhatKilledOnesLeft(t *testing.T) {
	t.Parallel()
	g := startGateway(t)
	bucket := g.Bucket(t)
	folder := g.Data + "/" + bucket + "/brand/out"
	destinationtest.SweepsProbes(t, destinationtest.Litter{
		Killed: func(n int) destination.Destination {
			config := g.config(bucket, new(destinationtest.Wire))
			config.HTTP.Transport = destinationtest.MortalAfter(n, config.HTTP.Transport)
			return mustNew(t, config)
		},
		Plant: func(t *testing.T, name string) { g.put(t, bucket, "brand/out/"+name, []byte("theirs")) },
		Names: func(t *testing.T) []string { return realtest.Files(t, folder) },
		Age:   func(t *testing.T, by time.Duration) { realtest.Age(t, folder, by) },
	})
}
