//go:build soak

package s3

import (
	"net/http"
	"strings"
	"testing"

	"transporter/internal/destination"
	"transporter/internal/destination/destinationtest"
	"transporter/internal/linetest"
)

func TestNetworkVersitygw(t *testing.T) {
	g := startGateway(t)
	destinationtest.Network(t, strings.TrimPrefix(g.URL, "http://"), func(t *testing.T, line *linetest.Line) destinationtest.Peer {
		return g.overLine(t, line, destination.Hash)
	})
}

func TestResetVersitygw(t *testing.T) {
	g := startGateway(t)
	line := linetest.New(t, strings.TrimPrefix(g.URL, "http://"), 1)
	p := g.overLine(t, line, destination.Hash)
	destinationtest.Reset(t, p, line, PartSize)
}

// overLine is a bucket that is reached over the line, with parts as in production.
func (g *gateway) overLine(t *testing.T, line *linetest.Line, want destination.Level) destinationtest.Peer {
	t.Helper()
	bucket := g.Bucket(t)
	config := g.config(bucket, &destinationtest.Wire{})
	config.Part = PartSize
	config.HTTP = &http.Client{Transport: &http.Transport{DialContext: line.Dial}}
	return destinationtest.Peer{
		Destination: mustNew(t, config), Highest: destination.Bytes, Want: want, Resumes: true,
		Read:  func(t *testing.T, name string) ([]byte, bool) { return g.get(t, bucket, config.Prefix+"/"+name) },
		Temps: func(t *testing.T) int { return g.Temps(t, bucket) },
	}
}
