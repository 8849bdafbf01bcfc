package feed

import (
	"cmp"
	"fmt"
	"time"
)

// None is the hour or minute of a stamp that has none.
const None = -1

// Stamp is the run that a leaf is of: its path's dt, hr and mi, in UTC. It orders leaves; it is not
// the time of the rows.
type Stamp struct {
	Date   string `json:"dt"` // YYYY-MM-DD
	Hour   int    `json:"hr"` // None for a leaf of a day
	Minute int    `json:"mi"` // None for a leaf of an hour
}

// Time returns the stamp's moment: that of the first minute it may stand for.
func (s Stamp) Time() time.Time {
	day, err := time.Parse(time.DateOnly, s.Date)
	if err != nil {
		return time.Time{} // refused by ParsePath
	}
	return day.Add(time.Duration(max(s.Hour, 0))*time.Hour + time.Duration(max(s.Minute, 0))*time.Minute)
}

// Compare orders stamps by time, a coarser one first.
func (s Stamp) Compare(o Stamp) int {
	return cmp.Or(cmp.Compare(s.Date, o.Date), cmp.Compare(s.Hour, o.Hour), cmp.Compare(s.Minute, o.Minute))
}

// String returns the path form: dt=2026-11-20/hr=05/mi=15.
func (s Stamp) String() string {
	text := "dt=" + s.Date
	if s.Hour != None {
		text += fmt.Sprintf("/hr=%02d", s.Hour)
	}
	if s.Minute != None {
		text += fmt.Sprintf("/mi=%02d", s.Minute)
	}
	return text
}
