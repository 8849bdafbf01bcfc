//go:build soak

package e2e

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/apiclient"
	"transporter/internal/fault"
	"transporter/internal/sandbox"
)

// Hostile records go through the whole system: what can be written is delivered, what cannot
// makes the run red and is named, and a worker keeps its bound.
func TestHostileRecordsThroughAWorker(t *testing.T) {
	b := start(t, options{}).brand(t)
	w := b.before(24*time.Hour, time.Hour)
	exist := len(b.world(t, byEnd, w))
	require.Greater(t, exist, 1)
	pages := 0 // of the hour, as quarantine tells: each has one hostile record
	for _, c := range []struct {
		report   string
		fault    sandbox.Fault
		reason   string // of the quarantine; empty: it is delivered
		replaced int64  // of each page
	}{
		{report: "raw.messaging_interactions", fault: sandbox.Fault{Kind: sandbox.HugeRecord, Rows: 50}},
		{report: "msg.conversations", fault: sandbox.Fault{Kind: sandbox.HugeRecord, Rows: 50}},
		{report: "msg.conversations", fault: sandbox.Fault{Kind: sandbox.DeepRecord, Rows: 10_000}, reason: "nested deeper than 10000 levels"},
		{report: "msg.conversations", fault: sandbox.Fault{Kind: sandbox.RepeatedMember}, reason: `there twice: "hostile"`},
		{report: "msg.conversations", fault: sandbox.Fault{Kind: sandbox.WrongType}, reason: "a list where a whole number should be"},
		{report: "msg.conversations", fault: sandbox.Fault{Kind: sandbox.BrokenText, Rows: 3}, replaced: 3},
	} {
		t.Run(c.report+" "+string(c.fault.Kind), func(t *testing.T) {
			require.NoError(t, b.Worker.Stop())
			require.NoError(t, b.StartWorker(t.Context()))
			c.fault.Path, c.fault.Forever = searchPath, true
			b.fail(t, c.fault)
			s := spec(c.report, "jsonl")
			s.Description, s.Destinations = t.Name(), b.legs("hostile/" + string(c.fault.Kind))[:1]
			s.Parameters["time_basis"] = json.RawMessage(`"end"`)
			id := b.task(t, s)
			run := b.run(t, id, w)
			require.NoError(t, b.api.Tasks(b.account).Delete(t.Context(), id, apiclient.Write{}), "a plan allows three of a report")
			peak := peakMemory(t, b.Worker.PID())
			t.Logf("%s, %d rows: peak %d MiB", run.Outcome, run.Rows, peak>>10)
			require.LessOrEqual(t, peak, mostMemory)
			if c.reason != "" {
				require.Equal(t, []string{"incomplete", string(fault.Incomplete)}, []string{run.Outcome, run.ErrorKind}, run.Error)
				require.NotEmpty(t, run.Quarantined)
				pages = len(run.Quarantined)
				for _, q := range run.Quarantined { // the first record of every page
					require.NotEmpty(t, q.Record)
					require.Contains(t, q.Reason, c.reason)
				}
				return
			}
			require.Equal(t, "delivered", run.Outcome, run.Error)
			require.EqualValues(t, exist, run.Rows)
			require.Equal(t, c.replaced*int64(pages), run.Receipts[0].Replaced)
		})
	}
}

// Pages with a record of 50 MB each are read at once, by every slice of a fetch and of several runs:
// they are held one after another, and a worker keeps its bound.
func TestHugePagesAtOnceKeepTheBound(t *testing.T) {
	const size = 300 // so few that each slice of three months is a page
	s := start(t, options{size: size})
	b := s.brand(t)
	w := b.before(24*time.Hour, 350*24*time.Hour)
	exist := len(b.world(t, byStart, w))
	require.Greater(t, exist, 4)
	b.fail(t, sandbox.Fault{Path: searchPath, Kind: sandbox.HugeRecord, Rows: 50, Forever: true})
	var runs []string
	for _, report := range []string{"raw.messaging_interactions", "msg.conversations", "msg.transfers"} {
		one := spec(report, "jsonl")
		one.Destinations = b.legs("huge/" + report)[:1]
		one.Parameters["time_basis"] = json.RawMessage(`"start"`)
		runs = append(runs, b.begin(t, b.task(t, one), w))
	}
	for _, id := range runs {
		run := b.end(t, id)
		require.Equal(t, "delivered", run.Outcome, run.Error)
		t.Logf("%d rows", run.Rows)
	}
	peak := peakMemory(t, b.Worker.PID())
	t.Logf("peak %d MiB", peak>>10)
	require.LessOrEqual(t, peak, mostMemory)
}
