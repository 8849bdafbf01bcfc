package activities_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/incident"
	"transporter/internal/receipt"
	"transporter/internal/task"
)

// damages writes an hour of a feed with the end of its only file missing.
func (f *feedBench) damages(table string, hour int, line string) {
	f.t.Helper()
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, err := z.Write([]byte(line + "\n"))
	require.NoError(f.t, err)
	require.NoError(f.t, z.Close())
	folder := fmt.Sprintf("%s/version=1/format=jsonl/dt=%s/hr=%02d/", table, midnight.UTC().Format(time.DateOnly), hour)
	require.NoError(f.t, f.bucket.Put(f.t.Context(), folder+table+".jsonl.gz", packed.Bytes()[:packed.Len()-4], f.now.Add(-time.Hour)))
	require.NoError(f.t, f.bucket.Put(f.t.Context(), folder+"_SUCCESS", nil, f.now.Add(-time.Hour+time.Second)))
}

// A partition with a file that is no whole gzip is read again, people are told when it stays so, and the window goes
// on without that export of it once it is accepted by its name, while it is tried or when it is red; it is not looked
// at again for it, and has what is exported anew by a revision.
func TestADamagedPartitionIsAccepted(t *testing.T) {
	const table = "convos_metrics"
	for _, delivery := range []string{"changes", "leaf", "snapshot"} {
		for _, when := range []string{"while it is tried", "when it is red"} {
			t.Run(delivery+", "+when, func(t *testing.T) {
				f := newFeedBench(t, 1)
				w := f.ofHour(f.task(table, delivery, "reference", task.Leg{}), 0)
				w.run.Window.To = hourSpan(1).To
				f.exports(table, 0, `{"issue_id":"a"}`)
				f.damages(table, 1, `{"issue_id":"b"}`)
				red, err := w.attempt()
				requireKind(t, fault.PartialData, err)
				require.ErrorContains(t, err, "convos_metrics.jsonl.gz is not whole gzip")
				require.Len(t, red.Quarantined, 1)
				require.Regexp(t, `^!dt=2026-11-19/hr=01 damaged [0-9a-f]{16}$`, red.Quarantined[0].Record)

				d := contract.Delivery{Account: "acme", Task: w.run.Task, Generation: 1, Span: *w.run.Window}
				accept := namesOf(red)
				if when == "while it is tried" {
					require.NoError(t, f.run.Book.Accept(t.Context(), d, contract.Acceptance{Records: accept, Note: "asked"}))
					accept = nil
				}
				green, err := w.attempt(accept...)
				require.NoError(t, err)
				require.EqualValues(t, 1, green.Rendered.Rows)
				whole, err := f.run.Book.Receipt(t.Context(), d)
				require.NoError(t, err)
				require.Equal(t, namesOf(red), whole.Accepted.Records)
				require.Equal(t, absentHour(1), f.sets(w.run.Task)[0].Absent)

				require.False(t, f.changed(table, d), "nobody has to look at it again")
				f.removes("hr=01")
				f.exports(table, 1, `{"issue_id":"b"}`)
				require.True(t, f.changed(table, d))
				revision, err := w.looks().attempt()
				require.NoError(t, err)
				require.EqualValues(t, map[string]int64{"changes": 1, "leaf": 2, "snapshot": 2}[delivery], revision.Rendered.Rows)
				require.Empty(t, f.sets(w.run.Task)[1].Absent)
			})
		}
	}
}

// spoils cuts off the end of the encrypted file of an hour.
func (f *feedBench) spoils(hour string) {
	f.t.Helper()
	f.bucket.mu.Lock()
	defer f.bucket.mu.Unlock()
	for key, o := range f.bucket.objects {
		if strings.Contains(key, "/"+hour+"/") && strings.HasSuffix(key, ".enc") {
			o.content = o.content[:len(o.content)-4]
			f.bucket.objects[key] = o
			return
		}
	}
	f.t.Fatal("no encrypted file of " + hour)
}

// A partition that is encrypted and cut off is accepted by its name as any that is damaged.
func TestADamagedEncryptedPartitionIsAccepted(t *testing.T) {
	const table = "convos_metrics"
	f := newFeedBench(t, 1)
	key := f.receiver("reader")
	f.holds(key)
	w := f.ofHour(f.task(table, "changes", "reference", task.Leg{}), 0)
	w.run.Window.To = hourSpan(1).To
	f.exports(table, 0, `{"issue_id":"a"}`)
	f.seals(table, 1, `{"issue_id":"b"}`, key)
	f.spoils("hr=01")
	red, err := w.attempt()
	requireKind(t, fault.PartialData, err)
	require.ErrorContains(t, err, "convos_metrics.jsonl.enc is not whole OpenPGP")
	require.Len(t, red.Quarantined, 1)
	require.Regexp(t, `^!dt=2026-11-19/hr=01 damaged [0-9a-f]{16}$`, red.Quarantined[0].Record)
	green, err := w.attempt(namesOf(red)...)
	require.NoError(t, err)
	require.EqualValues(t, 1, green.Rendered.Rows)
}

