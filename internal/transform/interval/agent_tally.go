package interval

import "slices"

// agentTally is one agent in one interval. Everybody who is logged in has one for every
// interval, so it is kept small: about 200 bytes, and 12 for each mark.
type agentTally struct {
	login, online, backSoon, away int64 // milliseconds by status
	concurrency                   int64 // of all segments that were open, summed
	reasons                       []reasonTime
	marks                         []mark

	first, response, segment, handle mean // of segments that ended

	started, closed, transferred, returned, handled int32 // segments
	messages, responses                             int32
	logins, logouts                                 int32

	endStatus int32 // index of statusNames; 0: not logged in
	endReason int32 // index of Agents.reasons; noReason without one
	whole     uint8 // kinds of marks that cover all of the interval, as bits
	gap       bool

	chat *chatTally
	day  *dayTally
}

// reasonTime is time away for a reason, by its index in Agents.reasons.
type reasonTime struct {
	reason int32
	ms     int64
}

func (t *agentTally) awayFor(reason int32, ms int64) {
	i := slices.IndexFunc(t.reasons, func(r reasonTime) bool { return r.reason == reason })
	if i < 0 {
		i = len(t.reasons)
		t.reasons = append(t.reasons, reasonTime{reason: reason})
	}
	t.reasons[i].ms += ms
}

// chatTally is what the Operational Realtime API counts, in seconds.
type chatTally struct{ online, chatting, most int64 }

// dayTally is what only rows of days tell.
type dayTally struct {
	login, logout                 int64 // the first and the last, epoch milliseconds; 0: none
	talks                         int32 // conversations with a message of the agent
	rated, good                   int32 // CSAT
	scored, promoters, detractors int32 // NPS
	resolved, resolvedAtFirst     int32 // FCR
}

// ofDay is what rows of days tell beside; nil of other intervals.
func (t *agentTally) ofDay(days bool) *dayTally {
	if days && t.day == nil {
		t.day = &dayTally{}
	}
	return t.day
}

// concluded are segments that ended by a close or a transfer.
func (t *agentTally) concluded() int64 { return int64(t.closed) + int64(t.transferred) }
