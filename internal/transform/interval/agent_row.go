package interval

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"transporter/internal/transform/jsonrec"
)

// write writes the row of an agent in an interval; the report's columns say what each is.
func (f *Agents) write(id string, i int, t *agentTally) {
	r := &f.row
	if f.Days {
		from, _ := f.Axis.Bounds(i)
		r.text("localDay", []byte(f.Axis.dateOf(from)))
	} else {
		r.interval(f.Axis, i)
	}
	f.writeWho(r, id)
	f.writeStatus(r, t)
	f.writeSegments(r, t)
	if f.Days {
		f.writeDay(r, t)
		return
	}
	from, to := f.Axis.Bounds(i)
	f.writeWork(r, t, to-from)
	f.writeChat(r, t.chat)
}

func (f *Agents) writeStatus(r *row, t *agentTally) {
	r.count("loginMs", t.login)
	r.count("onlineMs", t.online)
	r.count("backSoonMs", t.backSoon)
	r.count("awayMs", t.away)
	r.key("awayByReason")
	r.buf = f.appendReasons(r.buf, t.reasons)
	if f.Wide {
		r.key("awayFor")
		r.buf = f.appendAwayFor(r.buf, t.reasons)
	}
	r.count("logins", int64(t.logins))
	r.count("logouts", int64(t.logouts))
	r.flag("sequenceGap", t.gap)
	var state []byte
	if t.endStatus != 0 {
		state = []byte(statusNames[t.endStatus])
	}
	r.text("stateAtEnd", state)
	r.text("reasonAtEnd", f.reasons.text(t.endReason))
}

// noReasonText is the key of time away without a reason.
const noReasonText = "none"

// appendReasons writes the time away by reason, in the order of their texts.
func (f *Agents) appendReasons(dst []byte, list []reasonTime) []byte {
	name := func(r reasonTime) string {
		if r.reason == noReason {
			return noReasonText
		}
		return f.reasons.all[r.reason-1]
	}
	slices.SortFunc(list, func(a, b reasonTime) int { return strings.Compare(name(a), name(b)) })
	dst = append(dst, '{')
	for i, one := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(jsonrec.AppendText(dst, []byte(name(one))), ':')
		dst = strconv.AppendInt(dst, one.ms, 10)
	}
	return append(dst, '}')
}

// appendAwayFor writes the time away for each of Reasons, then that for all others and none.
func (f *Agents) appendAwayFor(dst []byte, list []reasonTime) []byte {
	away := make([]int64, len(f.Reasons)+1)
	for _, one := range list {
		i := slices.Index(f.Reasons, string(f.reasons.text(one.reason)))
		if i < 0 {
			i = len(f.Reasons)
		}
		away[i] += one.ms
	}
	for i, ms := range away {
		dst = strconv.AppendInt(append(dst, "[,"[min(i, 1)]), ms, 10)
	}
	return append(dst, ']')
}

func (f *Agents) writeSegments(r *row, t *agentTally) {
	r.count("assignedNew", int64(t.started))
	r.count("ended", t.segment.n)
	r.count("concluded", t.concluded())
	r.count("closed", int64(t.closed))
	r.count("transferredOut", int64(t.transferred))
	r.count("backToQueue", int64(t.returned))
	r.count("handled", int64(t.handled))
	r.count("messagesSent", int64(t.messages))
	r.count("responses", int64(t.responses))
	r.mean("firstResponseAvg", t.first)
	r.mean("responseAvg", t.response)
	r.mean("segmentAvg", t.segment)
	r.mean("ahtMs", t.handle)
}

// writeWork writes how the agent's time was taken up in an interval of the length.
func (f *Agents) writeWork(r *row, t *agentTally, length int64) {
	working, having := t.covered(busy, length), t.covered(assigned, length)
	online := t.both(busy, whileOnline, length)
	r.count("busyMs", working)
	r.count("assignedMs", having)
	r.count("concurrencyMs", t.concurrency)
	r.ratio("concurrencyAvg", t.concurrency, having)
	r.count("availableMs", t.online-online)
	r.count("busyWhileOnline", online)
	r.count("busyWhileAway", t.both(busy, whileAway, length))
	r.ratio("occupancy", working, t.online)
}

func (f *Agents) writeChat(r *row, c *chatTally) {
	counted := c != nil
	if !counted {
		c = &chatTally{}
	}
	r.known("chatOnline", c.online, counted)
	r.known("chatChatting", c.chatting, counted)
	r.known("chatMaxConcurrency", c.most, counted)
}

func (f *Agents) writeDay(r *row, t *agentTally) {
	d := t.ofDay(true)
	r.known("firstLogin", d.login, d.login != 0)
	r.known("lastLogout", d.logout, d.logout != 0)
	r.count("conversationsHandled", int64(d.talks))
	r.ratio("transferRate", int64(t.transferred), t.concluded())
	r.ratio("closeRate", int64(t.closed), t.concluded())
	r.known("handleMs", t.handle.sum, t.handle.n > 0)
	r.count("csatAnswers", int64(d.rated))
	r.ratio("csatPct", percent*int64(d.good), int64(d.rated))
	r.count("npsAnswers", int64(d.scored))
	r.ratio("npsScore", percent*int64(d.promoters-d.detractors), int64(d.scored))
	r.count("fcrAnswers", int64(d.resolved))
	r.ratio("fcrPct", percent*int64(d.resolvedAtFirst), int64(d.resolved))
	r.ratio("handledPerHour", int64(d.talks)*time.Hour.Milliseconds(), t.login)
}
