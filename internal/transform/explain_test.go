package transform

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/fault"
	"transporter/internal/realtest"
	"transporter/internal/report"
	"transporter/internal/sandbox/world"
	"transporter/internal/source"
)

// explained are the reports whose cells are explained, of every family; those whose rows are made
// of several records with the columns that testdata/counted.py works out.
var explained = []struct {
	report  string
	columns []string // none: every derived one
}{
	{"msg.conversations", nil},
	{"msg.messages", nil},
	{"msg.assignments", nil},
	{"msg.transfers", nil},
	{"cfg.users", nil},
	{"cfg.skills", nil},
	{"cfg.user_skills", nil},
	{"cfg.skill_routing", nil},
	{"cfg.agent_groups", nil},
	{"cfg.profiles", nil},
	{"cfg.profile_permissions", nil},
	{"cfg.lobs", nil},
	{"agent.handle_time", nil},
	{"agent.status_segments", strings.Fields("status reason started_at ended_at duration_ms local_day")},
	{"wfm.agent_interval", strings.Fields(`login_ms online_ms back_soon_ms away_ms busy_ms assigned_ms concurrency_ms concurrency_avg available_ms
		busy_while_online_ms occupancy assigned_new concluded closed transferred_out back_to_queue handled messages_sent responses
		first_response_avg_ms response_avg_ms segment_avg_ms logins logouts state_at_end`)},
	{"wfm.skill_interval", strings.Fields(`offered offered_new assigned handled concluded closed transferred_out resolved_by_agent
		resolved_by_consumer abandoned_total abandon_rate interactive nonresponsive_consumer wait_avg_ms wait_new_avg_ms
		wait_bot_transfer_avg_ms wait_max_ms first_response_avg_ms segment_time_ms segment_avg_ms messages_sent`)},
}

const explainedCells = 500

// isDerived reports whether the column is more than the copy of one field.
func isDerived(c *report.Column) bool {
	return c.Fact != "" || c.Count != "" || c.Concat != nil || len(c.Path) > 1 || c.Convert != "" || c.Without != nil ||
		c.Map != nil || c.Lookup != "" || c.Rule.Has(report.N2) || c.Rule.Has(report.N6) || c.Type == report.Time || c.Type == report.List
}

// configuration gives the lists of a made-up account.
func (m memory) configuration(t testing.TB, resources map[string]string) memory {
	a := world.NewAccount(7, "12345678", 20_000)
	for resource, list := range resources {
		entities, _, ok := a.List(list, worldNow)
		require.True(t, ok, list)
		for _, e := range entities {
			m.with(t, resource, e.Append(nil, nil, true))
		}
	}
	return m
}

// explainedJob is a job of the report, and the records that it renders: for rows of intervals two
// hours of an account.
func explainedJob(t *testing.T, id string, plain, agents memory, w agentWindow) (Job, memory) {
	job := newJob(t, id, FormatJSONL, nil)
	if id == "msg.assignments" {
		job.Also = []string{"handle_time"}
	}
	if job.Report.Fold == "" {
		return job, plain
	}
	job.From, job.To = w.from, w.to
	if len(job.Report.Also) > 0 {
		job.Also = []string{"messaging_interactions"}
	}
	return job, agents
}

