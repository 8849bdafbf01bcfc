package activities_test

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/contract"
	"transporter/internal/sandbox"
	"transporter/internal/sandbox/sandboxtest"
	"transporter/internal/sandbox/world"
	"transporter/internal/task"
)

// busyHour is a window in which much happens, and which is short enough to be read live.
var busyHour = contract.Span{
	From: time.Date(2026, 11, 18, 14, 0, 0, 0, time.UTC).UnixMilli(),
	To:   time.Date(2026, 11, 18, 15, 0, 0, 0, time.UTC).UnixMilli(),
}

// settling is a reviser whose platform goes on: what it counts live it forgets, and what is
// settled late it knows late.
type settling struct {
	*reviser
	ahead atomic.Int64 // of the real clock, in nanoseconds
	truth *world.Account
}

// The platform that settles.
const (
	settlingSeed  = 5
	settlingTalks = 400_000
)

func newSettling(t *testing.T, params map[string]any) *settling {
	s := &settling{truth: world.NewAccount(settlingSeed, sandboxtest.AccountID, settlingTalks)}
	clock := func() time.Time { return time.Now().Add(time.Duration(s.ahead.Load())) }
	s.reviser = reviserOf(t, sandbox.Config{Seed: settlingSeed, Conversations: settlingTalks, Now: clock, RealNow: clock})
	s.window, s.frequency = busyHour, task.Frequency{Kind: task.Interval, Every: task.Duration(time.Hour)}
	delay := task.Duration(5 * time.Minute)
	s.delay = &delay
	for name, value := range params {
		raw, err := json.Marshal(value)
		require.NoError(t, err)
		s.params[name] = raw
	}
	return s
}

// after moves the platform and the run to so long after the end of the busy hour.
func (s *settling) after(d time.Duration) time.Time {
	s.now = time.UnixMilli(busyHour.To).Add(d)
	s.ahead.Store(int64(time.Until(s.now)))
	return s.now
}

// states are what windows go on from, as they lie in the store.
func (s *settling) states() map[string]string {
	all := map[string]string{}
	for info, err := range s.store.List(s.t.Context(), "carried/") {
		require.NoError(s.t, err)
		f, err := s.store.Open(s.t.Context(), info.Key, 0)
		require.NoError(s.t, err)
		text, err := io.ReadAll(f)
		require.NoError(s.t, err)
		require.NoError(s.t, f.Close())
		all[info.Key] = string(text)
	}
	return all
}

// settles is what a report has live, and what is settled only later.
type settles struct {
	report      string
	params      map[string]any
	live, late  []string
	settles     bool            // sl_settled says that not all is known
	filled      []time.Duration // after these the window has changed
	requireLate func(s *settling, table map[string]map[string]any)
}

// TestWhatIsSettledLateIsRevised delivers an hour six minutes after its end, when some of it is
// counted live and some not settled yet, and the hour that goes on from it. Later checks fill what
// is settled by then; what was counted live stays, though the platform has forgotten it.
func TestWhatIsSettledLateIsRevised(t *testing.T) {
	for _, c := range []settles{
		{
			report: "wfm.skill_interval", params: map[string]any{"interval_minutes": 60, "sl_threshold_ms": 86_400_000}, settles: true,
			live: []string{"backlog_start", "backlog_end", "backlog_actionable_end", "recon_delta_resolved"},
			late: []string{"nht_ms", "load_avg", "handle_time_ms", "aht_ms"}, filled: []time.Duration{3 * time.Hour, 30 * time.Hour},
			requireLate: requireHandleTimesOfSkills,
		},
		{
			report: "wfm.agent_interval", params: map[string]any{"interval_minutes": 60, "handle_time": true, "chat": true},
			live: []string{"chat_online_s", "chat_chatting_s", "chat_max_concurrency_s"},
			late: []string{"aht_ms"}, filled: []time.Duration{30 * time.Hour},
			requireLate: requireHandleTimesOfAgents,
		},
		{
			report: "wfm.chat_skill_interval", params: map[string]any{"interval_minutes": 60}, settles: true,
			live: []string{
				"offered", "connected", "abandoned", "abandon_rate", "answer_total_s", "answer_avg_s", "abandon_total_s", "abandon_avg_s", "queue_max", "queue_min", "queue_avg",
				"slots_max", "slots_min", "slots_avg", "handled_interactive", "handled_noninteractive", "handle_s", "handle_noninteractive_s", "aht_s", "backlog_end",
			},
			filled: []time.Duration{30 * time.Hour}, requireLate: func(*settling, map[string]map[string]any) {},
		},
		{
			report: "wfm.sla_histogram", params: map[string]any{"interval_minutes": 60, "skill_ids": skillsOfChats()},
			live:   []string{"live_chats", "live_from", "live_to"},
			filled: []time.Duration{30 * time.Hour}, requireLate: requireEveryChat,
		},
	} {
		for mode, formats := range map[string][]string{task.RevisionsFull: {"jsonl", "xlsx"}, task.RevisionsChanges: {"csv", "parquet"}} {
			for _, format := range formats {
				t.Run(c.report+" "+mode+" "+format, func(t *testing.T) {
					t.Parallel()
					c.check(t, mode, format)
				})
			}
		}
	}
}

