package world

import "slices"

// presence is a time during which an agent is logged in.
type presence struct{ from, to int64 }

const (
	// A conversation that is assigned outside of the agent's shift calls the agent in: from
	// a little before until some time after, so that nobody who is away gets one.
	calledBefore = 2 * minuteMS
	calledFor    = 25 * minuteMS

	shiftsOf1000  = 720 // days that an agent works
	lunchesOf1000 = 350 // shifts with a break that is spent logged out
)

// dayOf is the number of the UTC day that t lies in; dayStart is its first moment.
func dayOf(t int64) int64      { return (t - epoch) / dayMS }
func dayStart(day int64) int64 { return epoch + day*dayMS }

// dayStream separates the draws of one agent's day.
func (a *Account) dayStream(s stream, agent int, day int64) random {
	return a.random(s, day*(mostHumans+bots+1)+int64(agent))
}

// shift is the plan of an agent's day: mornings in the busy hours, often cut by lunch.
// Nobody stays logged in over midnight.
func (a *Account) shift(agent int, day int64) []presence {
	r := a.dayStream(streamShift, agent, day)
	if a.directory.agents[agent].deleted || !r.chance(shiftsOf1000) {
		return nil
	}
	from := dayStart(day) + r.between(6*hourMS, 14*hourMS)
	to := min(from+r.between(6*hourMS, 9*hourMS), dayStart(day+1)-minuteMS)
	if !r.chance(lunchesOf1000) {
		return []presence{{from, to}}
	}
	lunch := from + r.between(3*hourMS, 4*hourMS)
	return []presence{{from, lunch}, {lunch + r.between(20*minuteMS, hourMS), to}}
}

// presences is when an agent was logged in that day: the shift, and what assignments add.
func (a *Account) presences(agent int, day int64, assigned []int64) []presence {
	list := a.shift(agent, day)
	for _, at := range assigned {
		if slices.ContainsFunc(list, func(p presence) bool { return at-calledBefore >= p.from && at+minuteMS <= p.to }) {
			continue
		}
		list = append(list, presence{max(at-calledBefore, dayStart(day)), min(at+calledFor, dayStart(day+1)-1)})
	}
	return joined(list)
}

// joined merges presences that touch.
func joined(list []presence) []presence {
	slices.SortFunc(list, func(x, y presence) int { return int(x.from - y.from) })
	var out []presence
	for _, p := range list {
		if last := len(out) - 1; last >= 0 && p.from <= out[last].to+minuteMS {
			out[last].to = max(out[last].to, p.to)
			continue
		}
		out = append(out, p)
	}
	return out
}
