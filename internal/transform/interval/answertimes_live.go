package interval

import (
	"cmp"
	"slices"
	"time"

	"transporter/internal/transform/cell"
	"transporter/internal/transform/jsonrec"
)

// liveAnswers is an answer of the method sla about one skill: the chats of each range, none of a
// range that it does not count by, and the time that it is about in epoch milliseconds.
type liveAnswers struct {
	from, to int64
	chats    byWait
}

// liveAnswersOf reads a record of rt_sla_by_skill; one that cannot be read is a *jsonrec.Defect.
func liveAnswersOf(root jsonrec.Value) (string, *liveAnswers, error) {
	skill := cell.TextOf(root.Get("skillId"))
	from, errFrom := time.Parse(time.RFC3339, string(root.Get("interval_start").Text()))
	to, errTo := time.Parse(time.RFC3339, string(root.Get("interval_end").Text()))
	switch {
	case skill == nil:
		return "", nil, &jsonrec.Defect{Path: "$.skillId", Reason: "has no value, and must have one"}
	case errFrom != nil:
		return "", nil, &jsonrec.Defect{Path: "$.interval_start", Reason: "has no time, and must have one"}
	case errTo != nil || !from.Before(to):
		return "", nil, &jsonrec.Defect{Path: "$.interval_end", Reason: "has no time after interval_start, and must have one"}
	}
	l := &liveAnswers{from: from.UnixMilli(), to: to.UnixMilli()}
	return string(skill), l, l.read(root.Get("response").Get("slaDataRange"))
}

// liveRange is one range of the answer, and where it begins, in seconds.
type liveRange struct{ edge, chats int64 }

// read takes the ranges of the answer that begin and end where ours do.
func (l *liveAnswers) read(histogram jsonrec.Value) error {
	if histogram.Kind() != jsonrec.Object {
		return &jsonrec.Defect{Path: "$.response.slaDataRange", Reason: "has no histogram, and must have one"}
	}
	var ranges []liveRange
	for name, counts := range histogram.Members() {
		edge, ok := cell.ParseInt(name)
		if !ok {
			return &jsonrec.Defect{Path: "$.response.slaDataRange", Reason: "has a bucket that begins at no whole second"}
		}
		ranges = append(ranges, liveRange{edge, extreme(counts, "chats")})
	}
	slices.SortFunc(ranges, func(a, b liveRange) int { return cmp.Compare(a.edge, b.edge) })
	for i := range l.chats {
		l.chats[i] = none
		at := slices.IndexFunc(ranges, func(r liveRange) bool { return r.edge == answerEdges[i] })
		if at >= 0 && endOf(ranges, at) == answerEnd(i) {
			l.chats[i] = ranges[at].chats
		}
	}
	return nil
}

// endOf is where a range ends, and 0 of the last.
func endOf(ranges []liveRange, at int) int64 {
	if at+1 == len(ranges) {
		return 0
	}
	return ranges[at+1].edge
}

// write writes what was counted live of the i'th range; nothing of nil.
func (l *liveAnswers) write(r *row, i int) {
	if l == nil {
		return
	}
	r.known("liveChats", l.chats[i], l.chats[i] != none)
	r.count("liveFrom", l.from)
	r.count("liveTo", l.to)
}
