package storetest

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"transporter/internal/fault"
	"transporter/internal/store"
)

func testOffset(t *testing.T, s store.Store) {
	const text = "0123456789"
	put(t, s, "o", text)
	put(t, s, "empty", "")
	for _, c := range []struct {
		key    string
		offset int64
		want   string
	}{{"o", 0, text}, {"o", 1, text[1:]}, {"o", 9, "9"}, {"o", 10, ""}, {"o", 11, ""}, {"o", 1 << 40, ""}, {"empty", 0, ""}, {"empty", 3, ""}} {
		r, err := s.Open(context.Background(), c.key, c.offset)
		require.NoError(t, err, "%s from %d", c.key, c.offset)
		got, err := io.ReadAll(r)
		require.NoError(t, err)
		require.NoError(t, r.Close())
		require.Equal(t, c.want, string(got), "%s from %d", c.key, c.offset)
	}
}

func testMissing(t *testing.T, s store.Store) {
	ctx := context.Background()
	put(t, s, "a/b/c", "x")
	for _, key := range []string{"none", "a", "a/b", "a/b/d", "a/b/c/d"} {
		_, err := s.Open(ctx, key, 0)
		require.ErrorIs(t, err, store.ErrNotExist, key)
		_, err = s.Open(ctx, key, 5)
		require.ErrorIs(t, err, store.ErrNotExist, key)
		_, err = s.Stat(ctx, key)
		require.ErrorIs(t, err, store.ErrNotExist, key)
		require.NoError(t, s.Delete(ctx, key), key)
	}
	require.Equal(t, "x", read(t, s, "a/b/c"))
}

func testDeleteMakesWay(t *testing.T, s store.Store) {
	ctx := context.Background()
	put(t, s, "a/b/c", "deep")
	require.NoError(t, s.Delete(ctx, "a/b/c"))
	require.Empty(t, keys(t, s, ""))
	put(t, s, "a/b", "shallow")
	require.Equal(t, "shallow", read(t, s, "a/b"))
	require.NoError(t, s.Delete(ctx, "a/b"))
	_, err := s.PutIfAbsent(ctx, "a/b/c", strings.NewReader("deep"))
	require.NoError(t, err)
	require.Equal(t, []string{"a/b/c"}, keys(t, s, ""))
}

func testList(t *testing.T, s store.Store) {
	all := []string{"A", "a+b", "a-b/x", "a.b", "a/1", "a/10", "a/2/x", "a/2/y", "a=b", "ab", "a~", "b/~t", "z"}
	require.True(t, slices.IsSorted(all))
	for _, key := range all {
		put(t, s, key, "text of "+key)
	}
	for _, prefix := range []string{"", "a", "a/", "a/1", "a/2", "a/2/", "a-", "A", "b/~", "none", "a/2/x/", "zz", "a."} {
		want := []string{}
		for _, key := range all {
			if strings.HasPrefix(key, prefix) {
				want = append(want, key)
			}
		}
		require.Equal(t, want, keys(t, s, prefix), "prefix %q", prefix)
	}
	for info, err := range s.List(context.Background(), "a/2") {
		require.NoError(t, err)
		require.EqualValues(t, len("text of ")+len(info.Key), info.Size)
		require.False(t, info.ModTime.IsZero())
		break // stopping early must be possible
	}
}

func testBadKeys(t *testing.T, s store.Store) {
	ctx := context.Background()
	for name, key := range map[string]string{
		"empty": "", "dot": ".", "dots": "..", "inner dots": "a/../b", "absolute": "/a", "trailing": "a/", "double": "a//b",
		"space": "a b", "at": "@tmp/x", "colon": "a:b", "unicode": "ä", "control": "a\x00", "backslash": `a\b`,
		"long part": strings.Repeat("a", 256), "long": strings.Repeat("abcdefgh/", 101) + "x",
	} {
		_, err := s.Put(ctx, key, strings.NewReader("x"))
		require.True(t, fault.Is(err, fault.InvalidSpec), "put %s: %v", name, err)
		_, err = s.PutIfAbsent(ctx, key, strings.NewReader("x"))
		require.True(t, fault.Is(err, fault.InvalidSpec), "put if absent %s: %v", name, err)
		_, err = s.Open(ctx, key, 0)
		require.True(t, fault.Is(err, fault.InvalidSpec), "open %s: %v", name, err)
		_, err = s.Stat(ctx, key)
		require.True(t, fault.Is(err, fault.InvalidSpec), "stat %s: %v", name, err)
		require.True(t, fault.Is(s.Delete(ctx, key), fault.InvalidSpec), "delete %s", name)
	}
	for _, prefix := range []string{"../", "/", "a//", "./a", "a/../", "ä", "@tmp/"} {
		for _, err := range s.List(ctx, prefix) {
			require.True(t, fault.Is(err, fault.InvalidSpec), "list %s: %v", prefix, err)
		}
	}
	require.Empty(t, keys(t, s, ""))
}

func testLongKeys(t *testing.T, s store.Store) {
	part := strings.Repeat("p", 200)
	key := strings.Join([]string{part, part, part, part, "end"}, "/")
	put(t, s, key, "far")
	require.Equal(t, "far", read(t, s, key))
	require.Equal(t, []string{key}, keys(t, s, part))
}

// testModel runs random operations on the store and on a map and compares them.
func testModel(t *testing.T, s store.Store) {
	const mostOps = 5
	ctx := context.Background()
	round := 0
	rapid.Check(t, func(t *rapid.T) {
		round++
		folder := fmt.Sprintf("round-%d/", round)
		model := map[string]string{}
		for range rapid.IntRange(1, mostOps).Draw(t, "operations") {
			key := folder + rapid.SampledFrom([]string{"x", "x-y", "d/1", "d/e/3", "d-e/4"}).Draw(t, "key")
			text := rapid.StringN(0, 20, -1).Draw(t, "text")
			_, there := model[key]
			switch rapid.SampledFrom([]string{"put", "put if absent", "delete"}).Draw(t, "operation") {
			case "put":
				put(t, s, key, text)
				model[key] = text
			case "put if absent":
				_, err := s.PutIfAbsent(ctx, key, strings.NewReader(text))
				if there {
					require.ErrorIs(t, err, store.ErrExists)
					continue
				}
				require.NoError(t, err)
				model[key] = text
			case "delete":
				require.NoError(t, s.Delete(ctx, key))
				delete(model, key)
			}
		}
		require.Equal(t, append([]string{}, slices.Sorted(maps.Keys(model))...), keys(t, s, folder))
		for key, text := range model {
			require.Equal(t, text, read(t, s, key))
		}
	})
}
