package sandbox

import (
	"maps"
	"slices"

	"transporter/internal/sandbox/world"
)

// keyValue is a metric of a tally; nil when there is nothing to tell, which is left out.
type keyValue func(*keyTally) any

func average(list func(*keyTally) []int64) keyValue {
	return func(k *keyTally) any {
		if len(list(k)) == 0 {
			return nil
		}
		return mean(list(k))
	}
}

func share(a, b func(*keyTally) int64) keyValue {
	return func(k *keyTally) any {
		if b(k) == 0 {
			return nil
		}
		return ratio(a(k), b(k))
	}
}

func (k *keyTally) allClosed() (n int64) {
	for _, count := range k.closed {
		n += count
	}
	return n
}

// concluded conversations were closed or handed over (Historical, "values info").
func (k *keyTally) concluded() int64 { return k.allClosed() + k.transfers }

// keyByTime are the metrics of the time asked for, by the names that requests have.
var keyByTime = map[string]keyValue{
	"avg_wait_time":                               average(func(k *keyTally) []int64 { return k.waits }),
	"avg_wait_time_first_response":                average(func(k *keyTally) []int64 { return k.firstWaits }),
	"avg_time_to_response":                        average(func(k *keyTally) []int64 { return k.responses }),
	"avg_time_to_first_response_first_assignment": average(func(k *keyTally) []int64 { return k.firstResponse }),
	"avg_time_to_first_response_all_assignments":  average(func(k *keyTally) []int64 { return k.firstResponses }),
	"avg_conversations_duration":                  average(func(k *keyTally) []int64 { return k.durations }),
	"closed_conversations":                        func(k *keyTally) any { return k.allClosed() },
	"closed_by_agent":                             func(k *keyTally) any { return k.closed["AGENT"] },
	"closed_by_consumer":                          func(k *keyTally) any { return k.closed["CONSUMER"] },
	"auto_closed":                                 func(k *keyTally) any { return k.closed["SYSTEM"] },
	"concluded_conversations":                     func(k *keyTally) any { return k.concluded() },
	"transfers":                                   func(k *keyTally) any { return k.transfers },
	"back_to_queue":                               func(k *keyTally) any { return k.backToQueue },
	"csat":                                        share(func(k *keyTally) int64 { return k.positive }, func(k *keyTally) int64 { return k.answers }),
	"transfer_rate":                               share(func(k *keyTally) int64 { return k.transfers }, (*keyTally).concluded),
	"close_rate":                                  share((*keyTally).allClosed, (*keyTally).concluded),
}

// keyNow are those of this moment.
var keyNow = map[string]keyValue{
	"assigned_conversations":          func(k *keyTally) any { return k.assigned },
	"unassigned_conversations":        func(k *keyTally) any { return k.queued },
	"active_conversations":            func(k *keyTally) any { return k.active },
	"open_conversations":              func(k *keyTally) any { return k.assigned + k.queued },
	"overdue_conversations_in_queue":  func(k *keyTally) any { return k.overdueQueued },
	"overdue_conversations_assigned":  func(k *keyTally) any { return k.overdueAssigned },
	"overdue_conversations_total":     func(k *keyTally) any { return k.overdueQueued + k.overdueAssigned },
	"queue_wait_time_50th_percentile": func(k *keyTally) any { return waitOf(k, 50) },
	"queue_wait_time_90th_percentile": func(k *keyTally) any { return waitOf(k, 90) },
	"pending_agent_response":          func(k *keyTally) any { return k.pending },
	"pending_agent_response_rate":     share(func(k *keyTally) int64 { return k.pending }, func(k *keyTally) int64 { return k.assigned }),
	"agent_load":                      loadOf(world.Online, world.BackSoon, world.Away),
	"human_agent_load":                loadOf(world.Online, world.BackSoon, world.Away),
	"human_online_load":               loadOf(world.Online),
	"human_away_load":                 loadOf(world.Away),
	"online_agents":                   agentsIn(world.Online),
	"back_soon_agents":                agentsIn(world.BackSoon),
	"away_agents":                     agentsIn(world.Away),
	"available_slots": func(k *keyTally) any {
		free := int64(0)
		for _, a := range k.agents {
			if a.Status == world.Online {
				free += max(a.MaxSlots-a.open, 0)
			}
		}
		return free
	},
	"max_slots": func(k *keyTally) any {
		slots := int64(0)
		for _, a := range k.agents {
			slots += a.MaxSlots
		}
		return slots
	},
}

func waitOf(k *keyTally, p int) any {
	if len(k.queueWaits) == 0 {
		return nil
	}
	return percentile(k.queueWaits, p)
}

// agentsIn counts the logged-in agents of a status.
func agentsIn(status int) keyValue {
	return func(k *keyTally) any {
		n := int64(0)
		for _, a := range k.agents {
			n += oneIf(a.Status == status)
		}
		return n
	}
}

// loadOf is the share of slots in use, of the agents in these statuses. Bots have no slots here.
func loadOf(statuses ...int) keyValue {
	return func(k *keyTally) any {
		open, slots := int64(0), int64(0)
		for _, a := range k.agents {
			if slices.Contains(statuses, a.Status) {
				open, slots = open+a.open, slots+a.MaxSlots
			}
		}
		if slots == 0 {
			return nil
		}
		return ratio(open, slots)
	}
}

// values writes the metrics asked for, by the names that answers have.
func (q *keyQuery) values(k *keyTally) metrics {
	out := metrics{}
	for _, names := range []struct {
		asked []string
		known map[string]keyValue
	}{{q.MetricsToRetrieveByTime, keyByTime}, {q.MetricsToRetrieveCurrentValue, keyNow}} {
		for _, name := range names.asked {
			if value, ok := names.known[name]; ok {
				if v := value(k); v != nil {
					out[camel(name)] = v
				}
			}
		}
	}
	return out
}

// without lists the names of the metrics but some.
func without(all map[string]keyValue, names ...string) []string {
	return slices.Sorted(func(yield func(string) bool) {
		for name := range maps.Keys(all) {
			if !slices.Contains(names, name) && !yield(name) {
				return
			}
		}
	})
}
