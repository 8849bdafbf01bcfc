package feed_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"
	"weak"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"transporter/internal/feed"
)

// place is a file's row of a test: "2026-11-20 05" and the rest of it.
type placed struct {
	stamp    string
	modified int // minutes after noon
	split    int
	line     int64
	row      string
}

func originOf(t require.TestingT, p placed) feed.Origin {
	return feed.Origin{Stamp: seen(t, p.stamp)[0].Stamp, Modified: noon.Add(time.Duration(p.modified) * time.Minute), Split: p.split}
}

// winners returns the row that counts of each key, in the mode.
func winners(t require.TestingT, table string, mode feed.Mode, rows ...placed) map[string]string {
	rule, ok := feed.TableOf(table, feed.DoorS3)
	require.True(t, ok)
	r := feed.NewRuler(rule, mode)
	ranks, won := map[string]string{}, map[string]string{}
	for _, p := range rows {
		r.File(originOf(t, p))
		row, err := r.Row([]byte(p.row), p.line)
		require.NoError(t, err)
		if key := string(row.Key); string(row.Rank) > ranks[key] {
			ranks[key], won[key] = string(row.Rank), p.row
		}
	}
	return won
}

func TestTheRowThatCounts(t *testing.T) {
	for name, c := range map[string]struct {
		table string
		mode  feed.Mode
		rows  []placed
		want  map[string]int // of each key, the row that counts
	}{
		"growing conversation, first_utterance_ts constant": {"convos_metrics", feed.Reference, []placed{
			{"2026-11-20 05", 0, feed.None, 1, `{"issue_id":1,"first_utterance_ts":"2026-11-20T05:00:00","n":1}`},
			{"2026-11-20 07", 0, feed.None, 1, `{"issue_id":1,"first_utterance_ts":"2026-11-20 05:00:00.000","n":3}`},
			{"2026-11-20 06", 0, feed.None, 1, `{"issue_id":"1","first_utterance_ts":"2026-11-20T05:00:00+00:00","n":2}`},
		}, map[string]int{`["1"]`: 1}},
		"old leaf re-exported after newer ones": {"convos_metrics", feed.Reference, []placed{
			{"2026-11-20 05", 9000, feed.None, 9, `{"issue_id":1,"first_utterance_ts":"2026-11-20T05:00:00","n":1}`},
			{"2026-11-20 06", 0, feed.None, 1, `{"issue_id":1,"first_utterance_ts":"2026-11-20T05:00:00","n":2}`},
		}, map[string]int{`["1"]`: 1}},
		"logical time decides first": {"convos_metrics", feed.Reference, []placed{
			{"2026-11-20 05", 0, feed.None, 1, `{"issue_id":1,"first_utterance_ts":"2026-11-20T05:00:01","n":1}`},
			{"2026-11-20 06", 0, feed.None, 1, `{"issue_id":1,"first_utterance_ts":"2026-11-20T05:00:00","n":2}`},
		}, map[string]int{`["1"]`: 0}},
		"nulls last: an open status that is closed later": {"admin_activity", feed.Repaired, []placed{
			{"2026-11-20 05", 0, feed.None, 1, `{"company_name":"acme","rep_id":7,"status_description":"ONLINE","status_start_ts":"2026-11-20T05:00:00","status_end_ts":"2026-11-20T06:00:00"}`},
			{"2026-11-20 09", 0, feed.None, 1, `{"company_name":"acme","rep_id":7,"status_description":"ONLINE","status_start_ts":"2026-11-20T05:00:00","status_end_ts":null}`},
		}, map[string]int{`["acme","7","ONLINE","2026-11-20T05:00:00Z"]`: 0}},
		"nulls last: text NULL and empty text are null": {"convos_metrics", feed.Reference, []placed{
			{"2026-11-20 05", 0, feed.None, 1, `{"issue_id":1,"first_utterance_ts":"2026-11-20T05:00:00"}`},
			{"2026-11-20 06", 0, feed.None, 1, `{"issue_id":1,"first_utterance_ts":"NULL"}`},
			{"2026-11-20 07", 0, feed.None, 1, `{"issue_id":1,"first_utterance_ts":""}`},
		}, map[string]int{`["1"]`: 0}},
		"restated window, later export_ts": {"rep_activity", feed.Reference, []placed{
			{"2026-11-20 05", 0, feed.None, 1, `{"instance_ts":"2026-11-20T05:00:00","rep_id":7,"status_id":1,"in_status_starting_ts":"2026-11-20T05:00:00","export_ts":"2026-11-20T08:00:00"}`},
			{"2026-11-20 06", 0, feed.None, 1, `{"instance_ts":"2026-11-20T05:00:00","rep_id":7,"status_id":1,"in_status_starting_ts":"2026-11-20T05:00:00","export_ts":"2026-11-20T07:00:00"}`},
			{"2026-11-20 07", 0, feed.None, 1, `{"instance_ts":"2026-11-20T05:00:00","rep_id":7,"status_id":1,"in_status_starting_ts":"2026-11-20T05:00:00"}`},
		}, map[string]int{`[null,"2026-11-20T05:00:00Z","7","1","2026-11-20T05:00:00Z"]`: 0}},
		"logical_timestamp against instance_ts": {"convos_metrics", feed.Reference, []placed{
			{"2026-11-20 05", 0, feed.None, 1, `{"issue_id":1,"instance_ts":"2026-11-20T09:00:00"}`},
			{"2026-11-20 06", 0, feed.None, 1, `{"issue_id":1,"instance_ts":"2026-11-20T05:00:00"}`},
		}, map[string]int{`["1"]`: 1}},
		"day edge: latest per key over all days": {"convos_metrics", feed.Reference, []placed{
			{"2026-11-19 23", 0, 7, 99, `{"issue_id":1,"first_utterance_ts":"2026-11-19T23:59:00"}`},
			{"2026-11-20 00", 0, feed.None, 1, `{"issue_id":1,"first_utterance_ts":"2026-11-19T23:59:00","a":1}`},
		}, map[string]int{`["1"]`: 1}},
		"schema change during a day: null before": {"rep_utilized", feed.Repaired, []placed{
			{"2026-11-20 13", 0, feed.None, 1, `{"instance_ts":"2026-11-20T05:00:00","rep_id":7,"company_name":"acme","max_slots":1}`},
			{"2026-11-20 14", 0, feed.None, 1, `{"instance_ts":"2026-11-20T05:00:00","rep_id":7,"company_name":"acme","max_slots":1,"desk_mode":null,"export_ts":"2026-11-20T06:00:00"}`},
		}, map[string]int{`["acme","2026-11-20T05:00:00Z","7",null,"1"]`: 1}},
		"one leaf: last-modified, split, line": {"sms_events", feed.Reference, []placed{
			{"2026-11-20 05", 0, 1, 90, `{"sms_flow_id":1}`},
			{"2026-11-20 05", 0, 2, 10, `{"sms_flow_id":1,"a":1}`},
			{"2026-11-20 05", 0, 2, 9, `{"sms_flow_id":1,"a":2}`},
			{"2026-11-20 05", 0, 10, 8, `{"sms_flow_id":2}`},
			{"2026-11-20 05", 0, 9, 8, `{"sms_flow_id":2,"a":1}`},
			{"2026-11-20 05", 1, 0, 1, `{"sms_flow_id":3}`},
			{"2026-11-20 05", 0, 1, 1, `{"sms_flow_id":3,"a":1}`},
		}, map[string]int{`["1"]`: 1, `["2"]`: 3, `["3"]`: 5}},
		"customer_feedback with null segments": {"customer_feedback", feed.Reference, []placed{
			{"2026-11-20", 0, feed.None, 1, `{"issue_id":1,"company_subdivision":null,"last_rep_id":2,"question":"q","instance_ts":"2026-11-20T05:00:00"}`},
			{"2026-11-21", 0, feed.None, 1, `{"issue_id":1,"company_segments":null,"last_rep_id":"2","question":"q","instance_ts":"2026-11-20 05:00:00"}`},
		}, map[string]int{`["1",null,null,"2","q","2026-11-20T05:00:00Z"]`: 1}},
		"rep_hierarchy with null agent ids, reference": {"rep_hierarchy", feed.Reference, []placed{
			{"2026-11-20", 0, feed.None, 1, `{"subordinate_agent_id":null,"superior_agent_id":null,"subordinate_rep_id":1,"superior_rep_id":2}`},
			{"2026-11-20", 0, feed.None, 2, `{"subordinate_agent_id":null,"superior_agent_id":null,"subordinate_rep_id":3,"superior_rep_id":2}`},
		}, map[string]int{`[null,null]`: 1}},
		"rep_hierarchy with null agent ids, repaired": {"rep_hierarchy", feed.Repaired, []placed{
			{"2026-11-20", 0, feed.None, 1, `{"subordinate_agent_id":null,"superior_agent_id":null,"subordinate_rep_id":1,"superior_rep_id":2}`},
			{"2026-11-20", 0, feed.None, 2, `{"subordinate_agent_id":null,"superior_agent_id":null,"subordinate_rep_id":3,"superior_rep_id":2}`},
		}, map[string]int{`["1","2"]`: 0, `["3","2"]`: 1}},
		"rep_utilized with a slot change, reference": {"rep_utilized", feed.Reference, []placed{
			{"2026-11-20 05", 0, feed.None, 1, `{"instance_ts":"2026-11-20T05:00:00","rep_id":7,"desk_mode":"CHAT","max_slots":2,"company_name":"acme"}`},
			{"2026-11-20 05", 0, feed.None, 2, `{"instance_ts":"2026-11-20T05:00:00","rep_id":7,"desk_mode":"CHAT","max_slots":3.0,"company_name":"acme"}`},
		}, map[string]int{`["2026-11-20T05:00:00Z","7","CHAT"]`: 1}},
		"rep_utilized with a slot change, repaired": {"rep_utilized", feed.Repaired, []placed{
			{"2026-11-20 05", 0, feed.None, 1, `{"instance_ts":"2026-11-20T05:00:00","rep_id":7,"desk_mode":"CHAT","max_slots":2,"company_name":"acme"}`},
			{"2026-11-20 05", 0, feed.None, 2, `{"instance_ts":"2026-11-20T05:00:00","rep_id":7,"desk_mode":"CHAT","max_slots":3.0,"company_name":"acme"}`},
		}, map[string]int{`["acme","2026-11-20T05:00:00Z","7","CHAT","2"]`: 0, `["acme","2026-11-20T05:00:00Z","7","CHAT","3"]`: 1}},
		"quick_reply_buttons over two days, reference": {"quick_reply_buttons", feed.Reference, []placed{
			{"2026-11-20", 0, feed.None, 1, `{"final_intent_code":"A","quick_reply_button_text":"b","escalated_to_chat":1,"escalation_requested":false,"quick_reply_button_index":1}`},
			{"2026-11-21", 0, feed.None, 1, `{"final_intent_code":"A","quick_reply_button_text":"b","escalated_to_chat":true,"escalation_requested":"0","quick_reply_button_index":"1"}`},
		}, map[string]int{`["A","b","true","false","1"]`: 1}},
		"quick_reply_buttons over two days, repaired": {"quick_reply_buttons", feed.Repaired, []placed{
			{"2026-11-20", 0, feed.None, 1, `{"final_intent_code":"A","quick_reply_button_text":"b","escalated_to_chat":1,"escalation_requested":false,"quick_reply_button_index":1}`},
			{"2026-11-21", 0, feed.None, 1, `{"final_intent_code":"A","quick_reply_button_text":"b","escalated_to_chat":true,"escalation_requested":"0","quick_reply_button_index":"1"}`},
		}, map[string]int{`["2026-11-20",null,null,"A","b","true","false","1"]`: 0, `["2026-11-21",null,null,"A","b","true","false","1"]`: 1}},
		"flow_completions with two successes, reference": {"flow_completions", feed.Reference, []placed{
			{"2026-11-20 05", 0, feed.None, 1, `{"issue_id":1,"negation_event_ts":"2026-11-20T05:00:00","last_relevant_event_ts":"2026-11-20T05:00:00"}`},
			{"2026-11-20 05", 0, feed.None, 2, `{"issue_id":1,"success_event_ts":"2026-11-20T06:00:00","last_relevant_event_ts":"2026-11-20T06:00:00"}`},
		}, map[string]int{`["1"]`: 0}},
		"flow_completions with two successes, repaired": {"flow_completions", feed.Repaired, []placed{
			{"2026-11-20 05", 0, feed.None, 1, `{"issue_id":1,"negation_event_ts":"2026-11-20T05:00:00","last_relevant_event_ts":"2026-11-20T05:00:00"}`},
			{"2026-11-20 05", 0, feed.None, 2, `{"issue_id":1,"success_event_ts":"2026-11-20T06:00:00","last_relevant_event_ts":"2026-11-20T06:00:00"}`},
		}, map[string]int{`["1"]`: 1}},
		"export_row_counts of an older consumer": {"export_row_counts", feed.Reference, []placed{
			{"2026-11-20", 0, feed.None, 1, `{"export_date":"2026-11-20","export_name":"reps","export_interval":"1d"}`},
			{"2026-11-21", 0, feed.None, 1, `{"export_date":"2026-11-20","export_job":"reps","export_interval":"1d"}`},
		}, map[string]int{`["2026-11-20","reps","1d"]`: 1}},
		"hr as the export's hour, around midnight: the path decides": {"convos_metrics", feed.Reference, []placed{
			{"2026-11-20 23", 0, feed.None, 1, `{"issue_id":1}`},
			{"2026-11-20 00", 60, feed.None, 1, `{"issue_id":1,"a":1}`},
		}, map[string]int{`["1"]`: 0}},
		"a day's leaf ranks below its hours": {"convos_metrics", feed.Reference, []placed{
			{"2026-11-20", 60, feed.None, 1, `{"issue_id":1}`},
			{"2026-11-20 00", 0, feed.None, 1, `{"issue_id":1,"a":1}`},
			{"2026-11-20 00:00", 0, feed.None, 1, `{"issue_id":1,"a":2}`},
		}, map[string]int{`["1"]`: 2}},
	} {
		t.Run(name, func(t *testing.T) {
			want := map[string]string{}
			for key, i := range c.want {
				want[key] = c.rows[i].row
			}
			require.Equal(t, want, winners(t, c.table, c.mode, c.rows...))
			for i, j := 0, len(c.rows)-1; i < j; i, j = i+1, j-1 {
				c.rows[i], c.rows[j] = c.rows[j], c.rows[i]
			}
			require.Equal(t, want, winners(t, c.table, c.mode, c.rows...), "in the other order")
		})
	}
}

