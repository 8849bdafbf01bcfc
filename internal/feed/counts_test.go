package feed_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/feed"
)

func TestCountsOfLeaves(t *testing.T) {
	written := time.Date(2026, 11, 20, 0, 5, 0, 0, time.UTC)
	leaf := func(table string, hour, minute int, file string) *feed.Leaf {
		return &feed.Leaf{
			Place: feed.Place{Feed: table, Version: "1", Format: "jsonl"}, Stamp: feed.Stamp{Date: "2026-11-19", Hour: hour, Minute: minute},
			Files:   []feed.File{{Object: feed.Object{Key: table + "/" + file}}},
			Success: &feed.Object{Modified: written},
		}
	}
	hour := leaf("utterances", 5, feed.None, "utterances.jsonl")
	for name, c := range map[string]struct {
		line string
		late time.Duration // of the counts
		leaf *feed.Leaf
		want int64 // -1: not said
	}{
		"an hour":                {`{"export_date":"2026-11-19","export_job":"utterances","export_interval":"hr=05","exported_rows":40}`, 0, hour, 40},
		"a day":                  {`{"export_date":"2026-11-19 00:00:00","export_job":"reps","export_interval":null,"exported_rows":"40"}`, 0, leaf("reps", feed.None, feed.None, "reps.jsonl"), 40},
		"a quarter of an hour":   {`{"export_date":"2026-11-19","export_job":"queue_wfm","export_interval":"hr=05/mi=15","exported_rows":40.0}`, 0, leaf("queue_wfm", 5, 15, "queue_wfm.jsonl"), 40},
		"named as the files are": {`{"export_date":"2026-11-19","export_job":"rep","exported_rows":40}`, 0, leaf("reps", feed.None, feed.None, "rep.jsonl.gz"), 40},
		"an older definition":    {`{"export_date":"2026-11-19","export_name":"utterances","export_interval":"hr=05","exported_rows":40}`, 0, hour, 40},
		"no rows":                {`{"export_date":"2026-11-19","export_job":"utterances","export_interval":"hr=05","exported_rows":0}`, 0, hour, 0},
		"written before the leaf was exported anew": {`{"export_date":"2026-11-19","export_job":"utterances","export_interval":"hr=05","exported_rows":40}`, -time.Second, hour, -1},
		"of another hour":          {`{"export_date":"2026-11-19","export_job":"utterances","export_interval":"hr=06","exported_rows":40}`, 0, hour, -1},
		"of another day":           {`{"export_date":"2026-11-18","export_job":"utterances","export_interval":"hr=05","exported_rows":40}`, 0, hour, -1},
		"of another table":         {`{"export_date":"2026-11-19","export_job":"transfers","export_interval":"hr=05","exported_rows":40}`, 0, hour, -1},
		"a length without a start": {`{"export_date":"2026-11-19","export_job":"utterances","export_interval":"1h","exported_rows":40}`, 0, hour, -1},
		"without a number":         {`{"export_date":"2026-11-19","export_job":"utterances","export_interval":"hr=05","exported_rows":null}`, 0, hour, -1},
		"no line of the feed":      {`["a"]`, 0, hour, -1},
		"cut off in the middle":    {`{"export_date":"2026-11-19","export_jo`, 0, hour, -1},
	} {
		t.Run(name, func(t *testing.T) {
			counts := feed.Counts{}
			counts.Add([]byte(c.line), written.Add(c.late))
			said, ok := counts.Of(c.leaf)
			require.Equal(t, c.want >= 0, ok)
			require.Equal(t, max(c.want, 0), said.Rows)
		})
	}
	counts := feed.Counts{}
	for at, rows := range []string{"40", "41"} {
		counts.Add([]byte(`{"export_date":"2026-11-19","export_job":"utterances","export_interval":"hr=05","exported_rows":`+rows+`}`), written.Add(time.Duration(1-at)*time.Hour))
	}
	said, _ := counts.Of(hour)
	require.EqualValues(t, 40, said.Rows, "what was written last counts, in whichever order it is read")
}

// A flag may stay while the files beside it are exported anew: what was said of those before says nothing
// of these.
func TestCountsOfALeafThatWasExportedAnewBelowItsFlag(t *testing.T) {
	flagged := time.Date(2026, 11, 19, 6, 1, 0, 0, time.UTC)
	leaf := &feed.Leaf{
		Place: feed.Place{Feed: "utterances", Version: "1", Format: "jsonl"}, Stamp: feed.Stamp{Date: "2026-11-19", Hour: 5, Minute: feed.None},
		Files: []feed.File{
			{Object: feed.Object{Key: "utterances/utterances.jsonl.00", Modified: flagged.Add(24 * time.Hour)}},
			{Object: feed.Object{Key: "utterances/utterances.jsonl.01", Modified: flagged.Add(-time.Minute)}},
		},
		Success: &feed.Object{Modified: flagged},
	}
	counts := feed.Counts{}
	says := func(rows int, after time.Duration) (feed.Count, bool) {
		counts.Add(fmt.Appendf(nil, `{"export_date":"2026-11-19","export_job":"utterances","export_interval":"hr=05","exported_rows":%d}`, rows), flagged.Add(after))
		return counts.Of(leaf)
	}
	_, said := says(40, 23*time.Hour)
	require.False(t, said)
	count, said := says(10, 24*time.Hour)
	require.True(t, said)
	require.EqualValues(t, 10, count.Rows)
}

