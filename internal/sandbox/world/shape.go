package world

import "time"

// The week's shape: business hours of Monday to Friday carry most of the arrivals.
var (
	dayWeight  = [7]int64{10, 10, 9, 9, 10, 5, 4} // Monday first
	hourWeight = [24]int64{2, 1, 1, 1, 2, 3, 5, 8, 12, 15, 16, 16, 15, 14, 14, 15, 15, 14, 13, 12, 10, 8, 5, 3}
)

const (
	hourMS = int64(time.Hour / time.Millisecond)
	dayMS  = 24 * hourMS
	weekMS = 7 * dayMS

	// epoch is Monday 2001-01-01 UTC: number 0 starts there, so that what exists does
	// not depend on when the sandbox was started.
	epoch = int64(978307200000)

	// spanDays is the 13 months over which an account's size is stated.
	spanDays = 396
)

// shape maps conversation numbers to start times and back in closed form. Arrivals are
// even along an axis that runs faster in busy hours; its unit is weight × millisecond.
type shape struct {
	weight [168]int64
	before [169]int64 // weight × hour of the week so far
	step   int64      // axis units from one number to the next
}

// busyHours is that shape.
func busyHours(hour int) int64 { return dayWeight[hour/24] * hourWeight[hour%24] }

// evenHours is none: every hour has as many arrivals.
func evenHours(int) int64 { return 1 }

func newShape(conversations int, weight func(hour int) int64) shape {
	var s shape
	for h := range s.weight {
		s.weight[h] = weight(h)
		s.before[h+1] = s.before[h] + s.weight[h]
	}
	s.step = s.before[168] * hourMS * spanDays / (int64(conversations) * 7)
	return s
}

// position is where time t lies on the axis.
func (s *shape) position(t int64) int64 {
	d := max(t-epoch, 0)
	h := d % weekMS / hourMS
	return (d/weekMS*s.before[168]+s.before[h])*hourMS + s.weight[h]*(d%hourMS)
}

// time is the inverse of position.
func (s *shape) time(pos int64) int64 {
	week, rest := pos/(s.before[168]*hourMS), pos%(s.before[168]*hourMS)
	lo, hi := 0, 168 // before[lo] ≤ rest < before[hi]
	for hi-lo > 1 {
		if mid := (lo + hi) / 2; s.before[mid]*hourMS <= rest {
			lo = mid
		} else {
			hi = mid
		}
	}
	return epoch + week*weekMS + int64(lo)*hourMS + (rest-s.before[lo]*hourMS)/s.weight[lo]
}

// axis gives numbers their start times: those of conversations, and those of chats.
type axis struct {
	shape
	key uint64 // of the draws
}

// start is when number n began. It grows with n.
func (x *axis) start(n int64) int64 {
	r := randomOf(x.key, n)
	return x.time(n*x.step + int64(r.below(int(x.step))))
}

// first is the smallest number that starts at or after t.
func (x *axis) first(t int64) int64 {
	n := max(x.position(t)/x.step-1, 0)
	for n > 0 && x.start(n-1) >= t {
		n--
	}
	for x.start(n) < t {
		n++
	}
	return n
}
