package transform

import "time"

// timeLayout is RFC 3339 with milliseconds and offset.
const timeLayout = "2006-01-02T15:04:05.000Z07:00"

// clock writes moments in a zone. It remembers the last minute that it wrote: the rows
// of a report are in order of time.
type clock struct {
	zone   *time.Location
	minute int64  // since the epoch; what the rest belongs to
	known  bool   // the minute may be used
	date   []byte // "2006-01-02T15:04:"
	offset []byte // "Z07:00"
}

const (
	minuteMS     = 60_000
	minuteLayout = "2006-01-02T15:04:"
	offsetLayout = "Z07:00"
)

// append writes the moment, in epoch milliseconds UTC, by timeLayout.
func (c *clock) append(dst []byte, ms int64) []byte {
	minute := ms / minuteMS
	if !c.known || minute != c.minute || ms < 0 {
		t := time.UnixMilli(ms).In(c.zone)
		if _, offset := t.Zone(); offset%60 != 0 || ms < 0 { // minutes of the zone begin elsewhere
			c.known = false
			return t.AppendFormat(dst, timeLayout)
		}
		c.minute, c.known = minute, true
		c.date = t.AppendFormat(c.date[:0], minuteLayout)
		c.offset = t.AppendFormat(c.offset[:0], offsetLayout)
	}
	rest := int(ms % minuteMS)
	second, milli := rest/1000, rest%1000
	dst = append(dst, c.date...)
	dst = append(dst, digit(second/10), digit(second%10), '.', digit(milli/100), digit(milli/10%10), digit(milli%10))
	return append(dst, c.offset...)
}

func digit(n int) byte { return byte('0' + n) }
