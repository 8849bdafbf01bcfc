package activities_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/receipt"
	"transporter/internal/task"
)

// hourSpan is one hour of the day that is exported.
func hourSpan(n int) contract.Span {
	return contract.Span{From: midnight.Add(time.Duration(n) * time.Hour).UnixMilli(), To: midnight.Add(time.Duration(n+1) * time.Hour).UnixMilli()}
}

// exports writes an hour of a feed, whole, at the bench's time.
func (f *feedBench) exports(table string, hour int, lines ...string) {
	f.t.Helper()
	folder := fmt.Sprintf("%s/version=1/format=jsonl/dt=%s/hr=%02d/", table, midnight.UTC().Format(time.DateOnly), hour)
	content := strings.Join(lines, "\n") + "\n"
	require.NoError(f.t, f.bucket.Put(f.t.Context(), folder+table+".jsonl", []byte(content), f.now.Add(-time.Hour)))
	require.NoError(f.t, f.bucket.Put(f.t.Context(), folder+"_SUCCESS", nil, f.now.Add(-time.Hour+time.Second)))
}

// attempts are those of one window, by hand.
type attempts struct {
	*feedBench
	run contract.RunInput
	n   int
}

// attempt runs the steps once more, as the workflow does, accepting the names, and records how it ended.
// What it is red for is listed.
func (a *attempts) attempt(accept ...string) (record *receipt.RunRecord, err error) {
	a.t.Helper()
	a.n++
	a.run.Attempt, a.run.Accept = a.n, nil
	if len(accept) > 0 {
		a.run.Accept = &contract.Acceptance{Records: accept, Note: "looked at"}
	}
	id := contract.RunID("acme", a.run.Task, 1, time.UnixMilli(a.run.Window.To), a.run.Revision, a.n)
	plan, err := a.feedBench.run.Plan(a.t.Context(), contract.PlanIn{Run: a.run, Nominal: a.now, WorkflowID: id, RunID: "run"})
	require.NoError(a.t, err)
	require.Empty(a.t, plan.SkipWhy)
	out := contract.RecordIn{Run: a.run, WorkflowID: id, RunID: "run", Plan: plan.Plan, Window: *a.run.Window, Started: a.now, Ended: a.now}
	err = a.steps(plan, &out)
	out.Outcome = contract.OutcomeDelivered
	if t := out.Rendered.Tracked; t != nil && t.Unchanged {
		out.Outcome = contract.OutcomeUnchanged
	}
	if err != nil {
		var app *temporal.ApplicationError
		require.ErrorAs(a.t, err, &app)
		out.Outcome, out.Error, out.ErrorKind = contract.OutcomeFailed, app.Message(), app.Type()
	}
	require.NoError(a.t, a.feedBench.run.Record(a.t.Context(), out))
	record, broken := a.feedBench.run.Book.Run(a.t.Context(), "acme", a.run.Task, id)
	require.NoError(a.t, broken)
	return record, err
}

func (a *attempts) steps(plan contract.PlanOut, out *contract.RecordIn) (err error) {
	run, in := a.feedBench.run, contract.StepIn{Plan: plan.Plan}
	if _, err = do[contract.AwaitOut](run.Await, in); err != nil {
		return err
	}
	if out.Fetched, err = do[contract.FetchOut](run.Fetch, in); err != nil {
		return err
	}
	in.Fetched = out.Fetched.Index
	if out.Rendered, err = do[contract.TransformOut](run.Transform, in); err != nil || out.Rendered.Tracked != nil && out.Rendered.Tracked.Unchanged {
		return err
	}
	in.Rendered, out.Rows = out.Rendered.Index, out.Rendered.Rows
	packed := again[contract.EncryptOut](a.feedBench, run.Encrypt, in)
	in.Packed, out.Packed = packed.Index, packed.Index
	leg := contract.LegIn{StepIn: in, Leg: plan.Legs[0].ID}
	if packed.Files > 0 {
		_ = again[contract.UploadOut](a.feedBench, run.Upload, leg)
		_ = again[contract.VerifyOut](a.feedBench, run.Verify, leg)
	}
	published := again[contract.PublishOut](a.feedBench, run.Publish, leg)
	require.NoError(a.t, run.Receipt(a.t.Context(), contract.ReceiptIn{LegIn: leg, Published: published}))
	_ = again[struct{}](a.feedBench, run.Clean, in)
	return nil
}

// ofHour begins a window of one hour.
func (f *feedBench) ofHour(task string, hour int) *attempts {
	w := hourSpan(hour)
	return &attempts{feedBench: f, run: contract.RunInput{Account: "acme", Task: task, Generation: 1, Window: &w, Trigger: contract.TriggerManual}}
}

// looks begins the next revision of the window, some hours later.
func (a *attempts) looks() *attempts {
	a.now = a.now.Add(3 * time.Hour)
	next := &attempts{feedBench: a.feedBench, run: a.run}
	next.run.Revision, next.run.Look = a.run.Revision+1, a.now
	return next
}

func namesOf(record *receipt.RunRecord) (names []string) {
	for _, q := range record.Quarantined {
		names = append(names, q.Record)
	}
	return names
}

