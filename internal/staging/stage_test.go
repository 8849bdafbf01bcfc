package staging_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/seal"
	"transporter/internal/staging"
	"transporter/internal/store"
)

func newStage(t testing.TB) (*staging.Stage, *store.File) {
	return newStageIn(t, t.TempDir())
}

func newStageIn(t testing.TB, folder string) (*staging.Stage, *store.File) {
	st, err := store.NewFile(folder)
	require.NoError(t, err)
	return staging.New(st, newBox(t)), st
}

func newBox(t testing.TB) *seal.Box {
	ring, err := seal.GenerateRing("k1")
	require.NoError(t, err)
	return seal.NewBox(ring)
}

func stageBytes(t require.TestingT, s *staging.Stage, clear []byte) contract.Ref {
	w, err := s.Create(context.Background(), "p")
	require.NoError(t, err)
	_, err = w.Write(clear)
	require.NoError(t, err)
	ref, err := w.Commit(context.Background())
	require.NoError(t, err)
	return ref
}

func readAll(s *staging.Stage, ref contract.Ref) ([]byte, error) {
	r, err := s.Open(context.Background(), ref)
	if err != nil {
		return nil, err
	}
	clear, err := io.ReadAll(r)
	return clear, errors.Join(err, r.Close())
}

func objects(t require.TestingT, st store.Store, prefix string) (found []string) {
	for info, err := range st.List(context.Background(), prefix) {
		require.NoError(t, err)
		found = append(found, info.Key)
	}
	return found
}

func TestStagedRoundTrip(t *testing.T) {
	s, _ := newStage(t)
	rapid.Check(t, func(t *rapid.T) {
		clear := bytes.Repeat(rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(t, "pattern"), rapid.IntRange(0, 3000).Draw(t, "times"))
		ref := stageBytes(t, s, clear)
		require.EqualValues(t, len(clear), ref.Size)
		got, err := readAll(s, ref)
		require.NoError(t, err)
		require.True(t, bytes.Equal(clear, got))
	})
}

func TestStagedObjectsAreSealedAndCompressed(t *testing.T) {
	s, st := newStage(t)
	clear := []byte(strings.Repeat("nobody else may read this. ", 10_000))
	ref := stageBytes(t, s, clear)
	info, err := st.Stat(context.Background(), ref.Key)
	require.NoError(t, err)
	require.Less(t, info.Size, int64(len(clear)/20))
	r, err := st.Open(context.Background(), ref.Key, 0)
	require.NoError(t, err)
	stored, err := io.ReadAll(r)
	require.NoError(t, err)
	require.NoError(t, r.Close())
	require.NotContains(t, string(stored), "nobody")
	other, err := readAll(staging.New(st, newBox(t)), ref)
	require.True(t, fault.Is(err, fault.Corrupt), "another ring with the same key id: %v", err)
	require.Empty(t, other)
}

func TestDamageIsCorrupt(t *testing.T) {
	folder := t.TempDir()
	s, _ := newStageIn(t, folder)
	ref := stageBytes(t, s, []byte(strings.Repeat("some text that compresses. ", 20)))
	stored, err := os.ReadFile(filepath.Join(folder, ref.Key))
	require.NoError(t, err)
	other := stageBytes(t, s, []byte("another object"))

	check := func(name string, ref contract.Ref, object []byte) {
		require.NoError(t, os.WriteFile(filepath.Join(folder, ref.Key), object, 0o600))
		_, err := readAll(s, ref)
		require.True(t, fault.Is(err, fault.Corrupt) || fault.Is(err, fault.ConfigMissing), "%s: %v", name, err)
	}
	for cut := range stored {
		check(fmt.Sprintf("cut at %d", cut), ref, stored[:cut])
	}
	for at := range stored {
		changed := bytes.Clone(stored)
		changed[at] ^= 0x10
		check(fmt.Sprintf("changed at %d", at), ref, changed)
	}
	check("swapped for another", other, stored)
	for name, wrong := range map[string]contract.Ref{
		"size too small": {Key: ref.Key, Size: ref.Size - 1, SHA256: ref.SHA256},
		"size too large": {Key: ref.Key, Size: ref.Size + 1, SHA256: ref.SHA256},
		"another hash":   {Key: ref.Key, Size: ref.Size, SHA256: other.SHA256},
	} {
		check(name, wrong, stored)
	}
	_, err = readAll(s, contract.Ref{Key: "p/none"})
	require.True(t, fault.Is(err, fault.NotFound), "%v", err)
}

