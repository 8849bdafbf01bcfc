package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/report"
	"transporter/internal/task"
	"transporter/internal/transform"
)

// samplePages writes the catalog's sample conversations as two answers of the API, the
// later one first and one of them again, and what they join as a list.
func samplePages(t *testing.T) {
	t.Helper()
	b, err := os.ReadFile("../internal/transform/sampledata/messaging_interactions.json")
	require.NoError(t, err)
	config, err := os.ReadFile("../internal/transform/sampledata/config.json")
	require.NoError(t, err)
	t.Chdir(t.TempDir())
	var records []json.RawMessage
	require.NoError(t, json.Unmarshal(b, &records))
	require.Len(t, records, 2)
	page := func(name string, records ...json.RawMessage) {
		answer := map[string]any{"_metadata": map[string]any{"count": 2}, "conversationHistoryRecords": records}
		text, err := json.MarshalIndent(answer, "", "  ")
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(name, text, 0o600))
	}
	page("page1.json", records[1], records[0])
	page("page2.json", records[1])
	var lines bytes.Buffer
	for _, r := range records {
		require.NoError(t, json.Compact(&lines, r))
		lines.WriteByte('\n')
	}
	require.NoError(t, os.WriteFile("records.jsonl", lines.Bytes(), 0o600))
	var lists map[string]json.RawMessage
	require.NoError(t, json.Unmarshal(config, &lists))
	for name, list := range lists {
		require.NoError(t, os.WriteFile(name+".json", list, 0o600))
	}
}

// Lines of an exported table are rendered as the catalog's sample is.
func TestRenderMakesTheSampleOfATable(t *testing.T) {
	b, err := os.ReadFile("../internal/transform/sampledata/feeds.json")
	require.NoError(t, err)
	t.Chdir(t.TempDir())
	var tables map[string][]json.RawMessage
	require.NoError(t, json.Unmarshal(b, &tables))
	for _, id := range []string{"asapp.convos_metrics", "asapp.fe_utterances"} {
		d, err := report.Get(id, "")
		require.NoError(t, err)
		lines := append(bytes.Join([][]byte{tables[id][1], tables[id][0], tables[id][1]}, []byte("\n")), '\n')
		require.NoError(t, os.WriteFile("lines.jsonl", lines, 0o600))
		for _, format := range d.Formats {
			var want bytes.Buffer
			require.NoError(t, transform.Samples{}.Sample(t.Context(), d, task.Spec{Format: format}, &want))
			got := alone(t, "", "render", "--report", id, "--format", format, "lines.jsonl")
			require.Equal(t, want.String(), got.out, "%s as %s", id, format)
			require.Contains(t, got.err, "1 records came more than once: the newest counts")
		}
		var row struct {
			Key  string `json:"_row_key"`
			Line int    `json:"feed_line"`
		}
		first, _, _ := strings.Cut(alone(t, "", "render", "--report", id, "--format", "jsonl", "lines.jsonl").out, "\n")
		require.NoError(t, json.Unmarshal([]byte(first), &row))
		got := alone(t, string(lines), "explain", "--report", id, "--row", row.Key, "--column", "feed_line", "-")
		require.Equal(t, exitOK, got.code, got.err)
		require.Contains(t, got.out, fmt.Sprintf("$._line is %d", row.Line))
	}
}

// What is rendered from pages, in any order, is the file of the catalog, byte for byte.
func TestRenderMakesTheSampleFiles(t *testing.T) {
	samplePages(t)
	for name, args := range map[string][]string{
		"pages": {"page2.json", "page1.json"}, "lines": {"records.jsonl"},
	} {
		for _, id := range []string{"msg.messages", "msg.conversations", "raw.messaging_interactions"} {
			d, err := report.Get(id, "")
			require.NoError(t, err)
			for _, format := range d.Formats {
				t.Run(name+" "+id+" "+format, func(t *testing.T) {
					line := []string{"render", "--report", id, "--format", format, "--platform-account", "12345678"}
					if len(d.Joins) > 0 {
						line = append(line, "--join", "skills=skills.json")
					}
					r := alone(t, "", append(line, args...)...)
					require.Equal(t, exitOK, r.code, r.err)
					var want bytes.Buffer
					require.NoError(t, transform.Samples{}.Sample(t.Context(), d, task.Spec{Format: format}, &want))
					require.Equal(t, want.String(), r.out)
					require.Equal(t, name == "pages", strings.Contains(r.err, "1 records came more than once"))
				})
			}
		}
	}
}

