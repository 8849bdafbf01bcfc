package activities_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/task"
)

// halves are the ways in which an hour may never become whole, with how it is named.
var halves = map[string]struct {
	export func(f *feedBench, folder string)
	name   string
}{
	"absent": {func(*feedBench, string) {}, `^!dt=2026-11-19/hr=01 absent$`},
	"without _SUCCESS": {func(f *feedBench, folder string) {
		require.NoError(f.t, f.bucket.Put(f.t.Context(), folder+"convos_metrics.jsonl", []byte(`{"issue_id":"half"}`), f.now.Add(-time.Hour)))
	}, `^!dt=2026-11-19/hr=01 in progress [0-9a-f]{16}$`},
	"broken": {func(f *feedBench, folder string) {
		for _, split := range []string{"00", "02"} {
			require.NoError(f.t, f.bucket.Put(f.t.Context(), folder+"convos_metrics.jsonl."+split, []byte(`{"issue_id":"half"}`), f.now.Add(-time.Hour)))
		}
		require.NoError(f.t, f.bucket.Put(f.t.Context(), folder+"_SUCCESS", nil, f.now.Add(-time.Hour)))
	}, `^!dt=2026-11-19/hr=01 broken [0-9a-f]{16}$`},
}

// absentHour is what a manifest says of an hour that is not in it.
func absentHour(n int) []task.Window {
	hour := hourSpan(n)
	return []task.Window{{From: time.UnixMilli(hour.From).UTC(), To: time.UnixMilli(hour.To).UTC()}}
}

// A window goes on without a partition that never becomes whole once somebody has accepted that by the name
// that the run lists, while it waits or after it was red. The receipt says so, and what comes later is a revision.
func TestAMissingPartitionIsAccepted(t *testing.T) {
	const table = "convos_metrics"
	folder := fmt.Sprintf("%s/version=1/format=jsonl/dt=%s/hr=01/", table, midnight.UTC().Format(time.DateOnly))
	for name, half := range halves {
		for _, when := range []string{"while it waits", "when it is red"} {
			t.Run(name+", "+when, func(t *testing.T) {
				f := newFeedBench(t, 1)
				w := f.ofHour(f.task(table, "changes", "reference", task.Leg{}), 0)
				w.run.Window.To = hourSpan(2).To
				f.exports(table, 0, `{"issue_id":"a"}`)
				f.exports(table, 2, `{"issue_id":"b"}`)
				half.export(f, folder)
				red, err := w.attempt()
				requireKind(t, fault.NotReady, err)
				require.Len(t, red.Quarantined, 1, "it is listed for who resumes the run")
				require.Regexp(t, half.name, red.Quarantined[0].Record)

				var accept []string
				if when == "when it is red" {
					accept = namesOf(red)
				} else { // between two looks of one attempt
					d := contract.Delivery{Account: "acme", Task: w.run.Task, Generation: 1, Span: *w.run.Window}
					waits, err := f.run.Book.Waiting(t.Context(), d, 1)
					require.NoError(t, err)
					require.Equal(t, red.Quarantined, waits)
					require.NoError(t, f.run.Book.Accept(t.Context(), d, contract.Acceptance{Records: namesOf(red), Note: "asked"}))
				}
				green, err := w.attempt(accept...)
				require.NoError(t, err)
				require.EqualValues(t, 2, green.Rendered.Rows)
				d := contract.Delivery{Account: "acme", Task: w.run.Task, Generation: 1, Span: *w.run.Window}
				whole, err := f.run.Book.Receipt(t.Context(), d)
				require.NoError(t, err)
				require.Equal(t, namesOf(red), whole.Accepted.Records)
				require.NotEmpty(t, whole.Accepted.Note)
				sets := f.sets(w.run.Task)
				require.Equal(t, absentHour(1), sets[0].Absent)

				look := w.looks()
				if name != "absent" {
					f.removes("hr=01")
				}
				f.exports(table, 1, `{"issue_id":"late"}`)
				revision, err := look.attempt()
				require.NoError(t, err)
				require.EqualValues(t, 1, revision.Rendered.Rows)
				sets = f.sets(w.run.Task)
				require.Len(t, sets, 2)
				require.Empty(t, sets[1].Absent)
			})
		}
	}
}

// An acceptance is of what was there: files that come to a partition that was absent are waited for.
func TestWhatWasAcceptedAsAbsentAndBeginsToComeIsWaitedFor(t *testing.T) {
	f := newFeedBench(t, 1)
	w := f.ofHour(f.task("convos_metrics", "leaf", "reference", task.Leg{}), 1)
	f.exports("convos_metrics", 2, `{"issue_id":"b"}`)
	red, err := w.attempt()
	requireKind(t, fault.NotReady, err)
	halves["without _SUCCESS"].export(f, fmt.Sprintf("convos_metrics/version=1/format=jsonl/dt=%s/hr=01/", midnight.UTC().Format(time.DateOnly)))
	again, err := w.attempt(namesOf(red)...)
	requireKind(t, fault.NotReady, err)
	require.Len(t, again.Quarantined, 1)
	require.NotEqual(t, red.Quarantined, again.Quarantined)
	f.exports("convos_metrics", 1, `{"issue_id":"c"}`)
	_, err = w.attempt()
	require.NoError(t, err)
}

// A receiver is told that a partition came, or is done without, also if that changes no row: whatever is
// delivered, and of windows without rows the task sends nothing else.
func TestAReceiverIsToldThatAPartitionCame(t *testing.T) {
	const table = "convos_metrics"
	for _, delivery := range []string{"changes", "leaf", "snapshot"} {
		for name, late := range map[string][]string{"without rows": nil, "with a row that is there already": {`{"issue_id":"a"}`}} {
			if delivery == "leaf" && late != nil {
				continue // each leaf's rows are rows of their own
			}
			t.Run(delivery+", "+name, func(t *testing.T) {
				f := newFeedBench(t, 1)
				w := f.ofHour(f.task(table, delivery, "reference", task.Leg{}, func(s *task.Spec) { s.EmptyResult = task.EmptySkip }), 0)
				w.run.Window.To = hourSpan(2).To
				f.exports(table, 2, `{"issue_id":"a"}`)
				f.exports(table, 0, `{"issue_id":"b"}`)
				red, err := w.attempt()
				requireKind(t, fault.NotReady, err)
				_, err = w.attempt(namesOf(red)...)
				require.NoError(t, err)
				look := w.looks()
				record, err := look.attempt()
				require.NoError(t, err)
				require.Equal(t, contract.OutcomeUnchanged, record.Outcome, "it is absent still")
				f.now = f.now.Add(3 * time.Hour)
				look.run.Look = f.now
				f.exports(table, 1, late...)
				record, err = look.attempt()
				require.NoError(t, err)
				require.Equal(t, contract.OutcomeDelivered, record.Outcome)
				sets := f.sets(w.run.Task)
				require.Len(t, sets, 2)
				require.Len(t, sets[0].Absent, 1)
				require.Empty(t, sets[1].Absent)
				require.Equal(t, 1, sets[1].Revision)
				record, err = look.looks().attempt()
				require.NoError(t, err)
				require.Equal(t, contract.OutcomeUnchanged, record.Outcome, "it is told once")
			})
		}
	}
}
