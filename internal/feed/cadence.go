package feed

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Cadence is how often a table is exported, in the words of its documentation ("sync_time":
// docs.asapp.com/reporting/asapp-messaging-feeds).
type Cadence string

// The cadences.
const (
	Hourly  Cadence = "1h"
	Daily   Cadence = "1d"
	Minutes Cadence = "20-30m" // of the workforce feeds: runs are rarer than their windows
)

// CadenceOf returns the cadence of a table that is exported so often.
func CadenceOf(every time.Duration) Cadence {
	switch {
	case every < time.Hour:
		return Minutes
	case every < day:
		return Hourly
	default:
		return Daily
	}
}

// Step returns how long a leaf of the shape stands for; of minutes, as it usually is.
func (s Shape) Step() time.Duration {
	return [...]time.Duration{ByDay: day, ByHour: time.Hour, ByMinute: 15 * time.Minute}[s]
}

// ReadCadence reads how often a table is exported as a platform writes it: 1h, 1d, 15m, 20-30m, 24h;
// false for what is none.
func ReadCadence(text string) (Cadence, bool) {
	if Cadence(text) == Minutes {
		return Minutes, true
	}
	m := syncTime.FindStringSubmatch(strings.ToLower(strings.TrimSpace(text)))
	if m == nil {
		return "", false
	}
	n, _ := strconv.Atoi(m[1]) // few digits
	every := time.Duration(n) * lengthUnits[m[2][0]]
	if every == 0 {
		return "", false
	}
	return CadenceOf(every), true
}

var (
	syncTime    = regexp.MustCompile(`^(?:\d{1,4}\s*-\s*)?(\d{1,4})\s*(m|min|h|hr|d)$`) // of a range the end
	lengthUnits = map[byte]time.Duration{'m': time.Minute, 'h': time.Hour, 'd': day}
)

// Shape says which of dt, hr and mi the leaves of a day have.
type Shape int

// The shapes, the finest last.
const (
	ByDay Shape = iota
	ByHour
	ByMinute
)

// Shape returns the shape that leaves of the cadence are taken to have until any are seen.
func (c Cadence) Shape() Shape {
	switch c {
	case Daily:
		return ByDay
	case Minutes:
		return ByMinute
	default:
		return ByHour
	}
}

// Shape returns the shape of a day with such a leaf.
func (s Stamp) Shape() Shape {
	switch {
	case s.Minute != None:
		return ByMinute
	case s.Hour != None:
		return ByHour
	default:
		return ByDay
	}
}

// StampOf returns the stamp of the leaf of that shape that holds the moment: its minute is the
// moment's own.
func StampOf(t time.Time, shape Shape) Stamp {
	t = t.UTC()
	s := Stamp{Date: t.Format(time.DateOnly), Hour: None, Minute: None}
	if shape >= ByHour {
		s.Hour = t.Hour()
	}
	if shape == ByMinute {
		s.Minute = t.Minute()
	}
	return s
}
