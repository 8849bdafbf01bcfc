package feeds

import "time"

// growing is a conversation that comes in each hour in which something happened, with its state so far.
func (w *World) growing() Scenario {
	var steps []Step
	for i, l := range []Leaf{w.leaf("convos_metrics", 1, 5), w.leaf("convos_metrics", 1, 6), w.leaf("convos_metrics", 1, 7)} {
		steps = append(steps, w.step("hour "+l.At.Format("15"), first(l,
			row("issue_id", 21352352, "company_name", w.config.Company, "first_utterance_ts", w.leaf("convos_metrics", 1, 5).At.Add(3*time.Minute), "platform", "web", "assisted", 1,
				"customer_sent_msgs", 3*(i+1), "rep_sent_msgs", 2*(i+1), "total_handle_time", 168.093*float64(i+1)),
			row("issue_id", 21352360+i, "company_name", w.config.Company, "first_utterance_ts", l.At.Add(time.Minute), "platform", "ios", "customer_sent_msgs", 1))))
	}
	return scenario("convos_metrics", steps...)
}

// restated is a window of an agent that is described twice, the second time by a later export.
func (w *World) restated() Scenario {
	five, six := w.leaf("rep_activity", 1, 5), w.leaf("rep_activity", 1, 6)
	of := func(exported time.Time, window time.Duration, utilised float64) Line {
		return row("instance_ts", five.At.Add(window), "export_ts", exported, "rep_id", "123008", "status_id", "1", "status_description", "ONLINE",
			"in_status_starting_ts", five.At, "window_status_time", 900.0, "linear_ute_time", utilised, "max_slots", 3, "desk_mode", "CHAT", "company_name", w.config.Company)
	}
	return scenario("rep_activity",
		w.step("hour 05", first(five, of(five.End(), 15*time.Minute, 253.34), of(five.End(), 30*time.Minute, 300))),
		w.step("hour 06, which has a window of hour 05 again", first(six, of(six.End(), 15*time.Minute, 261.5))))
}

// openStatus is a status without an end, which is closed an hour later; its agent's next one stays open.
func (w *World) openStatus() Scenario {
	five, six := w.leaf("admin_activity", 1, 5), w.leaf("admin_activity", 1, 6)
	of := func(status string, start time.Time, end any, seconds any) Line {
		return row("rep_id", "123008", "rep_name", "Agent 8", "status_description", status, "status_start_ts", start, "status_end_ts", end, "status_time_seconds", seconds, "company_name", w.config.Company)
	}
	return scenario("admin_activity",
		w.step("ONLINE is open", first(five, of("ONLINE", five.At, nil, nil))),
		w.step("ONLINE is closed, OFFLINE is open", first(six, of("ONLINE", five.At, six.At.Add(10*time.Minute), 4200), of("OFFLINE", six.At.Add(10*time.Minute), nil, nil))))
}