// rapidRow draws a row of flow_completions with few distinct values, so that every level ties.
func rapidRow(t *rapid.T) placed {
	ts := rapid.SampledFrom([]string{"null", `"2026-11-20T05:00:00"`, `"2026-11-20 05:00:00.500"`, `"2026-11-20T06:00:00+00:00"`})
	return placed{
		stamp:    rapid.SampledFrom([]string{"2026-11-20", "2026-11-20 05", "2026-11-20 05:15", "2026-11-20 06", "2026-11-21"}).Draw(t, "stamp"),
		modified: rapid.IntRange(0, 2).Draw(t, "modified"), split: rapid.SampledFrom([]int{feed.None, 0, 1, 9, 10, 100}).Draw(t, "split"),
		line: rapid.SampledFrom([]int64{1, 2, 9, 10, 99, 100}).Draw(t, "line"),
		row: fmt.Sprintf(`{"issue_id":%d,"negation_event_ts":%s,"success_event_ts":%s,"export_ts":%s}`, rapid.IntRange(1, 2).Draw(t, "issue"),
			ts.Draw(t, "negation"), ts.Draw(t, "success"), ts.Draw(t, "export")),
	}
}

// compare is the order of the document, on the values themselves.
func compare(t require.TestingT, a, b placed) int {
	var x, y map[string]any
	require.NoError(t, json.Unmarshal([]byte(a.row), &x))
	require.NoError(t, json.Unmarshal([]byte(b.row), &y))
	for _, column := range []string{"negation_event_ts", "success_event_ts", "export_ts"} {
		if c := timeOf(t, x[column]).Compare(timeOf(t, y[column])); c != 0 {
			return c
		}
	}
	p, q := originOf(t, a), originOf(t, b)
	return cmp.Or(p.Compare(q.Stamp), p.Modified.Compare(q.Modified), cmp.Compare(a.split, b.split), cmp.Compare(a.line, b.line))
}

