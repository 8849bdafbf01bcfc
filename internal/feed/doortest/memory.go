package doortest

import (
	"bytes"
	"context"
	"io"
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"transporter/internal/fault"
	"transporter/internal/feed"
)

// Memory is a door to objects in memory, for tests of what stands on a door. Its zero value is empty.
type Memory struct {
	Denied  string // folders below it may not be listed; a slash denies all
	Opening func() // called before an object is opened
	Asked   int    // how often it was asked

	mu      sync.Mutex
	objects map[string]object
}

type object struct {
	text     string
	modified time.Time
}

// Copy returns a door to what is there now.
func (b *Memory) Copy() *Memory {
	b.mu.Lock()
	defer b.mu.Unlock()
	return &Memory{objects: maps.Clone(b.objects)}
}

// Clear removes everything.
func (b *Memory) Clear() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.objects = nil
}

// Put writes an object, as if at that time.
func (b *Memory) Put(key, text string, at time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.objects == nil {
		b.objects = map[string]object{}
	}
	b.objects[key] = object{text, at}
}

func (b *Memory) listing(key string) feed.Object {
	o := b.objects[key]
	return feed.Object{Key: key, Size: int64(len(o.text)), ETag: strconv.Itoa(len(o.text)) + o.modified.String(), Modified: o.modified}
}

// List is that of feed.Door.
func (b *Memory) List(_ context.Context, prefix string) iter.Seq2[feed.Object, error] {
	return func(yield func(feed.Object, error) bool) {
		b.mu.Lock()
		b.Asked++
		var all []feed.Object
		for _, key := range slices.Sorted(maps.Keys(b.objects)) {
			if strings.HasPrefix(key, prefix) {
				all = append(all, b.listing(key))
			}
		}
		b.mu.Unlock()
		for _, o := range all {
			if !yield(o, nil) {
				return
			}
		}
	}
}

// Folders is that of feed.Door.
func (b *Memory) Folders(_ context.Context, folder string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		b.mu.Lock()
		b.Asked++
		names := Below(folder, maps.Keys(b.objects))
		b.mu.Unlock()
		if b.Denied != "" && strings.HasPrefix(folder, b.Denied) || b.Denied == "/" {
			yield("", fault.New(fault.PermissionDenied, "list %q: denied", folder))
			return
		}
		for _, name := range names {
			if !yield(name, nil) {
				return
			}
		}
	}
}

// Below returns the names of the folders that keys have one level below a folder, ascending.
func Below(folder string, keys iter.Seq[string]) []string {
	names := map[string]bool{}
	for key := range keys {
		if rest, ok := strings.CutPrefix(key, folder); ok {
			if name, _, nested := strings.Cut(rest, "/"); nested {
				names[name] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// Open is that of feed.Door.
func (b *Memory) Open(_ context.Context, o feed.Object) (io.ReadCloser, error) {
	if b.Opening != nil {
		b.Opening()
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.Asked++
	if b.listing(o.Key) != o {
		return nil, fault.New(fault.Conflict, "%s has changed", o.Key)
	}
	return io.NopCloser(bytes.NewReader([]byte(b.objects[o.Key].text))), nil
}
