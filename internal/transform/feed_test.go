package transform

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/feed"
	"transporter/internal/readertest"
	"transporter/internal/report"
	"transporter/internal/source"
	"transporter/internal/task"
)

// aLine is an exported line as it is staged, with the key that it has.
func aLine(key, leaf string, number int, members string) source.Record {
	raw := fmt.Sprintf(`{"_leaf":%q,"_file":"t.jsonl.gz","_line":%d%s}`, leaf, number, members)
	return source.Record{ID: key, Raw: []byte(raw), FetchedAt: fetchedAt}
}

// leafRows renders the lines as each leaf's own rows.
func leafRows(t *testing.T, id string, lines ...source.Record) ([]map[string]any, Result) {
	t.Helper()
	out, res := render(t, newJob(t, id, FormatJSONL, map[string]any{"delivery": "leaf"}), memory{id: lines})
	return rowsOf(t, out.bodies[0]), res
}

const hour = "dt=2026-11-20/hr=05"

// One table's values as several engines may write them.
func TestTypeDrift(t *testing.T) {
	for name, c := range map[string]struct {
		report, members string
		want            map[string]any
	}{
		"id as number then text":        {"asapp.utterances", `,"issue_id":21352352,"sender_id":"21352352"`, map[string]any{"issue_id": "21352352", "sender_id": "21352352"}},
		"ids beyond 2^53":               {"asapp.utterances", `,"issue_id":9007199254740993,"sender_id":123456789012345678901`, map[string]any{"issue_id": "9007199254740993", "sender_id": "123456789012345678901"}},
		"flag as 1 then true":           {"asapp.convos_metrics", `,"assisted":1,"attempted_chat":true`, map[string]any{"assisted": true, "attempted_chat": true}},
		"flag as texts":                 {"asapp.convos_metadata", `,"auth_state":"0","escalated_to_chat":"true","ended_auto":"FALSE","ended_other":"1","ended_timeout":0.0`, map[string]any{"auth_state": false, "escalated_to_chat": true, "ended_auto": false, "ended_other": true, "ended_timeout": false}},
		"flag in a count":               {"asapp.fe_autosummary_free_text", `,"is_autosummary_feedback_used":true,"is_autosummary_feedback_edited":0`, map[string]any{"is_autosummary_feedback_used": 1, "is_autosummary_feedback_edited": 0}},
		"decimal in a bigint":           {"asapp.rep_utilized", `,"lin_prebreak_min":5.6,"cum_busy_min":"26.148"`, map[string]any{"lin_prebreak_min": 5.6, "cum_busy_min": 26.148}},
		"count as a double":             {"asapp.convos_metrics", `,"customer_sent_msgs":1.0,"rep_sent_msgs":"2"`, map[string]any{"customer_sent_msgs": 1, "rep_sent_msgs": 2}},
		"count named as a flag":         {"asapp.rep_augmentation", `,"is_autopilot_timeout_msgs":3`, map[string]any{"is_autopilot_timeout_msgs": 3}},
		"NULL and nothing as texts":     {"asapp.convos_metrics", `,"issue_id":"NULL","customer_id":"","first_utterance_ts":"NULL","hold_ct":"","assisted":"NULL","platform":"NULL","device_type":""`, map[string]any{"issue_id": nil, "customer_id": nil, "first_utterance_ts": nil, "hold_ct": nil, "assisted": nil, "platform": "NULL", "device_type": ""}},
		"an id that reads like nothing": {"asapp.transfers", `,"route_code_to":"NA","route_code_from":"null"`, map[string]any{"route_code_to": "NA", "route_code_from": "null"}},
		"segments stay text":            {"asapp.convos_metrics", `,"company_segments":"[marketing,promotions]"`, map[string]any{"company_segments": "[marketing,promotions]"}},
		"params stay text":              {"asapp.customer_params", `,"params":"{a=1;b:2}"`, map[string]any{"params": "{a=1;b:2}"}},
		"nested values in a text":       {"asapp.convos_metrics", `,"company_segments":["a", {"b":1}],"platform":7`, map[string]any{"company_segments": `["a",{"b":1}]`, "platform": "7"}},
		"an object":                     {"asapp.queue_wfm", `,"wait_under_sla":{"20":3}`, map[string]any{"wait_under_sla": map[string]any{"20": 3.0}}},
		"not scored":                    {"asapp.issue_sentiment", `,"score":-1000`, map[string]any{"score": -1000}},
	} {
		t.Run(name, func(t *testing.T) {
			rows, res := leafRows(t, c.report, aLine(`["k"]`, hour, 1, c.members))
			require.Empty(t, res.Quarantined)
			requireValues(t, rows[0], c.want)
		})
	}
}

