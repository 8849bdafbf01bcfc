// Package gcstest starts private stores that speak Google Cloud Storage's JSON API, for
// tests: fake-gcs-server, and before it a front for what that leaves out. The fake computes
// and keeps CRC32C, metadata and generations. It does not know who asks, it takes a question
// for what an upload has ("bytes */N") for the end of the upload, forgets no upload that is
// cancelled, ignores the CRC32C that comes with an upload's last bytes, and rewrites without
// looking at preconditions. The front does these as Google documents them and passes
// everything else on.
package gcstest

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/api/googleapi"
	"google.golang.org/api/option"
	"google.golang.org/api/storage/v1"

	"transporter/internal/realtest"
)

// Server is a private store.
type Server struct {
	URL  string // of the front
	Fake string // of fake-gcs-server itself, which lets everybody do everything

	Data string // the folder that holds a folder for each bucket

	api   *storage.Service // past the front
	front *front
}

// Start starts a store until the test ends.
func Start(t testing.TB) *Server {
	t.Helper()
	s := &Server{Data: t.TempDir()}
	s.Fake = "http://" + realtest.StartGCSIn(t, s.Data)
	var err error
	s.api, err = storage.NewService(context.Background(), option.WithHTTPClient(&http.Client{}), option.WithEndpoint(s.Fake+"/storage/v1/"))
	require.NoError(t, err)
	s.front = newFront(t, s)
	server := httptest.NewServer(s.front)
	t.Cleanup(server.Close)
	s.URL, s.front.url = server.URL, server.URL
	return s
}

// Bucket makes a new one and returns its name.
func (s *Server) Bucket(t testing.TB) string {
	t.Helper()
	name := "case-" + strings.ToLower(rand.Text())
	_, err := s.api.Buckets.Insert("project", &storage.Bucket{Name: name}).Do()
	require.NoError(t, err)
	return name
}

// Put stores an object that is nobody's.
func (s *Server) Put(t testing.TB, bucket, key string, content []byte) {
	t.Helper()
	_, err := s.api.Objects.Insert(bucket, &storage.Object{Name: key}).Media(bytes.NewReader(content)).Do()
	require.NoError(t, err)
}

// Get returns what an object holds.
func (s *Server) Get(t testing.TB, bucket, key string) (content []byte, there bool) {
	t.Helper()
	got, err := s.api.Objects.Get(bucket, key).Download()
	var told *googleapi.Error
	if errors.As(err, &told) && told.Code == http.StatusNotFound {
		return nil, false
	}
	require.NoError(t, err)
	defer got.Body.Close()
	content, err = io.ReadAll(got.Body)
	require.NoError(t, err)
	return content, true
}

// Names returns the names of all objects.
func (s *Server) Names(t testing.TB, bucket string) (names []string) {
	t.Helper()
	require.NoError(t, s.api.Objects.List(bucket).Pages(t.Context(), func(page *storage.Objects) error {
		for _, o := range page.Items {
			names = append(names, o.Name)
		}
		return nil
	}))
	return names
}

// Temps counts temporary objects, and uploads through the front that are neither complete
// nor cancelled.
func (s *Server) Temps(t testing.TB, bucket string) int {
	t.Helper()
	n, _ := s.front.tally(bucket)
	for _, name := range s.Names(t, bucket) {
		if strings.HasSuffix(name, ".part") {
			n++
		}
	}
	return n
}

// SentAgain is how many bytes uploads to the bucket through the front were sent although
// they had been acknowledged, or would have been had somebody asked.
func (s *Server) SentAgain(bucket string) int64 {
	_, again := s.front.tally(bucket)
	return again
}

// Damage flips the last byte of every temporary object where the server keeps it. Uploads
// that are not complete lie in the server's memory.
func (s *Server) Damage(t testing.TB, bucket string) {
	t.Helper()
	s.spoil(t, bucket, func(file *os.File, last int64) { realtest.FlipLast(t, file, last) })
}

// Lie takes their last byte away, and from now on the front tells a size that is larger by
// one of every object in the bucket.
func (s *Server) Lie(t testing.TB, bucket string) {
	t.Helper()
	s.spoil(t, bucket, func(file *os.File, last int64) { require.NoError(t, file.Truncate(last)) })
	s.front.mu.Lock()
	defer s.front.mu.Unlock()
	s.front.lies[bucket] = true
}

// Age makes the front tell in lists that the objects which the bucket has now are older.
func (s *Server) Age(t testing.TB, bucket string, by time.Duration) {
	t.Helper()
	names := s.Names(t, bucket)
	s.front.mu.Lock()
	defer s.front.mu.Unlock()
	for _, name := range names {
		s.front.aged[bucket+"/"+name] = by
	}
}

// spoil opens every temporary object that is not empty; last is where its last byte is.
func (s *Server) spoil(t testing.TB, bucket string, spoil func(file *os.File, last int64)) {
	t.Helper()
	temporary := func(path string) bool { return strings.HasSuffix(path, ".part") }
	realtest.Spoil(t, filepath.Join(s.Data, bucket), temporary, spoil)
}
