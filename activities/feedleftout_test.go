package activities_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/report"
	"transporter/internal/task"
)

// accepts delivers a window as delivers does; what it is red for an operator accepts by name.
func (f *feedBench) accepts(id string, window contract.Span, revision int) (leftOut int) {
	f.t.Helper()
	run := f.runOf(id, window, revision)
	name := contract.RunID("acme", id, 1, time.UnixMilli(window.To), revision, 1)
	plan, err := f.run.Plan(f.t.Context(), contract.PlanIn{Run: run, Nominal: f.now, WorkflowID: name, RunID: "run"})
	require.NoError(f.t, err)
	in := contract.StepIn{Plan: plan.Plan}
	fetched, err := do[contract.FetchOut](f.run.Fetch, in)
	require.NoError(f.t, err)
	in.Fetched = fetched.Index
	if _, err = do[contract.TransformOut](f.run.Transform, in); err != nil {
		requireKind(f.t, fault.Incomplete, err)
		require.NoError(f.t, f.run.Record(f.t.Context(), contract.RecordIn{
			Run: run, WorkflowID: name, RunID: "run", Plan: plan.Plan, Window: window, Started: f.now, Ended: f.now,
			Outcome: contract.OutcomeIncomplete, Error: err.Error(), ErrorKind: string(fault.Incomplete),
		}))
		record, err := f.run.Book.Run(f.t.Context(), "acme", id, name)
		require.NoError(f.t, err)
		run.Accept = &contract.Acceptance{Note: "seen"}
		for _, q := range record.Quarantined {
			run.Accept.Records = append(run.Accept.Records, q.Record)
		}
		leftOut = len(run.Accept.Records)
	}
	run.Attempt = 2
	_, publish := f.attempts(run)
	publish()
	return leftOut
}

// hourly are some hours of a table as they are exported by now: rows, by hour and line.
type hourly [4][]hourlyRow

type hourlyRow struct {
	key string
	at  int  // minute of the day
	bad bool // it has a value that its column cannot hold
}

// export draws an hour anew, and writes it.
func (h *hourly) export(t *testing.T, f *feedBench, random *rand.Rand, hour int) {
	t.Helper()
	var lines strings.Builder
	h[hour] = nil
	for _, key := range []string{"a", "b", "c", "d"} {
		if random.IntN(2) == 0 {
			continue
		}
		r, says := hourlyRow{key, random.IntN(200), random.IntN(3) == 0}, "true"
		if r.bad {
			says = `"soon"`
		}
		h[hour] = append(h[hour], r)
		fmt.Fprintf(&lines, `{"issue_id":%q,"last_event_ts":%q,"auth_state":%s,"device_type":%q}`+"\n",
			key, midnight.Add(time.Duration(r.at)*time.Minute).UTC().Format("2006-01-02T15:04:05"), says, fmt.Sprint(random.Int()))
	}
	folder := fmt.Sprintf("convos_metadata/version=1/format=jsonl/dt=2026-11-19/hr=%02d/", hour)
	at := f.now.Add(-time.Hour)
	require.NoError(t, f.bucket.Put(t.Context(), folder+"convos_metadata.jsonl", []byte(lines.String()), at))
	require.NoError(t, f.bucket.Put(t.Context(), folder+"_SUCCESS", nil, at.Add(time.Second)))
}

// latest are the rows that count, without those that were left out.
func (h *hourly) latest() map[place]bool {
	type best struct {
		at, hour int
		place    place
		bad      bool
	}
	keys := map[string]best{}
	for hour, rows := range h {
		for i, r := range rows {
			if b, ok := keys[r.key]; !ok || r.at > b.at || r.at == b.at && hour > b.hour {
				keys[r.key] = best{r.at, hour, place{fmt.Sprintf("dt=2026-11-19/hr=%02d", hour), "convos_metadata.jsonl", i + 1}, r.bad}
			}
		}
	}
	rows := map[place]bool{}
	for _, b := range keys {
		if !b.bad {
			rows[b.place] = true
		}
	}
	return rows
}

// Whatever is accepted on the way, a reader of changes ends in the rows that count, as one of snapshots does:
// rows that were left out are not kept as they were, and not when they are gone after that.
func TestFeedsEndInTheTruthOverRowsThatAreLeftOut(t *testing.T) {
	for seed := range uint64(4) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			f, random, left := newFeedBench(t, 1), rand.New(rand.NewPCG(seed, 7)), 0
			tasks := map[string]string{}
			for _, delivery := range []string{report.DeliveryChanges, report.DeliverySnapshot} {
				tasks[delivery] = f.task("convos_metadata", delivery, "reference", task.Leg{})
			}
			var platform hourly
			for round := range 4 {
				for hour := range platform {
					platform.export(t, f, random, hour)
				}
				for hour := range platform {
					from := midnight.Add(time.Duration(hour) * time.Hour)
					for _, id := range tasks {
						left += f.accepts(id, contract.Span{From: from.UnixMilli(), To: from.Add(time.Hour).UnixMilli()}, round)
					}
				}
				for delivery, id := range tasks {
					require.Equal(t, platform.latest(), apply(delivery, f.sets(id)), "%s, round %d", delivery, round)
				}
				f.now = f.now.Add(3 * time.Hour)
			}
			require.NotZero(t, left)
		})
	}
}
