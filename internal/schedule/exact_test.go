package schedule_test

import "time"

// asWritten evaluates a calendar entry as its documentation has it: every second at which the
// clock of the zone shows a match, both of a doubled hour, none that is skipped. The entry
// names one time of day.
func asWritten(c calendar) func(time.Time) time.Time {
	var from, found time.Time // nothing matches between them
	return func(after time.Time) time.Time {
		if from.IsZero() || after.Before(from) || !after.Before(found) && !found.IsZero() {
			from, found = after, c.firstAfter(after)
		}
		return found
	}
}

func (c calendar) firstAfter(after time.Time) time.Time {
	first := after.In(c.zone).AddDate(0, 0, -1)
	for day := first; day.Year() <= lastYear; day = time.Date(day.Year(), day.Month(), day.Day()+1, 12, 0, 0, 0, time.UTC) {
		if !c.year(day.Year()) && len(c.years) > 0 {
			if day.Year() > c.years[0].Start {
				return time.Time{}
			}
			day = time.Date(day.Year(), time.December, 31, 12, 0, 0, 0, time.UTC)
			continue
		}
		if !c.month.has(int(day.Month())) || !c.dayOfMonth.has(day.Day()) {
			continue
		}
		for _, at := range c.showing(time.Date(day.Year(), day.Month(), day.Day(), c.hour.first(), c.minute.first(), c.second.first(), 0, time.UTC)) {
			if at.After(after) && c.matches(at) {
				return at
			}
		}
	}
	return time.Time{}
}

// showing returns the instants at which the clock shows the wall time, in order.
func (c calendar) showing(wall time.Time) (all []time.Time) {
	const day = 24 * time.Hour
	_, before := wall.Add(-day).In(c.zone).Zone() // comes first
	_, after := wall.Add(day).In(c.zone).Zone()
	if before == after {
		return []time.Time{wall.Add(-time.Duration(before) * time.Second)}
	}
	for _, offset := range []int{before, after} {
		at := wall.Add(-time.Duration(offset) * time.Second)
		if _, have := at.In(c.zone).Zone(); have == offset {
			all = append(all, at)
		}
	}
	return all
}

func (s set) first() (v int) {
	for !s.has(v) {
		v++
	}
	return v
}