func (c settles) check(t *testing.T, mode, format string) {
	s := newSettling(t, c.params)
	s.task("late", c.report, format, task.Revisions{Mode: mode})
	s.after(6 * time.Minute)
	s.delivers("late", contract.RunInput{}, contract.OutcomeDelivered)
	first := s.read("late").Table
	require.NotZero(t, filled(first, c.live...))
	require.Zero(t, filled(first, c.late...), "it is not settled yet")
	require.Equal(t, c.settles, unsettled(first) > 0)

	next := contract.Span{From: busyHour.To, To: 2*busyHour.To - busyHour.From}
	s.window = next
	s.after(66 * time.Minute)
	s.delivers("late", contract.RunInput{}, contract.OutcomeDelivered)
	states := s.states()
	s.window = busyHour

	for n, after := range c.filled {
		look := contract.RunInput{Revision: n + 1, Attempt: 1, Look: s.after(after)}
		s.delivers("late", look, contract.OutcomeDelivered)
		look = contract.RunInput{Revision: n + 2, Attempt: 1, Look: s.after(after + time.Hour)}
		if after > 24*time.Hour {
			s.delivers("late", look, contract.OutcomeUnchanged)
		}
	}
	require.Equal(t, states, s.states(), "later windows go on from the states that they did")

	got := s.read("late")
	require.Equal(t, mode, got.Revisions[1].Revises.Mode)
	require.Equal(t, picked(first, c.live), picked(got.Table, c.live), "what was counted live is there, as it was")
	for _, name := range c.late {
		require.NotZero(t, filled(got.Table, name), name)
	}
	s.task("control", c.report, format, task.Revisions{})
	s.delivers("control", contract.RunInput{}, contract.OutcomeDelivered)
	control := s.read("control").Table
	require.Less(t, filled(control, c.live...), filled(first, c.live...), "the platform has forgotten it")
	require.Zero(t, unsettled(got.Table))
	require.Equal(t, without(control, c.live), without(got.Table, c.live))
	c.requireLate(s, got.Table)

	s.window = next // goes on from states that nobody touched
	look := contract.RunInput{Revision: 1, Attempt: 1, Look: s.after(31 * time.Hour)}
	s.delivers("late", look, contract.OutcomeDelivered)
}

func (s *settling) delivers(id string, run contract.RunInput, want string) {
	s.t.Helper()
	outcome, out := s.deliver(id, run)
	require.Equal(s.t, want, outcome, "%+v", out.Tracked)
}

func filled(table map[string]map[string]any, names ...string) (n int) {
	for _, row := range table {
		for _, name := range names {
			if row[name] != nil && row[name] != "" {
				n++
			}
		}
	}
	return n
}

