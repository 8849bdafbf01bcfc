package task

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// A Mask writes a moment as another program wants it: fields of a date and a time, and what stands
// between them.
//
//	"yyyy-MM-dd HH:mm"    2026-11-19 16:05
//	"MM/dd/yyyy hh:mm a"  11/19/2026 04:05 PM
//	"yyyyMMdd'T'HHmmss"   20261119T160500
//
// Fields: yyyy, yy, MM, dd, HH (00 to 23), hh (01 to 12) with a (AM, PM), mm, ss, SSS (milliseconds)
// and XXX (offset of the zone, Z for none). A letter that is no field stands in quotes.
type Mask struct{ parts []maskPart }

// maskPart is a field, or literal text when field is empty.
type maskPart struct{ field, text string }

// maskFields write the fields, each by itself: beside each other they could mean something else to
// time.Format.
var maskFields = map[string]string{
	"yyyy": "2006", "yy": "06", "MM": "01", "dd": "02", "HH": "15", "hh": "03", "a": "PM", "mm": "04", "ss": "05", "SSS": "by hand", "XXX": "Z07:00",
}

// maskLexer splits a mask into runs of one letter, quoted texts and other characters.
var maskLexer = regexp.MustCompile(`y+|M+|d+|H+|h+|a|m+|s+|S+|X+|'[A-Za-z]*'|[ /:.,_-]|.`)

const (
	maxMask         = 40 // bytes
	maskPunctuation = " /:.,_-"
)

// ParseMask reads a mask. What is wrong is fault.InvalidSpec on the field.
func ParseMask(field, text string) (*Mask, error) {
	m := &Mask{}
	if text == "" || len(text) > maxMask {
		return nil, invalid(field, "a mask has 1 to %d characters, this one %d", maxMask, len(text)).WithFix(`write one such as "yyyy-MM-dd HH:mm"`)
	}
	for _, lexeme := range maskLexer.FindAllString(text, -1) {
		switch {
		case maskFields[lexeme] != "":
			m.parts = append(m.parts, maskPart{field: lexeme})
		case strings.HasPrefix(lexeme, "'") && len(lexeme) > len("''"), strings.Contains(maskPunctuation, lexeme):
			m.parts = append(m.parts, maskPart{text: strings.Trim(lexeme, "'")})
		default:
			return nil, invalid(field, "%q is no part of a mask", clip(lexeme)).
				WithFix("use yyyy, yy, MM, dd, HH, hh with a, mm, ss, SSS, XXX, the characters %q, and other letters in quotes: 'T'", maskPunctuation)
		}
	}
	if m.has("hh") != m.has("a") {
		return nil, invalid(field, "hh, hours to 12, and a, which tells their halves of the day apart, go together").WithFix("write both, or HH")
	}
	return m, nil
}

func (m *Mask) has(field string) bool {
	return slices.ContainsFunc(m.parts, func(p maskPart) bool { return p.field == field })
}

// tellsMinutes reports whether two moments of different minutes are written differently, as long as
// the zone's clock is not put back.
func (m *Mask) tellsMinutes() bool {
	return (m.has("yyyy") || m.has("yy")) && m.has("MM") && m.has("dd") && (m.has("HH") || m.has("hh")) && m.has("mm")
}

// Append writes the moment as it is in its zone.
func (m *Mask) Append(dst []byte, at time.Time) []byte {
	for _, p := range m.parts {
		switch p.field {
		case "":
			dst = append(dst, p.text...)
		case "SSS":
			dst = fmt.Appendf(dst, "%03d", at.Nanosecond()/int(time.Millisecond))
		default:
			dst = at.AppendFormat(dst, maskFields[p.field])
		}
	}
	return dst
}
