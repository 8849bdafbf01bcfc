package feeds_test

import (
	"bytes"
	"context"
	"io"
	"maps"
	"slices"
	"sync"
	"time"

	"transporter/internal/feed"
)

// shelf is a bucket in memory: for tests of what is written, not of how.
type shelf struct {
	mu       sync.Mutex
	contents map[string][]byte
	written  map[string]time.Time
}

func (s *shelf) Put(_ context.Context, key string, content []byte, at time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.contents == nil {
		s.contents, s.written = map[string][]byte{}, map[string]time.Time{}
	}
	s.contents[key], s.written[key] = bytes.Clone(content), at
	return nil
}

func (s *shelf) Delete(_ context.Context, key string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.contents, key)
	return nil
}

// stored lists what is on the shelf, ascending.
func (s *shelf) stored() stored {
	list := stored{read: func(key string) io.Reader { return bytes.NewReader(s.contents[key]) }}
	for _, key := range slices.Sorted(maps.Keys(s.contents)) {
		list.objects = append(list.objects, feed.Object{Key: key, Size: int64(len(s.contents[key])), Modified: s.written[key]})
	}
	return list
}
