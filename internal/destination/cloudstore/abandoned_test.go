package cloudstore

import (
	"context"
	"io"
	"path"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/destination"
	"transporter/internal/destination/destinationtest"
	"transporter/internal/realtest"
	"transporter/internal/store"
)

// mortal is a store whose process is killed when it changes something for the n-th time.
type mortal struct {
	store.Store
	left int
}

func (m *mortal) step() {
	if m.left--; m.left == 0 {
		m.left++
		runtime.Goexit()
	}
}

func (m *mortal) Put(ctx context.Context, key string, r io.Reader) (store.Info, error) {
	m.step()
	return m.Store.Put(ctx, key, r)
}

func (m *mortal) PutIfAbsent(ctx context.Context, key string, r io.Reader) (store.Info, error) {
	m.step()
	return m.Store.PutIfAbsent(ctx, key, r)
}

func (m *mortal) Delete(ctx context.Context, key string) error {
	m.step()
	return m.Store.Delete(ctx, key)
}

// What a test that was killed has left is removed by the next one.
func TestProbeRemovesWhatKilledOnesLeft(t *testing.T) {
	root := t.TempDir()
	st, err := store.Open(t.Context(), "file://"+root)
	require.NoError(t, err)
	keys := func() (all []string) {
		for info, err := range st.List(t.Context(), "cloud/acme/d1/") {
			require.NoError(t, err)
			all = append(all, info.Key)
		}
		return all
	}
	destinationtest.SweepsProbes(t, destinationtest.Litter{
		Killed: func(n int) destination.Destination { return New(&mortal{Store: st, left: n}, "cloud/acme/d1") },
		Plant: func(t *testing.T, name string) {
			_, err := st.Put(t.Context(), "cloud/acme/d1/files/"+name, strings.NewReader("theirs"))
			require.NoError(t, err)
		},
		Names: func(t *testing.T) (names []string) {
			for _, key := range keys() {
				names = append(names, path.Base(key))
			}
			return names
		},
		Age: func(t *testing.T, by time.Duration) {
			for _, key := range keys() {
				realtest.Age(t, filepath.Join(root, path.Dir(key)), by)
			}
		},
	})
}
