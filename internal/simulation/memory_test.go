package simulation

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"sort"
	"strings"
	"sync"
	"testing"
	"time"

	"transporter/internal/store"
	"transporter/internal/store/storetest"
)

// memory is a store without a disk, so that years of windows take minutes. Its objects are
// as old as the simulated clock says.
type memory struct {
	now func() time.Time

	mu      sync.RWMutex
	objects map[string]object
	folders map[string][]string // keys by their first part, in order
}

type object struct {
	text []byte
	at   time.Time
}

func newMemory(now func() time.Time) *memory {
	return &memory{now: now, objects: map[string]object{}, folders: map[string][]string{}}
}

func TestMemoryIsAStore(t *testing.T) {
	storetest.Run(t, func(*testing.T) store.Store { return newMemory(time.Now) })
}

func folder(key string) string {
	top, _, _ := strings.Cut(key, "/")
	return top
}

// Put implements store.Store.
func (m *memory) Put(ctx context.Context, key string, r io.Reader) (store.Info, error) {
	return m.put(ctx, key, r, false)
}

// PutIfAbsent implements store.Store.
func (m *memory) PutIfAbsent(ctx context.Context, key string, r io.Reader) (store.Info, error) {
	return m.put(ctx, key, r, true)
}

func (m *memory) put(ctx context.Context, key string, r io.Reader, absent bool) (store.Info, error) {
	if err := errors.Join(store.CheckKey(key), ctx.Err()); err != nil {
		return store.Info{}, err
	}
	text, err := io.ReadAll(r)
	if err := errors.Join(err, ctx.Err()); err != nil {
		return store.Info{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, there := m.objects[key]; !there {
		keys := m.folders[folder(key)]
		i := sort.SearchStrings(keys, key)
		m.folders[folder(key)] = slices.Insert(keys, i, key)
	} else if absent {
		return store.Info{}, fmt.Errorf("put %s: %w", key, store.ErrExists)
	}
	m.objects[key] = object{text, m.now()}
	return store.Info{Key: key, Size: int64(len(text)), ModTime: m.now()}, nil
}

func (m *memory) get(ctx context.Context, key string) (object, error) {
	if err := errors.Join(store.CheckKey(key), ctx.Err()); err != nil {
		return object{}, err
	}
	m.mu.RLock()
	defer m.mu.RUnlock()
	o, there := m.objects[key]
	if !there {
		return o, fmt.Errorf("read %s: %w", key, store.ErrNotExist)
	}
	return o, nil
}

// Open implements store.Store.
func (m *memory) Open(ctx context.Context, key string, offset int64) (io.ReadCloser, error) {
	o, err := m.get(ctx, key)
	if err != nil {
		return nil, err
	}
	return io.NopCloser(bytes.NewReader(o.text[min(offset, int64(len(o.text))):])), nil
}

// Stat implements store.Store.
func (m *memory) Stat(ctx context.Context, key string) (store.Info, error) {
	o, err := m.get(ctx, key)
	return store.Info{Key: key, Size: int64(len(o.text)), ModTime: o.at}, err
}

// List implements store.Store.
func (m *memory) List(ctx context.Context, prefix string) iter.Seq2[store.Info, error] {
	return func(yield func(store.Info, error) bool) {
		if err := errors.Join(store.CheckPrefix(prefix), ctx.Err()); err != nil {
			yield(store.Info{}, err)
			return
		}
		for _, key := range m.listed(prefix) {
			if err := ctx.Err(); err != nil {
				yield(store.Info{}, err)
				return
			}
			m.mu.RLock()
			o, there := m.objects[key]
			m.mu.RUnlock()
			if there && !yield(store.Info{Key: key, Size: int64(len(o.text)), ModTime: o.at}, nil) {
				return
			}
		}
	}
}

// listed returns the keys that begin with the prefix, in order.
func (m *memory) listed(prefix string) []string {
	m.mu.RLock()
	defer m.mu.RUnlock()
	if strings.Contains(prefix, "/") {
		keys := m.folders[folder(prefix)]
		from := sort.SearchStrings(keys, prefix)
		to := from + sort.Search(len(keys)-from, func(i int) bool { return !strings.HasPrefix(keys[from+i], prefix) })
		return slices.Clone(keys[from:to])
	}
	var all []string
	for top, keys := range m.folders {
		if strings.HasPrefix(top, prefix) {
			all = append(all, keys...)
		}
	}
	slices.Sort(all)
	return all
}

// Delete implements store.Store.
func (m *memory) Delete(ctx context.Context, key string) error {
	if err := errors.Join(store.CheckKey(key), ctx.Err()); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, there := m.objects[key]; there {
		delete(m.objects, key)
		keys := m.folders[folder(key)]
		i := sort.SearchStrings(keys, key)
		m.folders[folder(key)] = slices.Delete(keys, i, i+1)
	}
	return nil
}
