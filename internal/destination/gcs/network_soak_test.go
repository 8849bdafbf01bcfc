//go:build soak

package gcs

import (
	"net/http"
	"strings"
	"testing"

	"transporter/internal/destination"
	"transporter/internal/destination/destinationtest"
	"transporter/internal/gcstest"
	"transporter/internal/linetest"
)

func TestNetworkGCS(t *testing.T) {
	g := gcstest.Start(t)
	destinationtest.Network(t, strings.TrimPrefix(g.URL, "http://"), func(t *testing.T, line *linetest.Line) destinationtest.Peer {
		return overLine(t, g, line)
	})
}

func TestResetGCS(t *testing.T) {
	g := gcstest.Start(t)
	line := linetest.New(t, strings.TrimPrefix(g.URL, "http://"), 1)
	destinationtest.Reset(t, overLine(t, g, line), line, ChunkSize)
}

// overLine is a bucket that is reached over the line, with chunks as in production.
func overLine(t *testing.T, g *gcstest.Server, line *linetest.Line) destinationtest.Peer {
	t.Helper()
	bucket := g.Bucket(t)
	config := testConfig(t, g, bucket, &destinationtest.Wire{})
	config.Chunk = ChunkSize
	config.HTTP = &http.Client{Transport: &http.Transport{DialContext: line.Dial}}
	return destinationtest.Peer{
		Destination: mustNew(t, config), Highest: destination.Bytes, Want: destination.Hash, Resumes: true,
		Read:  func(t *testing.T, name string) ([]byte, bool) { return g.Get(t, bucket, config.Prefix+"/"+name) },
		Temps: func(t *testing.T) int { return g.Temps(t, bucket) },
	}
}
