package interval

import (
	"transporter/internal/transform/cell"
	"transporter/internal/transform/jsonrec"
)

// How a row came to be, as the column _provenance has it.
const (
	provenanceLive          = "live"
	provenanceReconstructed = "reconstructed"
)

// chatCounts is what happened to the chats of one skill in one interval; times are seconds.
type chatCounts struct {
	// Live (Operational Realtime API, Queue Health and Engagement Activity).
	offered, connected, abandoned, toAnswer, toAbandon int64
	queue, slots                                       level
	handled                                            chatsHandled
	backlog, backlogAt                                 int64

	// History (Engagement History API).
	seen                           bool
	starts, waits, waitSum, inTime int64
	past                           chatsHandled
}

// chatsHandled are the chats that agents were done with, and how long those took.
type chatsHandled struct{ interactive, silent, seconds, silentSeconds int64 }

// none stands for no data, as the source writes it.
const none = -1

func newChatCounts() *chatCounts {
	return &chatCounts{queue: newLevel(), slots: newLevel(), backlog: none}
}

// level is a number that was looked at again and again.
type level struct{ most, least, sum, count int64 }

func newLevel() level { return level{most: none, least: none} }

func (l *level) add(most, least, sum, count int64) {
	l.most = max(l.most, most)
	if least != none && (l.least == none || least < l.least) {
		l.least = least
	}
	l.sum, l.count = l.sum+sum, l.count+count
}

// number reads a metric; what is missing counts nothing, and neither does no data.
func number(metrics jsonrec.Value, name string) int64 {
	n, ok := cell.IntOf(metrics.Get(name))
	if !ok {
		return 0
	}
	return max(n, 0)
}

// extreme reads a metric for which zero is a value.
func extreme(metrics jsonrec.Value, name string) int64 {
	if n, ok := cell.IntOf(metrics.Get(name)); ok {
		return n
	}
	return none
}

// addQueue adds a bucket of queuehealth that starts at the moment.
func (c *chatCounts) addQueue(m jsonrec.Value, start int64) {
	c.offered += number(m, "enteredQEng")
	c.connected += number(m, "connectedEng")
	c.abandoned += number(m, "abandonedEng")
	c.toAnswer += number(m, "totalTimeToAnswer")
	c.toAbandon += number(m, "totalTimeToAbandon")
	c.queue.add(extreme(m, "maxQueueSize"), extreme(m, "minQueueSize"), number(m, "queueSizeSum"), number(m, "queueSizeCount"))
	c.slots.add(extreme(m, "maxAvailableSlots"), extreme(m, "minAvailableSlots"), number(m, "availableSlotsSum"), number(m, "availableSlotsCount"))
	if start >= c.backlogAt {
		c.backlog, c.backlogAt = max(extreme(m, "currentQueueSize"), extreme(m, "currentQueueState")), start
	}
}

// addWork adds a bucket of engactivity.
func (c *chatCounts) addWork(m jsonrec.Value) {
	c.handled.interactive += number(m, "totalInteractiveChats")
	c.handled.silent += number(m, "totalNonInteractiveChats")
	c.handled.seconds += number(m, "totalHandlingTime")
	c.handled.silentSeconds += number(m, "nonInteractiveTotalHandlingTime")
}

// answered adds a chat that an agent took, after a wait in milliseconds.
func (c *chatCounts) answered(wait int64, known bool, threshold int64) {
	c.seen = true
	c.starts++
	if !known {
		return
	}
	c.waits++
	c.waitSum += wait / 1000
	if wait < threshold*1000 {
		c.inTime++
	}
}

// ended adds a chat that was handled.
func (c *chatCounts) ended(interactive bool, seconds int64) {
	c.seen = true
	if interactive {
		c.past.interactive++
		c.past.seconds += seconds
		return
	}
	c.past.silent++
	c.past.silentSeconds += seconds
}

func (c *chatCounts) write(r *row, live bool, threshold int64) {
	connected, toAnswer, answers, handled, provenance := c.starts, c.waitSum, c.waits, c.past, provenanceReconstructed
	if live {
		connected, toAnswer, answers, handled, provenance = c.connected, c.toAnswer, c.connected, c.handled, provenanceLive
	}
	r.count("connected", connected)
	r.count("answerTotalS", toAnswer)
	r.ratio("answerAvgS", toAnswer, answers)
	r.count("handledInteractive", handled.interactive)
	r.count("handledNoninteractive", handled.silent)
	r.count("handleS", handled.seconds)
	r.count("handleNoninteractiveS", handled.silentSeconds)
	r.ratio("ahtS", handled.seconds, handled.interactive)
	r.count("slThresholdS", threshold)
	r.count("slChats", c.waits)
	r.count("slAnsweredWithin", c.inTime)
	r.ratio("slPct", c.inTime, c.waits)
	r.flag("slSettled", c.starts >= connected)
	r.text("provenance", []byte(provenance))
	if live {
		c.writeQueue(r)
	}
}

// writeQueue writes what only the live resources know.
func (c *chatCounts) writeQueue(r *row) {
	r.count("offered", c.offered)
	r.count("abandoned", c.abandoned)
	r.ratio("abandonRate", c.abandoned, c.abandoned+c.connected)
	r.count("abandonTotalS", c.toAbandon)
	r.ratio("abandonAvgS", c.toAbandon, c.abandoned)
	r.count("queueMax", c.queue.most)
	r.count("queueMin", c.queue.least)
	r.ratio("queueAvg", c.queue.sum, c.queue.count)
	r.count("slotsMax", c.slots.most)
	r.count("slotsMin", c.slots.least)
	r.ratio("slotsAvg", c.slots.sum, c.slots.count)
	r.count("backlogEnd", c.backlog)
}
