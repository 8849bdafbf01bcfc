package transform

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/realtest"
	"transporter/internal/sandbox/history"
	"transporter/internal/sandbox/listing"
	"transporter/internal/sandbox/world"
	"transporter/internal/source"
	"transporter/internal/task"
)

// agentWorld is a made-up account of which windows are rendered.
type agentWorld struct {
	*world.Account
	lists memory
}

func newAgentWorld(t testing.TB, seed int64, conversations int) agentWorld {
	t.Helper()
	w := agentWorld{world.NewAccount(seed, "12345678", conversations), memory{}}
	for name, list := range map[string]string{
		"users": listing.Users, "agent_groups": listing.AgentGroups, "skills": listing.Skills, "status_reasons": listing.StatusReasons,
	} {
		entities, _, ok := w.List(list, worldNow)
		require.True(t, ok, name)
		for _, e := range entities {
			w.lists.with(t, name, e.Append(nil, nil, true))
		}
	}
	return w
}

// agentWindow is what a report is rendered of.
type agentWindow struct {
	report   string
	zone     string
	from, to int64
	minutes  int  // of intervals; 0 where the report has days
	measured bool // handle time was read
	bots     bool
}

// job renders the window; it goes on from the state, if one is given.
func (w agentWindow) job(t testing.TB, format string, state []byte) Job {
	t.Helper()
	params := map[string]any{"include_bots": w.bots}
	if w.minutes > 0 {
		params["interval_minutes"] = w.minutes
	}
	job := newJob(t, w.report, format, params)
	zone, err := task.Zone(w.zone)
	require.NoError(t, err)
	job.Zone, job.From, job.To, job.State = zone, w.from, w.to, state
	for _, also := range job.Report.Also {
		if also.If == "" || also.If == "handle_time" && w.measured {
			job.Also = append(job.Also, also.Resource)
		}
	}
	return job
}

// records are what the sources give for the window, as a run asks them; lead is how far before
// it changes of status are read.
func (a agentWorld) records(t testing.TB, w agentWindow, lead time.Duration) memory {
	t.Helper()
	in := maps.Clone(a.lists)
	var talks [][]byte
	for c := range a.Conversations(worldNow) {
		if c.Facts.Start < w.to && (!c.Facts.Closed || c.Facts.ConversationEnd >= w.from) {
			talks = append(talks, a.Conversation(c.ID(), worldNow).Append(nil, 0, history.View{Sections: everySection, Whole: true}))
		}
	}
	in.with(t, "messaging_interactions", talks...)
	for _, c := range a.StatusChanges(w.from-lead.Milliseconds(), w.to, worldNow) {
		in["agent_activity"] = append(in["agent_activity"], a.change(c))
	}
	for _, s := range a.AgentSegments(w.from, w.to, worldNow+48*time.Hour.Milliseconds()) {
		in["handle_time"] = append(in["handle_time"], source.Record{Order: s.End, ID: s.ID, Raw: fmt.Appendf(nil,
			`{"segmentId":%q,"agentId":%d,"endTimeL":%d,"totalHandleTimeMillis":%d}`, s.ID, a.Person(s.Agent).ID, s.End, s.Handle)})
		for i, u := range s.Units {
			in["handle_time_breakdown"] = append(in["handle_time_breakdown"], source.Record{ID: fmt.Sprintf("%s:%06d", s.ID, i), Raw: fmt.Appendf(nil,
				`{"segmentId":%q,"startTimestamp":%d,"endTimestamp":%d}`, s.ID, u.From, u.To)})
		}
	}
	slices.SortFunc(in["handle_time_breakdown"], func(a, b source.Record) int { return strings.Compare(a.ID, b.ID) })
	return in
}

// change writes a change as the Agent Activity API does, with the reason's text left to the
// account's list now and then.
func (a agentWorld) change(c world.StatusChange) source.Record {
	p, session, text, reason := a.Person(c.Agent), c.Session, "null", c.Reason
	if c.Sequence <= 1 {
		session = -1
	}
	if reason != world.NoReason {
		if text = fmt.Sprintf("%q", world.AwayReasons[reason]); c.At%3 == 0 {
			text = `""`
		}
		reason++
	}
	raw := fmt.Sprintf(`{"agentId":%d,"employeeId":%q,"agentLoginName":"%s","agentUserName":"","agentGroupId":%d,"time":%q,"sessionId":%d,`+
		`"sequenceNumber":%d,"statusType":%d,"statusSubType":%d,"statusReasonId":%d,"statusReasonText":%s}`,
		p.ID, p.Employee, p.Login, p.Group, time.UnixMilli(c.At).UTC().Format("2006-01-02T15:04:05.000Z"), session, c.Sequence, c.Type, c.Status, reason, text)
	return source.Record{Order: c.At, ID: fmt.Sprintf("%012d:%06d:%d", p.ID, c.Sequence, c.Session), Raw: []byte(raw)}
}

