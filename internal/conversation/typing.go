package conversation

import (
	"cmp"
	"time"
)

// typingLapses is after how long nobody believes any more that somebody types.
const typingLapses = time.Minute

// StaleTyping returns the positions of those chat states, of some in the order of the journal, that need
// not be told any more: all but the last of a participant in a dialog, and that somebody types when
// it is a minute old. The end of typing is told however old it is. Other entries are left alone.
func StaleTyping(entries []Entry, now time.Time) map[int64]bool {
	type who struct{ dialog, from string }
	stale, told := map[int64]bool{}, map[who]bool{}
	for i := len(entries) - 1; i >= 0; i-- {
		e := entries[i].Event
		if e == nil || e.Kind != Typing {
			continue
		}
		by := who{e.Dialog, e.From}
		lapsed := e.Typing == "COMPOSING" && now.Sub(time.UnixMilli(cmp.Or(e.Seen, entries[i].At))) > typingLapses
		if stale[entries[i].Position] = told[by] || lapsed; !lapsed {
			told[by] = true
		}
	}
	return stale
}