func TestRaw(t *testing.T) {
	ctx := context.Background()
	s, st := newStage(t)
	text := strings.Repeat("0123456789", 30_000)
	w, err := s.CreateRaw(ctx, "raw/")
	require.NoError(t, err)
	_, err = io.WriteString(w, text)
	require.NoError(t, err)
	ref, err := w.Commit(ctx)
	require.NoError(t, err)
	info, err := st.Stat(ctx, ref.Key)
	require.NoError(t, err)
	require.Equal(t, ref.Size, info.Size, "stored as it is")
	for _, offset := range []int64{0, 1, 100_000, ref.Size} {
		r, err := s.OpenRaw(ctx, ref, offset)
		require.NoError(t, err)
		got, err := io.ReadAll(r)
		require.NoError(t, err)
		require.NoError(t, r.Close())
		require.Equal(t, text[offset:], string(got))
	}
	_, err = st.Put(ctx, ref.Key, strings.NewReader(text[:len(text)-1]+"x"))
	require.NoError(t, err)
	r, err := s.OpenRaw(ctx, ref, 0)
	require.NoError(t, err)
	_, err = io.ReadAll(r)
	require.True(t, fault.Is(err, fault.Corrupt), "%v", err)
	require.NoError(t, r.Close())
	_, err = st.Put(ctx, ref.Key, strings.NewReader(text[:100]))
	require.NoError(t, err)
	r, err = s.OpenRaw(ctx, ref, 50)
	require.NoError(t, err)
	_, err = io.ReadAll(r)
	require.True(t, fault.Is(err, fault.Corrupt), "truncated: %v", err)
	require.NoError(t, r.Close())
}

func TestNothingIsStoredBeforeCommit(t *testing.T) {
	s, st := newStage(t)
	endings := map[string]func(*staging.Writer, context.CancelFunc){
		"aborted":   func(w *staging.Writer, _ context.CancelFunc) { w.Abort(); w.Abort() },
		"cancelled": func(_ *staging.Writer, cancel context.CancelFunc) { cancel() },
	}
	for name, end := range endings {
		ctx, cancel := context.WithCancel(context.Background())
		w, err := s.Create(ctx, "p")
		require.NoError(t, err)
		_, err = w.Write(make([]byte, 1<<20))
		require.NoError(t, err)
		end(w, cancel)
		_, err = w.Commit(context.Background())
		require.Error(t, err, name)
		w.Abort()
		require.Empty(t, objects(t, st, ""), name)
		cancel()
	}
}

// brokenStore fails every Put after some bytes.
type brokenStore struct {
	store.Store
	after int64
}

var errDisk = fault.New(fault.StorageFull, "disk is full")

func (b brokenStore) Put(_ context.Context, _ string, r io.Reader) (store.Info, error) {
	_, err := io.CopyN(io.Discard, r, b.after)
	return store.Info{}, errors.Join(errDisk, err)
}

func TestStoreFailureReachesTheWriter(t *testing.T) {
	for _, after := range []int64{0, 10, 100_000, 1 << 30} {
		s := staging.New(brokenStore{after: after}, newBox(t))
		w, err := s.Create(context.Background(), "p")
		if err == nil {
			_, err = io.CopyN(w, rand.NewChaCha8([32]byte{}), 1<<20)
			if err == nil {
				_, err = w.Commit(context.Background())
			}
			w.Abort()
		}
		require.True(t, fault.Is(err, fault.StorageFull), "after %d: %v", after, err)
	}
}

