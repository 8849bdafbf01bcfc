package latest_test

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/latest"
	"transporter/internal/staging"
)

// leavesOf makes so many leaves of one row a key, each of which has all keys of the leaves near it.
func leavesOf(t *testing.T, stage *staging.Stage, n int) (leaves map[int32][]row, sets []latest.Tagged) {
	leaves = map[int32][]row{}
	for tag := range int32(n) {
		var rows []row
		for k := range int32(8) {
			rows = append(rows, row{fmt.Sprintf("k%05d", tag+k*k), fmt.Sprintf("%05d", (tag*7919)%int32(n)), fmt.Sprintf("leaf %d", tag), tag})
		}
		leaves[tag] = rows
		sets = append(sets, latest.Tagged{Set: sortIn(t, stage, rows, 4<<10), Tag: tag})
	}
	return leaves, sets
}

// TestEightHundredLeaves merges more sets than may be open, with and without compacting them.
func TestEightHundredLeaves(t *testing.T) {
	if testing.Short() {
		t.Skip("makes 800 objects")
	}
	stage := stageIn(t, t.TempDir())
	leaves, sets := leavesOf(t, stage, 800)
	whole := table{leaves, sets}
	require.Equal(t, whole.winners(), collect(t, latest.Winners(t.Context(), stage, "scratch", sets)))
	require.Empty(t, objects(t, stage, "scratch"), "levels are removed")

	compacted := whole.compact(t, stage, 790)
	require.Len(t, objects(t, stage, "compacted"), 1, "levels are removed")
	require.Equal(t, whole.winners(), collect(t, latest.Winners(t.Context(), stage, "scratch", compacted.sets)))
	check(t, stage, whole, compacted) // no change, though every set is another

	next := whole.replace(t, stage, 17, nil).replace(t, stage, 400, []row{{"k00400", "99999", "again", 400}})
	check(t, stage, whole, next)
	next = compacted.replace(t, stage, 17, nil).replace(t, stage, 400, []row{{"k00400", "99999", "again", 400}})
	check(t, stage, compacted, next)
	check(t, stage, whole, next)
	require.Empty(t, objects(t, stage, "scratch"), "levels are removed")
	require.LessOrEqual(t, runtime.NumGoroutine(), 20, "readers end")
}

// TestAFewLeavesAreReadWhereTheyLie merges as many sets as may be open without writing any.
func TestAFewLeavesAreReadWhereTheyLie(t *testing.T) {
	stage := stageIn(t, t.TempDir())
	leaves, sets := leavesOf(t, stage, 62)
	was := table{leaves, sets}
	now := was.replace(t, stage, 5, []row{{"k00005", "99999", "again", 5}})
	changes := 0
	for _, err := range latest.Changes(t.Context(), stage, "scratch", was.sets, now.sets) {
		require.NoError(t, err)
		require.Empty(t, objects(t, stage, "scratch"))
		changes++
	}
	require.Positive(t, changes)
	for _, err := range latest.Winners(t.Context(), stage, "scratch", now.sets) {
		require.NoError(t, err)
		require.Empty(t, objects(t, stage, "scratch"))
		break
	}
}

// TestARemovedLeafRevivesTheNextBestRow says how a table changes when the leaf of a winner goes.
func TestARemovedLeafRevivesTheNextBestRow(t *testing.T) {
	stage := stageIn(t, t.TempDir())
	old := []row{{"k", "1", "old", 1}, {"only old", "1", "old", 1}}
	new := []row{{"k", "2", "new", 2}, {"only new", "2", "new", 2}}
	was := table{map[int32][]row{1: old, 2: new}, []latest.Tagged{
		{Set: sortRows(t, stage, old), Tag: 1}, {Set: sortRows(t, stage, new), Tag: 2},
	}}
	for name, was := range map[string]table{"leaves": was, "compacted": was.compact(t, stage, 2)} {
		t.Run(name, func(t *testing.T) {
			var told []string
			for c, err := range latest.Changes(t.Context(), stage, "scratch", was.sets, was.replace(t, stage, 2, nil).sets) {
				require.NoError(t, err)
				text := string(c.Key) + ": " + string(c.Was.Raw)
				if c.Now != nil {
					text += " -> " + string(c.Now.Raw)
				}
				told = append(told, text)
			}
			require.Equal(t, []string{"k: new -> old", "only new: new"}, told)
		})
	}
}

// TestALeafExportedAnewWithTheSameBytesIsNoChange has another rank and tag for every row.
func TestALeafExportedAnewWithTheSameBytesIsNoChange(t *testing.T) {
	stage := stageIn(t, t.TempDir())
	first, again := []row{{"k", "1", "x", 1}, {"l", "1", "y", 1}}, []row{{"k", "2", "x", 2}, {"l", "2", "z", 2}}
	was := []latest.Tagged{{Set: sortRows(t, stage, first), Tag: 1}}
	now := []latest.Tagged{{Set: sortRows(t, stage, again), Tag: 2}}
	var told []string
	for c, err := range latest.Changes(t.Context(), stage, "scratch", was, now) {
		require.NoError(t, err)
		told = append(told, string(c.Key))
	}
	require.Equal(t, []string{"l"}, told)
}

// TestFrozenLosersMayGo compacts without losers.
func TestFrozenLosersMayGo(t *testing.T) {
	stage := stageIn(t, t.TempDir())
	leaves, sets := leavesOf(t, stage, 20)
	set, err := latest.Compact(t.Context(), stage, "compacted", sets, latest.Drop)
	require.NoError(t, err)
	want := winners(concat(leaves))
	require.EqualValues(t, len(want), set.Rows)
	require.EqualValues(t, 20*8, set.Added)
	require.Equal(t, want, collect(t, latest.Read(t.Context(), stage, set)), "rows keep their tags")
}

func concat(leaves map[int32][]row) (all []row) {
	for _, rows := range leaves {
		all = append(all, rows...)
	}
	return all
}
