package sandbox

import (
	"bytes"
	"regexp"
)

// The hostile faults give the first record of a page of a history what no client may choke on.
const (
	HugeRecord     Kind = "huge_record"     // its info holds a text of rows MiB
	DeepRecord     Kind = "deep_record"     // its info holds lists within each other, rows levels
	RepeatedMember Kind = "repeated_member" // its info has a member twice, with two values
	WrongType      Kind = "wrong_type"      // its duration is a list
	BrokenText     Kind = "broken_text"     // a text of its info ends in rows bytes that are no UTF-8
	NamelessRecord Kind = "nameless_record" // its info has no id
)

var (
	durationValue = regexp.MustCompile(`"duration":-?\d+`)
	recordID      = regexp.MustCompile(`"(conversationId|engagementId)":"[^"]*",`)
)

// appendHostile does what the faults say to the record that b holds from there on.
func (s *spoiling) appendHostile(b []byte, from int) []byte {
	for _, h := range s.hostile {
		record := bytes.Clone(b[from:])
		b = b[:from]
		switch h.Kind {
		case WrongType:
			b = append(b, durationValue.ReplaceAll(record, []byte(`"duration":[]`))...)
			continue
		case NamelessRecord:
			at := recordID.FindIndex(record)
			b = append(append(b, record[:at[0]]...), record[at[1]:]...)
			continue
		}
		before, after, _ := bytes.Cut(record, infoBegins)
		b = append(append(b, before...), infoBegins...)
		b = append(append(h.appendMember(b), ','), after...)
	}
	return b
}

// infoBegins is before the first member of every made-up record's info.
var infoBegins = []byte(`"info":{`)

func (h *hit) appendMember(b []byte) []byte {
	switch h.Kind {
	case HugeRecord:
		b = append(append(b, `"hostile":"`...), bytes.Repeat([]byte("0123456789 abcde"), h.Rows<<16)...)
		return append(b, '"')
	case DeepRecord:
		b = append(append(b, `"hostile":`...), bytes.Repeat([]byte("["), h.Rows)...)
		return append(b, bytes.Repeat([]byte("]"), h.Rows)...)
	case BrokenText:
		b = append(append(b, `"hostile":"`...), bytes.Repeat([]byte{0xff}, h.Rows)...)
		return append(b, '"')
	}
	return append(b, `"hostile":1,"hostile":2`...)
}