// unsettled counts the rows of which not all is known yet.
func unsettled(table map[string]map[string]any) (n int) {
	for _, row := range table {
		if settled, there := row["sl_settled"]; there && strings.EqualFold(fmt.Sprint(settled), "false") {
			n++
		}
	}
	return n
}

func picked(table map[string]map[string]any, names []string) map[string]map[string]any {
	all := map[string]map[string]any{}
	for key, row := range table {
		all[key] = map[string]any{}
		for _, name := range names {
			all[key][name] = row[name]
		}
	}
	return all
}

func without(table map[string]map[string]any, names []string) map[string]map[string]any {
	all := map[string]map[string]any{}
	for key, row := range table {
		all[key] = maps.Clone(row)
		maps.DeleteFunc(all[key], func(name string, _ any) bool { return slices.Contains(names, name) })
	}
	return all
}

// requireHandleTimesOfSkills holds the hour against the world: how long agents worked on the
// segments that ended in it.
func requireHandleTimesOfSkills(s *settling, table map[string]map[string]any) {
	want, got := map[string]int64{}, map[string]int64{}
	for _, x := range s.truth.AgentSegments(busyHour.From, busyHour.To, s.now.UnixMilli()) {
		want[fmt.Sprint(x.Skill)] += x.Handle
	}
	require.NotEmpty(s.t, want)
	for _, row := range table {
		if n := whole(s.t, row["handle_time_ms"]); n != 0 {
			got[row["skill_id"].(string)] += n
		}
	}
	maps.DeleteFunc(want, func(_ string, n int64) bool { return n == 0 })
	require.Equal(s.t, want, got)
}

// requireHandleTimesOfAgents is the same of agents, whose mean is over the segments.
func requireHandleTimesOfAgents(s *settling, table map[string]map[string]any) {
	sum, n := map[string]int64{}, map[string]int64{}
	for _, x := range s.truth.AgentSegments(busyHour.From, busyHour.To, s.now.UnixMilli()) {
		agent := fmt.Sprint(s.truth.Person(x.Agent).ID)
		sum[agent], n[agent] = sum[agent]+x.Handle, n[agent]+1
	}
	require.NotEmpty(s.t, sum)
	for _, row := range table {
		agent := row["agent_id"].(string)
		if n[agent] == 0 {
			require.Zero(s.t, whole(s.t, row["aht_ms"]), agent)
			continue
		}
		require.InDelta(s.t, float64(sum[agent])/float64(n[agent]), float64(whole(s.t, row["aht_ms"])), 0.5, agent)
		delete(sum, agent)
	}
	require.Empty(s.t, sum)
}

// skillsOfChats are those of which there were chats on the day of the busy hour.
func skillsOfChats() (ids []string) {
	account := world.NewAccount(settlingSeed, sandboxtest.AccountID, settlingTalks)
	for _, chat := range account.LiveChats(busyHour.From-(24*time.Hour).Milliseconds(), busyHour.To) {
		ids = append(ids, fmt.Sprint(chat.Skill))
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// requireEveryChat holds the hour against the world: every chat that an agent took, by skill.
func requireEveryChat(s *settling, table map[string]map[string]any) {
	want, got := map[string]int64{}, map[string]int64{}
	for _, chat := range s.truth.LiveChats(busyHour.From, s.now.UnixMilli()) {
		if chat.Answered >= busyHour.From && chat.Answered < busyHour.To {
			want[fmt.Sprint(chat.Skill)]++
		}
	}
	require.NotEmpty(s.t, want)
	for _, row := range table {
		if n := whole(s.t, row["chats"]); n != 0 {
			got[row["skill_id"].(string)] += n
		}
	}
	require.Equal(s.t, want, got)
}

// whole reads a cell that holds a whole number, or none.
func whole(t *testing.T, cell any) int64 {
	if cell == nil || cell == "" {
		return 0
	}
	var n json.Number
	text, err := json.Marshal(cell)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal([]byte(strings.Trim(string(text), `"`)), &n))
	f, err := n.Float64()
	require.NoError(t, err)
	return int64(f)
}
