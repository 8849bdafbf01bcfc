package world

import (
	"cmp"
	"slices"
)

// What a status change is, and which status it leads to (Agent Activity API, statusType
// and statusSubType).
const (
	StatusChanged = 1
	LoggedIn      = 3
	LoggedOut     = 4

	Offline  = 1
	Online   = 2
	BackSoon = 3 // "occupied"
	Away     = 4
)

// NoSession and NoReason are what the API writes where it has none.
const (
	NoSession = -1
	NoReason  = -1
)

// StatusChange is one event of an agent. Session is the real one: the API leaves it out of
// the first two events of a login.
type StatusChange struct {
	At       int64
	Agent    int // index in the directory
	Session  int64
	Sequence int // −1 for the login, 1 for the status after it, then 2, 3 …
	Type     int
	Status   int   // 0 for a login
	Reason   int   // index of AwayReasons, or NoReason
	Previous int64 // of the agent's previous change; 0 where the API leaves it out
}

// AwayReasons are the account's own reasons for being away; ids are their places plus one.
var AwayReasons = []string{"Training", "Lunch", "Pause café", "休憩", "Team meeting, weekly", "Back office"}

const (
	firstSession    = 30_000_000
	sessionsOfADay  = 64  // at most, for an agent
	skippedOf1000   = 15  // sequence numbers that are left out
	defaultOnline   = 700 // of a thousand logins begin online, the others away
	reasonedOf1000  = 600 // of a thousand times away have a reason
	backSoonOf1000  = 400 // of a thousand breaks are "back soon"
	statusesAtMost  = 40  // of a session
	firstSequence   = 1
	loginSequence   = -1
	changeAfterward = 1 // milliseconds between login and the status after it, at most
)

// StatusChanges lists the changes of [from, to) that have happened by now, ordered by time,
// agent and sequence. Changes are a pure function of the seed and the day: a time that was
// listed once stays as it is.
func (a *Account) StatusChanges(from, to, now int64) []StatusChange {
	to = min(to, now+1)
	var out []StatusChange
	for day := dayOf(max(from, epoch)); dayStart(day) < to; day++ {
		list := a.days.get(day, func() []StatusChange { return a.changesOfDay(day) })
		lo := a.search(list, from)
		out = append(out, list[lo:max(lo, a.search(list, to))]...)
	}
	return out
}

func (a *Account) search(list []StatusChange, at int64) int {
	i, _ := slices.BinarySearchFunc(list, at, func(c StatusChange, at int64) int { return cmp.Compare(c.At, at) })
	return i
}

func (a *Account) changesOfDay(day int64) []StatusChange {
	assigned := map[int][]int64{}
	a.assignments(dayStart(day), dayStart(day+1), func(x assignment) {
		assigned[x.agent] = append(assigned[x.agent], x.at)
	})
	var out []StatusChange
	for agent := a.directory.humans; agent < len(a.directory.agents); agent++ {
		times := assigned[agent]
		slices.Sort(times)
		for i, p := range a.presences(agent, day, times) {
			out = append(out, a.session(agent, day, i, p, times)...)
		}
	}
	slices.SortStableFunc(out, func(x, y StatusChange) int {
		return cmp.Or(cmp.Compare(x.At, y.At), cmp.Compare(x.Agent, y.Agent), cmp.Compare(x.Sequence, y.Sequence))
	})
	return out
}

// session tells one login: a status after it, then breaks, none of them over the moment of
// an assignment, and the logout.
func (a *Account) session(agent int, day int64, i int, p presence, assigned []int64) []StatusChange {
	r := a.dayStream(streamStatus, agent, day*sessionsOfADay+int64(i))
	id := firstSession + (day*int64(len(a.directory.agents))+int64(agent))*sessionsOfADay + int64(i)
	s := sessionStory{changes: []StatusChange{{At: p.from, Agent: agent, Session: id, Sequence: loginSequence, Type: LoggedIn, Reason: NoReason}}}
	status := Online
	if !r.chance(defaultOnline) && !anyIn(assigned, p.from, p.from+minuteMS) {
		status = Away
	}
	s.add(p.from+int64(r.below(changeAfterward+1)), StatusChanged, status, NoReason)
	at := p.from + r.between(20*secondMS, minuteMS)
	if status == Away {
		s.change(&r, at, Online, NoReason)
	}
	for at += r.between(10*minuteMS, 80*minuteMS); at < p.to-2*minuteMS && len(s.changes) < statusesAtMost; {
		back := min(at+r.between(30*secondMS, 40*minuteMS), p.to-minuteMS)
		if !anyIn(assigned, at, back) {
			status, reason := away(&r)
			s.change(&r, at, status, reason)
			s.change(&r, back, Online, NoReason)
		}
		at = back + r.between(10*minuteMS, 80*minuteMS)
	}
	s.add(p.to, LoggedOut, Offline, NoReason)
	return s.changes
}

// away draws a break.
func away(r *random) (status, reason int) {
	if r.chance(backSoonOf1000) {
		return BackSoon, NoReason
	}
	if r.chance(reasonedOf1000) {
		return Away, r.below(len(AwayReasons))
	}
	return Away, NoReason
}

func anyIn(sorted []int64, from, to int64) bool {
	i, _ := slices.BinarySearch(sorted, from)
	return i < len(sorted) && sorted[i] <= to
}

// sessionStory collects the changes of a session.
type sessionStory struct{ changes []StatusChange }

// change adds a change by the agent, and leaves a number out now and then.
func (s *sessionStory) change(r *random, at int64, status, reason int) {
	skipped := 0
	if r.chance(skippedOf1000) {
		skipped = 1
	}
	s.add(at, StatusChanged, status, reason)
	last := len(s.changes) - 1
	s.changes[last].Sequence += skipped
	s.changes[last].Previous = s.changes[last-1].At
}

func (s *sessionStory) add(at int64, kind, status, reason int) {
	c := s.changes[len(s.changes)-1]
	c.Sequence = max(c.Sequence+1, firstSequence)
	c.At, c.Type, c.Status, c.Reason, c.Previous = at, kind, status, reason, 0
	s.changes = append(s.changes, c)
}
