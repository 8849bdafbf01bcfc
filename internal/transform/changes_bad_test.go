package transform

import (
	"context"
	"encoding/csv"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"transporter/internal/report"
	"transporter/internal/source"
)

// csvTable writes a table as CSV in an encoding that does not have all characters.
func csvTable(t testing.TB, delivery string) Job {
	job := newJob(t, "asapp.convos_metrics", FormatCSV, map[string]any{"delivery": delivery, "column_set": []string{"hold_ct", "platform"}})
	job.Formatting.Encoding = "iso-8859-1"
	return job
}

// csvRows renders the table and returns its rows by their keys, with what became of them.
func csvRows(t require.TestingT, job Job, in Inputs) (rows map[string][]string, res Result) {
	out := &files{}
	res, err := Render(context.Background(), job, in, out)
	require.NoError(t, err)
	lines, err := csv.NewReader(strings.NewReader(strings.Join(out.bodies, ""))).ReadAll()
	require.NoError(t, err)
	rows = map[string][]string{}
	for _, l := range lines[1:] {
		require.NotContains(t, rows, l[0])
		rows[l[0]] = l[1:]
	}
	return rows, res
}

// nextState returns the lines of a table after others: of some keys there is none, or it is as it was, or
// says what its column cannot hold, or what the file cannot.
func nextState(r *rapid.T, before []source.Record, hour int) (lines []source.Record) {
	was := map[string]source.Record{}
	for _, l := range before {
		was[l.ID] = l
	}
	for n := range 5 {
		key := fmt.Sprintf(`["%d"]`, n)
		says := rapid.SampledFrom([]string{"as it was", "", `1`, `2`, `"soon"`, `"later"`, `3,"platform":"☃"`, `4,"platform":"☃"`}).Draw(r, key)
		if l, ok := was[key]; ok && says == "as it was" {
			lines = append(lines, l)
		} else if says != "" && says != "as it was" {
			lines = append(lines, aLine(key, fmt.Sprintf("dt=2026-11-20/hr=%02d", hour), n+1, `,"hold_ct":`+says))
		}
	}
	return lines
}

// A receiver who applies changes has what a snapshot has, whichever rows were bad on the way and were accepted:
// a row that is left out is not kept as it was before, and one that goes after that is not kept at all.
func TestChangesAddUpToTheTableOverRowsThatAreLeftOut(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		changes, snapshot := csvTable(t, report.DeliveryChanges), csvTable(t, report.DeliverySnapshot)
		id, table, last := changes.Report.ID, map[string][]string{}, []source.Record(nil)
		for hour := range rapid.IntRange(2, 5).Draw(r, "states") {
			lines := nextState(r, last, hour)
			was, now := differing(last, lines)
			changes.Earlier = memory{id: was}
			told, left := csvRows(r, changes, memory{id: now})
			require.EqualValues(r, len(now), left.Entries)
			for key, row := range told {
				if table[key] = row[1:]; row[0] == "removed" {
					delete(table, key)
				}
			}
			want, _ := csvRows(r, snapshot, memory{id: lines})
			require.Equal(r, want, table)
			last = lines
		}
	})
}

// differing leaves out the lines that are the same in both, as a table's changes do.
func differing(was, now []source.Record) (gone, come []source.Record) {
	without := func(lines, others []source.Record) (rest []source.Record) {
		same := map[string]bool{}
		for _, l := range others {
			same[string(l.Raw)] = true
		}
		for _, l := range lines {
			if !same[string(l.Raw)] {
				rest = append(rest, l)
			}
		}
		return rest
	}
	return without(was, now), without(now, was)
}

// What a receiver may have of a time when it could be read or written is told as removed by its key, once it
// goes; the rows after it are delivered.
func TestRowsThatCannotBeToldAnyMoreAreRemovedByTheirKeys(t *testing.T) {
	for name, says := range map[string]string{"its column cannot hold it": `"soon"`, "the file cannot": `1,"platform":"☃"`} {
		t.Run(name, func(t *testing.T) {
			job := csvTable(t, report.DeliveryChanges)
			job.Earlier = memory{job.Report.ID: {aLine(`["1"]`, hour, 1, `,"hold_ct":`+says), aLine(`["9"]`, hour, 1, `,"hold_ct":`+says)}}
			rows, res := csvRows(t, job, memory{job.Report.ID: {aLine(`["2"]`, hour, 2, `,"hold_ct":2`)}})
			require.Empty(t, res.Quarantined)
			require.Equal(t, map[string][]string{`["1"]`: {"removed", "", ""}, `["2"]`: {"added", "", "2"}, `["9"]`: {"removed", "", ""}}, rows)
		})
	}
}

// A key that the file cannot hold is held by the place of its row, and takes no other row with it.
func TestAKeyThatCannotBeToldIsHeld(t *testing.T) {
	job := csvTable(t, report.DeliveryChanges)
	job.Earlier = memory{job.Report.ID: {aLine(`["1☃"]`, hour, 7, ""), aLine(`["9☃"]`, hour, 8, "")}}
	rows, res := csvRows(t, job, memory{job.Report.ID: {aLine(`["2"]`, hour, 2, `,"hold_ct":2`)}})
	require.Equal(t, map[string][]string{`["2"]`: {"added", "", "2"}}, rows)
	require.EqualValues(t, 2, res.Refused)
	require.Regexp(t, "^!"+hour+" t.jsonl.gz line 7 [0-9a-f]{16}$", res.Quarantined[0].RecordID)
	require.Regexp(t, "^!"+hour+" t.jsonl.gz line 8 [0-9a-f]{16}$", res.Quarantined[1].RecordID)
}
