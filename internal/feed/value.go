package feed

import (
	"bytes"
	"encoding/json"
	"fmt"

	"transporter/internal/transform/jsonrec"
)

// kind says how the values of a column are compared.
type kind uint8

const (
	text   kind = iota // ids, too: whether sent as text or as a number, they are the same characters
	moment             // a time
	number             // of any size
	flag
)

// kinds are those of the columns of keys and orders; the declared types do not bind the JSON ("Content":
// columns of one name are of one kind in every table). The others are text.
var kinds = map[string]kind{
	"escalated_to_chat": flag, "escalation_requested": flag,
	"max_slots": number, "quick_reply_button_index": number,
	"timestamp_req": moment,
}

func kindOf(column string) kind {
	if k, ok := kinds[column]; ok {
		return k
	}
	if len(column) > 3 && column[len(column)-3:] == "_ts" {
		return moment
	}
	return text
}

// appendText appends a value as the JSON text that it has in a key: the same for all the ways in
// which one value may be sent; null where there is none. raw is valid JSON, or empty for a member
// that is absent.
func (k kind) appendText(dst, raw []byte) ([]byte, error) {
	if k == text && isPlain(raw) {
		return append(dst, raw...), nil // most values of most keys
	}
	chars, ok := characters(raw)
	if !ok || k != text && isNull(chars) {
		return append(dst, "null"...), nil
	}
	from := len(dst)
	dst = append(dst, '"')
	switch k {
	case moment:
		if dst, ok = appendMoment(dst, chars); !ok {
			return dst[:from], errMoment(chars)
		}
		return append(dst, 'Z', '"'), nil
	case number:
		if dst, ok = appendDecimal(dst, chars); ok {
			return append(dst, '"'), nil
		}
	case flag:
		if dst, ok = appendFlag(dst, chars); ok {
			return append(dst, '"'), nil
		}
	}
	return jsonrec.AppendText(dst[:from], chars), nil
}

// isPlain reports whether raw is a text without escapes: only what must be escaped is, in a key.
func isPlain(raw []byte) bool {
	return len(raw) > 0 && raw[0] == '"' && bytes.IndexByte(raw, '\\') < 0
}

// isNull reports whether the characters stand for null in columns that are no text.
func isNull(chars []byte) bool { return len(chars) == 0 || string(chars) == "NULL" }

// shownLength is how much of a value is told in an error: enough to see its form.
const shownLength = 40

func errMoment(chars []byte) error {
	return fmt.Errorf("%q is no time as 2006-01-02T15:04:05.000000+00:00", chars[:min(len(chars), shownLength)])
}

// isAbsent reports whether a value is null, or its member is not there.
func isAbsent(raw []byte) bool { return len(raw) == 0 || raw[0] == 'n' }

// characters returns those of a text without its quotes and escapes, of other values what is
// written; false for null and what is absent.
func characters(raw []byte) ([]byte, bool) {
	if isAbsent(raw) {
		return nil, false
	}
	if raw[0] == '{' || raw[0] == '[' {
		var b bytes.Buffer
		if json.Compact(&b, raw) == nil {
			return b.Bytes(), true
		}
		return raw, true
	}
	if raw[0] != '"' {
		return raw, true
	}
	if bytes.IndexByte(raw, '\\') < 0 {
		return raw[1 : len(raw)-1], true
	}
	var s string
	if json.Unmarshal(raw, &s) != nil {
		return raw[1 : len(raw)-1], true // never: it was scanned
	}
	return []byte(s), true
}

var flags = map[string]string{
	"true": "true", "false": "false", "1": "true", "0": "false", "t": "true", "f": "false",
}

// appendFlag appends true or false for all forms of them: booleans, 0 and 1, and texts of either.
func appendFlag(dst, chars []byte) ([]byte, bool) {
	form := bytes.ToLower(chars)
	if n, ok := appendDecimal(nil, chars); ok {
		form = n
	}
	flag, ok := flags[string(form)]
	return append(dst, flag...), ok
}
