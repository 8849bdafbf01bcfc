package world

import (
	"transporter/internal/sandbox/history"
)

const (
	secondMS = int64(1000)
	minuteMS = 60 * secondMS

	// longestUsual bounds every conversation but the tail's, and surveyTimeout every
	// survey: a search by end looks back no further, except at the tail.
	longestUsual  = 48 * hourMS
	surveyTimeout = 24 * hourMS

	// One number in tailEvery stays open for tailShortest to tailLongest days.
	tailEvery    = 2048
	tailShortest = 10 * dayMS
	tailLongest  = 300 * dayMS

	// maxLag is how long a change may stay unseen by searches.
	maxLag = minuteMS
)

// times are the moments of one conversation, whole, without regard to now.
type times struct {
	start, end int64 // the conversation itself
	survey     int64 // when the survey dialog ended; end when there is none
	filled     bool  // the survey was answered, not timed out
}

func (a *Account) isTail(n int64) bool { return (uint64(n)+a.seed)%tailEvery == 0 }

func (a *Account) times(n int64) times {
	r := a.random(streamTimes, n)
	t := times{start: a.start(n)}
	t.end = t.start + a.duration(&r, n)
	t.survey = t.end
	switch p := r.below(1000); {
	case p < 260:
		t.filled = true
		t.survey += r.between(20*secondMS, 8*hourMS)
	case p < 450:
		t.survey += surveyTimeout
	}
	return t
}

// duration draws a length in milliseconds: half are over within 15 minutes, one in a
// hundred takes more than a day.
func (a *Account) duration(r *random, n int64) int64 {
	if a.isTail(n) {
		return r.between(tailShortest, tailLongest)
	}
	switch p := r.below(100); {
	case p < 50:
		return r.between(40*secondMS, 15*minuteMS)
	case p < 75:
		return r.between(15*minuteMS, hourMS)
	case p < 90:
		return r.between(hourMS, 6*hourMS)
	case p < 99:
		return r.between(6*hourMS, dayMS)
	}
	return r.between(dayMS, longestUsual)
}

// asOf is the moment up to which searches at now know conversation n.
func (a *Account) asOf(n, now int64) int64 {
	r := a.random(streamLag, n)
	return now - int64(r.below(int(maxLag)))
}

// facts fills the times and status of a conversation as known at asOf.
func (t *times) facts(asOf int64, f *history.Facts) {
	f.Start = t.start
	f.Closed = t.end <= asOf
	f.End, f.ConversationEnd, f.FullDialogEnd = history.Open, history.Open, history.Open
	f.Duration = asOf - t.start
	if !f.Closed {
		return
	}
	f.End, f.ConversationEnd, f.Duration = t.end, t.end, t.end-t.start
	if t.survey <= asOf {
		f.End, f.FullDialogEnd = t.survey, t.survey
	}
}
