package feed_test

import (
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
		"of another hour":       {`{"export_date":"2026-11-19","export_job":"utterances","export_interval":"hr=06","exported_rows":40}`, 0, hour, -1},
		"of another day":        {`{"export_date":"2026-11-18","export_job":"utterances","export_interval":"hr=05","exported_rows":40}`, 0, hour, -1},
		"of another table":      {`{"export_date":"2026-11-19","export_job":"transfers","export_interval":"hr=05","exported_rows":40}`, 0, hour, -1},
		"an unknown interval":   {`{"export_date":"2026-11-19","export_job":"utterances","export_interval":"1h","exported_rows":40}`, 0, hour, -1},
		"without a number":      {`{"export_date":"2026-11-19","export_job":"utterances","export_interval":"hr=05","exported_rows":null}`, 0, hour, -1},
		"no line of the feed":   {`["a"]`, 0, hour, -1},
		"cut off in the middle": {`{"export_date":"2026-11-19","export_jo`, 0, hour, -1},
	} {
		t.Run(name, func(t *testing.T) {
			counts := feed.Counts{}
			counts.Add([]byte(c.line), written.Add(c.late))
			rows, ok := counts.Of(c.leaf)
			require.Equal(t, c.want >= 0, ok)
			require.Equal(t, max(c.want, 0), rows)
		})
	}
	counts := feed.Counts{}
	for at, rows := range []string{"40", "41"} {
		counts.Add([]byte(`{"export_date":"2026-11-19","export_job":"utterances","export_interval":"hr=05","exported_rows":`+rows+`}`), written.Add(time.Duration(1-at)*time.Hour))
	}
	rows, _ := counts.Of(hour)
	require.EqualValues(t, 40, rows, "what was written last counts, in whichever order it is read")
}
