package feeds

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestEveryTableHasWhatMakesDedupeHard looks at all 48 tables over a few leaves.
func TestEveryTableHasWhatMakesDedupeHard(t *testing.T) {
	require.Len(t, Tables(), 48)
	require.Len(t, ExporterTables(), 7)
	for _, table := range Tables() {
		t.Run(table.Name, func(t *testing.T) {
			w := newTestWorld()
			total := 0
			for i := range 6 {
				l := LeafOf(table, w.day(8).Add(time.Duration(i)*table.Every))
				lines := w.lines(l, 0)
				total += len(lines)
				require.NoError(t, w.write(t.Context(), nowhere{}, first(l, lines...)))
				for _, line := range lines {
					checkLine(t, table, line)
				}
			}
			rows, err := w.Truth(Question{Table: table.Name})
			require.NoError(t, err)
			require.NotEmpty(t, rows)
			require.Less(t, len(rows), total, "some keys come again")
		})
	}
}

// checkLine checks that every value reads as its column's kind, or is null.
func checkLine(t *testing.T, table *Table, line Line) {
	t.Helper()
	row, err := members(line)
	require.NoError(t, err, "%s", line)
	for name, v := range row {
		c := table.column(name)
		require.NotNil(t, c, name)
		switch n := table.normalized(name, v); {
		case n.null:
		case c.Kind == Moment:
			require.False(t, n.at.IsZero(), "%s: %v", name, v)
		case c.Kind == Int || c.Kind == Decimal:
			require.NotNil(t, n.number, "%s: %v", name, v)
		case c.Kind == Flag:
			require.Contains(t, []string{"true", "false"}, n.text, name)
		}
	}
}

// TestAKeyIsTheSameHoweverItIsWritten counts the forms that the ids of one key come in.
func TestAKeyIsTheSameHoweverItIsWritten(t *testing.T) {
	w, table := newTestWorld(), Find("issue_callback_3d")
	numbers, texts, keys := 0, 0, map[string]bool{}
	for hour := range 10 {
		for _, line := range w.lines(w.leaf(table.Name, 1, hour), 0) {
			row, err := members(line)
			require.NoError(t, err)
			switch row["issue_id"].(type) {
			case string:
				texts++
			case nil:
				continue
			default:
				numbers++
			}
			keys[table.normalized("issue_id", row["issue_id"]).text] = true
		}
	}
	require.Greater(t, numbers, 50)
	require.Greater(t, texts, 50)
	require.LessOrEqual(t, len(keys), w.config.Rows*supply)
}

// TestALaterExportDiffers by changed, missing and further rows.
func TestALaterExportDiffers(t *testing.T) {
	w := newTestWorld()
	l := w.leaf("convos_metrics", 1, 5)
	before, after := map[string]bool{}, map[string]bool{}
	for _, line := range w.lines(l, 0) {
		before[string(line)] = true
	}
	for _, line := range w.lines(l, 1) {
		after[string(line)] = true
	}
	same, gone := 0, 0
	for line := range before {
		if after[line] {
			same++
		} else {
			gone++
		}
	}
	require.Greater(t, same, 10)
	require.Greater(t, gone, 2)
	require.Greater(t, len(after), same, "some are new")
}
