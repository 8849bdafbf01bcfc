package activities_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/contract"
	"transporter/internal/source"
	"transporter/internal/task"
)

// tardy is a source that does not tell one change of status of the busy hour until it is told to.
type tardy struct {
	source.Source
	hidden string // id of the change
	tells  bool
}

// Fetch implements source.Source.
func (s *tardy) Fetch(ctx context.Context, q source.Query, sink source.Sink) error {
	if q.Resource == "agent_activity" && !s.tells {
		sink = tardySink{sink, s}
	}
	return s.Source.Fetch(ctx, q, sink)
}

type tardySink struct {
	source.Sink
	*tardy
}

// Begin implements source.Sink.
func (s tardySink) Begin(ctx context.Context, slice source.Slice) (source.SliceWriter, error) {
	w, err := s.Sink.Begin(ctx, slice)
	return &tardyWriter{w, s.tardy, 0}, err
}

type tardyWriter struct {
	source.SliceWriter
	*tardy
	n int64
}

// Add implements source.SliceWriter.
func (w *tardyWriter) Add(ctx context.Context, r source.Record) error {
	later := r.Order > busyHour.From+10*time.Minute.Milliseconds() && r.Order < busyHour.To
	if w.hidden == "" && later && strings.Contains(string(r.Raw), `"statusType":1,`) {
		w.hidden = r.ID
	}
	if r.ID == w.hidden {
		w.n++
		return nil
	}
	return w.SliceWriter.Add(ctx, r)
}

// Commit implements source.SliceWriter.
func (w *tardyWriter) Commit(ctx context.Context, c source.Counts) error {
	c.Total, c.Fetched, c.Kept = c.Total-w.n, c.Fetched-w.n, c.Kept-w.n
	return w.SliceWriter.Commit(ctx, c)
}

// A change of status that the source tells late ends a stay of its window earlier and begins another.
// A check says so; the window after it goes on from what it went on from.
func TestAStayThatEndedEarlierIsRevised(t *testing.T) {
	for _, mode := range []string{task.RevisionsFull, task.RevisionsChanges} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			s := newSettling(t, nil)
			late := &tardy{Source: s.client}
			s.client = late
			s.task("late", "agent.status_segments", "csv", task.Revisions{Mode: mode})
			s.after(time.Hour)
			s.delivers("late", contract.RunInput{}, contract.OutcomeDelivered)
			require.NotEmpty(t, late.hidden)
			states := s.states()
			s.delivers("late", contract.RunInput{Revision: 1, Attempt: 1, Look: s.after(2 * time.Hour)}, contract.OutcomeUnchanged)

			late.tells = true
			s.delivers("late", contract.RunInput{Revision: 1, Attempt: 2, Look: s.after(3 * time.Hour)}, contract.OutcomeDelivered)
			require.Equal(t, states, s.states())
			s.task("control", "agent.status_segments", "csv", task.Revisions{})
			s.delivers("control", contract.RunInput{}, contract.OutcomeDelivered)
			got := s.read("late")
			require.Equal(t, s.read("control").Table, got.Table)
			require.Positive(t, got.Revisions[1].Revises.Added)
			require.Equal(t, mode, got.Revisions[1].Revises.Mode)
		})
	}
}
