// Package lenient reads JSON of a platform that writes ids and numbers as strings or as numbers,
// and may leave the brackets of a list of one away (Messaging Window API, protocol overview). What
// is of another shape than expected reads as absent.
package lenient

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
)

// Text is a string; a number is its digits.
type Text string

// UnmarshalJSON never fails.
func (t *Text) UnmarshalJSON(b []byte) error {
	var s string
	switch {
	case b[0] == '"' && json.Unmarshal(b, &s) == nil:
		*t = Text(s)
	case b[0] == '-' || b[0] >= '0' && b[0] <= '9':
		*t = Text(b)
	}
	return nil
}

// Integer is a whole number, also one written as a string; nil if there is none.
type Integer struct{ Value *int64 }

// maxExact is the largest whole number below which a float64 holds every other.
const maxExact = 1 << 53

// UnmarshalJSON never fails.
func (i *Integer) UnmarshalJSON(b []byte) error {
	b = bytes.Trim(b, `"`)
	if n, err := strconv.ParseInt(string(b), 10, 64); err == nil {
		i.Value = &n
	} else if f, err := strconv.ParseFloat(string(b), 64); err == nil && f == math.Trunc(f) && math.Abs(f) <= maxExact {
		n := int64(f) // 1e3, 3.0
		i.Value = &n
	}
	return nil
}

// Or returns the number, or the other value if there is none.
func (i Integer) Or(absent int64) int64 {
	if i.Value == nil {
		return absent
	}
	return *i.Value
}

// List is an array, or its only element without brackets.
type List[T any] []T

// UnmarshalJSON never fails on JSON.
func (l *List[T]) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		return nil
	}
	var parts []json.RawMessage
	if b[0] != '[' {
		parts = []json.RawMessage{b}
	} else if err := json.Unmarshal(b, &parts); err != nil {
		return err
	}
	for _, part := range parts {
		var one T
		Into(part, &one)
		*l = append(*l, one)
	}
	return nil
}

// Into reads as much of valid JSON into v as is of the shape of v.
func Into(b []byte, v any) {
	// json.Unmarshal skips members of other types, reads the rest and says so: nothing that
	// would be of use here.
	_ = json.Unmarshal(b, v)
}
