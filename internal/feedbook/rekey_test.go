package feedbook_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/feed"
	"transporter/internal/feedbook"
	"transporter/internal/latest"
	"transporter/internal/source"
)

// rekeyed is the table by another key.
func rekeyed() feedbook.Table {
	other := table
	other.Key = "issue_id,platform"
	return other
}

// Rows by one key are never found by another.
func TestKeysAreApart(t *testing.T) {
	s := newShelf(t)
	was, err := s.Stage(t.Context(), table, leafOf(5, 0), reading("a=1"))
	require.NoError(t, err)
	require.Empty(t, was.Key)
	row, err := s.Leaf(t.Context(), rekeyed(), leafOf(5, 0))
	require.NoError(t, err)
	require.Nil(t, row)
	row, err = s.Stage(t.Context(), rekeyed(), leafOf(5, 0), reading("b=1"))
	require.NoError(t, err)
	require.Equal(t, rekeyed().Key, row.Key)
	require.Equal(t, 1, row.Generation)

	d := contract.Delivery{Account: "acme", Task: "t1", Generation: 1}
	require.NoError(t, s.Deliver(t.Context(), d, []feedbook.Leaf{*was}))
	for key, changed := range map[feed.Key]bool{"": false, rekeyed().Key: true, feed.AnyKey: false} {
		got, err := s.Changed(t.Context(), d, key, []feed.Leaf{*leafOf(5, 0)})
		require.NoError(t, err)
		require.Equal(t, changed, got, key)
	}
	delivered, err := s.Delivered(t.Context(), rekeyed(), d)
	require.NoError(t, err)
	require.Equal(t, []feedbook.Read{{Leaf: *was}}, delivered, "as it was delivered")
}

// What the platform has removed is made of the rows that are kept: the winners go on, what cannot be told
// apart is held, and what was held stays so.
func TestALeafIsToldApartAnewFromItsRows(t *testing.T) {
	s := newShelf(t)
	_, err := s.Stage(t.Context(), table, leafOf(5, 0), reading("a=1", "b=3", "c=2", "d=1", "!line 5"))
	require.NoError(t, err)
	print := feedbook.Print{Stamp: leafOf(5, 0).Stamp, Print: leafOf(5, 0).Print()}
	again := func(at feed.Stamp, r source.Record) source.Record {
		require.Equal(t, print.Stamp, at)
		if r.ID = "k"; string(r.Raw) == `{"v":"d=1"}` {
			r.ID = "!line 4"
		}
		return r
	}
	for range 2 { // a repeat does nothing
		row, err := s.Rekey(t.Context(), rekeyed(), print, again)
		require.NoError(t, err)
		require.Equal(t, []any{print.Print, 1, int64(1), int64(5), int64(2)}, []any{row.Print, row.Generation, row.Rows.Rows, row.Lines, row.Bad})
		require.Contains(t, row.Notes[len(row.Notes)-1], "the platform has removed it")
		for r, err := range latest.Read(t.Context(), s.stage, row.Rows) {
			require.NoError(t, err)
			require.Equal(t, []string{"k", "3", `{"v":"b=3"}`}, []string{string(r.Key), string(r.Rank), string(r.Raw)})
		}
		found, err := s.Leaf(t.Context(), rekeyed(), leafOf(5, 0))
		require.NoError(t, err)
		require.Equal(t, row, found)
	}
	print.Stamp = leafOf(6, 0).Stamp
	_, err = s.Rekey(t.Context(), rekeyed(), print, again)
	require.True(t, fault.Is(err, fault.Corrupt), "%v", err)
}

// A state by another key is made of its leaves alone, and goes on with its number.
func TestAStateByAnotherKey(t *testing.T) {
	s := newShelf(t)
	one, err := s.Stage(t.Context(), table, leafOf(5, 0), reading("a=1"))
	require.NoError(t, err)
	two, err := s.Stage(t.Context(), rekeyed(), leafOf(5, 0), reading("b=1"))
	require.NoError(t, err)
	was := (&feedbook.State{}).With([]feedbook.Leaf{*one})
	require.Equal(t, []feedbook.Print{one.As()}, was.Prints())
	now := was.Anew(rekeyed().Key, []feedbook.Leaf{*two})
	require.Equal(t, was.Number, now.Number)
	next := now.With(nil)
	require.Equal(t, 2, next.Number)
	require.Equal(t, rekeyed().Key, next.Key)
	require.Equal(t, []feedbook.Print{two.As()}, next.Prints())
	var keys []string
	for c, err := range latest.Changes(t.Context(), s.stage, "scratch", was.Sets(false), next.Sets(false)) {
		require.NoError(t, err)
		keys = append(keys, string(c.Key))
		require.Equal(t, string(c.Key) == "b", c.Was == nil)
	}
	require.Equal(t, []string{"a", "b"}, keys, "what was goes, what is comes")
}
