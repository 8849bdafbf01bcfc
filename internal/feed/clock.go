package feed

import (
	"net/http"
	"sync/atomic"
	"time"
)

// Clocked is a Door whose storage says what time it is.
type Clocked interface {
	Door
	// Ahead returns by how much the storage's clock was ahead of this machine's at its last answer,
	// negative if behind; zero until there is one.
	Ahead() time.Duration
}

// onTheWay is what a difference of clocks may be that is none: the Date of an answer is of whole
// seconds, and older when it is read.
const onTheWay = 5 * time.Second

// Heard is what a storage's answers said of its clock. The zero value has heard nothing. It is safe for
// concurrent use.
type Heard struct{ ahead atomic.Int64 }

// Hear takes the storage's time, which was told at a time of ours.
func (h *Heard) Hear(theirs, ours time.Time) {
	ahead := theirs.Sub(ours)
	if ahead.Abs() < onTheWay {
		ahead = 0
	}
	h.ahead.Store(int64(ahead))
}

// HearDate takes it from an answer's Date (RFC 9110, section 6.6.1), if it has one.
func (h *Heard) HearDate(answer http.Header, ours time.Time) {
	if theirs, err := http.ParseTime(answer.Get("Date")); err == nil {
		h.Hear(theirs, ours)
	}
}

// Ahead implements Clocked.
func (h *Heard) Ahead() time.Duration { return time.Duration(h.ahead.Load()) }
