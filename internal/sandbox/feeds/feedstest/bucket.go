// Package feedstest gives tests a bucket of a real S3 server to write feeds into.
package feedstest

import (
	"testing"

	"transporter/internal/realtest"
	"transporter/internal/sandbox/feeds/s3bucket"
)

// Bucket is a new bucket of a server whose objects can be as old as a scenario wants them.
type Bucket struct {
	*s3bucket.Bucket

	Server *realtest.S3
	Name   string
}

// New makes a bucket on the server, which StartS3 started.
func New(t testing.TB, server *realtest.S3) *Bucket {
	t.Helper()
	name := server.Bucket(t)
	return &Bucket{s3bucket.New(s3bucket.Config{
		Endpoint: server.URL, Region: realtest.S3Region, Bucket: name, Key: realtest.S3Key, Secret: realtest.S3Secret, Dir: server.Data,
	}), server, name}
}