func TestRenderWritesPartsAndListsWhatItLeavesOut(t *testing.T) {
	t.Chdir(t.TempDir())
	require.NoError(t, os.WriteFile("users.jsonl", []byte(`{"id":3,"skillIds":[7,8]}
{"id":1,"deleted":"maybe"}
{"id":20,"loginName":"a;b","maxChats":2}
`), 0o600))
	skills := `[{"id":7,"name":"Seven"}]`
	r := alone(t, skills, "render", "--report", "cfg.users@1", "--format", "csv", "--split", "2", "-O", "u.csv",
		"--param", `column_set=["user_id","login_name","max_chats","skill_names"]`, "--param", "system_columns=none",
		"--formatting", `{"delimiter":";","quotes":"minimal","lineEnding":"lf"}`, "--header", "recordCount,filePart,totalParts",
		"--join", "skills=-", "users.jsonl")
	require.Equal(t, exitOK, r.code, r.err)
	require.Equal(t, "#recordCount;2\n#filePart;1\n#totalParts;2\nuser_id;login_name;max_chats;skill_names\n1;;;\n20;\"a;b\";2;\n", file(t, "u-1.csv"))
	require.Equal(t, "#recordCount;1\n#filePart;2\n#totalParts;2\nuser_id;login_name;max_chats;skill_names\n3;;;Seven|\n", file(t, "u-2.csv"))

	r = alone(t, "", "render", "--report", "cfg.users", "--format", "jsonl", "--param", "column_set=[\"user_id\",\"is_deleted\"]", "users.jsonl")
	require.Equal(t, exitFailed, r.code)
	require.Equal(t, "users.jsonl:2: record 2 (1): is_deleted: \"maybe\" where true or false should be\n"+
		"starter: 1 of 3 records are in quarantine and were left out\n", r.err)
	require.Equal(t, "{\"_row_key\":\"20\",\"user_id\":\"20\",\"is_deleted\":null}\n{\"_row_key\":\"3\",\"user_id\":\"3\",\"is_deleted\":null}\n", r.out)
}

// The second file of a report is a file of its own, which needs a name.
func TestRenderWritesASecondFile(t *testing.T) {
	t.Chdir(t.TempDir())
	require.NoError(t, os.WriteFile("segments.json", []byte(`{"segments":[{"segmentId":"a","endTimeL":2},{"segmentId":"b","endTimeL":1}]}`), 0o600))
	require.NoError(t, os.WriteFile("units.jsonl", []byte("{\"segmentId\":\"a\",\"sequence\":2}\n{\"segmentId\":\"a\",\"sequence\":1}\n{\"segmentId\":\"b\",\"sequence\":1}\n"), 0o600))
	args := []string{"render", "--report", "raw.handle_time", "--format", "jsonl", "--join", "handle_time_breakdown=units.jsonl", "--header", "recordCount,filePart,totalParts"}
	r := alone(t, "", append(args, "segments.json")...)
	require.Equal(t, exitUsage, r.code)
	require.Contains(t, r.err, "say where with --to")
	r = alone(t, "", append(args, "-O", "h.jsonl", "segments.json")...)
	require.Equal(t, exitOK, r.code, r.err)
	head := func(n int) string {
		return fmt.Sprintf(`{"_transporter":{"recordCount":%d,"filePart":1,"totalParts":1}}`+"\n", n)
	}
	require.Equal(t, head(2)+"{\"segmentId\":\"b\",\"endTimeL\":1}\n{\"segmentId\":\"a\",\"endTimeL\":2}\n", file(t, "h.jsonl"))
	require.Equal(t, head(3)+"{\"segmentId\":\"a\",\"sequence\":1}\n{\"segmentId\":\"a\",\"sequence\":2}\n{\"segmentId\":\"b\",\"sequence\":1}\n", file(t, "h.breakdown.jsonl"))
	r = alone(t, "", append(args, "--split", "2", "-O", "s.jsonl", "segments.json")...)
	require.Equal(t, exitOK, r.code, r.err)
	for _, name := range []string{"s.jsonl", "s-1.breakdown.jsonl", "s-2.breakdown.jsonl"} {
		require.FileExists(t, name)
	}
}