// A moment is the same in all seven layouts, to the last digit.
func TestTimesOfEveryLayout(t *testing.T) {
	for text, want := range map[string]string{
		"2019-12-23T16:00:10.072000+00:00": "2019-12-23T16:00:10.072Z",
		"2019-02-19T21:31:43+00:00":        "2019-02-19T21:31:43.000Z",
		"2018-09-05T19:58:06":              "2018-09-05T19:58:06.000Z",
		"2018-06-10 14:23:00":              "2018-06-10T14:23:00.000Z",
		"2020-01-06 23:13:50.617":          "2020-01-06T23:13:50.617Z",
		"2019-11-08 14:00:06.957120+00:00": "2019-11-08T14:00:06.957120Z",
		"2023-08-09T19:21:34.224620050Z":   "2023-08-09T19:21:34.224620050Z",
		"2019-12-23T16:00:10.072001-05:30": "2019-12-23T21:30:10.072001Z",
	} {
		rows, res := leafRows(t, "asapp.utterances", aLine(`["k"]`, hour, 1, fmt.Sprintf(`,"created_ts":%q`, text)))
		require.Empty(t, res.Quarantined, text)
		require.Equal(t, want, rows[0]["created_ts"], text)
	}
}

// What a column cannot hold is refused with its place; the rest of the leaf is delivered.
func TestValuesThatDoNotFitAreQuarantined(t *testing.T) {
	for name, c := range map[string]struct{ report, members, column, says string }{
		"the documents' slip":     {"asapp.utterances", `,"created_ts":"2018-09-05 19:58:06T00:01:16.203000+00:00"`, "created_ts", "2006-01-02T15:04:05"},
		"a number as a time":      {"asapp.utterances", `,"created_ts":1576602701626`, "created_ts", "1576602701626"},
		"words as a number":       {"asapp.convos_metrics", `,"total_handle_time":"soon"`, "total_handle_time", "a number"},
		"part of a count":         {"asapp.convos_metrics", `,"hold_ct":1.5`, "hold_ct", "a whole number"},
		"a flag of three":         {"asapp.convos_metrics", `,"assisted":2`, "assisted", "true or false"},
		"an object as an id":      {"asapp.convos_metrics", `,"issue_id":{"id":1}`, "issue_id", "object where a text"},
		"what is written for NaN": {"asapp.issue_sentiment", `,"score":"NaN"`, "score", "a number"},
	} {
		t.Run(name, func(t *testing.T) {
			rows, res := leafRows(t, c.report, aLine(`["a"]`, hour, 1, c.members), aLine(`["b"]`, hour, 2, ""))
			require.Len(t, res.Quarantined, 1)
			require.Regexp(t, `^!dt=2026-11-20/hr=05 t\.jsonl\.gz line 1 [0-9a-f]{16}$`, res.Quarantined[0].RecordID, "a key may be personal: the row is named by its place")
			require.Equal(t, c.column, res.Quarantined[0].Column)
			require.Contains(t, res.Quarantined[0].Reason, c.says)
			require.Len(t, rows, 1)
			require.Equal(t, `["dt=2026-11-20/hr=05","b"]`, rows[0]["_row_key"])
		})
	}
}

// Keys with nulls are keys: their rows are told apart by what else they say, in either mode.
func TestNullKeys(t *testing.T) {
	rows, res := leafRows(t, "asapp.rep_hierarchy",
		aLine(`["7",null]`, "dt=2026-11-20", 1, `,"subordinate_rep_id":"7","superior_rep_id":null`),
		aLine(`[null,null]`, "dt=2026-11-20", 2, `,"company_name":"acme"`))
	require.Empty(t, res.Quarantined)
	require.Equal(t, []any{`["dt=2026-11-20","7",null]`, `["dt=2026-11-20",null,null]`}, []any{rows[0]["_row_key"], rows[1]["_row_key"]})
	requireValues(t, rows[0], map[string]any{"subordinate_rep_id": "7", "superior_rep_id": nil, "subordinate_agent_id": nil})

	rows, res = leafRows(t, "asapp.customer_feedback", aLine(`["1",null,null,"9","How?","2026-11-20T05:00:00Z"]`, hour, 1, `,"company_segments":null,"question":"How?"`))
	require.Empty(t, res.Quarantined)
	requireValues(t, rows[0], map[string]any{"company_segments": nil, "company_subdivision": nil, "question": "How?"})
}

