package feed

import (
	"time"
)

// instantLength is that of 2006-01-02T15:04:05.
const instantLength = len("2006-01-02T15:04:05")

// nanoDigits is how many digits a fraction of a second may have.
const nanoDigits = 9

// appendMoment appends the time that a text says as 2006-01-02T15:04:05.999999999 in UTC, without
// zeros at its end and without a zone, so that earlier times are less as bytes. Every layout seen in
// published examples is read: T or a blank between date and time, no fraction or one of up to nine
// digits, no zone (then UTC), Z, or an offset as +00:00. Anything else is none, and dst comes back
// as it was: the slips in the documents (2018-09-05 19:58:06T00:01:16.203000+00:00,
// 2019-11-08T14:00:06.95700000:00), dates alone, numbers.
func appendMoment(dst, text []byte) ([]byte, bool) {
	if len(text) < instantLength || !isInstant(text) {
		return dst, false
	}
	fraction, offset, ok := readTail(text[instantLength:])
	if !ok {
		return dst, false
	}
	from := len(dst)
	if offset == 0 {
		dst = append(dst, text[:instantLength]...)
		dst[from+len(time.DateOnly)] = 'T'
	} else {
		t := instant(text).Add(-offset)
		if t.Year() < 0 || t.Year() > 9999 {
			return dst, false
		}
		dst = t.AppendFormat(dst, "2006-01-02T15:04:05")
	}
	for len(fraction) > 0 && fraction[len(fraction)-1] == '0' {
		fraction = fraction[:len(fraction)-1]
	}
	if len(fraction) > 0 {
		dst = append(append(dst, '.'), fraction...)
	}
	return dst, true
}

// Moment returns the time that a text says, in UTC and to the nanosecond; false for what
// appendMoment does not read.
func Moment(text []byte) (t time.Time, ok bool) {
	if len(text) < instantLength || !isInstant(text) {
		return t, false
	}
	fraction, offset, ok := readTail(text[instantLength:])
	if !ok {
		return t, false
	}
	nanos := 0
	for i := range nanoDigits {
		nanos *= 10
		if i < len(fraction) {
			nanos += int(fraction[i] - '0')
		}
	}
	t = instant(text).Add(time.Duration(nanos) - offset)
	return t, t.Year() >= 0 && t.Year() <= 9999
}

// isInstant reports whether a text begins with a date and a time that exist.
func isInstant(s []byte) bool {
	_ = s[instantLength-1]
	if s[4] != '-' || s[7] != '-' || s[10] != 'T' && s[10] != ' ' || s[13] != ':' || s[16] != ':' {
		return false
	}
	for _, at := range [...]int{0, 2, 5, 8, 11, 14, 17} {
		if !isDigit(s[at]) || !isDigit(s[at+1]) {
			return false
		}
	}
	month, day := two(s[5:]), two(s[8:])
	if month < 1 || month > 12 || day < 1 || two(s[11:]) > 23 || two(s[14:]) > 59 || two(s[17:]) > 59 {
		return false
	}
	return day <= 28 || day <= time.Date(year(s), time.Month(month+1), 0, 0, 0, 0, 0, time.UTC).Day()
}

func instant(s []byte) time.Time {
	return time.Date(year(s), time.Month(two(s[5:])), two(s[8:]), two(s[11:]), two(s[14:]), two(s[17:]), 0, time.UTC)
}

// readTail reads what follows the seconds: a fraction, and a zone.
func readTail(s []byte) (fraction []byte, offset time.Duration, ok bool) {
	if len(s) > 0 && s[0] == '.' {
		end := 1
		for end < len(s) && isDigit(s[end]) {
			end++
		}
		if fraction = s[1:end]; len(fraction) == 0 || len(fraction) > nanoDigits {
			return nil, 0, false
		}
		s = s[end:]
	}
	switch {
	case len(s) == 0, len(s) == 1 && s[0] == 'Z':
		return fraction, 0, true
	case len(s) != len("+00:00") || s[0] != '+' && s[0] != '-' || s[3] != ':' ||
		!isDigit(s[1]) || !isDigit(s[2]) || !isDigit(s[4]) || !isDigit(s[5]) || two(s[1:]) > 23 || two(s[4:]) > 59:
		return nil, 0, false
	}
	offset = time.Duration(two(s[1:]))*time.Hour + time.Duration(two(s[4:]))*time.Minute
	if s[0] == '-' {
		offset = -offset
	}
	return fraction, offset, true
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func two(s []byte) int { return int(s[0]-'0')*10 + int(s[1]-'0') }

func year(s []byte) int { return two(s)*100 + two(s[2:]) }
