package exporter

import (
	"sync"
	"time"
)

// limiter counts calls of a second and of a day.
type limiter struct {
	perSecond, perDay int // 0: no limit
	now               func() time.Time

	mu            sync.Mutex
	second, day   time.Time
	inSec, in1Day int
}

// take counts a call, and reports whether it may be made.
func (l *limiter) take() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now().UTC()
	if second := now.Truncate(time.Second); !second.Equal(l.second) {
		l.second, l.inSec = second, 0
	}
	if day := now.Truncate(24 * time.Hour); !day.Equal(l.day) {
		l.day, l.in1Day = day, 0
	}
	l.inSec++
	l.in1Day++
	return (l.perSecond == 0 || l.inSec <= l.perSecond) && (l.perDay == 0 || l.in1Day <= l.perDay)
}