// What the help says of live APIs: records that a run makes of an answer are rendered, what such a report
// delivered is rendered again, and of an answer as it came the same records are made.
func TestRenderOfLiveNumbers(t *testing.T) {
	t.Chdir(t.TempDir())
	const record = `{"requested_at":"2026-11-19T10:00:00.000Z",%s"response":%s}` + "\n"
	const during = `"interval_start":"2026-11-19T09:00:00.000Z","interval_end":"2026-11-19T09:05:00.000Z",`
	interval := fmt.Sprintf(`{"timestamp":%d,"metricsData":{"skillsMetrics":{"7":{}}}}`, time.Date(2026, 11, 19, 9, 5, 0, 0, time.UTC).UnixMilli())
	for report, c := range map[string]struct{ during, element, answer string }{
		"raw.rt.queuehealth":       {during, interval, `{"metricsByIntervals":[%s]}`},
		"raw.ops.msgqueuehealth":   {during, `{"skillsMetrics":{"7":{}}}`, `%s`}, // of no intervals
		"raw.rt.queuestate":        {"", `{"skills":{"7":{"currentQueueSize":1}}}`, "%s"},
		"raw.kmm.metrics":          {during, `{"key":"7","metrics":{}}`, `{"metadata":{"count":1},"groupBy":{"groupByField":"skillId","groups":[%s]}}`},
		"raw.agentmetrics.status":  {"", `{"agentId":"8"}`, `{"agentStatusRecords":[%s]}`},
		"raw.agentmetrics.summary": {"", `{"summaryResults":{"text":"<&>"}}`, "%s"},
	} {
		made := fmt.Sprintf(record, c.during, c.element)
		require.NoError(t, os.WriteFile("records.jsonl", []byte(made), 0o600))
		r := alone(t, "", "render", "--report", report, "--format", "json", "-O", report+".json", "records.jsonl")
		require.Equal(t, exitOK, r.code, "%s: %s", report, r.err)
		require.Contains(t, file(t, report+".json"), strings.TrimSuffix(made, "\n"))
		for _, flags := range [][]string{nil, {"--header", "recordCount"}} {
			again := append([]string{"render", "--report", report, "--format", "json", "-O", "again.json"}, flags...)
			r = alone(t, "", append(again, "records.jsonl")...)
			require.Equal(t, exitOK, r.code, "%s: %s", report, r.err)
			r = alone(t, "", "render", "--report", report, "--format", "jsonl", "again.json")
			require.Equal(t, exitOK, r.code, "%s: %s", report, r.err)
			require.Equal(t, made, r.out)
			require.NoError(t, os.Remove("again.json"))
		}
		answer := fmt.Sprintf(c.answer, c.element)
		for name, text := range map[string]string{"an answer": answer, "in an array": "[" + answer + "]", "twice": answer + "\n" + answer} {
			require.NoError(t, os.WriteFile("answer.json", []byte(text), 0o600))
			r = alone(t, "", "render", "--report", report, "--format", "jsonl", "--requested-at", "2026-11-19T10:00:00Z",
				"--window", "2026-11-19T09:00:00Z/2026-11-19T09:05:00Z", "answer.json")
			require.Equal(t, exitOK, r.code, "%s, %s: %s", report, name, r.err)
			require.Equal(t, made, r.out, name)
		}
	}
}

