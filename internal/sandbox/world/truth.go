package world

import (
	"iter"
	"strconv"

	"transporter/internal/sandbox/history"
)

// Conversation is what exists, as searches at now may know it: no rounding, no paging,
// no candidates. Ends that have not come are history.Open.
type Conversation struct {
	Facts  history.Facts // times and status only
	number int64
	asOf   int64
	of     *Account
}

// ID is the conversation's id.
func (c *Conversation) ID() string {
	return string(appendUUID(nil, c.of.uuid(conversationID, c.number)))
}

// Messages counts the conversation's messages, its survey's included.
func (c *Conversation) Messages() int {
	s := stories.Get().(*story)
	defer stories.Put(s)
	c.of.tell(c.number, c.asOf, s)
	return len(s.messages)
}

// Moves counts how often the conversation was handed over and how often it was assigned
// to an agent, and sums the milliseconds for which agents had it, each from the
// assignment to the next hand-over or the end. Those of an open one are not over and not
// counted.
func (c *Conversation) Moves() (transfers, assignments, assignedMS int64) {
	s := stories.Get().(*story)
	defer stories.Put(s)
	c.of.tell(c.number, c.asOf, s)
	for i, g := range s.segments() {
		if i > 0 {
			transfers++
		}
		if g.agent == nobody {
			continue
		}
		assignments++
		if g.to <= c.asOf {
			assignedMS += g.to - g.assigned
		}
	}
	return transfers, assignments, assignedMS
}

// Conversations walks every conversation that is kept and visible at now, oldest first:
// a plain loop over all numbers, about 100 ns each. What it yields is valid until the
// next.
func (a *Account) Conversations(now int64) iter.Seq[*Conversation] {
	return func(yield func(*Conversation) bool) {
		oldest := history.Oldest(now)
		c := &Conversation{of: a}
		for n := a.first(oldest); ; n++ {
			c.number, c.asOf = n, a.asOf(n, now)
			t := a.times(n)
			if t.start > now {
				return
			}
			if t.start > c.asOf || t.start < oldest {
				continue
			}
			t.facts(c.asOf, &c.Facts)
			if !yield(c) {
				return
			}
		}
	}
}

// Engagement is one stay in a chat that exists, however searches see it.
type Engagement struct {
	ID         string // engagementId:engagementSequence
	Start, End int64
	of         *Account
	number     int64
	place      int
}

// Lines counts those of its transcript, whole.
func (e *Engagement) Lines() int {
	var c chat
	var t transcript
	e.of.chatOf(e.number, &c)
	e.of.transcript(&c, e.place, &t)
	return len(t.lines)
}

// Engagements walks every engagement that is kept and can be found at now, by a plain loop
// over all chats.
func (a *Account) Engagements(now int64) iter.Seq[Engagement] {
	return func(yield func(Engagement) bool) {
		oldest := history.Oldest(now)
		var c chat
		for n := a.chats.first(oldest - longestVisit); a.chats.start(n) <= now; n++ {
			a.chatOf(n, &c)
			for i, g := range c.engagements[:c.n] {
				if g.start < oldest || !c.ended(i, now) {
					continue
				}
				if !yield(Engagement{a.engagementID(n) + ":" + strconv.Itoa(i), g.start, g.end, a, n, i}) {
					return
				}
			}
		}
	}
}
