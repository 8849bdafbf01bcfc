package feeds

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// nowhere is a bucket that keeps nothing: for tests of the truth alone.
type nowhere struct{}

func (nowhere) Put(context.Context, string, []byte, time.Time) error { return nil }
func (nowhere) Delete(context.Context, string) error                 { return nil }

var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

func newTestWorld() *World { return New(Config{Seed: 1, Now: func() time.Time { return noon }}) }

// exportOf is leaves with their rows, oldest first.
type exportOf struct {
	day, hour int
	lines     []Line
}

// winner is where a key's latest row must lie, and a word that is in it.
type winner struct{ key, leaf, has string }

func TestTruthByHand(t *testing.T) {
	at := func(minute int) time.Time { return time.Date(2026, 11, 19, 5, minute, 0, 0, time.UTC) }
	for _, c := range []struct {
		name, table string
		mode        Mode
		exports     []exportOf
		want        []winner
	}{
		{
			"convos_metrics: a tie goes to the later export", "convos_metrics", Reference,
			[]exportOf{
				{1, 5, []Line{row("issue_id", 7, "first_utterance_ts", at(3), "customer_sent_msgs", 1)}},
				{1, 6, []Line{Line(`{"issue_id":"7","first_utterance_ts":"2026-11-19 05:03:00","customer_sent_msgs":2}`)}},
			},
			[]winner{{`["7"]`, "dt=2026-11-19/hr=06", `"customer_sent_msgs":2`}},
		},
		{
			"convos_metrics: a later run with an older logical time loses", "convos_metrics", Reference,
			[]exportOf{
				{1, 5, []Line{row("issue_id", 7, "first_utterance_ts", at(3), "customer_sent_msgs", 1)}},
				{1, 6, []Line{row("issue_id", 7, "first_utterance_ts", at(2), "customer_sent_msgs", 2)}},
			},
			[]winner{{`["7"]`, "dt=2026-11-19/hr=05", `"customer_sent_msgs":1`}},
		},
		{
			"rep_activity: export_ts before the leaf", "rep_activity", Reference,
			[]exportOf{
				{1, 5, []Line{row("instance_ts", at(15), "export_ts", at(59), "rep_id", "1", "status_id", 1, "in_status_starting_ts", at(0), "max_slots", 1)}},
				{1, 6, []Line{row("instance_ts", at(15), "export_ts", at(58), "rep_id", 1, "status_id", "1", "in_status_starting_ts", at(0), "max_slots", 2)}},
			},
			[]winner{{`[null,"2026-11-19T05:15:00Z","1","1","2026-11-19T05:00:00Z"]`, "dt=2026-11-19/hr=05", `"max_slots":1`}},
		},
		{
			"admin_activity: a null order is the least", "admin_activity", Reference,
			[]exportOf{
				{1, 5, []Line{row("rep_id", "1", "status_description", "ONLINE", "status_start_ts", at(0), "status_end_ts", at(30))}},
				{1, 6, []Line{row("rep_id", "1", "status_description", "ONLINE", "status_start_ts", at(0), "status_end_ts", nil)}},
			},
			[]winner{{`[null,"1","ONLINE","2026-11-19T05:00:00Z"]`, "dt=2026-11-19/hr=05", `"status_end_ts":"2026`}},
		},
		{
			"rep_hierarchy: null keys fold the table into one row", "rep_hierarchy", Reference,
			[]exportOf{{1, 0, []Line{row("subordinate_rep_id", "1", "superior_rep_id", "9"), row("subordinate_rep_id", "2", "superior_rep_id", "9", "subordinate_agent_id", nil)}}},
			[]winner{{`[null,null]`, "dt=2026-11-19", `"subordinate_rep_id":"2"`}},
		},
		{
			"rep_hierarchy: repaired, each pair is a row", "rep_hierarchy", Repaired,
			[]exportOf{{1, 0, []Line{row("subordinate_rep_id", "1", "superior_rep_id", "9"), row("subordinate_rep_id", 2, "superior_rep_id", "9", "subordinate_agent_id", nil)}}},
			[]winner{{`["1","9"]`, "dt=2026-11-19", ""}, {`["2","9"]`, "dt=2026-11-19", ""}},
		},
		{
			"quick_reply_buttons: over days they are one", "quick_reply_buttons", Reference,
			[]exportOf{
				{2, 0, []Line{row("final_intent_code", "PAY", "quick_reply_button_text", "Bill", "escalated_to_chat", 1, "escalation_requested", 0, "quick_reply_button_index", 1, "instance_ts", at(0), "quick_reply_displayed_count", 3)}},
				{1, 0, []Line{row("final_intent_code", "PAY", "quick_reply_button_text", "Bill", "escalated_to_chat", true, "escalation_requested", "0", "quick_reply_button_index", 1.0, "instance_ts", at(1), "quick_reply_displayed_count", 4)}},
			},
			[]winner{{`["PAY","Bill","true","false","1"]`, "dt=2026-11-19", `"quick_reply_displayed_count":4`}},
		},
		{
			"quick_reply_buttons: repaired, a day is in the key", "quick_reply_buttons", Repaired,
			[]exportOf{
				{2, 0, []Line{row("final_intent_code", "PAY", "quick_reply_button_text", "Bill", "escalated_to_chat", 1, "escalation_requested", 0, "quick_reply_button_index", 1)}},
				{1, 0, []Line{row("final_intent_code", "PAY", "quick_reply_button_text", "Bill", "escalated_to_chat", true, "escalation_requested", "0", "quick_reply_button_index", 1.0)}},
			},
			[]winner{
				{`["2026-11-18",null,null,"PAY","Bill","true","false","1"]`, "dt=2026-11-18", ""},
				{`["2026-11-19",null,null,"PAY","Bill","true","false","1"]`, "dt=2026-11-19", ""},
			},
		},
		{
			"flow_completions: the newer negation, then the newer success", "flow_completions", Reference,
			[]exportOf{
				{1, 5, []Line{row("issue_id", 7, "success_event_ts", at(50), "negation_event_ts", at(20)), row("issue_id", 8, "success_event_ts", at(50))}},
				{1, 6, []Line{row("issue_id", 7, "success_event_ts", at(55), "negation_event_ts", ""), row("issue_id", 8, "success_event_ts", at(51), "negation_event_ts", "NULL")}},
			},
			[]winner{{`["7"]`, "dt=2026-11-19/hr=05", ""}, {`["8"]`, "dt=2026-11-19/hr=06", ""}},
		},
		{
			"flow_completions: repaired, the last relevant event first", "flow_completions", Repaired,
			[]exportOf{
				{1, 5, []Line{row("issue_id", 7, "success_event_ts", at(50), "negation_event_ts", at(20), "last_relevant_event_ts", at(50))}},
				{1, 6, []Line{row("issue_id", 7, "success_event_ts", at(55), "last_relevant_event_ts", at(55))}},
			},
			[]winner{{`["7"]`, "dt=2026-11-19/hr=06", ""}},
		},
		{
			"dim_queues: the newest leaf alone", "dim_queues", Reference,
			[]exportOf{
				{1, 5, []Line{row("queue_key", "a"), row("queue_key", "gone")}},
				{1, 6, []Line{row("queue_key", "b", "queue_name", "old"), row("queue_key", "b", "queue_name", "new")}},
			},
			[]winner{{`["b"]`, "dt=2026-11-19/hr=06", `"new"`}},
		},
		{
			"utterances: the newer instance, whatever comes last", "utterances", Reference,
			[]exportOf{
				{1, 5, []Line{
					row("issue_id", 7, "sender_id", 1, "created_ts", "2026-11-19T05:00:00.500000+00:00", "instance_ts", at(15), "utterance", "new"),
					row("issue_id", 7, "sender_id", 1, "created_ts", "2026-11-19 05:00:00.500", "instance_ts", at(0), "utterance", "old"),
					row("issue_id", 7, "sender_id", 1, "created_ts", "2026-11-19T05:00:00.500000001Z", "instance_ts", at(0), "utterance", "other"),
				}},
			},
			[]winner{
				{`["7","1","2026-11-19T05:00:00.500000001Z"]`, "dt=2026-11-19/hr=05", `"other"`},
				{`["7","1","2026-11-19T05:00:00.5Z"]`, "dt=2026-11-19/hr=05", `"new"`},
			},
		},
		{
			"queue_wfm: a restated window, by a later export", "queue_wfm", Reference,
			[]exportOf{
				{1, 5, []Line{row("instance_ts", at(0), "queue_name", "q", "rep_id", nil, "assignments_ct", 1, "export_ts", at(20))}},
				{1, 6, []Line{row("instance_ts", at(0), "queue_name", "q", "assignments_ct", 2, "export_ts", at(50))}},
			},
			[]winner{{`["2026-11-19T05:00:00Z","q",null]`, "dt=2026-11-19/hr=06/mi=00", `"assignments_ct":2`}},
		},
		{
			"sms_events: no order, the latest arrival wins", "sms_events", Reference,
			[]exportOf{
				{1, 5, []Line{row("sms_flow_id", "a", "message_sent_result", "Sent"), row("sms_flow_id", "a", "message_sent_result", "Again")}},
				{1, 4, []Line{row("sms_flow_id", "a", "message_sent_result", "Before")}},
			},
			[]winner{{`["a"]`, "dt=2026-11-19/hr=05", `"Again"`}},
		},
		{
			"rep_utilized: a slot change inside a window folds", "rep_utilized", Reference,
			[]exportOf{{1, 5, []Line{row("instance_ts", at(0), "rep_id", 1, "desk_mode", "CHAT", "max_slots", 3), row("instance_ts", at(0), "rep_id", 1, "desk_mode", "CHAT", "max_slots", 4)}}},
			[]winner{{`["2026-11-19T05:00:00Z","1","CHAT"]`, "dt=2026-11-19/hr=05", `"max_slots":4`}},
		},
		{
			"rep_utilized: repaired, it is two rows", "rep_utilized", Repaired,
			[]exportOf{{1, 5, []Line{row("instance_ts", at(0), "rep_id", 1, "desk_mode", "CHAT", "max_slots", 3), row("instance_ts", at(0), "rep_id", 1, "desk_mode", "CHAT", "max_slots", 4)}}},
			[]winner{{`[null,"2026-11-19T05:00:00Z","1","CHAT","3"]`, "dt=2026-11-19/hr=05", ""}, {`[null,"2026-11-19T05:00:00Z","1","CHAT","4"]`, "dt=2026-11-19/hr=05", ""}},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newTestWorld()
			for _, e := range c.exports {
				require.NoError(t, w.write(t.Context(), nowhere{}, first(w.leaf(c.table, e.day, e.hour), e.lines...)))
			}
			rows, err := w.Truth(Question{Table: c.table, Mode: c.mode})
			require.NoError(t, err)
			require.Len(t, rows, len(c.want))
			for i, want := range c.want {
				require.Equal(t, want.key, string(written(rows[i].Key)))
				require.Equal(t, want.leaf, rows[i].Leaf)
				require.Contains(t, string(rows[i].Row), want.has)
			}
		})
	}
}

func TestQuestionsThatCannotBeAnswered(t *testing.T) {
	_, err := newTestWorld().Truth(Question{Table: "nothing"})
	require.ErrorContains(t, err, "table")
	_, err = newTestWorld().Truth(Question{Table: "reps", Mode: "both"})
	require.ErrorContains(t, err, "mode")
}

func TestTruthOfSomeLeaves(t *testing.T) {
	w := newTestWorld()
	for hour := range 3 {
		require.NoError(t, w.write(t.Context(), nowhere{}, first(w.leaf("sms_events", 1, hour), row("sms_flow_id", "a"), row("sms_flow_id", hour))))
	}
	rows, err := w.Truth(Question{Table: "sms_events", From: w.day(1).Add(time.Hour), Through: w.day(1).Add(2 * time.Hour)})
	require.NoError(t, err)
	require.Len(t, rows, 2)
	require.Equal(t, "dt=2026-11-19/hr=01", rows[0].Leaf)
	require.Equal(t, 2, rows[0].Line, "of hour 1, its number")
}