// What was accepted at a place is accepted as it was: another bad line there is red, and the line that
// was accepted is not asked about again.
func TestAnAcceptanceIsOfWhatWasThere(t *testing.T) {
	const table, good = "convos_metrics", `{"issue_id":"a"}`
	for name, lines := range map[string][3]string{
		"a line that cannot be read":          {`{"issue_id":`, `{"issue_id":"b"`, `{"issue_id":"b"}`},
		"a value that its column cannot hold": {`{"issue_id":"b","hold_ct":"one"}`, `{"issue_id":"b","hold_ct":"two"}`, `{"issue_id":"b","hold_ct":2}`},
	} {
		for _, delivery := range []string{"changes", "leaf", "snapshot"} {
			t.Run(name+", "+delivery, func(t *testing.T) {
				f := newFeedBench(t, 1)
				id := f.task(table, delivery, "reference", task.Leg{})
				f.exports(table, 0, good, lines[0])
				w := f.ofHour(id, 0)
				red, err := w.attempt()
				requireKind(t, fault.Incomplete, err)
				require.Len(t, red.Quarantined, 1)
				require.Regexp(t, `^!dt=.*/hr=00 convos_metrics\.jsonl line 2 [0-9a-f]{16}$`, red.Quarantined[0].Record)
				green, err := w.attempt(namesOf(red)...)
				require.NoError(t, err)
				require.EqualValues(t, 1, green.Rendered.Quarantined)

				look := w.looks()
				f.exports(table, 0, `{"issue_id":"a","hold_ct":1}`, lines[0])
				_, err = look.attempt()
				require.NoError(t, err, "the line is the one that was accepted")
				look = look.looks()
				f.exports(table, 0, good, lines[1])
				again, err := look.attempt()
				requireKind(t, fault.Incomplete, err)
				require.Len(t, again.Quarantined, 1)
				require.NotEqual(t, red.Quarantined[0].Record, again.Quarantined[0].Record)
			})
		}
	}
}

// badLines are so many lines that are no rows.
func badLines(n int) []string {
	lines := make([]string, n)
	for i := range lines {
		lines[i] = fmt.Sprintf(`{"issue_id":"%d"`, i)
	}
	return lines
}

// A window that is red for what was exported reads what is exported anew when it is resumed, and is green
// without anything accepted; a partition that the platform has removed meanwhile is delivered as it was read.
func TestAResumedWindowSeesTheCorrectedExport(t *testing.T) {
	const table = "convos_metrics"
	for _, delivery := range []string{"changes", "leaf", "snapshot"} {
		t.Run(delivery, func(t *testing.T) {
			f := newFeedBench(t, 1)
			w := f.ofHour(f.task(table, delivery, "reference", task.Leg{}), 0)
			w.run.Window.To = hourSpan(1).To
			f.exports(table, 0, append(badLines(1500), `{"issue_id":"a"}`)...)
			f.exports(table, 1, `{"issue_id":"b"}`)
			red, err := w.attempt()
			requireKind(t, fault.Incomplete, err)
			require.ErrorContains(t, err, "1500 of 1502 records are in quarantine: !dt=")
			require.Len(t, red.Quarantined, 1)
			require.Regexp(t, `^!dt=.*/hr=00 1500 bad lines [0-9a-f]{16}$`, red.Quarantined[0].Record)
			again, err := w.attempt()
			requireKind(t, fault.Incomplete, err)
			require.Equal(t, red.Quarantined, again.Quarantined, "nothing was exported anew")

			f.now = f.now.Add(3 * time.Hour)
			f.exports(table, 0, `{"issue_id":"a"}`, `{"issue_id":"c"}`)
			f.removes("hr=01")
			green, err := w.attempt()
			require.NoError(t, err)
			require.Zero(t, green.Rendered.Quarantined)
			require.EqualValues(t, 3, green.Rendered.Rows)
		})
	}
}

// As many bad lines as a partition has are accepted by one name, which is of these lines only.
func TestManyBadLinesAreAcceptedByOneName(t *testing.T) {
	const table = "convos_metrics"
	for name, line := range map[string]func(i int) string{
		"lines": func(i int) string { return fmt.Sprintf(`{"issue_id":"%d"`, i) },
		"rows":  func(i int) string { return fmt.Sprintf(`{"issue_id":"%d","hold_ct":"soon"}`, i) },
	} {
		t.Run(name, func(t *testing.T) {
			f := newFeedBench(t, 1)
			w := f.ofHour(f.task(table, "changes", "reference", task.Leg{}), 0)
			lines := []string{`{"issue_id":"a"}`}
			for i := range 1200 {
				lines = append(lines, line(i))
			}
			f.exports(table, 0, lines...)
			red, err := w.attempt()
			requireKind(t, fault.Incomplete, err)
			f.now = f.now.Add(3 * time.Hour)
			lines[1200] = line(1200)
			f.exports(table, 0, lines...)
			other, err := w.attempt(namesOf(red)...)
			requireKind(t, fault.Incomplete, err)
			require.Len(t, other.Quarantined, 1)
			require.NotEqual(t, red.Quarantined, other.Quarantined, "one line is another")
			green, err := w.attempt(namesOf(other)...)
			require.NoError(t, err)
			require.EqualValues(t, 1200, green.Rendered.Quarantined)
			require.EqualValues(t, 1, green.Rendered.Rows)
		})
	}
}
