package interval

import "time"

// NewDays cuts [from, to), which must not be empty, where a new local day begins. Days have 23
// to 25 hours where the clock changes, and one on which midnight comes twice is one day.
func NewDays(from, to int64, zone *time.Location) *Axis {
	a := NewAxis(from, to, 24*time.Hour, zone)
	days := []int64{from}
	for i := 1; i < a.Len(); i++ {
		if a.Name(i).Date != a.dateOf(days[len(days)-1]) {
			days = append(days, a.marks[i])
		}
	}
	return &Axis{zone: zone, length: a.length, marks: append(days, to)}
}

func (a *Axis) dateOf(at int64) string { return time.UnixMilli(at).In(a.zone).Format(time.DateOnly) }
