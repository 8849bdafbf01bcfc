package world

import (
	"strconv"
	"time"
)

// pen appends JSON to b. Keys come with the punctuation around them.
type pen struct{ b []byte }

func (e *pen) raw(s string) { e.b = append(e.b, s...) }

func (e *pen) int(key string, v int64) { e.b = strconv.AppendInt(append(e.b, key...), v, 10) }

// number appends an integer as a string, or the end of one; key ends inside of it.
func (e *pen) number(key string, v int64) {
	e.b = append(strconv.AppendInt(append(e.b, key...), v, 10), '"')
}

// text appends a string that is escaped already; key ends in `":"`.
func (e *pen) text(key, v string) {
	e.b = append(append(append(e.b, key...), v...), '"')
}

func (e *pen) bool(key string, v bool) { e.b = strconv.AppendBool(append(e.b, key...), v) }

// time appends `key":"2016-08-29 14:30:24.565+0000","keyL":1472481024565`; key comes with
// its opening comma and quote.
func (e *pen) time(key string, ms int64) {
	e.b = append(append(e.b, key...), `":"`...)
	e.b = appendTime(e.b, ms)
	e.b = append(append(append(e.b, '"', ','), key[1:]...), `L":`...)
	e.b = strconv.AppendInt(e.b, ms, 10)
}

// next appends a comma between the elements of a list.
func (e *pen) next(i int) {
	if i > 0 {
		e.b = append(e.b, ',')
	}
}

// appendTime appends yyyy-MM-dd HH:mm:ss.SSS+0000.
func appendTime(dst []byte, ms int64) []byte {
	days, rest := ms/dayMS, ms%dayMS
	y, m, d := civil(days)
	dst = append(dst, byte('0'+y/1000), byte('0'+y/100%10), byte('0'+y/10%10), byte('0'+y%10), '-')
	dst = append(two(append(two(dst, m), '-'), d), ' ')
	dst = append(two(dst, int(rest/hourMS)), ':')
	dst = append(two(dst, int(rest/minuteMS%60)), ':')
	dst = append(two(dst, int(rest/secondMS%60)), '.')
	dst = append(dst, byte('0'+rest/100%10))
	return append(two(dst, int(rest%100)), "+0000"...)
}

func two(dst []byte, v int) []byte { return append(dst, byte('0'+v/10), byte('0'+v%10)) }

// civil turns days since 1970 into a date, by the usual era arithmetic: time.Time takes
// several times longer, and a record has a hundred moments.
func civil(days int64) (year, month, day int) {
	z := days + 719468
	era := z / 146097
	doe := z - era*146097
	yoe := (doe - doe/1460 + doe/36524 - doe/146096) / 365
	doy := doe - (365*yoe + yoe/4 - yoe/100)
	mp := (5*doy + 2) / 153
	day = int(doy - (153*mp+2)/5 + 1)
	month = int(mp + 3)
	if month > 12 {
		month -= 12
	}
	year = int(yoe + era*400)
	if month <= 2 {
		year++
	}
	return year, month, day
}

// configTime appends yyyy-MM-dd HH:mm:ss without a zone, as configuration has it.
func configTime(dst []byte, ms int64) []byte {
	return time.UnixMilli(ms).UTC().AppendFormat(dst, time.DateTime)
}