// A column of which nobody has heard is delivered as it came; before it was there it is null.
func TestNewColumnAt14(t *testing.T) {
	rows, res := leafRows(t, "asapp.rep_activity",
		aLine(`["a"]`, "dt=2026-11-20/hr=13", 1, `,"rep_id":"7"`),
		aLine(`["b"]`, "dt=2026-11-20/hr=14", 1, `,"mood":{"is":"good","n":[1, 2.50]},"rep_id":"7","feed_leaf":"theirs","_hint":null`))
	require.Empty(t, res.Quarantined)
	require.Nil(t, rows[0]["extra"])
	require.Equal(t, map[string]any{"mood": map[string]any{"is": "good", "n": []any{1.0, 2.5}}, "feed_leaf": "theirs", "_hint": nil}, rows[1]["extra"], "nothing is dropped")
	requireValues(t, rows[1], map[string]any{"rep_id": "7", "feed_leaf": "dt=2026-11-20/hr=14", "feed_file": "t.jsonl.gz", "feed_line": 1})
}

// A line that is none is named by its place, with its own reason.
func TestBadLinesAreRefusedWithTheirOwnReason(t *testing.T) {
	id := "!" + hour + " t.jsonl.gz line 3"
	for name, c := range map[string]struct{ raw, says string }{
		"with a reason":    {`{"_bad":true,"_reason":"the line ends within a text","_sha256":"ab"}`, "the line ends within a text"},
		"without a reason": {`{"_bad":true}`, "the line is no JSON object"},
	} {
		t.Run(name, func(t *testing.T) {
			rows, res := leafRows(t, "asapp.utterances", source.Record{ID: id, Raw: []byte(c.raw)}, aLine(`["1"]`, hour, 4, ""))
			require.Len(t, rows, 1)
			require.Equal(t, []Quarantine{{RecordID: id, Reason: c.says, Column: "$._bad"}}, res.Quarantined)
		})
	}
}

// What became of rows is told between two states of a table, by their keys.
func TestChangesOfATable(t *testing.T) {
	const id = "asapp.convos_metrics"
	line := func(key string, hr, msgs int) source.Record {
		return aLine(key, fmt.Sprintf("dt=2026-11-20/hr=%02d", hr), 1, fmt.Sprintf(`,"issue_id":%s,"rep_sent_msgs":%d`, strings.Trim(key, "[]"), msgs))
	}
	was := memory{id: {line(`["1"]`, 4, 1), line(`["2"]`, 4, 1), line(`["3"]`, 4, 1)}}
	now := memory{id: {line(`["1"]`, 4, 1), line(`["2"]`, 5, 1), line(`["4"]`, 5, 2)}}
	told := func(params map[string]any) (all []string) {
		job := newJob(t, id, FormatJSONL, params)
		job.Earlier = was
		out, res := render(t, job, now)
		require.Empty(t, res.Quarantined)
		for _, row := range rowsOf(t, out.bodies[0]) {
			all = append(all, fmt.Sprint(row["_row_key"], " ", row["_change"], " ", row["rep_sent_msgs"]))
		}
		return all
	}
	require.Equal(t, []string{`["2"] changed 1`, `["3"] removed 1`, `["4"] added 2`}, told(nil))
	require.Equal(t, []string{`["3"] removed 1`, `["4"] added 2`}, told(map[string]any{"column_set": []string{"issue_id", "rep_sent_msgs"}}),
		"without the place of a row only what it says counts")
	job := newJob(t, id, FormatJSONL, map[string]any{"delivery": "snapshot", "system_columns": "all"})
	job.Earlier = was
	for i := range now[id] {
		now[id][i].FetchedAt = 0 // the states of tables do not say
	}
	out, _ := render(t, job, now)
	rows := rowsOf(t, out.bodies[0])
	require.Len(t, rows, 3, "a snapshot is all rows")
	requireValues(t, rows[0], map[string]any{"_extracted_at": nil, "_provenance": "historical"})
	require.NotContains(t, out.bodies[0], "_change")
}

// A task without personal columns has none in its row keys, and its rows can be explained.
func TestPersonalKeysAreHidden(t *testing.T) {
	const id = "asapp.issue_type"
	in := memory{id: {aLine(`["1","customer-7","42"]`, hour, 1, `,"customer_id":"customer-7","issue_id":42,"issue_type":"chat"`)}}
	job := newJob(t, id, FormatJSONL, map[string]any{"column_set": "no_personal"})
	out, res := render(t, job, in)
	require.Empty(t, res.Quarantined)
	require.NotContains(t, out.bodies[0], "customer-7")
	key, _ := rowsOf(t, out.bodies[0])[0]["_row_key"].(string)
	require.Regexp(t, `^[0-9a-f]{64}$`, key)
	trace, err := Explain(t.Context(), job, in, key, "issue_type")
	require.NoError(t, err)
	require.JSONEq(t, `"chat"`, string(trace.Cell))

	out, _ = render(t, newJob(t, "asapp.convos_metrics", FormatJSONL, map[string]any{"column_set": "no_personal"}), memory{"asapp.convos_metrics": {aLine(`["42"]`, hour, 1, "")}})
	require.Equal(t, `["42"]`, rowsOf(t, out.bodies[0])[0]["_row_key"], "other keys say what they are")
}

