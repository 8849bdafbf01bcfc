package latest_test

import (
	"bytes"
	"context"
	"fmt"
	"iter"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"transporter/internal/latest"
	"transporter/internal/seal"
	"transporter/internal/staging"
	"transporter/internal/store"
)

// few is a memory of some ten rows, so that small sets are many runs.
const few = 512

func newStage(t testing.TB) (*staging.Stage, *store.File) {
	st, err := store.NewFile(t.TempDir())
	require.NoError(t, err)
	ring, err := seal.GenerateRing("k1")
	require.NoError(t, err)
	return staging.New(st, seal.NewBox(ring)), st
}

// row is a row of the model.
type row struct {
	key, rank, raw string
	tag            int32
}

func (r row) String() string { return fmt.Sprintf("%s of leaf %d: %s", r.key, r.tag, r.raw) }

func drawRows(t *rapid.T, tag int32, label string) []row {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) row {
		return row{
			key:  rapid.SampledFrom([]string{"a", "ab", "abcdefgh", "abcdefghi", "b", "b\x00", `["1",null]`, "é", "z"}).Draw(t, "key") + fmt.Sprint(rapid.IntRange(0, 9).Draw(t, "n")),
			rank: rapid.StringMatching(`[ab]{0,3}`).Draw(t, "rank"),
			raw:  rapid.OneOf(rapid.StringMatching(`[xyz]{0,40}`), rapid.Custom(drawObject)).Draw(t, "raw"),
			tag:  tag,
		}
	}), 0, 60).Draw(t, label)
}

// winners is the model: of equal ranks the later row, of different leaves that of the greater tag.
func winners(rows []row) map[string]row {
	best := map[string]row{}
	for _, r := range rows {
		old, found := best[r.key]
		if !found || r.rank > old.rank || r.rank == old.rank && r.tag >= old.tag {
			best[r.key] = r
		}
	}
	return best
}

func sortRows(t require.TestingT, stage *staging.Stage, rows []row) latest.Set {
	return sortIn(t, stage, rows, few)
}

func sortIn(t require.TestingT, stage *staging.Stage, rows []row, memory int) latest.Set {
	ctx := context.Background()
	s := latest.New(stage, "leaves", latest.Options{Memory: memory})
	defer s.Abort()
	for _, r := range rows {
		require.NoError(t, s.Add(ctx, []byte(r.key), []byte(r.rank), []byte(r.raw)))
	}
	set, err := s.Finish(ctx)
	require.NoError(t, err)
	return set
}

// collect wants one row a key, in ascending order.
func collect(t require.TestingT, seq iter.Seq2[latest.Row, error]) map[string]row {
	all, last := map[string]row{}, []byte(nil)
	for r, err := range seq {
		require.NoError(t, err)
		require.Less(t, string(last), string(r.Key), "ascending, each once")
		last = bytes.Clone(r.Key)
		all[string(r.Key)] = copied(r)
	}
	return all
}

func copied(r latest.Row) row {
	return row{string(r.Key), string(r.Rank), string(r.Raw), r.Tag}
}

func TestASetHasTheWinners(t *testing.T) {
	stage, _ := newStage(t)
	rapid.Check(t, func(t *rapid.T) {
		rows := drawRows(t, 0, "rows")
		set := sortRows(t, stage, rows)
		want := winners(rows)
		require.Equal(t, want, collect(t, latest.Read(context.Background(), stage, set)))
		require.EqualValues(t, len(want), set.Rows)
		require.EqualValues(t, len(rows), set.Added)
		size := 0
		for _, r := range want {
			size += len(r.raw)
		}
		require.EqualValues(t, size, set.Bytes)
	})
}

// leaves are drawn, each a set of its own, sometimes given twice.
func drawTable(t *rapid.T, stage *staging.Stage) (rows []row, sets []latest.Tagged) {
	for tag := range int32(rapid.IntRange(0, 5).Draw(t, "leaves")) {
		leaf := drawRows(t, tag+1, "leaf")
		set := latest.Tagged{Set: sortRows(t, stage, leaf), Tag: tag + 1}
		rows, sets = append(rows, leaf...), append(sets, set)
		if rapid.Bool().Draw(t, "twice") {
			sets = append(sets, set)
		}
	}
	return rows, rapid.Permutation(sets).Draw(t, "order")
}

