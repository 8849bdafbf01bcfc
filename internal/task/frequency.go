package task

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Intervals are the lengths an interval task may have; a report may have a longer
// minimum of its own.
func Intervals() []time.Duration {
	minutes := []int{5, 10, 15, 30, 60, 120, 180, 240, 360, 480, 720}
	d := make([]time.Duration, len(minutes))
	for i, m := range minutes {
		d[i] = time.Duration(m) * time.Minute
	}
	return d
}

// Frequencies are the values of Frequency.Kind.
func Frequencies() []string { return []string{Once, Interval, Daily, Weekly} }

// WindowLength returns how long a window of the task is by its frequency: what limits count
// with. A day and a week are 24 hours and seven times as many, also when clocks change.
func (s Spec) WindowLength() time.Duration {
	switch {
	case s.Frequency.Kind == Interval:
		return time.Duration(s.Frequency.Every)
	case s.Frequency.Kind == Weekly:
		return 7 * 24 * time.Hour
	case s.Frequency.Kind == Once && s.Start != nil && s.End != nil:
		return s.End.Sub(*s.Start)
	}
	return 24 * time.Hour // daily, and once without an end: DefaultOnce
}

// Weekdays are the names that Frequency.Weekday takes, Sunday first as in time.Weekday.
func Weekdays() []string {
	return []string{"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"}
}

var clockTime = regexp.MustCompile(`^([01]\d|2[0-3]):([0-5]\d)$`)

// wallTime returns At in seconds after midnight and, for weekly, the weekday.
func (f Frequency) wallTime() (at int64, weekday time.Weekday, err error) {
	m := clockTime.FindStringSubmatch(f.At)
	if m == nil {
		return 0, 0, invalid("frequency.at", "%q is not a time of day", clip(f.At)).
			WithFix(`write hours and minutes from "00:00" to "23:59"`)
	}
	hour, _ := strconv.ParseInt(m[1], 10, 64) // the pattern admits digits only
	minute, _ := strconv.ParseInt(m[2], 10, 64)
	if f.Kind == Weekly {
		i := slices.Index(Weekdays(), f.Weekday)
		if i < 0 {
			return 0, 0, invalid("frequency.weekday", "%q is not a day of the week", clip(f.Weekday)).
				WithFix("use one of %s", strings.Join(Weekdays(), ", "))
		}
		weekday = time.Weekday(i)
	}
	return hour*60*60 + minute*60, weekday, nil
}

// daysToFirst counts the days from Thursday 1970-01-01 to the first such weekday.
func daysToFirst(d time.Weekday) int64 { return int64((d - time.Thursday + 7) % 7) }
