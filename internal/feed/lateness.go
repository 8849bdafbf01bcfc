package feed

import "time"

// Lateness is what the wait for a leaf has come to.
type Lateness string

// The degrees of lateness.
const (
	OnTime  Lateness = "on time"
	Due     Lateness = "due"
	Late    Lateness = "late"
	Missing Lateness = "missing"
)

// Limits are how long after its close, the end of the time it stands for, a leaf is due, late and
// missing.
type Limits struct{ Due, Late, Missing time.Duration }

// shapeLimits of the workforce feeds follow their publication 20 to 30 minutes after the close of a
// window ("WFM feeds": docs.asapp.com/reporting/retrieve-s3). How long the others take is not
// published: an hour's leaf is expected with the next hour's, a day's in the course of the next
// morning.
var shapeLimits = [...]Limits{
	ByMinute: {Due: 20 * time.Minute, Late: 45 * time.Minute, Missing: 90 * time.Minute},
	ByHour:   {Due: time.Hour, Late: 2 * time.Hour, Missing: 6 * time.Hour},
	ByDay:    {Due: 6 * time.Hour, Late: 12 * time.Hour, Missing: 24 * time.Hour},
}

func (s Shape) limits() Limits { return shapeLimits[s] }

// Limits returns those of leaves of the cadence.
func (c Cadence) Limits() Limits { return c.Shape().limits() }

// At returns how late a leaf is that closed at a time and is not complete now, by the reader's
// clock. Each limit belongs to what follows: at close plus Due it is due.
func (l Limits) At(closed, now time.Time) Lateness {
	switch waited := now.Sub(closed); {
	case waited >= l.Missing:
		return Missing
	case waited >= l.Late:
		return Late
	case waited >= l.Due:
		return Due
	default:
		return OnTime
	}
}