// An export that changes no row in place of a damaged one is told of.
func TestAReceiverIsToldThatADamagedPartitionIsMended(t *testing.T) {
	const table = "convos_metrics"
	f := newFeedBench(t, 1)
	w := f.ofHour(f.task(table, "changes", "reference", task.Leg{}), 0)
	w.run.Window.To = hourSpan(1).To
	f.exports(table, 0, `{"issue_id":"a"}`)
	f.damages(table, 1, `{"issue_id":"a"}`)
	red, err := w.attempt()
	requireKind(t, fault.PartialData, err)
	_, err = w.attempt(namesOf(red)...)
	require.NoError(t, err)
	look := w.looks()
	f.removes("hr=01")
	f.exports(table, 1)
	record, err := look.attempt()
	require.NoError(t, err)
	require.Equal(t, contract.OutcomeDelivered, record.Outcome)
	sets := f.sets(w.run.Task)
	require.Equal(t, absentHour(1), sets[0].Absent)
	require.Empty(t, sets[1].Absent)
}

// The first time the way may be at fault; the second time people are told, once, until it is read or accepted.
func TestPeopleAreToldOfADamagedPartition(t *testing.T) {
	const table = "convos_metrics"
	for _, end := range []string{"exported anew", "accepted"} {
		t.Run(end, func(t *testing.T) {
			f := newFeedBench(t, 1)
			w := f.ofHour(f.task(table, "changes", "reference", task.Leg{}), 0)
			f.damages(table, 0, `{"issue_id":"a"}`)
			w.run.Attempt = 1
			plan, err := f.run.Plan(t.Context(), contract.PlanIn{Run: w.run, Nominal: f.now, WorkflowID: "w", RunID: "run"})
			require.NoError(t, err)
			in := contract.StepIn{Plan: plan.Plan}
			told := func() []incident.Incident {
				all, err := f.run.Told.All(t.Context(), "acme")
				require.NoError(t, err)
				return all
			}
			for try := range 3 {
				_, err = do[contract.FetchOut](f.run.Fetch, in)
				requireKind(t, fault.PartialData, err)
				require.Len(t, told(), min(try, 1))
			}
			require.Equal(t, incident.FeedBroken, told()[0].Kind)
			require.Contains(t, told()[0].Detail, "dt=2026-11-19/hr=00 is damaged")

			d := contract.Delivery{Account: "acme", Task: w.run.Task, Generation: 1, Span: *w.run.Window}
			waits, err := f.run.Book.Waiting(t.Context(), d, 1)
			require.NoError(t, err)
			require.Len(t, waits, 1)
			if end == "accepted" {
				require.NoError(t, f.run.Book.Accept(t.Context(), d, contract.Acceptance{Records: []string{waits[0].Record}, Note: "asked"}))
			} else {
				f.removes("hr=00")
				f.exports(table, 0, `{"issue_id":"a"}`)
			}
			_, err = do[contract.AwaitOut](f.run.Await, in)
			require.NoError(t, err, "nothing is missing")
			require.Len(t, told(), 1, "nobody has read it yet, however whole its listing is")
			_, err = do[contract.FetchOut](f.run.Fetch, in)
			require.NoError(t, err)
			require.Empty(t, told())
			waits, err = f.run.Book.Waiting(t.Context(), d, 1)
			require.NoError(t, err)
			require.Empty(t, waits)
		})
	}
}

// Who asks in the moment after a resume finds what is missing, and people are told though the run was resumed in between.
func TestAResumeKeepsWhatIsMissing(t *testing.T) {
	const table = "convos_metrics"
	f := newFeedBench(t, 1)
	f.damages(table, 0, `{"issue_id":"a"}`)
	w := f.ofHour(f.task(table, "changes", "reference", task.Leg{}), 0)
	red, err := w.attempt()
	requireKind(t, fault.PartialData, err)
	d := contract.Delivery{Account: "acme", Task: w.run.Task, Generation: 1, Span: *w.run.Window}
	w.run.Attempt = 2
	plan, err := f.run.Plan(t.Context(), contract.PlanIn{Run: w.run, Nominal: f.now, WorkflowID: "w", RunID: "run"})
	require.NoError(t, err)
	missing := func() []receipt.Quarantined {
		waits, err := f.run.Book.Waiting(t.Context(), d, 2)
		require.NoError(t, err)
		return waits
	}
	require.Equal(t, red.Quarantined, missing())
	in := contract.StepIn{Plan: plan.Plan}
	_, err = do[contract.AwaitOut](f.run.Await, in)
	require.NoError(t, err)
	require.Equal(t, red.Quarantined, missing(), "nobody has read it yet")
	_, err = do[contract.FetchOut](f.run.Fetch, in)
	requireKind(t, fault.PartialData, err)
	require.Equal(t, red.Quarantined, missing())
	told, err := f.run.Told.All(t.Context(), "acme")
	require.NoError(t, err)
	require.Len(t, told, 1)
	require.Equal(t, incident.FeedBroken, told[0].Kind)

	f.removes("hr=00")
	f.exports(table, 0, `{"issue_id":"a"}`)
	_, err = do[contract.FetchOut](f.run.Fetch, in)
	require.NoError(t, err)
	require.Empty(t, missing())
}