// Where another key tells rows apart, it decides what is hidden; rows that go have the key that they came with.
func TestPersonalKeysOfATableThatIsMadeAnew(t *testing.T) {
	const id = "asapp.convos_metrics"
	line := func(key string) source.Record {
		return aLine(key, hour, 1, `,"customer_id":"customer-7","issue_id":42`)
	}
	for name, c := range map[string]struct {
		was, now string
		is, gone string // patterns of keys
	}{
		"one comes into the key":     {"", "issue_id,customer_id", `^[0-9a-f]{64}$`, `^\["42"\]$`},
		"one leaves it":              {"issue_id,customer_id", "", `^\["42"\]$`, `^[0-9a-f]{64}$`},
		"nobody knows what it means": {"", "issue_id,mood", `^[0-9a-f]{64}$`, `^\["42"\]$`},
		"none is personal":           {"", "issue_id,platform", `^\["42","customer-7"\]$`, `^\["42"\]$`},
	} {
		t.Run(name, func(t *testing.T) {
			of := func(key feed.Key) memory {
				if key == "" {
					return memory{id: {line(`["42"]`)}}
				}
				return memory{id: {line(`["42","customer-7"]`)}}
			}
			job := newJob(t, id, FormatJSONL, map[string]any{"column_set": "no_personal"})
			job.Key, job.EarlierKey, job.Earlier = feed.Key(c.now), feed.Key(c.was), of(feed.Key(c.was))
			out, res := render(t, job, of(feed.Key(c.now)))
			require.Empty(t, res.Quarantined)
			keys := map[any]any{}
			for _, row := range rowsOf(t, out.bodies[0]) {
				keys[row["_change"]] = row["_row_key"]
			}
			require.Len(t, keys, 2)
			require.Regexp(t, c.is, keys["added"])
			require.Regexp(t, c.gone, keys["removed"])
		})
	}
}

// Digits after milliseconds come through in every format; Parquet has them to the microsecond.
func TestTimesKeepTheirDigits(t *testing.T) {
	const id, text = "asapp.utterances", "2026-11-20T05:06:07.089123Z"
	in := memory{id: {aLine(`["1"]`, hour, 1, `,"created_ts":"2026-11-20 05:06:07.089123+00:00"`)}}
	d, err := report.Get(id, "")
	require.NoError(t, err)
	for _, format := range d.Formats {
		job := newJob(t, id, format, map[string]any{"column_set": []string{"created_ts"}})
		out, res := render(t, job, in)
		require.Empty(t, res.Quarantined, format)
		if format != FormatParquet {
			require.Contains(t, out.bodies[0], text, format)
			continue
		}
		path := filepath.Join(t.TempDir(), "times.parquet")
		require.NoError(t, os.WriteFile(path, out.file(t, 1, job.Envelope(task.MetadataHeader{}, out.infos[0], 1, time.UnixMilli(job.To))), 0o600))
		rows := readertest.Duck(t, fmt.Sprintf("set TimeZone = 'UTC';\nselect strftime(created_ts, '%%Y-%%m-%%dT%%H:%%M:%%S.%%fZ') as at, typeof(created_ts) as kind from read_parquet('%s')", path))
		require.Equal(t, []readertest.Row{{"at": text, "kind": "TIMESTAMP WITH TIME ZONE"}}, rows)
	}
}

// A row is found by the key that its file says, in every delivery.
func TestRowsOfTablesAreExplained(t *testing.T) {
	in := memory{"asapp.utterances": {aLine(`["1"]`, hour, 1, `,"sent_to_rep":"0"`)}}
	for delivery, key := range map[string]string{"changes": `["1"]`, "leaf": `["dt=2026-11-20/hr=05","1"]`} {
		job := newJob(t, "asapp.utterances", FormatJSONL, map[string]any{"delivery": delivery})
		trace, err := Explain(t.Context(), job, in, key, "sent_to_rep")
		require.NoError(t, err)
		require.JSONEq(t, `false`, string(trace.Cell))
		require.Equal(t, json.RawMessage(`"0"`), trace.Tried[0].Values[0].Value)
	}
}