func timeOf(t require.TestingT, v any) time.Time {
	text, ok := v.(string)
	if !ok {
		return time.Time{} // null is least
	}
	text = strings.TrimSuffix(strings.Replace(text, " ", "T", 1), "+00:00")
	at, err := time.Parse("2006-01-02T15:04:05", text)
	require.NoError(t, err)
	return at
}

func TestRanksAreInTheOrderOfTheDocument(t *testing.T) {
	table, _ := feed.TableOf("flow_completions", feed.DoorS3)
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapidRow(t), rapidRow(t)
		rank := func(p placed) string {
			r := feed.NewRuler(table, feed.Reference)
			r.File(originOf(t, p))
			row, err := r.Row([]byte(p.row), p.line)
			require.NoError(t, err)
			return string(row.Rank)
		}
		require.Equal(t, compare(t, a, b), strings.Compare(rank(a), rank(b)), "%q, %q", rank(a), rank(b))
	})
}

func TestTheOrderOfRowsChangesNoWinner(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := rapid.SliceOfN(rapid.Custom(rapidRow), 1, 12).Draw(t, "rows")
		want := winners(t, "flow_completions", feed.Reference, rows...)
		again := append(rapid.Permutation(rows).Draw(t, "order"), rows...) // and every row twice
		require.Equal(t, want, winners(t, "flow_completions", feed.Reference, again...))
	})
}

