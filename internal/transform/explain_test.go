package transform

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/fault"
	"transporter/internal/realtest"
	"transporter/internal/report"
	"transporter/internal/sandbox/world"
)

// explained are the reports whose cells are explained, and explainedCells how many of them.
var explained = []string{
	"msg.conversations", "msg.messages", "cfg.users", "cfg.skills", "cfg.user_skills", "cfg.skill_routing", "cfg.agent_groups", "cfg.profiles",
	"cfg.profile_permissions", "cfg.lobs",
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

// TestTracesEvaluateToTheirCells works out 500 random derived cells from their traces
// alone, by a program that shares no code with the renderer.
func TestTracesEvaluateToTheirCells(t *testing.T) {
	in := memory{}.with(t, "messaging_interactions", newVaried(11).records(t, 40)...).configuration(t, configurationLists)
	records, _ := worldRecords(t, 40)
	in.with(t, "messaging_interactions", records...)
	rnd := rand.New(rand.NewPCG(3, 9))
	var traces bytes.Buffer
	var want []json.RawMessage
	var names []string
	for i := range explainedCells {
		job := newJob(t, explained[i%len(explained)], FormatJSONL, nil)
		row, column, value := randomCell(t, rnd, job, in)
		trace, err := Explain(t.Context(), job, in, row, column)
		require.NoError(t, err, "%s %s %s", job.Report.ID, row, column)
		require.JSONEq(t, string(value), string(trace.Cell), "%s %s %s", job.Report.ID, row, column)
		trace.Cell = nil // the evaluator must not see it
		line, err := json.Marshal(trace)
		require.NoError(t, err)
		traces.Write(append(line, '\n'))
		want, names = append(want, value), append(names, string(line))
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
	t.Logf("%d cells, %d of them not null", explainedCells, notNull)
}

var renderedRows = map[string][]map[string]json.RawMessage{}

// randomCell picks a derived column of any row of the report.
func randomCell(t *testing.T, rnd *rand.Rand, job Job, in memory) (row, column string, value json.RawMessage) {
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
	cells := rows[rnd.IntN(len(rows))]
	for {
		if c := &job.Report.Columns[rnd.IntN(len(job.Report.Columns))]; isDerived(c) {
			require.NoError(t, json.Unmarshal(cells["_row_key"], &row))
			return row, c.Name, cells[c.Name]
		}
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
	trace, err := Explain(t.Context(), job, in, "1", "pid") // of the same row, but fine
	require.NoError(t, err)
	require.Equal(t, []Tried{{Path: "$.pid"}}, trace.Tried)
}