// What an answer does not say is not made up, but for the moment it was asked for, which is told.
func TestRenderOfLiveNumbersAsksForWhatIsNotKnown(t *testing.T) {
	t.Chdir(t.TempDir())
	for name, text := range map[string]string{
		"status.json": `{"agentStatusRecords":[{"agentId":"8","currentStatus":"ONLINE"},{"agentId":"7"}]}`,
		"kmm.json":    `{"groupBy":{"groups":[{"key":"7"}]}}`,
		"sla.json":    `{"slaDataRange":{"0":{"chats":1}}}`,
		"whole.json":  `{"skillsMetrics":{}}`,
		"hours.json":  `{"metricsByIntervals":[{"timestamp":1412680800000},{"timestamp":1412684400000}]}`,
		"users.json":  `{"id":1}`,
		"all.json":    `{"metricsByIntervals":[{"timestamp":1795081500000,"metricsData":{"metricsTotals":{"enteredQEng":3}}}]}`,
		"keyless.json": `
{"agentStatusRecords":[{"agentName":"a"}]}`,
	} {
		require.NoError(t, os.WriteFile(name, []byte(text), 0o600))
	}
	asked := time.Date(2026, 11, 19, 10, 0, 0, 500_000_000, time.UTC)
	require.NoError(t, os.Chtimes("status.json", asked, asked))
	r := alone(t, "", "render", "--report", "wfm.agent_snapshot", "--format", "csv", "--param", "system_columns=all",
		"--param", `column_set=["snapshot_at","agent_id"]`, "--formatting", `{"quotes":"minimal","lineEnding":"lf"}`, "status.json")
	require.Equal(t, exitOK, r.code, r.err)
	require.Contains(t, r.out, "2026-11-19T10:00:00.500Z,7\n")
	require.Equal(t, "status.json: taken as asked for at 2026-11-19T10:00:00.500Z, when it was last changed: say with --requested-at if it was not\n", r.err)

	const at = "--requested-at 2026-11-19T10:00:00Z "
	for line, want := range map[string]string{
		"--report raw.kmm.metrics kmm.json":          "kmm.json:1: the answer does not say which time it counts (give the window",
		"--report raw.ops.msgqueuehealth whole.json": "whole.json:1: the answer does not say which time it counts (give the window",
		"--report raw.rt.sla sla.json":               "the answer does not say how long the time before it is that it counts (give a window",
		"--report wfm.sla_histogram --window 2026-11-19T09:00:00Z/2026-11-19T10:00:00Z --join rt_sla_by_skill=sla.json -":                         "the answer does not say which skill it is about (give the one that was asked for as the parameter skill_ids",
		`--report wfm.sla_histogram --param skill_ids=["7"] --window 2026-11-19T10:00:00Z/2026-11-19T10:30:00Z --join rt_sla_by_skill=sla.json -`: "does not say since when it counts",
		"--report raw.rt.queuehealth hours.json":                           "intervals of the answer lie 1h0m0s apart, and 5m0s is how long they are said to be (give the interval",
		"--report raw.rt.queuehealth --interval -1h hours.json":            "--interval is -1h0m0s",
		"--report raw.rt.queuehealth users.json":                           "users.json:1: the answer has none of skillsMetrics",
		"--report raw.rt.queuestate users.json":                            "users.json:1: the answer has none of skills, totals (give an answer of the API",
		"--report wfm.queue_snapshot users.json":                           "users.json:1: the answer has neither skillsMetrics nor skills",
		"--report wfm.agent_snapshot users.json":                           "users.json:1: the answer cannot be read: the answer has no agentStatusRecords (give an answer of this API, or records",
		"--report raw.agentmetrics.status keyless.json":                    "keyless.json:2: an element of the answer has no agentId",
		"--report raw.agentmetrics.status --requested-at today users.json": `--requested-at is "today": write a time`,
		"--report wfm.chat_skill_interval --window 2026-11-19T09:00:00Z/2026-11-19T10:00:00Z --join rt_queuehealth=whole.json -": "the answer has no metricsByIntervals " +
			"(give an answer by intervals, which was asked for with interval=5)",
		"--report wfm.chat_skill_interval --window 2026-11-19T09:00:00Z/2026-11-19T10:00:00Z --interval 1h --join rt_queuehealth=hours.json -": "1h0m0s apart, and 5m0s",
		// What it counts is of no skill, agent or interval: rows would say that nothing happened.
		"--report wfm.chat_skill_interval --window 2026-11-19T09:00:00Z/2026-11-19T10:00:00Z --join rt_queuehealth=hours.json -": "1h0m0s apart, and 5m0s is how long those are that rows count " +
			"(give an answer by intervals, which was asked for with interval=5)",
		"--report wfm.chat_skill_interval --window 2026-11-19T09:00:00Z/2026-11-19T10:00:00Z --interval 1h --join rt_queuehealth=all.json -": "1h0m0s apart, and 5m0s",
		"--report wfm.chat_skill_interval --window 2026-11-19T09:00:00Z/2026-11-19T10:00:00Z --join rt_queuehealth=all.json -": "all.json:1: an interval of the answer has no skillsMetrics " +
			"(give an answer that was asked for with skillIds=all and interval=5)",
		"--report wfm.chat_skill_interval --window 2026-11-19T09:00:00Z/2026-11-19T10:00:00Z --join rt_engactivity=all.json -": "an interval of the answer has no skillsMetricsPerAgent",
		"--report wfm.agent_interval --window 2026-11-19T09:00:00Z/2026-11-19T10:00:00Z --join rt_agentactivity=all.json -": "an interval of the answer has no agentsMetrics " +
			"(give an answer that was asked for with agentIds=all and interval=5)",
		"--report wfm.skill_interval --window 2026-11-19T09:00:00Z/2026-11-19T10:00:00Z --join ops_msgqueuehealth=all.json -":  "an interval of the answer has no skillsMetrics",
		"--report wfm.skill_interval --window 2026-11-19T09:00:00Z/2026-11-19T10:00:00Z --join ops_msgconversation=all.json -": "an interval of the answer has no skillsMetricsPerAgent",
	} {
		r := alone(t, "", strings.Fields("render "+at+line)...)
		require.NotEqual(t, exitOK, r.code, line)
		require.Contains(t, r.err, want, line)
		require.Empty(t, r.out)
	}
}

