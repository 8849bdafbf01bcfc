package world

import (
	"slices"

	"transporter/internal/sandbox/history"
)

// engagementBits number the engagements of a chat.
const engagementBits = 2

// Chats finds the engagements that the query asks for. Unsorted results come newest
// first, as the source documents no default.
func (a *Account) Chats(q *history.ChatQuery, now int64) history.Hits {
	base, list := a.recent.get(*q, now, func() (int64, []uint32) { return a.scanChats(q, now) })
	return &chatsFound{account: a, now: now, base: base, list: list}
}

// scanChats lists the matching engagements as (number − base) and place.
func (a *Account) scanChats(q *history.ChatQuery, now int64) (base int64, list []uint32) {
	lo, hi := a.chatRange(q, now)
	var facts []history.ChatFacts
	var c chat
	var f history.ChatFacts
	for n := lo; n < hi; n++ {
		a.chatOf(n, &c)
		for i := range c.n {
			if !c.ended(i, now) || c.engagements[i].start < history.Oldest(now) || !q.MatchTimes(c.engagements[i].start, c.engagements[i].seconds()) {
				continue
			}
			a.chatFacts(&c, i, &f)
			if q.Scores() {
				a.chatScores(&c, i, &f)
			}
			if q.Match(&f) {
				list, facts = append(list, uint32(n-lo)<<engagementBits|uint32(i)), append(facts, f)
			}
		}
	}
	return lo, inOrder(q, list, facts)
}

// chatRange bounds the numbers of the chats that may match.
func (a *Account) chatRange(q *history.ChatQuery, now int64) (lo, hi int64) {
	if q.EngagementID != "" {
		n, ok := a.chatNumber(q.EngagementID)
		if !ok {
			return 0, 0
		}
		return n, n + 1
	}
	from, to := history.Oldest(now), now
	if q.Start.Set && q.Visitor == "" {
		from, to = max(from, q.Start.From), min(to, q.Start.To)
	}
	lo = a.chats.first(from - longestVisit)
	return lo, max(lo, a.chats.first(to+1))
}

// inOrder sorts as the query says, then as the source lists what is equal: by start.
func inOrder(q *history.ChatQuery, list []uint32, facts []history.ChatFacts) []uint32 {
	order := make([]int, len(list))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int {
		if c := q.Compare(&facts[i], &facts[j]); c != 0 {
			return c
		}
		return history.ChatFields["start"](&facts[j], &facts[i])
	})
	sorted := make([]uint32, len(list))
	for i, o := range order {
		sorted[i] = list[o]
	}
	return sorted
}

// chatsFound is a listed result.
type chatsFound struct {
	account *Account
	now     int64
	base    int64
	list    []uint32
}

// Len implements history.Hits.
func (h *chatsFound) Len() int { return len(h.list) }

// Append implements history.Hits.
func (h *chatsFound) Append(dst []byte, i int, v history.View) []byte {
	at := h.list[i]
	return h.account.appendEngagement(dst, h.base+int64(at>>engagementBits), int(at&(1<<engagementBits-1)), h.now, v)
}
