package latest_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/fault"
	"transporter/internal/latest"
	"transporter/internal/seal"
	"transporter/internal/staging"
	"transporter/internal/store"
)

// stageIn keeps its store in a folder that the test can look into.
func stageIn(t testing.TB, dir string) *staging.Stage {
	st, err := store.NewFile(dir)
	require.NoError(t, err)
	ring, err := seal.GenerateRing("k1")
	require.NoError(t, err)
	return staging.New(st, seal.NewBox(ring))
}

func objects(t testing.TB, stage *staging.Stage, prefix string) []string {
	keys, err := stage.Keys(t.Context(), prefix)
	require.NoError(t, err)
	return keys
}

// numbered is row n of a leaf, whose keys repeat every so many rows; the later row counts.
func numbered(n, every int) (key, rank, raw []byte) {
	key = fmt.Appendf(nil, `["%d","2026-11-20T05:00:00Z"]`, n%every)
	return key, binary.BigEndian.AppendUint64(nil, uint64(n)), fmt.Appendf(nil, `{"n":%d,"text":"%032x"}`, n, n*2654435761)
}

func TestManyGoroutinesFillOneSorter(t *testing.T) {
	const rows, every, goroutines = 9_000, 4_000, 4
	stage := stageIn(t, t.TempDir())
	s := latest.New(stage, "leaf", latest.Options{Memory: 16 << 10}) // more runs than are merged at once
	defer s.Abort()
	var all sync.WaitGroup
	for g := range goroutines {
		all.Go(func() {
			for n := g; n < rows; n += goroutines {
				key, rank, raw := numbered(n, every)
				if err := s.Add(t.Context(), key, rank, raw); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	set, err := s.Finish(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, every, set.Rows)
	require.EqualValues(t, rows, set.Added)
	require.Len(t, objects(t, stage, "leaf"), len(set.Runs), "runs that were merged are removed")
	found := collect(t, latest.Read(t.Context(), stage, set))
	require.Len(t, found, every)
	for n := rows - every; n < rows; n++ {
		key, _, raw := numbered(n, every)
		require.Equal(t, string(raw), found[string(key)].raw)
	}
	side := map[string]row{}
	for _, part := range set.Ranges() {
		for key, r := range collect(t, latest.Read(t.Context(), stage, part)) {
			require.NotContains(t, side, key, "ranges do not overlap")
			side[key] = r
		}
	}
	require.Equal(t, found, side)
}

// TestAnAbortedLeafLeavesNothing kills the sorting of a leaf at several points, and sorts it again.
func TestAnAbortedLeafLeavesNothing(t *testing.T) {
	const rows, every = 3_000, 1_000
	stage := stageIn(t, t.TempDir())
	for _, killed := range []int{0, 1, 500, 2_999, rows} {
		s := latest.New(stage, "leaf", latest.Options{Memory: 16 << 10})
		for n := range killed {
			key, rank, raw := numbered(n, every)
			require.NoError(t, s.Add(t.Context(), key, rank, raw))
		}
		s.Abort()
		require.Empty(t, objects(t, stage, "leaf"), "killed after %d rows", killed)
		require.ErrorContains(t, s.Add(t.Context(), []byte("k"), nil, nil), "ended")
		_, err := s.Finish(t.Context())
		require.ErrorContains(t, err, "ended")
	}
	ctx, cancel := context.WithCancel(t.Context())
	s := latest.New(stage, "leaf", latest.Options{Memory: 16 << 10})
	for n := range rows {
		key, rank, raw := numbered(n, every)
		require.NoError(t, s.Add(ctx, key, rank, raw))
	}
	cancel()
	_, err := s.Finish(ctx)
	require.ErrorIs(t, err, context.Canceled)
	s.Abort()
	require.Empty(t, objects(t, stage, "leaf"))
}

func TestRowsThatCannotBeHeldAreRefused(t *testing.T) {
	stage := stageIn(t, t.TempDir())
	s := latest.New(stage, "leaf", latest.Options{})
	defer s.Abort()
	for name, c := range map[string]struct {
		key, rank, raw []byte
	}{
		"no key":             {nil, []byte("1"), []byte("x")},
		"a key without end":  {bytes.Repeat([]byte("k"), 64<<10), nil, nil},
		"a rank without end": {[]byte("k"), bytes.Repeat([]byte("r"), 64<<10), nil},
		"a row without end":  {[]byte("k"), nil, make([]byte, 64<<20+1)},
	} {
		var failed *fault.Error
		require.ErrorAs(t, s.Add(t.Context(), c.key, c.rank, c.raw), &failed, name)
		require.Equal(t, fault.SchemaMismatch, failed.Kind, name)
	}
	longest := bytes.Repeat([]byte("k"), 64<<10-3)
	require.NoError(t, s.Add(t.Context(), longest, []byte("r"), []byte("kept")))
	set, err := s.Finish(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, 1, set.Rows)
	require.Equal(t, "kept", collect(t, latest.Read(t.Context(), stage, set))[string(longest)].raw)
}

// TestGiantRows have rows of 64 MiB among small ones.
func TestGiantRows(t *testing.T) {
	stage := stageIn(t, t.TempDir())
	s := latest.New(stage, "leaf", latest.Options{Memory: 1 << 20})
	defer s.Abort()
	giant := bytes.Repeat([]byte("giant "), 64<<20/6)
	for n := range 6 {
		raw := giant[:len(giant)-n]
		if n%2 == 1 {
			raw = raw[:n]
		}
		require.NoError(t, s.Add(t.Context(), fmt.Appendf(nil, "k%d", n%4), []byte{byte(n)}, raw))
	}
	set, err := s.Finish(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, len(giant)-2, set.Giant, "whoever reads it has room for that")
	merged, err := latest.Compact(t.Context(), stage, "merged", []latest.Tagged{{Set: set}}, latest.Keep)
	require.NoError(t, err)
	require.Equal(t, set.Giant, merged.Giant)
	lengths := map[string]int{}
	for r, err := range latest.Read(t.Context(), stage, set) {
		require.NoError(t, err)
		lengths[string(r.Key)] = len(r.Raw)
		require.True(t, bytes.HasPrefix(giant, r.Raw))
	}
	require.Equal(t, map[string]int{"k0": len(giant) - 4, "k1": 5, "k2": len(giant) - 2, "k3": 3}, lengths)
}

// TestDamageIsFound changes, cuts and removes objects of a set in the store.
func TestDamageIsFound(t *testing.T) {
	for name, c := range map[string]struct {
		damage func(path string) error
		want   fault.Kind
	}{
		"a changed byte": {func(path string) error {
			b, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			b[len(b)/2] ^= 1
			return os.WriteFile(path, b, 0o600)
		}, fault.Corrupt},
		"a lost end": {func(path string) error {
			info, err := os.Stat(path)
			if err != nil {
				return err
			}
			return os.Truncate(path, info.Size()/2)
		}, fault.Corrupt},
		"a run that is gone": {os.Remove, fault.NotFound},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			stage := stageIn(t, dir)
			whole := sortRows(t, stage, []row{{"a", "1", "x", 0}})
			s := latest.New(stage, "damaged", latest.Options{})
			for n := range 5_000 {
				key, rank, raw := numbered(n, 5_000)
				require.NoError(t, s.Add(t.Context(), key, rank, raw))
			}
			set, err := s.Finish(t.Context())
			require.NoError(t, err)
			eachFile(t, dir, "damaged", c.damage)
			sets := []latest.Tagged{{Set: whole, Tag: 1}, {Set: set, Tag: 2}}
			requireFault(t, c.want, failure(latest.Read(t.Context(), stage, set)))
			requireFault(t, c.want, failure(latest.Winners(t.Context(), stage, "scratch", sets)))
			requireFault(t, c.want, failure(latest.Changes(t.Context(), stage, "scratch", sets[:1], sets)))
			_, err = latest.Compact(t.Context(), stage, "compacted", sets, latest.Keep)
			requireFault(t, c.want, err)
			require.Empty(t, objects(t, stage, "compacted"), "half a set is none")
		})
	}
}

// failure reads to the end and returns the error.
func failure[T any](seq func(func(T, error) bool)) (failed error) {
	for _, err := range seq {
		failed = err
	}
	return failed
}

func requireFault(t *testing.T, kind fault.Kind, err error) {
	t.Helper()
	var failed *fault.Error
	require.ErrorAs(t, err, &failed)
	require.Equal(t, kind, failed.Kind, err)
}

func eachFile(t *testing.T, dir, prefix string, do func(path string) error) {
	t.Helper()
	n := 0
	require.NoError(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.Contains(path, "/"+prefix+"/") {
			return err
		}
		n++
		return do(path)
	}))
	require.Positive(t, n)
}
