package feeds

import "time"

// nullKeys are rows whose key columns are null, absent or both: nulls are equal to each other.
func (w *World) nullKeys() Scenario {
	pairs, feedback := w.leaf("rep_hierarchy", 1, 0), w.leaf("customer_feedback", 1, 0)
	pair := func(below, above string, more ...any) Line {
		return row(append([]any{"subordinate_rep_id", below, "superior_rep_id", above, "reporting_relationship", "superior", "company_name", w.config.Company}, more...)...)
	}
	answer := func(text string, segments ...any) Line {
		return row(append([]any{"issue_id", 21352352, "last_rep_id", "123008", "question", "endSRS rating", "instance_ts", feedback.At, "answer", text, "company_name", w.config.Company}, segments...)...)
	}
	return Scenario{Feeds: []string{"rep_hierarchy", "customer_feedback"}, Steps: []Step{
		w.step("rep_hierarchy with null agent ids", first(pairs,
			pair("1201", "1900", "subordinate_agent_id", nil, "superior_agent_id", nil), pair("1202", "1900"), pair("1203", "1901", "subordinate_agent_id", nil))),
		w.step("customer_feedback with null segments", first(feedback,
			answer("3", "company_segments", nil, "company_subdivision", nil), answer("4"), answer("5", "company_segments", "marketing"))),
	}}
}

// typeDrift is an id that is a number and then text, a flag that is 1 and then true, a decimal in a
// column of whole numbers.
func (w *World) typeDrift() Scenario {
	five, six := w.leaf("convos_metadata", 1, 5), w.leaf("convos_metadata", 1, 6)
	return scenario("convos_metadata",
		w.step("hour 05", first(five, row("issue_id", int64(1)<<53+1, "last_event_ts", five.At.Add(time.Minute), "escalated_to_chat", 1, "csat_rating", 400, "first_rep_id", 123008))),
		w.step("hour 06", first(six, row("issue_id", "9007199254740993", "last_event_ts", six.At.Add(time.Minute).Format("2006-01-02 15:04:05"), "escalated_to_chat", true, "csat_rating", 400.5, "first_rep_id", "123008"))))
}

// dayEdge is a conversation over midnight, which is in two days.
func (w *World) dayEdge() Scenario {
	before, after := w.leaf("convos_intents", 2, 23), w.leaf("convos_intents", 1, 0)
	of := func(count int) Line {
		return row("issue_id", 21352352, "first_utterance_ts", before.At.Add(58*time.Minute), "disambig_count", count, "company_name", w.config.Company)
	}
	return scenario("convos_intents",
		w.step("the last hour of a day", first(before, of(1))), w.step("the first hour of the next", first(after, of(2))))
}

// snapshot is a table that is exported whole, from which a row goes.
func (w *World) snapshot() Scenario {
	five, six, day, next := w.leaf("dim_queues", 1, 5), w.leaf("dim_queues", 1, 6), w.leaf("intents", 2, 0), w.leaf("intents", 1, 0)
	queue := func(key int, name string) Line {
		return row("queue_key", key, "queue_id", 100+key, "queue_name", name, "company_name", w.config.Company)
	}
	intent := func(code, name string, deleted any) Line {
		return row("code", code, "name", name, "intent_type", "LEAF", "deleted_ts", deleted, "company_name", w.config.Company)
	}
	return Scenario{Feeds: []string{"dim_queues", "intents"}, Steps: []Step{
		w.step("three queues", first(five, queue(1, "sales"), queue(2, "service"), queue(3, "old"))),
		w.step("two queues, one of them renamed", first(six, queue(1, "sales"), queue(2, "support"))),
		w.step("two intents", first(day, intent("PAYBILL", "Pay bill", nil), intent("OUTAGE", "Outage", nil))),
		w.step("one renamed, one deleted", first(next, intent("PAYBILL", "Pay a bill", nil), intent("OUTAGE", "Outage", next.At))),
	}}
}

// olderLogicalTime is a correction that moves first_utterance_ts back: the later row has the lower order.
func (w *World) olderLogicalTime() Scenario {
	five, six := w.leaf("convos_metrics_ended", 1, 5), w.leaf("convos_metrics_ended", 1, 6)
	of := func(at time.Time, count int) Line {
		return row("issue_id", 21352352, "first_utterance_ts", at, "customer_sent_msgs", count, "company_name", w.config.Company)
	}
	return scenario("convos_metrics_ended",
		w.step("hour 05", first(five, of(five.At.Add(10*time.Minute), 1))), w.step("hour 06, a correction", first(six, of(five.At.Add(5*time.Minute), 2))))
}