func file(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	require.NoError(t, err)
	return string(b)
}

// The columns of a task are written in their order, under their names, and those of a vendor
// where no flag says otherwise.
func TestRenderInColumnsAndInAVendorsLayout(t *testing.T) {
	t.Chdir(t.TempDir())
	require.NoError(t, os.WriteFile("users.jsonl", []byte(`{"id":1,"loginName":"a,b","maxChats":2}`), 0o600))
	r := alone(t, "", "render", "--report", "cfg.users", "--format", "csv", "--param", "system_columns=none", "--formatting",
		`{"quotes":"minimal","columns":[{"column":"max_chats","header":"Most"},{"column":"login_name","header":"Who"}]}`, "users.jsonl")
	require.Equal(t, exitOK, r.code, r.err)
	require.Equal(t, "Most,Who\r\n2,\"a,b\"\r\n", r.out)

	require.NoError(t, os.WriteFile("status.jsonl", []byte(`{"requested_at":"2025-11-19T10:00:00.500Z","response":{"agentId":"7","currentStatus":"ONLINE","employeeId":"E7"}}`), 0o600))
	render := func(more ...string) string {
		r := alone(t, "", append(append([]string{"render", "--report", "wfm.agent_snapshot", "--zone", "Europe/Madrid"}, more...), "status.jsonl")...)
		require.Equal(t, exitOK, r.code, r.err)
		return r.out
	}
	require.Equal(t, "Date,Time,UTC Offset,Agent ID,Employee ID,State,Time In State,Reason Code\r\n2025-11-19,11:00:00,+01:00,7,E7,ONLINE,,\r\n", render("--vendor", "verint"))
	require.Equal(t, "_row_key,time,agentId\n7:1763546400500,11:00,7\n", render("--vendor", "calabrio", "--param", "system_columns=key", "--formatting",
		`{"quotes":"minimal","times":"HH:mm","columns":[{"column":"snapshot_at","header":"time"},{"column":"agent_id","header":"agentId"}]}`))
}

