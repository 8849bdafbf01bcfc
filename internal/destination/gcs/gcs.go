// Package gcs delivers files to Google Cloud Storage, over its JSON API
// (docs.cloud.google.com/storage/docs/json_api/v1).
//
// A file is sent through a resumable upload to a temporary object, ".NAME.TOKEN.part". The
// address of the upload's session is kept in the file's journal: whoever has it may write,
// so it is never logged, and the journal is sealed. After a crash the store is asked how
// many bytes it has, and the upload goes on there. Verified is what the store computed of
// the bytes that it keeps, CRC32C, before anybody sees the file under its final name:
// rewriting the object to that name copies nothing and is conditional on the generations of
// both, so that nothing is replaced that was not seen, and nothing else is published than
// what was verified.
//
// Google's own client (cloud.google.com/go/storage) keeps the session in memory and cannot
// go on with it in another process; uploads are therefore made by hand here, and everything
// else with the generated client that it is built on.
package gcs

import (
	"net/http"
	"net/url"
	"strings"

	"google.golang.org/api/storage/v1"

	"transporter/internal/destination"
	"transporter/internal/fault"
)

const (
	// chunkUnit is what chunks but the last are a multiple of
	// (docs.cloud.google.com/storage/docs/performing-resumable-uploads#chunked-upload).
	chunkUnit = 256 << 10
	// ChunkSize is how much is sent at one request, and so the most that is sent again.
	ChunkSize = 8 << 20
	// google is where the store is unless the configuration says otherwise.
	google = "https://storage.googleapis.com"
)

// Config says where to deliver, and as whom.
type Config struct {
	Bucket   string
	Prefix   string // before every name; a "/" is put between
	Endpoint string // address of the store; empty: Google's

	ServiceAccount destination.Secret // the key of a service account as JSON; nil: the worker's own identity

	// HTTP sends the requests, also those for tokens; over the guarded dialer in production.
	HTTP *http.Client
	// Chunk is how much is sent at one request, a multiple of 256 KiB; zero: ChunkSize.
	Chunk int64
}

// Destination is one prefix of one bucket. It is safe for concurrent use.
type Destination struct {
	config Config
	api    *storage.Service
	login  *http.Client // adds the token to requests
	plain  *http.Client // for addresses that are secret themselves
}

var _ destination.Destination = (*Destination)(nil)

// New checks the configuration without connecting; what is wrong is fault.InvalidSpec
// that names the field.
func New(c Config) (*Destination, error) {
	c.Prefix = strings.Trim(c.Prefix, "/")
	c.Endpoint = strings.TrimSuffix(c.Endpoint, "/")
	if c.Endpoint == "" {
		c.Endpoint = google
	}
	if c.Chunk == 0 {
		c.Chunk = ChunkSize
	}
	switch {
	case c.Bucket == "" || strings.ContainsAny(c.Bucket, "/ :?#"):
		return nil, badField("bucket", "is not the name of a bucket").WithFix("give the name alone, without gs:// and without a folder")
	case c.Prefix != "" && destination.CheckName(c.Prefix) != nil:
		return nil, badField("prefix", "is not a plain path").WithFix("use plain names between slashes, such as brand/reports")
	case c.HTTP == nil:
		return nil, badField("http", "is not set")
	case c.Chunk < chunkUnit || c.Chunk%chunkUnit != 0:
		return nil, badField("chunk", "is not a multiple of 256 KiB")
	}
	if err := c.checkEndpoint(); err != nil {
		return nil, err
	}
	return c.open()
}

func (c Config) checkEndpoint() error {
	u, err := url.Parse(c.Endpoint)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil ||
		strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
		return badField("endpoint", "is not the address of a store").WithFix("write it as https://storage.example.org, or leave it out for Google's own; the bucket has a field of its own")
	}
	return nil
}

func badField(field, problem string) *fault.Error {
	return fault.New(fault.InvalidSpec, "%s", problem).WithField(field)
}