func TestJSON(t *testing.T) {
	ctx := context.Background()
	s, st := newStage(t)
	type parts struct{ Names []string }
	in := parts{Names: make([]string, 50_000)}
	for i := range in.Names {
		in.Names[i] = fmt.Sprint("part ", i)
	}
	ref, err := s.PutJSON(ctx, "index", in)
	require.NoError(t, err)
	var out parts
	require.NoError(t, s.GetJSON(ctx, ref, &out))
	require.Equal(t, in, out)
	require.True(t, fault.Is(s.GetJSON(ctx, ref, new([]int)), fault.Corrupt), "another shape")
	_, err = s.PutJSON(ctx, "index", make(chan int))
	require.Error(t, err)
	require.Len(t, objects(t, st, ""), 1)
}

func TestCommitRecords(t *testing.T) {
	ctx := context.Background()
	s, st := newStage(t)
	var got string
	found, err := s.Committed(ctx, "r/commit", &got)
	require.NoError(t, err)
	require.False(t, found)

	const racers = 8
	won := make([]bool, racers)
	var all sync.WaitGroup
	for i := range racers {
		all.Go(func() {
			var err error
			if won[i], err = s.Commit(ctx, "r/commit", fmt.Sprint("racer ", i)); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	found, err = s.Committed(ctx, "r/commit", &got)
	require.NoError(t, err)
	require.True(t, found)
	winners := 0
	for i, w := range won {
		if w {
			winners++
			require.Equal(t, fmt.Sprint("racer ", i), got)
		}
	}
	require.Equal(t, 1, winners)

	r, err := st.Open(ctx, "r/commit", 0)
	require.NoError(t, err)
	_, err = st.Put(ctx, "r/other", r)
	require.NoError(t, err)
	require.NoError(t, r.Close())
	_, err = s.Committed(ctx, "r/other", &got)
	require.True(t, fault.Is(err, fault.Corrupt), "a record that was copied elsewhere: %v", err)
}

func TestRemoveAll(t *testing.T) {
	ctx := context.Background()
	s, st := newStage(t)
	for _, prefix := range []string{"runs/1", "runs/1/deep", "runs/10", "run"} {
		_, err := s.PutJSON(ctx, prefix, 1)
		require.NoError(t, err)
	}
	n, err := s.RemoveAll(ctx, "runs/1")
	require.NoError(t, err)
	require.Equal(t, 2, n)
	require.Len(t, objects(t, st, ""), 2, "runs/10 does not begin with the part runs/1")
	n, err = s.RemoveAll(ctx, "runs/1/")
	require.NoError(t, err)
	require.Zero(t, n)
	for _, prefix := range []string{"", "/", "../x"} {
		_, err = s.RemoveAll(ctx, prefix)
		require.True(t, fault.Is(err, fault.InvalidSpec), "prefix %q: %v", prefix, err)
	}
	require.Len(t, objects(t, st, ""), 2)
}

// TestScratchIsSealedAndWhole reads scratch back, and finds damage without a hash.
func TestScratchIsSealedAndWhole(t *testing.T) {
	ctx := context.Background()
	s, st := newStage(t)
	text := bytes.Repeat([]byte(`{"a":"plain to see"}`), 20_000)
	w, err := s.CreateScratch(ctx, "scratch")
	require.NoError(t, err)
	_, err = w.Write(text)
	require.NoError(t, err)
	ref, err := w.Commit(ctx)
	require.NoError(t, err)
	require.Empty(t, ref.SHA256)
	read := func() ([]byte, error) {
		r, err := s.OpenScratch(ctx, ref)
		if err != nil {
			return nil, err
		}
		defer r.Close()
		return io.ReadAll(r)
	}
	got, err := read()
	require.NoError(t, err)
	require.Equal(t, text, got)

	src, err := st.Open(ctx, ref.Key, 0)
	require.NoError(t, err)
	sealed, err := io.ReadAll(src)
	require.NoError(t, err)
	require.NoError(t, src.Close())
	require.NotContains(t, string(sealed), "plain to see")
	for name, damaged := range map[string][]byte{
		"cut":     sealed[:len(sealed)-1],
		"changed": append(bytes.Clone(sealed[:len(sealed)-1]), sealed[len(sealed)-1]^1),
	} {
		_, err := st.Put(ctx, ref.Key, bytes.NewReader(damaged))
		require.NoError(t, err)
		_, err = read()
		require.True(t, fault.Is(err, fault.Corrupt), "%s: %v", name, err)
	}
}