// restatedAgents returns what the Python restatement makes of the same records.
func restatedAgents(t testing.TB, w agentWindow, in memory) string {
	t.Helper()
	given := map[string]any{
		"report": w.report, "zone": w.zone, "from": w.from, "to": w.to, "minutes": w.minutes, "include_bots": w.bots, "account": "account-1",
	}
	for name, resource := range map[string]string{
		"changes": "agent_activity", "conversations": "messaging_interactions", "users": "users", "agent_groups": "agent_groups",
		"skills": "skills", "status_reasons": "status_reasons", "handle_time": "handle_time", "handle_time_breakdown": "handle_time_breakdown",
	} {
		list := []json.RawMessage{}
		for _, rec := range in[resource] {
			list = append(list, rec.Raw)
		}
		given[name] = list
	}
	if w.report == "wfm.agent_skill_interval" {
		given["changes"] = []any{}
	}
	if !w.measured {
		given["handle_time"], given["handle_time_breakdown"] = nil, nil
	}
	body, err := json.Marshal(given)
	require.NoError(t, err)
	dir := t.TempDir()
	source, target := filepath.Join(dir, "given.json"), filepath.Join(dir, "out.csv")
	require.NoError(t, os.WriteFile(source, body, 0o600))
	msg, err := exec.Command(realtest.Program(t, "python3", "python3"), filepath.Join("testdata", "agents.py"), source, target).CombinedOutput()
	require.NoError(t, err, string(msg))
	out, err := os.ReadFile(target)
	require.NoError(t, err)
	return string(out)
}

// Whatever the seed, the zone and the window, every cell is what the restatement makes of the
// same records; days on which the clock changes are among them.
func TestRowsOfAgentsEqualTheirRestatement(t *testing.T) {
	at := func(s string) int64 {
		moment, err := time.Parse(time.RFC3339, s)
		require.NoError(t, err)
		return moment.UnixMilli()
	}
	const interval, daily, pairs = "wfm.agent_interval", "agent.daily", "wfm.agent_skill_interval"
	windows := []agentWindow{
		{interval, "Europe/Berlin", at("2026-10-25T00:00:00+02:00"), at("2026-10-26T00:00:00+01:00"), 60, true, false}, // 25 hours
		{interval, "Australia/Lord_Howe", at("2026-10-04T00:00:00+10:30"), at("2026-10-05T00:00:00+11:00"), 30, false, false},
		{daily, "America/Havana", at("2026-10-31T00:00:00-04:00"), at("2026-11-03T00:00:00-05:00"), 0, true, false}, // midnight twice
		{daily, "Asia/Kathmandu", at("2026-11-10T00:00:00+05:45"), at("2026-11-12T00:00:00+05:45"), 0, false, true},
		{pairs, "America/Sao_Paulo", at("2026-11-11T10:00:00-03:00"), at("2026-11-11T22:00:00-03:00"), 15, false, true},
		{pairs, "Europe/Berlin", at("2026-03-29T00:00:00+01:00"), at("2026-03-30T00:00:00+02:00"), 60, false, false}, // 23 hours
	}
	r := rand.New(rand.NewPCG(1, 2))
	for range 3 { // off the marks, too
		from := worldNow - int64(r.IntN(200*24*60)+2*24*60)*60_000
		zone := []string{"UTC", "Asia/Tehran", "America/New_York"}[r.IntN(3)]
		windows = append(windows, agentWindow{interval, zone, from, from + int64(r.IntN(600)+1)*60_000, 15, r.IntN(2) == 0, r.IntN(2) == 0})
	}
	for i, w := range windows {
		t.Run(fmt.Sprintf("%d %s %s", i, w.report, w.zone), func(t *testing.T) {
			t.Parallel()
			account := newAgentWorld(t, int64(i)+1, 60_000)
			in := account.records(t, w, 26*time.Hour)
			out, res := render(t, w.job(t, FormatCSV, nil), in)
			require.Empty(t, res.Quarantined)
			t.Logf("%d rows of %d records", res.Rows, res.Entries)
			requireSameLines(t, restatedAgents(t, w, in), out.bodies[0])
		})
	}
}
