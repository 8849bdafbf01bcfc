package sandbox

import (
	"time"

	"transporter/internal/sandbox/world"
)

// slot is a skill and the start of an interval.
type slot struct{ skill, start int64 }

// arrived is what is counted by the interval that was asked for.
type arrived struct {
	arrivals, duration int64
	waits, durations   []int64
}

// effort is what is counted by the hour, and repeated in shorter intervals.
type effort struct {
	messages, handled   int64
	login, slots, inUse int64 // milliseconds; slots and inUse weighted with slots
}

// skillWork are the numbers of all skills.
type skillWork struct {
	arrived map[slot]*arrived
	effort  map[slot]*effort
}

func at[T any](m map[slot]*T, skill, t, step int64) *T {
	key := slot{skill, t - t%step}
	if m[key] == nil {
		m[key] = new(T)
	}
	return m[key]
}

// queued are the reasons by which a conversation comes to a skill's queue; agents and takeovers
// take it past the queue.
var queued = map[string]bool{"": true, "Skill": true, "back2Q": true, "SuggestedAgentTimeout": true}

// work counts what happened in the hours around the intervals asked for. Durations are those of
// humans' segments.
func (q *nhtQuery) work(a *world.Account, now int64) skillWork {
	w := skillWork{map[slot]*arrived{}, map[slot]*effort{}}
	whole := stretch{q.from - q.from%hourMillis, q.to + q.interval + hourMillis}
	skillsOf := w.logins(a, whole, now)
	for _, c := range a.Between(whole.from, whole.to, now) {
		for i := range c.Stays {
			stay := &c.Stays[i]
			w.stay(stay, q.interval, whole)
			w.said(c, stay, whole)
			if stay.Assigned >= 0 && !stay.Bot {
				left := stay.To
				if left < 0 {
					left = now
				}
				eachHour(stretch{stay.Assigned, left}, whole, func(hour, ms int64) {
					for _, skill := range skillsOf[stay.Agent] {
						at(w.effort, skill, hour, hourMillis).inUse += ms
					}
				})
			}
		}
	}
	return w
}

// logins adds how long each skill's agents were logged in, and returns the skills of each.
func (w skillWork) logins(a *world.Account, whole stretch, now int64) map[int64][]int64 {
	skills := map[int64][]int64{}
	for _, s := range a.Stints(whole.from, whole.to, min(whole.to, now)) {
		staff := a.Staff(s.Agent)
		if skills[staff.ID] == nil {
			for _, skill := range staff.Skills {
				skills[staff.ID] = append(skills[staff.ID], skill.ID)
			}
		}
		eachHour(stretch{s.From, s.To}, whole, func(hour, ms int64) {
			for _, skill := range skills[staff.ID] {
				e := at(w.effort, skill, hour, hourMillis)
				e.login, e.slots = e.login+ms, e.slots+ms*staff.MaxSlots
			}
		})
	}
	return skills
}

// eachHour calls visit with the hours that a time touches within the whole, and for how long.
func eachHour(t, whole stretch, visit func(hour, ms int64)) {
	from, to := max(t.from, whole.from), min(t.to, whole.to)
	for hour := from - from%hourMillis; hour < to; hour += hourMillis {
		visit(hour, stretch{hour, hour + hourMillis}.overlap(from, to))
	}
}

func (w skillWork) stay(stay *world.Stay, interval int64, whole stretch) {
	if queued[stay.Reason] {
		if whole.holds(stay.From) {
			at(w.arrived, stay.Skill, stay.From, interval).arrivals++
		}
		if whole.holds(stay.Assigned) {
			a := at(w.arrived, stay.Skill, stay.Assigned, interval)
			a.waits = append(a.waits, stay.Assigned-stay.From)
		}
	}
	if stay.Assigned >= 0 && !stay.Bot && whole.holds(stay.To) {
		a := at(w.arrived, stay.Skill, stay.To, interval)
		a.duration += stay.To - stay.Assigned
		a.durations = append(a.durations, stay.To-stay.Assigned)
	}
}

// said counts a human's messages of the stay, and the stay in each hour in which there are any.
func (w skillWork) said(c *world.Live, stay *world.Stay, whole stretch) {
	if stay.Assigned < 0 || stay.Bot {
		return
	}
	hours := map[int64]bool{}
	for _, m := range c.Talk {
		if m.Agent != stay.Agent || m.At < stay.Assigned || stay.To >= 0 && m.At >= stay.To || !whole.holds(m.At) {
			continue
		}
		e := at(w.effort, stay.Skill, m.At, hourMillis)
		e.messages++
		if hour := m.At - m.At%hourMillis; !hours[hour] {
			hours[hour] = true
			e.handled++
		}
	}
}

// intervals are those of one skill that have begun. Times are in seconds, as the published
// sample has them, and so is its mix of placeholders: 0, as the page says, but -1 for what is
// counted or added up.
func (w skillWork) intervals(skill int64, q nhtQuery, now int64) []metrics {
	list := []metrics{}
	for start := q.from; start <= min(q.to, now); start += q.interval {
		a, e := at(w.arrived, skill, start, q.interval), at(w.effort, skill, start, hourMillis)
		one := with(e.metrics(), metrics{
			"timestamp": time.UnixMilli(start).UTC().Format("2006-01-02T15:04"), "epochTimestamp": start,
			"arrivals": a.arrivals, "totalAgentSegmentDuration": a.duration / secondMS,
			"avgTimeInQueue": seconds(a.waits), "avgAgentSegmentDuration": seconds(a.durations),
		})
		if a.arrivals == 0 {
			one["arrivals"] = noData
		}
		if len(a.durations) == 0 {
			one["totalAgentSegmentDuration"] = noData
		}
		list = append(list, one)
	}
	return list
}

const secondMS = int64(1000)

// seconds is the mean in seconds, zero of nothing.
func seconds(ms []int64) float64 {
	sum := int64(0)
	for _, v := range ms {
		sum += v
	}
	return orZero(sum, int64(len(ms))) / float64(secondMS)
}

// metrics are the hour's numbers. In the published sample the net handle time is the work time
// times messages over segments; the work time is taken to be the time logged in times the load,
// spread over the messages.
func (e *effort) metrics() metrics {
	load := orZero(e.inUse, e.slots)
	worked := load * float64(e.login) / float64(secondMS)
	out := metrics{
		"avgAvailableLoad": load, "messagesSent": e.messages, "handledSegments": e.handled,
		"avgSegmentWorkTime": 0.0, "netHandleTime": 0.0,
	}
	if e.messages > 0 {
		out["avgSegmentWorkTime"] = worked / float64(e.messages)
		out["netHandleTime"] = worked / float64(e.handled)
	}
	return out
}
