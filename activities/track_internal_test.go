package activities

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/rowindex"
	"transporter/internal/task"
)

// A row index of an earlier release does not say which record made a row. Where its key begins with the id of one that
// can no longer be read, the row stays with a receiver of changes; any other row that is gone may be of that
// record too, and counts as lost.
func TestRowsOfAnOldIndexStayByTheirKeys(t *testing.T) {
	entry := func(key, maker string) rowindex.Change {
		c := rowindex.Change{Kind: rowindex.Removed, Entry: rowindex.Entry{Key: key, Rev: 1}}
		if maker != "" {
			c.Entry.Maker = rowindex.MakerOf(maker)
		}
		return c
	}
	for name, c := range map[string]struct {
		row        rowindex.Change
		stay, lost int64
	}{
		"the record alone":            {entry("c1", ""), 1, 0},
		"a row of it":                 {entry("c1:m7:2", ""), 1, 0},
		"an id with colons":           {entry("a:b:4", ""), 1, 0},
		"another record":              {entry("c12:m7", ""), 0, 1},
		"a key without ids":           {entry("2026-11-20", ""), 0, 1},
		"known, of it":                {entry("7", "c1"), 1, 0},
		"known, of another":           {entry("c1:m7", "c2"), 0, 0},
		"what is no row taken away":   {rowindex.Change{Kind: rowindex.Changed, Entry: rowindex.Entry{Key: "c1"}}, 0, 0},
		"gone since an earlier check": {rowindex.Change{Kind: rowindex.Gone, Entry: rowindex.Entry{Key: "c1", Removed: 1}}, 0, 0},
	} {
		for mode, keeps := range map[string]bool{task.RevisionsChanges: true, task.RevisionsFull: false} {
			plan := &Plan{Look: time.UnixMilli(1)}
			plan.Spec.Revisions.Mode = mode
			f := tracked{plan: plan, bad: map[rowindex.Maker]bool{rowindex.MakerOf("c1"): true, rowindex.MakerOf("a:b"): true}}
			require.Equal(t, keeps && c.stay == 1, f.unread(c.row), "%s, %s", name, mode)
			if !keeps {
				require.Equal(t, []int64{0, c.stay + c.lost}, []int64{f.out.Stay, f.out.Lost}, "%s, %s", name, mode)
				continue
			}
			require.Equal(t, []int64{c.stay, c.lost}, []int64{f.out.Stay, f.out.Lost}, "%s, %s", name, mode)
			f = tracked{plan: plan}
			require.False(t, f.unread(c.row), "nothing is in quarantine")
			require.Zero(t, f.out.Lost)
		}
	}
}
