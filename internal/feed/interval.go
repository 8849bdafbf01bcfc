package feed

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// interval is the part of a date that an export is of, in one spelling: "" for the day, "05" for an
// hour, "05:15-" for less than that, "05:15" for what begins there and does not say how long it is.
type interval string

// unknownInterval is none that any leaf has.
const unknownInterval interval = "?"

// short ends an interval that is less than an hour.
const short = "-"

var (
	pathInterval  = regexp.MustCompile(`^hr=(\d{1,2})(?:/mi=(\d{1,2}))?/?$`)
	clockInterval = regexp.MustCompile(`^(\d{1,2})(?::?(\d{2})(?::00(?:\.0+)?)?)?$`)
	rangeBetween  = regexp.MustCompile(`\s+-\s+|/|\s+to\s+`)
	clockRange    = regexp.MustCompile(`^(\d{1,2}:\d{2}(?::\d{2})?)-(\d{1,2}:\d{2}(?::\d{2})?)$`)
	lengthOnly    = regexp.MustCompile(`^(\d+)\s*(m|min|h|hr|d)$`)
)

var dayLong = map[string]bool{"": true, "null": true, "none": true, "day": true, "daily": true, "dt": true}

// readExport returns which export a row of the counts is of. What an interval looks like is not
// published, so every form that can mean only one thing is read: the end of a path (hr=05/mi=15), a
// clock (05:15), a time (2026-11-20T05:15:00), a range of either, and a length (1h, 1d) with the
// time in the date. Anything else is an interval that no leaf has: also a bare number (5, 900), which may be
// an hour or how many of something.
func readExport(date, text string) (string, interval) {
	day, rest := date[:len(time.DateOnly)], date[len(time.DateOnly):]
	text = strings.ToLower(strings.TrimSpace(text))
	if dayLong[text] {
		return day, ""
	}
	if m := pathInterval.FindStringSubmatch(text); m != nil {
		at := clockOf(m[1], m[2])
		if m[2] != "" && at != unknownInterval {
			at += short
		}
		return day, at
	}
	if m := lengthOnly.FindStringSubmatch(text); m != nil {
		return day, lasting(m, rest)
	}
	from, to := text, ""
	if m := clockRange.FindStringSubmatch(text); m != nil {
		from, to = m[1], m[2]
	} else if ends := rangeBetween.Split(text, -1); len(ends) == 2 {
		from, to = ends[0], ends[1]
	}
	start, ok := readTime(day, from)
	if !ok {
		return day, unknownInterval
	}
	if to == "" {
		if !strings.Contains(from, ":") {
			return day, unknownInterval
		}
		if m := clockInterval.FindStringSubmatch(from); m != nil {
			return day, clockOf(m[1], m[2])
		}
		return start.Format(time.DateOnly), interval(start.Format("15:04"))
	}
	end, ok := readTime(day, to)
	if !ok {
		return day, unknownInterval
	}
	if !end.After(start) { // 23:00-00:00
		end = end.AddDate(0, 0, 1)
	}
	return start.Format(time.DateOnly), spanning(start, end.Sub(start))
}

// clockOf returns the interval of an hour, or of a minute in it.
func clockOf(hour, minute string) interval {
	h, _ := strconv.Atoi(hour) // digits
	m, _ := strconv.Atoi(minute)
	switch {
	case h > 23 || m > 59:
		return unknownInterval
	case minute == "":
		return interval(fmt.Sprintf("%02d", h))
	}
	return interval(fmt.Sprintf("%02d:%02d", h, m))
}

// lasting returns the interval of a length that begins at the time in the rest of the date; without
// one it is known for a day only.
func lasting(length []string, rest string) interval {
	n, _ := strconv.Atoi(length[1])
	long := time.Duration(n) * lengthUnits[length[2][0]]
	start, ok := Moment([]byte("2000-01-01" + rest))
	switch {
	case ok:
		return spanning(start, long)
	case long == day:
		return ""
	}
	return unknownInterval
}

func spanning(start time.Time, long time.Duration) interval {
	switch midnight := start.Truncate(day); {
	case long == day && start.Equal(midnight):
		return ""
	case long == time.Hour && start.Equal(start.Truncate(time.Hour)):
		return interval(start.Format("15"))
	case long < time.Hour:
		return interval(start.Format("15:04") + short)
	}
	return unknownInterval
}

// readTime reads a time, or a clock of the day.
func readTime(date, text string) (time.Time, bool) {
	if m := clockInterval.FindStringSubmatch(text); m != nil {
		at := clockOf(m[1], m[2])
		if len(at) == len("05") {
			at += ":00"
		}
		if text == "24:00" {
			return parseClock(date, "00:00", day)
		}
		return parseClock(date, string(at), 0)
	}
	return Moment([]byte(strings.ToUpper(text)))
}

func parseClock(date, text string, after time.Duration) (time.Time, bool) {
	t, err := time.Parse("2006-01-02 15:04", date+" "+text)
	return t.Add(after), err == nil
}

// intervals returns the spellings that a leaf's own export may have, the surest first. A clock
// without a length says an hour of hourly leaves.
func (s Stamp) intervals() []interval {
	switch {
	case s.Hour == None:
		return []interval{""}
	case s.Minute == None:
		return []interval{interval(fmt.Sprintf("%02d", s.Hour)), interval(fmt.Sprintf("%02d:00", s.Hour))}
	}
	at := interval(fmt.Sprintf("%02d:%02d", s.Hour, s.Minute))
	return []interval{at + short, at}
}
