package world

import (
	"iter"

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