func TestWinnersOfManySets(t *testing.T) {
	stage, _ := newStage(t)
	rapid.Check(t, func(t *rapid.T) {
		rows, sets := drawTable(t, stage)
		require.Equal(t, winners(rows), collect(t, latest.Winners(context.Background(), stage, "scratch", sets)))
	})
}

// table is a table of leaves, some of which are compacted, as its owner keeps it.
type table struct {
	leaves map[int32][]row // by tag
	sets   []latest.Tagged
}

func (m table) winners() map[string]row {
	var all []row
	for _, rows := range m.leaves {
		all = append(all, rows...)
	}
	return winners(all)
}

// replace exports a leaf anew, or takes it away.
func (m table) replace(t require.TestingT, stage *staging.Stage, tag int32, rows []row) table {
	next := table{map[int32][]row{}, nil}
	for other, old := range m.leaves {
		if other != tag {
			next.leaves[other] = old
		}
	}
	for _, set := range m.sets {
		if set.Mixed {
			set.Without = append(slices.Clone(set.Without), tag)
		}
		if set.Mixed || set.Tag != tag {
			next.sets = append(next.sets, set)
		}
	}
	if rows != nil {
		next.leaves[tag] = rows
		next.sets = append(next.sets, latest.Tagged{Set: sortRows(t, stage, rows), Tag: tag})
	}
	return next
}

// compact makes one set of some.
func (m table) compact(t require.TestingT, stage *staging.Stage, n int) table {
	set, err := latest.Compact(context.Background(), stage, "compacted", m.sets[:n], latest.Keep)
	require.NoError(t, err)
	return table{m.leaves, append([]latest.Tagged{{Set: set}}, m.sets[n:]...)}
}

// TestChangesLeadFromOneTableToTheNext exports leaves, exports them anew, takes them away and
// compacts them, in any order, and applies what Changes says to the table before.
func TestChangesLeadFromOneTableToTheNext(t *testing.T) {
	stage, _ := newStage(t)
	rapid.Check(t, func(t *rapid.T) {
		var now table
		for range rapid.IntRange(1, 8).Draw(t, "steps") {
			was := now
			tag := rapid.Int32Range(1, 4).Draw(t, "tag")
			switch rapid.IntRange(0, 3).Draw(t, "step") {
			case 0:
				now = now.replace(t, stage, tag, nil)
			case 1:
				now = now.compact(t, stage, rapid.IntRange(0, len(now.sets)).Draw(t, "sets"))
			default:
				now = now.replace(t, stage, tag, drawRows(t, tag, "leaf"))
			}
			require.Equal(t, now.winners(), collect(t, latest.Winners(context.Background(), stage, "scratch", now.sets)))
			check(t, stage, was, now)
		}
	})
}

// check applies the changes and wants nothing else to have been told.
func check(t require.TestingT, stage *staging.Stage, was, now table) {
	got, want := was.winners(), now.winners()
	last := ""
	for c, err := range latest.Changes(context.Background(), stage, "scratch", was.sets, now.sets) {
		key := string(c.Key)
		require.NoError(t, err)
		require.Less(t, last, key, "ascending, each once")
		last = key
		old, had := got[key]
		require.Equal(t, had, c.Was != nil, key)
		if had {
			require.Equal(t, old, copied(*c.Was))
		}
		if delete(got, key); c.Now != nil {
			got[key] = copied(*c.Now)
			require.False(t, had && same(old, got[key]), "%s is no change", key)
		}
	}
	require.Len(t, got, len(want))
	for key, r := range want {
		require.True(t, same(r, got[key]), "%s became %s", r, got[key])
	}
}

// same leaves out what a leaf that is exported anew gives to all of its rows.
func same(a, b row) bool { return a.key == b.key && a.raw == b.raw }
