package transform

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/report"
	"transporter/internal/source"
)

// refuse gives so many records of each group to a quarantine, and returns what is left of them.
func refuse(t *testing.T, id string, groups int, of func(group, n int) string, each int, accepted []string) (int64, []string) {
	t.Helper()
	def, err := report.Get(id, "")
	require.NoError(t, err)
	q := newQuarantine(Job{Report: def, Accepted: accepted})
	for g := range groups {
		for n := range each {
			name := of(g, n)
			q.add(source.Record{ID: name}, Quarantine{RecordID: name, Reason: "why"})
		}
	}
	var res Result
	q.close(&res)
	names := make([]string, len(res.Quarantined))
	for i, one := range res.Quarantined {
		names[i] = one.RecordID
	}
	return res.Left, names
}

// However many records are refused, accepting what is listed comes to an end.
func TestEveryQuarantineCanBeAccepted(t *testing.T) {
	leaf := func(group, n int) string { return fmt.Sprintf("!dt=2026-11-20/hr=%05d t.jsonl line %d abc", group, n) }
	for name, c := range map[string]struct {
		report        string
		groups, each  int
		of            func(group, n int) string
		first, rounds int
	}{
		"a report's records":           {"msg.messages", 1, 2500, func(_, n int) string { return fmt.Sprint("id", n) }, 1000, 3},
		"a line of a partition":        {"asapp.reps", 1, 1, leaf, 1, 1},
		"as many as are named":         {"asapp.reps", 1, mostNamed, leaf, mostNamed, 1},
		"one more":                     {"asapp.reps", 1, mostNamed + 1, leaf, 1, 1},
		"a partition that is bad":      {"asapp.reps", 1, 50_000, leaf, 1, 1},
		"some lines of each partition": {"asapp.reps", 700, 15, leaf, 1000, 14},
		"all partitions":               {"asapp.reps", 1500, 30, leaf, 1000, 2},
	} {
		t.Run(name, func(t *testing.T) {
			var accepted []string
			left, names := refuse(t, c.report, c.groups, c.of, c.each, nil)
			require.EqualValues(t, c.groups*c.each, left)
			require.Len(t, names, c.first)
			rounds := 0
			for left > 0 {
				require.NotEmpty(t, names, "%d are left", left)
				require.LessOrEqual(t, len(names), maxQuarantine)
				accepted = append(accepted, names...)
				left, names = refuse(t, c.report, c.groups, c.of, c.each, accepted)
				rounds++
				require.Less(t, rounds, 50)
			}
			require.Empty(t, names)
			require.LessOrEqual(t, rounds, c.rounds)
		})
	}
}

// One name for many lines is of these very lines.
func TestTheNameOfManyLinesIsOfTheseLines(t *testing.T) {
	of := func(hash string) []string {
		_, names := refuse(t, "asapp.reps", 1, func(_, n int) string { return fmt.Sprintf("!dt=2026-11-20 t.jsonl line %d %s", n, hash) }, 30, nil)
		require.Len(t, names, 1)
		require.Regexp(t, `^!dt=2026-11-20 30 bad lines [0-9a-f]{16}$`, names[0])
		return names
	}
	require.Equal(t, of("abc"), of("abc"))
	require.NotEqual(t, of("abc"), of("abd"))
}
