package activities_test

import (
	"context"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/activities"
	"transporter/internal/account"
	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/ledger"
	"transporter/internal/probe"
	"transporter/internal/source"
	"transporter/internal/task"
)

// activity is a source of status changes; it remembers from when on it was asked.
type activity struct {
	*bench
	changes []source.Record
	asked   []int64
}

// Source implements activities.Adapters.
func (a *activity) Source(context.Context, string, account.Source) (source.Source, error) {
	return activitySource{a}, nil
}

type activitySource struct{ *activity }

// Test implements source.Source.
func (activitySource) Test(context.Context, []string) (probe.Log, error) { return probe.Log{}, nil }

// Fetch implements source.Source.
func (s activitySource) Fetch(ctx context.Context, q source.Query, sink source.Sink) error {
	slice := source.Slice{Key: "all"}
	if err := sink.Plan(ctx, []source.Slice{slice}); err != nil {
		return err
	}
	w, err := sink.Begin(ctx, slice)
	if err != nil {
		return err
	}
	if q.Resource != "status_reasons" { // joined for their names
		s.asked = append(s.asked, q.From)
	}
	counts := source.Counts{}
	for _, c := range s.changes {
		if c.Order < q.From || c.Order >= q.To {
			continue
		}
		counts.Total, counts.Fetched, counts.Kept = counts.Total+1, counts.Fetched+1, counts.Kept+1
		if err := w.Add(ctx, c); err != nil {
			return err
		}
	}
	return w.Commit(ctx, counts)
}

func statusChange(at time.Time, session, sequence, kind, status int) source.Record {
	return source.Record{Order: at.UnixMilli(), ID: fmt.Sprint(at.UnixMilli()), Raw: fmt.Appendf(nil,
		`{"agentId":5,"time":%q,"sessionId":%d,"sequenceNumber":%d,"statusType":%d,"statusSubType":%d}`,
		at.Format("2006-01-02T15:04:05.000Z"), session, sequence, kind, status)}
}

func newActivity(t *testing.T) *activity {
	b := newBench(t)
	spec := task.Spec{
		Source: "src", Report: "agent.status_segments", Version: "1.0", Format: "jsonl", Zone: "UTC",
		Frequency: task.Frequency{Kind: task.Daily, At: "00:00"}, EmptyResult: task.EmptyMarker,
		Destinations: []task.Leg{{Destination: "shelf", Encryption: task.Encryption{Mode: task.EncryptNone}}},
	}
	specs := b.run.Ledger.(*ledger.Ledger)
	_, err := specs.Append(t.Context(), "acme", "stays", ledger.Entry{
		EffectiveFrom: time.UnixMilli(day.From).Add(time.Hour), Generation: 1, State: ledger.Enabled, Spec: spec,
	})
	require.NoError(t, err)
	a := &activity{bench: b}
	b.run.Adapters = a
	b.now = time.UnixMilli(day.To).Add(48 * time.Hour)
	return a
}

// fetched plans the window and reads it.
func (a *activity) fetched(window contract.Span) contract.StepIn {
	plan, err := a.run.Plan(a.t.Context(), contract.PlanIn{
		Run:     contract.RunInput{Account: "acme", Task: "stays", Generation: 1, Window: &window, Attempt: 1, Trigger: contract.TriggerResume},
		Nominal: a.now, WorkflowID: fmt.Sprint("w", window.From), RunID: "run",
	})
	require.NoError(a.t, err)
	in := contract.StepIn{Plan: plan.Plan}
	out, err := a.fetch(plan.Plan)
	require.NoError(a.t, err)
	in.Fetched = out.Index
	return in
}

func (a *activity) rows(in contract.StepIn) (string, error) {
	out, err := do[contract.TransformOut](a.run.Transform, in)
	if err != nil {
		return "", err
	}
	var index activities.RenderIndex
	require.NoError(a.t, a.run.Stage.GetJSON(a.t.Context(), out.Index, &index))
	r, err := a.run.Stage.Open(a.t.Context(), index.Parts[0].Body)
	require.NoError(a.t, err)
	b, err := io.ReadAll(r)
	require.NoError(a.t, err)
	return string(b), r.Close()
}

// A window is fetched whenever it likes, and rendered when the one before it is: a stay that
// began there, days ago, ends in it with the status that it had.
func TestAWindowGoesOnFromWhatTheOneBeforeLeft(t *testing.T) {
	a := newActivity(t)
	first, next := day, contract.Span{From: day.To, To: day.To + 24*time.Hour.Milliseconds()}
	from := time.UnixMilli(day.From).UTC()
	a.changes = []source.Record{
		statusChange(from.Add(-20*time.Hour), -1, -1, 3, 0), statusChange(from.Add(-20*time.Hour+time.Millisecond), -1, 1, 1, 4),
		statusChange(from.Add(time.Hour), 9, 2, 1, 2), statusChange(from.Add(47*time.Hour), 9, 3, 4, 1),
	}
	later := a.fetched(next)
	require.Equal(t, []int64{next.From}, a.asked, "it goes on from the window before")
	_, err := a.rows(later)
	requireKind(t, fault.NotReady, err)
	require.ErrorContains(t, err, "the window before this one is not rendered yet")

	earlier := a.fetched(first)
	require.Equal(t, first.From-26*time.Hour.Milliseconds(), a.asked[1], "nothing is before it: it reads further back")
	rows, err := a.rows(earlier)
	require.NoError(t, err)
	require.Equal(t, 1, strings.Count(rows, "\n"), rows)
	require.Contains(t, rows, `"status":"away"`)
	require.Contains(t, rows, `"duration_ms":75600000`) // 21 hours

	rows, err = a.rows(later)
	require.NoError(t, err)
	require.Equal(t, 1, strings.Count(rows, "\n"), rows)
	require.Contains(t, rows, `"status":"online"`)
	require.Contains(t, rows, `"duration_ms":165600000`) // 46 hours
}