// Every form of an interval that can mean only one thing is taken for it, and no other for anything.
func TestIntervalsOfCounts(t *testing.T) {
	day, hour, first, quarter := [2]int{feed.None, feed.None}, [2]int{5, feed.None}, [2]int{5, 0}, [2]int{5, 15}
	midnight, last := [2]int{0, feed.None}, [2]int{23, feed.None}
	leaves := [][2]int{day, midnight, hour, last, first, quarter, {6, feed.None}, {17, feed.None}}
	for _, c := range []struct {
		date, interval string
		of             [][2]int
	}{
		{"2026-11-19", `""`, [][2]int{day}},
		{"2026-11-19", `null`, [][2]int{day}},
		{"2026-11-19T00:00:00", `"1d"`, [][2]int{day}},
		{"2026-11-19", `"daily"`, [][2]int{day}},
		{"2026-11-19", `"24h"`, [][2]int{day}},
		{"2026-11-19", `"2026-11-19T00:00:00/2026-11-20T00:00:00"`, [][2]int{day}},
		{"2026-11-19", `"00:00-24:00"`, [][2]int{day}},
		{"2026-11-19", `"hr=05"`, [][2]int{hour}},
		{"2026-11-19", `"hr=5"`, [][2]int{hour}},
		{"2026-11-19", `"hr=0"`, [][2]int{midnight}},
		{"2026-11-19", `"05 - 06"`, [][2]int{hour}},
		{"2026-11-19", `"05:00-06:00"`, [][2]int{hour}},
		{"2026-11-19", `"2026-11-19 05:00:00 - 2026-11-19 06:00:00"`, [][2]int{hour}},
		{"2026-11-19 05:00:00", `"1h"`, [][2]int{hour}},
		{"2026-11-19T05:00:00+00:00", `"60m"`, [][2]int{hour}},
		{"2026-11-19", `"23:00-00:00"`, [][2]int{last}},
		{"2026-11-19", `"05:00"`, [][2]int{hour, first}},
		{"2026-11-19", `"0500 - 0600"`, [][2]int{hour}},
		{"2026-11-19", `"2026-11-19T05:00:00Z"`, [][2]int{hour, first}},
		{"2026-11-18", `"2026-11-19T05:00:00Z"`, [][2]int{hour, first}},
		{"2026-11-19", `"hr=05/mi=00"`, [][2]int{first}},
		{"2026-11-19", `"hr=05/mi=15"`, [][2]int{quarter}},
		{"2026-11-19", `"05:15"`, [][2]int{quarter}},
		{"2026-11-19", `"05:15-05:30"`, [][2]int{quarter}},
		{"2026-11-19 05:15:00", `"15m"`, [][2]int{quarter}},
		{"2026-11-19", `"05:00-05:15"`, [][2]int{first}},
		{"2026-11-19", `5`, nil},
		{"2026-11-19", `"05"`, nil},
		{"2026-11-19", `0`, nil},
		{"2026-11-19", `24`, nil},
		{"2026-11-19", `900`, nil},
		{"2026-11-19", `"0500"`, nil},
		{"2026-11-19", `"1h"`, nil},
		{"2026-11-19", `"15m"`, nil},
		{"2026-11-19", `"hr=24"`, nil},
		{"2026-11-19", `"05:00-08:00"`, nil},
		{"2026-11-19", `"2026-11-19T05:00:00/2026-11-21T05:00:00"`, nil},
		{"2026-11-19", `"weekly"`, nil},
		{"2026-11-19", `{"hr":5}`, nil},
		{"2026-11-19", `"5/6/7"`, nil},
		{"2026-11-19", `"2026-11-19T25:00:00"`, nil},
	} {
		counts := feed.Counts{}
		counts.Add(fmt.Appendf(nil, `{"export_date":%q,"export_job":"utterances","export_interval":%s,"exported_rows":40}`, c.date, c.interval), time.Now())
		var of [][2]int
		for _, at := range leaves {
			l := feed.Leaf{Place: feed.Place{Feed: "utterances"}, Stamp: feed.Stamp{Date: "2026-11-19", Hour: at[0], Minute: at[1]}}
			if _, ok := counts.Of(&l); ok {
				of = append(of, at)
			}
		}
		require.Equal(t, c.of, of, "%s of %s", c.interval, c.date)
		if c.of == nil && c.interval == "5" {
			require.True(t, counts.Unclear(&feed.Leaf{Place: feed.Place{Feed: "utterances"}, Stamp: feed.Stamp{Date: "2026-11-19", Hour: 5, Minute: feed.None}}))
		}
	}
}
