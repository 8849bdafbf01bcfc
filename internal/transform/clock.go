package transform

import (
	"time"

	"transporter/internal/transform/cell"
)

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
	wallLayout   = "2006-01-02T15:04:05.000"
	offsetLayout = "Z07:00"
)

// append writes the moment of the cell by timeLayout, with as many further digits, by threes, as
// its source says.
func (c *clock) append(dst []byte, at *cell.Cell) []byte {
	ms := at.Num
	minute := ms / minuteMS
	if !c.known || minute != c.minute || ms < 0 {
		t := time.UnixMilli(ms).In(c.zone)
		if _, offset := t.Zone(); offset%60 != 0 || ms < 0 { // minutes of the zone begin elsewhere
			c.known = false
			dst = appendSub(t.AppendFormat(dst, wallLayout), at.Sub)
			return t.AppendFormat(dst, offsetLayout)
		}
		c.minute, c.known = minute, true
		c.date = t.AppendFormat(c.date[:0], minuteLayout)
		c.offset = t.AppendFormat(c.offset[:0], offsetLayout)
	}
	rest := int(ms % minuteMS)
	second, milli := rest/1000, rest%1000
	dst = append(dst, c.date...)
	dst = appendThree(append(dst, digit(second/10), digit(second%10), '.'), milli)
	return append(appendSub(dst, at.Sub), c.offset...)
}

// appendSub writes the digits after those of the milliseconds: none, three or six.
func appendSub(dst []byte, sub int32) []byte {
	if sub == 0 {
		return dst
	}
	const micro = 1000
	dst = appendThree(dst, int(sub/micro))
	if sub%micro == 0 {
		return dst
	}
	return appendThree(dst, int(sub%micro))
}

func appendThree(dst []byte, n int) []byte {
	return append(dst, digit(n/100), digit(n/10%10), digit(n%10))
}

func digit(n int) byte { return byte('0' + n) }