// What rows have is told, and nothing of lines that are no rows, nor of what lies in a value.
func TestColumnsOfRows(t *testing.T) {
	table, _ := feed.TableOf("convos_metrics", feed.DoorS3)
	ruler := feed.NewRuler(table, feed.Reference)
	ruler.File(feed.Origin{Stamp: feed.Stamp{Date: "2026-11-20", Hour: 5, Minute: feed.None}, Split: feed.None})
	for i, line := range []string{
		`{"issue_id":1,"mood":"good","inner":{"deep":1}}`, `{"issue_id":2,"half":1,`, `{"issue_id":3,"half":1,"none":x}`, `{"mo\u006fd":1,"late":null,"issue_id":4}`,
	} {
		_, _ = ruler.Row([]byte(line), int64(i+1))
	}
	require.Equal(t, []string{"inner", "issue_id", "late", "mood"}, ruler.Columns())
	for i := range 30_000 { // beyond the names that are remembered, and those that are told
		_, err := ruler.Row(fmt.Appendf(nil, `{"issue_id":1,"c%d":1}`, i), 5)
		require.NoError(t, err)
	}
	require.Len(t, ruler.Columns(), 1000)
}

// A platform's own columns of the names that say where a row is from are read on under other names.
func TestReservedNames(t *testing.T) {
	table, _ := feed.TableOf("convos_metrics", feed.DoorS3)
	ruler := feed.NewRuler(table, feed.Reference)
	ruler.File(feed.Origin{Stamp: feed.Stamp{Date: "2026-11-20", Hour: 5, Minute: feed.None}, Split: feed.None})
	for line, want := range map[string]string{
		`{"issue_id":1,"a":{"_leaf":1}}`:                                         `{"issue_id":1,"a":{"_leaf":1}}`,
		`{"_leaf":"x","issue_id":1.50,"_bad":[1, 2]}`:                            `{"platform_leaf":"x","issue_id":1.50,"platform_bad":[1, 2]}`,
		`{"\u005fline":1,"issue_id":1,"_reason":null,"_sha256":"","_file":true}`: `{"platform_line":1,"issue_id":1,"platform_reason":null,"platform_sha256":"","platform_file":true}`,
		`{"_leaf":1,"platform_leaf":2,"issue_id":1,"platformplatform_leaf":3}`:   `{"platformplatformplatform_leaf":1,"platform_leaf":2,"issue_id":1,"platformplatform_leaf":3}`,
		`{"_leaf":1,"issue_id":1,"_leaf":2}`:                                     `{"platform_leaf":2,"issue_id":1}`,
	} {
		row, err := ruler.Row([]byte(line), 1)
		require.NoError(t, err)
		require.Equal(t, want, string(row.Line))
	}
}

