package activities_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/source"
	"transporter/internal/task"
)

// liveSkill is a skill that only the live queues know.
const liveSkill = "777"

// meddler is a source whose live queues have one skill more; it counts what it is asked, and
// refuses one resource.
type meddler struct {
	source.Source
	asked   map[string]int
	refuses string
}

// Fetch implements source.Source.
func (m *meddler) Fetch(ctx context.Context, q source.Query, sink source.Sink) error {
	m.asked[q.Resource]++
	if q.Resource == m.refuses {
		return fault.New(fault.Upstream, "%s does not answer", q.Resource)
	}
	if q.Resource == "ops_msgqueuehealth" {
		sink = moreQueues{sink}
	}
	return m.Source.Fetch(ctx, q, sink)
}

type moreQueues struct{ source.Sink }

// Begin implements source.Sink.
func (s moreQueues) Begin(ctx context.Context, slice source.Slice) (source.SliceWriter, error) {
	w, err := s.Sink.Begin(ctx, slice)
	return moreSkills{w}, err
}

type moreSkills struct{ source.SliceWriter }

// Add implements source.SliceWriter.
func (w moreSkills) Add(ctx context.Context, r source.Record) error {
	const skills = `"skillsMetrics":{`
	if !strings.Contains(string(r.Raw), skills) {
		return fmt.Errorf("no skills in %s", r.Raw)
	}
	r.Raw = []byte(strings.Replace(string(r.Raw), skills, skills+`"`+liveSkill+`":{"unassignedConversations":4},`, 1))
	return w.SliceWriter.Add(ctx, r)
}

func newMeddled(t *testing.T) (*settling, *meddler) {
	s := newSettling(t, map[string]any{"interval_minutes": 60})
	m := &meddler{Source: s.client, asked: map[string]int{}}
	s.client = m
	return s, m
}

// A row that is made of nothing but what was counted live is there in every reading: it is neither
// removed nor emptied, and the platform is asked for it once.
func TestARowThatOnlyLiveCountsHaveStays(t *testing.T) {
	for _, mode := range []string{task.RevisionsFull, task.RevisionsChanges} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			s, m := newMeddled(t)
			s.task("late", "wfm.skill_interval", "jsonl", task.Revisions{Mode: mode})
			s.after(6 * time.Minute)
			s.delivers("late", contract.RunInput{}, contract.OutcomeDelivered)
			key := fmt.Sprintf("%s:%d", liveSkill, busyHour.From)
			want := s.read("late").Table[key]
			live, index := s.kept()
			t.Logf("of %d rows are kept: live numbers, %d bytes; the row index, %d", len(s.read("late").Table), live, index)
			require.EqualValues(t, 4, want["backlog_end"])

			s.delivers("late", contract.RunInput{Revision: 1, Attempt: 1, Look: s.after(30 * time.Hour)}, contract.OutcomeDelivered)
			got := s.read("late")
			require.NotContains(t, slices.Collect(maps.Values(got.Revisions[1].Changes)), "removed")
			for _, name := range []string{"backlog_start", "backlog_end", "skill_id", "interval_start"} {
				require.Equal(t, want[name], got.Table[key][name])
			}
			require.Equal(t, 1, m.asked["ops_msgqueuehealth"])
			require.Equal(t, 1, m.asked["ops_msgconversation"])
			require.Equal(t, 2, m.asked["agent_activity"])
		})
	}
}

// kept is the size of what is kept of delivered rows: live numbers, and row indexes.
func (s *settling) kept() (live, index int64) {
	for info, err := range s.store.List(s.t.Context(), "rows/") {
		require.NoError(s.t, err)
		if strings.Contains(info.Key, "/live/") {
			live += info.Size
		} else {
			index += info.Size
		}
	}
	return live, index
}

