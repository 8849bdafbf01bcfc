package transform

import (
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/fault"
	"transporter/internal/readertest"
	"transporter/internal/report"
	"transporter/internal/task"
)

// wideAgents is a day of agents, with reasons that are called alike, that nobody can give, and
// that are not for being away.
func wideAgents(t *testing.T) (agentWindow, memory) {
	t.Helper()
	day := time.Date(2026, 11, 12, 0, 0, 0, 0, time.UTC)
	w := agentWindow{report: "wfm.agent_interval", zone: "UTC", from: day.UnixMilli(), to: day.AddDate(0, 0, 1).UnixMilli(), minutes: 60}
	in := newAgentWorld(t, 3, 12_000).records(t, w, 26*time.Hour)
	in.with(t, "status_reasons",
		[]byte(`{"id":901,"text":"TRAINING!","state":"Away","enabled":true,"deleted":false}`),
		[]byte(`{"id":902,"text":"by reason","state":"Away","enabled":true}`), []byte(`{"id":903,"text":"昼休み","state":"Away","enabled":true}`),
		[]byte(`{"id":904,"text":"Off","state":"Away","enabled":false}`), []byte(`{"id":905,"text":"Calls","state":"Online","enabled":true}`))
	return w, in
}

// With wide_reasons every reason in use has a column, and what they say is what the one column of
// all of them says, which has a restatement of its own.
func TestWideReasonsSayWhatAwayByReasonSays(t *testing.T) {
	w, in := wideAgents(t)
	narrow := w.rows(t, in)
	job := w.job(t, FormatJSONL, nil)
	job.Params["wide_reasons"] = []byte("true")
	out, res := render(t, job, in)
	require.Empty(t, res.Quarantined)
	wide := rowsOf(t, out.bodies[0])
	require.Len(t, wide, len(narrow))

	columns := map[string]string{ // in use, in the order of their texts; the last of the sandbox's is deleted
		"away_lunch": "Lunch", "away_pause_café": "Pause café", "away_training": "TRAINING!", "away_team_meeting_weekly": "Team meeting, weekly",
		"away_training_2": "Training", "away_by_reason_2": "by reason", "away_休憩": "休憩", "away_昼休み": "昼休み",
	}
	require.Len(t, wide[0], len(narrow[0])-1+len(columns)+1)
	var named, others float64
	for i, row := range wide {
		require.NotContains(t, row, "away_by_reason")
		reasons, sum := narrow[i]["away_by_reason"].(map[string]any), row["away_other"].(float64)
		for column, text := range columns {
			want, _ := reasons[text].(float64)
			require.Equal(t, want, row[column], "%s of %v", column, row["_row_key"])
			sum, named = sum+want, named+want
		}
		require.Equal(t, row["away_ms"], sum, "%v", row["_row_key"])
		others += row["away_other"].(float64)
	}
	require.Positive(t, named)
	require.Positive(t, others)
}

// No header of the file is the name of such a column, and what the result says of columns is what the file has.
func TestWideReasonsBesideHeaders(t *testing.T) {
	w, in := wideAgents(t)
	job := w.job(t, FormatCSV, nil)
	job.Params["wide_reasons"], job.Params["system_columns"] = []byte("true"), []byte(`"none"`)
	job.Formatting.Columns = []task.FileColumn{
		{Column: "agent_id", Header: "away_other"}, {Column: "away_by_reason"}, {Column: "login_ms", Header: "away_lunch"}, {Column: "interval_start"},
	}
	out, res := render(t, job, in)
	rows, err := csv.NewReader(strings.NewReader(out.bodies[0])).ReadAll()
	require.NoError(t, err)
	header := rows[0]
	require.Equal(t, header, res.Columns)
	require.Len(t, slices.Compact(slices.Sorted(slices.Values(header))), len(header), "%v", header)
	require.Subset(t, header, []string{"away_other", "away_other_2", "away_lunch", "away_lunch_2", "away_training"})
	at := func(name string) int { return slices.Index(header, name) }
	require.Equal(t, []int{0, len(header) - 2}, []int{at("away_other"), at("away_lunch")})
	require.Less(t, at("away_lunch_2"), at("away_other_2"))

	narrow := w.rows(t, in)
	require.Len(t, narrow, len(rows)-1)
	lunch := 0
	for i, row := range rows[1:] {
		reasons := narrow[i]["away_by_reason"].(map[string]any)
		want, _ := reasons["Lunch"].(float64)
		require.Equal(t, fmt.Sprint(int64(want)), row[at("away_lunch_2")])
		require.Equal(t, narrow[i]["agent_id"], row[0])
		lunch += int(want)
	}
	require.Positive(t, lunch)
}

// A reason whose name the encoding does not have is refused, or written with question marks, by what the task says.
func TestWideReasonsInAnEncodingWithoutThem(t *testing.T) {
	w, in := wideAgents(t)
	job := w.job(t, FormatCSV, nil)
	job.Params["wide_reasons"], job.Formatting.Encoding = []byte("true"), "windows-1252"
	_, err := Render(t.Context(), job, in, &files{})
	require.True(t, fault.Is(err, fault.InvalidSpec), "%v", err)
	require.ErrorContains(t, err, "formatting.encoding: the name of a column has '休', which windows-1252 has not")
	job.Formatting.Unencodable = task.UnencodableReplace
	out, _ := render(t, job, in)
	head, _, _ := strings.Cut(out.bodies[0], "\n")
	require.Contains(t, head, "away_??")
	require.Contains(t, head, "away_pause_caf\xe9")
}

// Files with such columns fit their schemas, a list of columns keeps them, and they are explained.
func TestWideReasonsInFilesAndTraces(t *testing.T) {
	w, in := wideAgents(t)
	dir := t.TempDir()
	var paths []string
	for _, format := range []string{FormatJSON, FormatJSONL, FormatXML} {
		job := w.job(t, format, nil)
		job.Params["wide_reasons"] = []byte("true")
		out, _ := render(t, job, in)
		path := filepath.Join(dir, "rows."+format)
		envelope := job.Envelope(task.MetadataHeader{}, out.infos[0], 1, time.UnixMilli(job.To))
		require.NoError(t, os.WriteFile(path, out.file(t, 1, envelope), 0o600))
		schema, err := Schema(job.Report, format)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(path+".schema", schema, 0o600))
		paths = append(paths, path)
	}
	require.NotEmpty(t, readertest.JSON(t, paths[:2]...)[paths[0]])
	readertest.CheckXML(t, paths[2]+".schema", paths[2])

	job := w.job(t, FormatJSONL, nil)
	job.Params["wide_reasons"], job.Params[report.ParamColumnSet] = []byte("true"), []byte(`["agent_id","away_by_reason"]`)
	out, _ := render(t, job, in)
	row := rowsOf(t, out.bodies[0])[0]
	require.Contains(t, row, "away_other")
	require.NotContains(t, row, "login_ms")
	trace, err := Explain(t.Context(), job, in, row["_row_key"].(string), "away_other")
	require.NoError(t, err)
	require.Equal(t, fmt.Sprint(row["away_other"]), string(trace.Cell))
	require.Contains(t, trace.Tried[0].Path, "$.awayFor[")
	_, err = Explain(t.Context(), job, in, row["_row_key"].(string), "away_by_reason")
	require.ErrorContains(t, err, `no column "away_by_reason"`)
}