func TestCompaniesOfRows(t *testing.T) {
	table, _ := feed.TableOf("convos_metrics", feed.DoorS3)
	ruler := feed.NewRuler(table, feed.Reference)
	ruler.File(feed.Origin{Stamp: feed.Stamp{Date: "2026-11-20", Hour: 5, Minute: feed.None}, Split: feed.None})
	for _, name := range []string{`"acme"`, `null`, `""`, `"ACME "`, `"NULL"`} {
		_, err := ruler.Row([]byte(`{"issue_id":1,"company_name":`+name+`}`), 1)
		require.NoError(t, err)
	}
	require.Equal(t, []string{"acme"}, ruler.Companies(), "in whichever letters")
	for _, name := range []string{`"zeta"`, `7`} {
		_, err := ruler.Row([]byte(`{"issue_id":1,"company_name":`+name+`}`), 1)
		require.NoError(t, err)
	}
	require.Equal(t, []string{"7", "acme", "zeta"}, ruler.Companies())
}

// A key that could not be sorted makes the line a bad one, and the reason says nothing of it.
func TestAKeyThatIsTooLong(t *testing.T) {
	rule, _ := feed.TableOf("sms_events", feed.DoorS3)
	r := feed.NewRuler(rule, feed.Reference)
	r.File(originOf(t, placed{stamp: "2026-11-20 05", split: feed.None}))
	row := func(n int) error {
		row, err := r.Row([]byte(`{"sms_flow_id":"`+strings.Repeat("customer", n/8)+`"}`), 1)
		if err == nil {
			require.LessOrEqual(t, len(row.Key)+len(row.Rank), feed.MaxKey)
		}
		return err
	}
	require.NoError(t, row(feed.MaxKey-200))
	err := row(feed.MaxKey)
	require.ErrorContains(t, err, "its key has with what ranks it 65")
	require.NotContains(t, err.Error(), "customer")
}

// A line that was read lies in a buffer that may be a giant's: nothing points into it once it is forgotten.
func TestALineThatIsForgottenIsNotHeld(t *testing.T) {
	table, ok := feed.TableOf("convos_metrics", feed.DoorS3)
	require.True(t, ok)
	r := feed.NewRuler(table, feed.Reference)
	r.File(feed.Origin{Stamp: feed.Stamp{Date: "2026-11-20", Hour: 5, Minute: feed.None}, Split: feed.None})
	buffer := []byte(`{"issue_id":1,"company_name":"acme","first_utterance_ts":"2026-11-20T05:00:00"}`)
	held := weak.Make(&buffer[0])
	row, err := r.Row(buffer, 1)
	require.NoError(t, err)
	require.Equal(t, `["1"]`, string(row.Key))
	r.Forget()
	runtime.GC()
	require.Nil(t, held.Value())
	require.Equal(t, `["1"]`, string(row.Key), "what was made of it stays")
	runtime.KeepAlive(r)
}
