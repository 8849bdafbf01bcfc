package transform

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/realtest"
	"transporter/internal/source"
)

// restatedReport is a report that testdata/restate.py restates, with parameters.
type restatedReport struct {
	id     string
	params map[string]any
}

func (r restatedReport) String() string { return fmt.Sprint(r.id, " ", len(r.params)) }

var restatedReports = []restatedReport{
	{"msg.transfers", nil},
	{"msg.participants", nil},
	{"msg.assignments", nil},
	{"msg.assignments", map[string]any{"handle_time": true}},
	{"msg.skill_segments", nil},
	{"msg.skill_segments", map[string]any{"sl_threshold_ms": 120_000}},
	{"msg.transcripts", nil},
	{"msg.transcripts", map[string]any{"include_system_messages": true, "consumer_names": true}},
	{"msg.survey_answers", nil},
	{"msg.survey_answers", map[string]any{"include_unanswered": false}},
	{"msg.agent_survey_answers", nil},
	{"msg.agent_survey_answers", map[string]any{"include_unanswered": false}},
	{"msg.sdes", nil},
	{"msg.intents", nil},
	{"msg.message_statuses", nil},
	{"msg.cobrowse", nil},
}

// restatements returns what testdata/restate.py makes of the records, by report.
func restatements(t testing.TB, reports []restatedReport, records, skills, users, handleTimes [][]byte) []string {
	t.Helper()
	var specs [][2]any
	for _, r := range reports {
		specs = append(specs, [2]any{r.id, r.params})
	}
	spec, err := json.Marshal(specs)
	require.NoError(t, err)
	dir := t.TempDir()
	cmd := exec.Command(realtest.Program(t, "python3", "python3"), filepath.Join("testdata", "restate.py"), string(spec),
		lines(t, records), dir, lines(t, skills), lines(t, users), lines(t, handleTimes))
	cmd.Env = append(os.Environ(), "PYTHONDONTWRITEBYTECODE=1")
	msg, err := cmd.CombinedOutput()
	require.NoError(t, err, string(msg))
	var out []string
	for n := range specs {
		b, err := os.ReadFile(filepath.Join(dir, fmt.Sprint(n, ".csv")))
		require.NoError(t, err)
		out = append(out, string(b))
	}
	return out
}

// requireRestated renders every report from the records, which must be in canonical
// order, and compares; each has at least that many rows.
func requireRestated(t *testing.T, rows int64, records, skills, users [][]byte) {
	t.Helper()
	in := memory{}.with(t, "messaging_interactions", records...).with(t, "skills", skills...).with(t, "users", users...)
	measured := handleTimes(t, records)
	for i, raw := range measured {
		in["handle_time"] = append(in["handle_time"], source.Record{Order: int64(i), ID: fmt.Sprint(i), Raw: raw})
	}
	want := restatements(t, restatedReports, records, skills, users, measured)
	for n, report := range restatedReports {
		t.Run(report.String(), func(t *testing.T) {
			job := newJob(t, report.id, FormatCSV, report.params)
			if report.params["handle_time"] != nil {
				job.Also = []string{"handle_time"}
			}
			out, res := render(t, job, in)
			require.Empty(t, res.Quarantined)
			require.GreaterOrEqual(t, res.Rows, rows, "rows to compare")
			requireSameLines(t, want[n], out.bodies[0])
		})
	}
}

func TestRowsOfVariedRecordsEqualTheirRestatement(t *testing.T) {
	for _, seed := range []uint64{51, 52} {
		requireRestated(t, 20, wholeRecords(t, seed, variedRecords), accountSkills, accountUsers())
	}
}

func TestRowsOfTheSandboxEqualTheirRestatement(t *testing.T) {
	records, _ := worldRecords(t, 300)
	requireRestated(t, 1, inOrder(t, records), worldSkills(t), worldUsers(t))
}

func TestK13RowsOfThePublishedSampleEqualTheirRestatement(t *testing.T) {
	records := publishedRecords(t, "msgint-search.response.json", "conversationHistoryRecords")
	for i, r := range records {
		records[i] = compacted(t, r)
	}
	requireRestated(t, 1, records, accountSkills, accountUsers())
}

// TestRowKeysAreUnique holds for records whose elements repeat, too.
func TestRowKeysAreUnique(t *testing.T) {
	in := memory{}.with(t, "messaging_interactions", wholeRecords(t, 53, variedRecords)...)
	for _, report := range restatedReports {
		t.Run(report.String(), func(t *testing.T) {
			out, res := render(t, newJob(t, report.id, FormatJSONL, report.params), in)
			seen := map[string]bool{}
			for _, row := range rowsOf(t, out.bodies[0]) {
				key := row["_row_key"].(string)
				require.False(t, seen[key], key)
				seen[key] = true
			}
			require.Len(t, seen, int(res.Rows))
		})
	}
}