func TestRenderNamesWhatIsWrong(t *testing.T) {
	samplePages(t)
	for name, c := range map[string]struct {
		args []string
		code int
		says string
	}{
		"no report":       {[]string{"page1.json"}, exitUsage, "--report"},
		"no file":         {[]string{"--report", "cfg.users"}, exitUsage, "render FILE"},
		"unknown report":  {[]string{"--report", "cfg.tables", "f"}, exitFailed, "cfg.user_skills, cfg.users)"},
		"unknown kind":    {[]string{"--report", "tables", "f"}, exitFailed, "(use one of agent.*, asapp.*, cfg.*, chat.*, connector.*, msg.*, out.*, raw.*, wfm.*)"},
		"more formatting": {[]string{"--report", "cfg.users", "--format", "csv", "--formatting", `{"delimiter":";"} {}`, "f"}, exitUsage, "--formatting: there is more after the first JSON value"},
		"end of nothing":  {[]string{"--report", "cfg.users", "--header", "recordCount,endTime", "users.json"}, exitUsage, "--header endTime is when the window ends: say which with --window"},
		"input twice":     {[]string{"--report", "cfg.users", "--join", "skills=-", "-"}, exitUsage, "standard input (-) can be read once"},
		"unknown version": {[]string{"--report", "cfg.users@7", "f"}, exitFailed, "use 1.0"},
		"unknown zone":    {[]string{"--report", "cfg.users", "--zone", "Mars", "f"}, exitFailed, "Mars"},
		"bad parameter":   {[]string{"--report", "cfg.users", "--param", "system_columns=some", "f"}, exitFailed, "parameters.system_columns"},
		"half parameter":  {[]string{"--report", "cfg.users", "--param", "mode", "f"}, exitUsage, "NAME=VALUE"},
		"bad format":      {[]string{"--report", "raw.messaging_interactions", "--format", "csv", "page1.json"}, exitFailed, "json, jsonl"},
		"bad formatting":  {[]string{"--report", "cfg.users", "--formatting", `{"delimiter":"x"}`, "f"}, exitFailed, "formatting.delimiter"},
		"bad durations":   {[]string{"--report", "agent.handle_time", "--format", "json", "--formatting", `{"durations":"seconds"}`, "f"}, exitFailed, "formatting.durations"},
		"unknown vendor":  {[]string{"--report", "wfm.agent_snapshot", "--vendor", "acme", "f"}, exitFailed, "aspect, calabrio, nice, verint"},
		"other vendor":    {[]string{"--report", "cfg.users", "--vendor", "nice", "f"}, exitFailed, "wfm.agent_snapshot"},
		"bad column":      {[]string{"--report", "cfg.users", "--format", "csv", "--formatting", `{"columns":[{"column":"userid"}]}`, "f"}, exitFailed, "did you mean user_id?"},
		"bad header":      {[]string{"--report", "cfg.users", "--header", "rows", "f"}, exitFailed, "recordCount"},
		"bad window":      {[]string{"--report", "cfg.users", "--window", "2026-11-19T00:00:00Z", "f"}, exitUsage, "--window"},
		"unknown join":    {[]string{"--report", "cfg.users", "--join", "weather=f", "users.json"}, exitUsage, "agent_groups, profiles, skills"},
		"parts to stdout": {[]string{"--report", "cfg.users", "--split", "1", "users.json"}, exitUsage, "--to"},
		"missing file":    {[]string{"--report", "cfg.users", "none.json"}, exitFailed, "none.json"},
		"other API":       {[]string{"--report", "msg.messages", "users.json"}, exitFailed, "users.json:2: record 1 has no $.info.conversationId"},
		"not JSON":        {[]string{"--report", "cfg.users", "-"}, exitFailed, "standard input:2: after record 1: invalid character 'x'"},
	} {
		t.Run(name, func(t *testing.T) {
			r := alone(t, "{\"id\":1}\nx", append([]string{"render"}, c.args...)...)
			require.Equal(t, c.code, r.code, r.err)
			require.Contains(t, r.err, c.says)
			require.Empty(t, r.out)
		})
	}
}

// A file without a record makes a file without rows, as an empty window does, and people hear of it.
func TestRenderSaysThatThereIsNoRecord(t *testing.T) {
	r := alone(t, "", "render", "--report", "cfg.lobs", "--format", "jsonl", "-")
	require.Equal(t, exitOK, r.code, r.err)
	require.Empty(t, r.out)
	require.Equal(t, "-: there is no record in it\n", r.err)
}

func TestExplainTellsWhereACellComesFrom(t *testing.T) {
	t.Chdir(t.TempDir())
	require.NoError(t, os.WriteFile("users.json", []byte(`[{"id":1},
{"id":3,"userType":2,"skillIds":[7,8],"maxAsyncChats":"NA"}]`), 0o600))
	explain := func(column string, more ...string) result {
		line := []string{"explain", "--report", "cfg.users", "--row", "3", "--column", column}
		r := alone(t, `[{"id":7,"name":"Seven"}]`, append(append(line, more...), "users.json")...)
		require.Equal(t, exitOK, r.code, r.err)
		return r
	}
	r := explain("user_type")
	for _, line := range []string{
		`value:    "bot"`, "record:   users.json:2: record 2", "tried:    $.userTypeId has nothing", "tried:    $.userType\n",
		"          $.userType is 2\n", `then:     map 2 to "bot"`,
	} {
		require.Contains(t, r.out, line)
	}
	require.Contains(t, explain("max_async_chats").out, `$.maxAsyncChats is "NA", taken for null: a placeholder of the source`)
	require.Contains(t, explain("skill_names", "--join", "skills=-").out, `then:     look 7 up in skill_names: "Seven"`)

	var trace transform.Trace
	require.NoError(t, json.Unmarshal([]byte(explain("skill_names", "--join", "skills=-", "-o", "json").out), &trace))
	var cell []string
	require.NoError(t, json.Unmarshal(trace.Cell, &cell))
	require.Equal(t, []string{"Seven", ""}, cell)
	require.Equal(t, "$.skillIds[1]", trace.Tried[0].Values[1].At)

	require.Equal(t, exitUsage, alone(t, "", "explain", "--report", "cfg.users", "--row", "3", "users.json").code)
	none := alone(t, "", "explain", "--report", "cfg.users", "--row", "4", "--column", "pid", "users.json")
	require.Equal(t, exitFailed, none.code)
	require.Contains(t, none.err, `no row "4"`)
}