// What was counted live for an attempt that was red is there for the next, a day later.
func TestAnAttemptTakesOverWhatWasCountedLive(t *testing.T) {
	s, m := newMeddled(t)
	s.task("late", "wfm.skill_interval", "jsonl", task.Revisions{Mode: task.RevisionsFull})
	s.after(6 * time.Minute)
	m.refuses = "agent_activity"
	plan, err := s.run.Plan(t.Context(), contract.PlanIn{
		Run:     contract.RunInput{Account: "acme", Task: "late", Generation: 1, Window: &s.window, Attempt: 1, Trigger: contract.TriggerManual},
		Nominal: s.now, WorkflowID: "first", RunID: "run",
	})
	require.NoError(t, err)
	_, err = s.fetch(plan.Plan)
	requireKind(t, fault.Upstream, err)

	m.refuses = ""
	s.after(30 * time.Hour)
	s.delivers("late", contract.RunInput{Attempt: 2}, contract.OutcomeDelivered)
	table := s.read("late").Table
	require.NotZero(t, filled(table, "backlog_end"))
	require.NotZero(t, filled(table, "handle_time_ms"))
	require.Equal(t, 1, m.asked["ops_msgqueuehealth"])
}

// A check that would take away what rows were delivered with is refused, and the rows stay. Whoever
// asks for the window once more as a whole gets it as it is known now.
func TestNothingIsTakenAwayThatIsForgotten(t *testing.T) {
	look := func(s *settling, revision int, after time.Duration) error {
		plan, err := s.run.Plan(t.Context(), contract.PlanIn{
			Run:     contract.RunInput{Account: "acme", Task: "late", Generation: 1, Window: &s.window, Revision: revision, Attempt: 1, Look: s.after(after), Trigger: contract.TriggerManual},
			Nominal: s.now, WorkflowID: fmt.Sprint("look ", revision, after), RunID: "run",
		})
		require.NoError(t, err)
		s.client.(*meddler).asked = map[string]int{}
		_, err = s.fetch(plan.Plan)
		require.Empty(t, s.client.(*meddler).asked, "it is refused before anything is asked")
		return err
	}
	t.Run("counted live, and past its retention", func(t *testing.T) {
		t.Parallel()
		s, _ := newMeddled(t)
		s.task("late", "wfm.skill_interval", "jsonl", task.Revisions{Mode: task.RevisionsFull})
		s.after(6 * time.Minute)
		s.delivers("late", contract.RunInput{}, contract.OutcomeDelivered)
		n := 0
		for info, err := range s.store.List(t.Context(), "rows/") {
			require.NoError(t, err)
			if strings.Contains(info.Key, "/live/") {
				require.NoError(t, s.store.Delete(t.Context(), info.Key))
				n++
			}
		}
		require.NotZero(t, n)
		err := look(s, 1, 30*time.Hour)
		requireKind(t, fault.Expired, err)
		require.ErrorContains(t, err, "ops_msgqueuehealth")
		require.ErrorContains(t, err, "--rerun")

		s.delivers("late", contract.RunInput{Revision: 1, Attempt: 2}, contract.OutcomeDelivered)
		require.Zero(t, filled(s.read("late").Table, "backlog_end"))
		s.delivers("late", contract.RunInput{Revision: 2, Attempt: 1, Look: s.after(31 * time.Hour)}, contract.OutcomeUnchanged)
	})
	t.Run("past what the source keeps", func(t *testing.T) {
		t.Parallel()
		s, _ := newMeddled(t)
		s.task("late", "wfm.skill_interval", "jsonl", task.Revisions{Mode: task.RevisionsFull})
		s.after(6 * time.Minute)
		s.delivers("late", contract.RunInput{}, contract.OutcomeDelivered)
		s.delivers("late", contract.RunInput{Revision: 1, Attempt: 1, Look: s.after(30 * time.Hour)}, contract.OutcomeDelivered)
		err := look(s, 2, 40*24*time.Hour)
		requireKind(t, fault.Expired, err)
		require.ErrorContains(t, err, "made of handle_time")
	})
}