// TestTracesEvaluateToTheirCells works out 500 random derived cells from their traces
// alone, by a program that shares no code with the renderer.
func TestTracesEvaluateToTheirCells(t *testing.T) {
	in := memory{}.with(t, "messaging_interactions", newVaried(11).records(t, 40)...).configuration(t, configurationLists)
	records, _ := worldRecords(t, 40)
	in.with(t, "messaging_interactions", records...)
	var raws [][]byte
	for _, rec := range in["messaging_interactions"] {
		raws = append(raws, rec.Raw)
	}
	in["handle_time_breakdown"] = nil
	for i, raw := range handleTimes(t, raws) {
		in["handle_time"] = append(in["handle_time"], source.Record{Order: int64(i), ID: fmt.Sprint(i), Raw: bytes.Replace(raw, []byte(`"endTimeL"`), []byte(`"startTimeL":1600000000000,"endTimeL"`), 1)})
	}
	to := time.UnixMilli(worldNow).UTC().Truncate(time.Hour).Add(-24 * time.Hour).UnixMilli()
	w := agentWindow{from: to - 2*time.Hour.Milliseconds(), to: to}
	agents := newAgentWorld(t, 23, 20_000).records(t, w, 26*time.Hour)

	rnd := rand.New(rand.NewPCG(3, 9))
	var traces bytes.Buffer
	var want []json.RawMessage
	var names []string
	for i := range explainedCells {
		e := explained[i%len(explained)]
		job, in := explainedJob(t, e.report, in, agents, w)
		row, column, value := randomCell(t, rnd, job, in, e.columns)
		trace, err := Explain(t.Context(), job, in, row, column)
		require.NoError(t, err, "%s %s %s", job.Report.ID, row, column)
		require.JSONEq(t, string(value), string(trace.Cell), "%s %s %s", job.Report.ID, row, column)
		if job.Report.Fold != "" {
			require.NotEmpty(t, trace.CountedIn, "%s %s %s", job.Report.ID, row, column)
			trace.Tried, trace.Fact = nil, nil // what the fold counted is not to be seen either
		}
		trace.Cell = nil // the evaluator must not see it
		run := map[string]any{"from": job.From, "to": job.To, "minutes": 15}
		line, err := json.Marshal(map[string]any{"trace": trace, "run": run})
		require.NoError(t, err)
		traces.Write(append(line, '\n'))
		want, names = append(want, value), append(names, fmt.Sprint(job.Report.ID, " ", row, " ", column))
	}
	cmd := exec.Command(realtest.Program(t, "python3", "python3"), "testdata/traces.py")
	cmd.Env = append(os.Environ(), "PYTHONDONTWRITEBYTECODE=1")
	cmd.Stdin = &traces
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	require.NoError(t, cmd.Run(), errs.String())
	got := strings.Split(strings.TrimSpace(out.String()), "\n")
	require.Len(t, got, explainedCells)
	notNull := 0
	for i := range want {
		require.JSONEq(t, string(want[i]), got[i], names[i])
		if got[i] != "null" {
			notNull++
		}
	}
	require.Greater(t, notNull, explainedCells/2)
	t.Logf("%d cells of %d reports, %d of them not null", explainedCells, len(explained), notNull)
}

var renderedRows = map[string][]map[string]json.RawMessage{}

// randomCell picks a derived column of any row of the report: one of those, if any are given, and
// then rather one in which there is something.
func randomCell(t *testing.T, rnd *rand.Rand, job Job, in memory, columns []string) (row, column string, value json.RawMessage) {
	t.Helper()
	rows := renderedRows[job.Report.ID]
	if rows == nil {
		out, res := render(t, job, in)
		require.Empty(t, res.Quarantined)
		for _, line := range strings.Split(strings.TrimSpace(out.bodies[0]), "\n") {
			var cells map[string]json.RawMessage
			require.NoError(t, json.Unmarshal([]byte(line), &cells))
			rows = append(rows, cells)
		}
		renderedRows[job.Report.ID] = rows
	}
	if columns == nil {
		for i := range job.Report.Columns {
			if c := &job.Report.Columns[i]; isDerived(c) {
				columns = append(columns, c.Name)
			}
		}
	}
	for {
		cells := rows[rnd.IntN(len(rows))]
		column = columns[rnd.IntN(len(columns))]
		value = cells[column]
		if nothing := string(value) == "0" || string(value) == "null"; nothing && job.Report.Fold != "" && rnd.IntN(1000) > 0 {
			continue
		}
		require.NoError(t, json.Unmarshal(cells["_row_key"], &row))
		return row, column, value
	}
}

func TestExplainNamesWhatIsNotThere(t *testing.T) {
	in := memory{}.with(t, "users", []byte(`{"id":1,"deleted":"maybe"}`), []byte(`{"id":2}`))
	for _, resource := range []string{"skills", "profiles", "agent_groups"} {
		in[resource] = nil
	}
	job := newJob(t, "cfg.users", FormatJSONL, nil)
	for name, c := range map[string]struct{ row, column, want string }{
		"column":     {"2", "height", `cfg.users has no column "height"`},
		"row":        {"3", "pid", `no row "3": no record makes it`},
		"quarantine": {"1", "is_deleted", `record 1 is in quarantine: is_deleted: "maybe" where true or false should be`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Explain(t.Context(), job, in, c.row, c.column)
			require.True(t, fault.Is(err, fault.NotFound))
			require.ErrorContains(t, err, c.want)
		})
	}
	_, err := Explain(t.Context(), newJob(t, "raw.messaging_interactions", FormatJSONL, nil), in, "1", "pid")
	require.ErrorContains(t, err, "raw.messaging_interactions has what the API sends, unchanged: there is nothing to explain")
	trace, err := Explain(t.Context(), job, in, "1", "pid") // of the same row, but fine
	require.NoError(t, err)
	require.Equal(t, []Tried{{Path: "$.pid"}}, trace.Tried)
}
