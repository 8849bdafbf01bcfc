package timeline_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/ledger"
	"transporter/internal/task"
	"transporter/internal/timeline"
)

func TestBefore(t *testing.T) {
	grid := ledgerOf(entry{day(5, 0, 0), daily("06:00"), nil})
	longPause := ledgerOf(
		entry{day(5, 0, 0), daily("06:00"), nil}, entry{day(6, 12, 0), daily("06:00"), disabled},
		entry{day(6, 12, 0).AddDate(2, 0, 0), daily("06:00"), catchNone},
	)
	for name, c := range map[string]struct {
		ledger []ledger.Entry
		window task.Window
		want   task.Window // zero: there is none
	}{
		"its neighbour":          {grid, task.Window{From: day(7, 6, 0), To: day(8, 6, 0)}, task.Window{From: day(6, 6, 0), To: day(7, 6, 0)}},
		"none before the first":  {grid, task.Window{From: day(4, 6, 0), To: day(5, 6, 0)}, task.Window{}},
		"asked for off the grid": {grid, task.Window{From: day(7, 6, 0), To: day(8, 5, 0)}, task.Window{}},
		"before a seam": {
			ledgerOf(entry{day(5, 0, 0), daily("06:00"), nil}, entry{day(6, 12, 0), daily("08:00"), nil}),
			task.Window{From: day(6, 6, 0), To: day(6, 8, 0)},
			task.Window{From: day(5, 6, 0), To: day(6, 6, 0)},
		},
		"behind a pause that was not caught up": {
			longPause,
			task.Window{From: day(6, 6, 0).AddDate(2, 0, 0), To: day(7, 6, 0).AddDate(2, 0, 0)},
			task.Window{From: day(5, 6, 0), To: day(6, 6, 0)},
		},
	} {
		t.Run(name, func(t *testing.T) {
			tl, err := timeline.New(c.ledger, nil, noDelay)
			require.NoError(t, err)
			got, ok := tl.Before(c.window)
			require.Equal(t, c.want != task.Window{}, ok)
			require.Equal(t, [2]time.Time{c.want.From, c.want.To}, [2]time.Time{got.From, got.To})
		})
	}
}
