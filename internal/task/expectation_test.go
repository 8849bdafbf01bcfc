package task_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/task"
)

func TestExpectsRows(t *testing.T) {
	madrid, err := task.Zone("Europe/Madrid")
	require.NoError(t, err)
	at := func(day, hour int) time.Time { return time.Date(2026, time.November, day, hour, 0, 0, 0, madrid) } // the 20th is a Friday
	for _, c := range []struct {
		name     string
		from, to time.Time
		weekdays bool
	}{
		{"a Friday", at(20, 0), at(21, 0), true},
		{"a Saturday", at(21, 0), at(22, 0), false},
		{"Friday to Saturday morning", at(20, 6), at(21, 6), true},
		{"Sunday to Monday morning", at(22, 6), at(23, 6), false},
		{"the first hour of Monday", at(23, 0), at(23, 1), true},
		{"the last hour of Sunday", at(22, 23), at(23, 0), false},
		{"a week", at(16, 6), at(23, 6), true},
		{"a week end", at(20, 22), at(23, 2), false},
	} {
		w := task.Window{From: c.from.UTC(), To: c.to.UTC()}
		require.Equal(t, c.weekdays, task.Spec{Expectation: task.NeverEmptyOnWeekdays}.ExpectsRows(w, madrid), c.name)
		require.True(t, task.Spec{Expectation: task.NeverEmpty}.ExpectsRows(w, madrid), c.name)
		require.False(t, task.Spec{}.ExpectsRows(w, madrid), c.name)
	}
}
