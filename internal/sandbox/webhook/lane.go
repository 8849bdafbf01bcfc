package webhook

import (
	"slices"
	"time"

	"transporter/internal/sandbox/live"
)

// delivery is one notification on its way to its endpoint.
type delivery struct {
	live.Notification
	id        uint64
	taken     time.Time // when it came
	due       time.Time // not to be sent before
	tries     int
	duplicate bool // sent once more by a fault: whether it arrives is nobody's concern
}

// lane is what waits of one conversation, which goes one after the other.
type lane struct {
	key     string
	waiting []*delivery
	held    []*held // by a fault, to be overtaken
	sending int     // of waiting, from the first: those whose post is under way
	queued  bool    // among those that may go
	stored  bool    // was stored while the app failed, and is not empty since
	replay  int     // of waiting, from the first: those stored before the endpoints answered again
	timer   bool    // one wakes it when its head is due
}

// held is a delivery that waits until so many later ones have passed it.
type held struct {
	*delivery
	behind int
}

// head returns the deliveries that go in the next post: of the first one's type, at most so many,
// or one that is sent once more.
func (l *lane) head(most int) []*delivery {
	n := 1
	if l.waiting[0].duplicate {
		most = 1
	}
	for n < min(most, len(l.waiting)) && l.waiting[n].Type == l.waiting[0].Type && !l.waiting[n].duplicate {
		n++
	}
	return slices.Clone(l.waiting[:n])
}

// drop removes n deliveries from the head and returns how many of them were to be replayed.
func (l *lane) drop(n int) int {
	clear(l.waiting[:n])
	l.waiting = l.waiting[n:]
	replayed := min(n, l.replay)
	l.replay -= replayed
	return replayed
}

func (l *lane) empty() bool { return len(l.waiting) == 0 && len(l.held) == 0 }
