// Package cell is one value of a row, between the rules that make it and the format
// that writes it.
package cell

import (
	"strconv"
	"time"

	"transporter/internal/transform/jsonrec"
)

// Kind is what a cell holds.
type Kind uint8

// The kinds. The zero Cell is Null.
const (
	Null   Kind = iota
	Text        // Text
	Int         // Num
	Bool        // Num is 0 or 1
	Number      // Text is a number as the source wrote it
	Time        // Num is epoch milliseconds UTC, Sub the nanoseconds after it
	List        // List
	JSON        // Text is compact JSON
)

// Cell is one value. Its slices belong to the record that is being rendered, or to the
// cell itself, and are valid until the next record.
type Cell struct {
	Kind Kind
	Num  int64
	Sub  int32 // of a Time whose source says more than milliseconds
	Text []byte
	List [][]byte

	own []byte // room of SetString
}

// SetNull makes it null.
func (c *Cell) SetNull() { c.Kind = Null }

// SetText makes it a text; nil is null.
func (c *Cell) SetText(b []byte) {
	c.Kind, c.Text = Text, b
	if b == nil {
		c.Kind = Null
	}
}

// SetString makes it a text.
func (c *Cell) SetString(s string) {
	c.own = append(c.own[:0], s...)
	c.SetText(c.own)
}

// SetInt makes it a whole number.
func (c *Cell) SetInt(n int64) { c.Kind, c.Num = Int, n }

// SetDouble makes it a number, in its shortest decimal form.
func (c *Cell) SetDouble(f float64) {
	c.own = strconv.AppendFloat(c.own[:0], f, 'f', -1, 64)
	c.Kind, c.Text = Number, c.own
}

// SetTime makes it a moment, in epoch milliseconds UTC.
func (c *Cell) SetTime(ms int64) { c.Kind, c.Num, c.Sub = Time, ms, 0 }

// SetMoment makes it a moment, to the nanosecond.
func (c *Cell) SetMoment(t time.Time) {
	c.Kind, c.Num, c.Sub = Time, t.UnixMilli(), int32(t.Nanosecond()%int(time.Millisecond))
}

// SetBool makes it true or false.
func (c *Cell) SetBool(b bool) {
	c.Kind, c.Num = Bool, 0
	if b {
		c.Num = 1
	}
}

// SetJSON makes it JSON; b must be compact.
func (c *Cell) SetJSON(b []byte) { c.Kind, c.Text = JSON, b }

// BeginList makes it an empty list, keeping the room of the one before.
func (c *Cell) BeginList() { c.Kind, c.List = List, c.List[:0] }

// Add appends an element to a list.
func (c *Cell) Add(b []byte) { c.List = append(c.List, b) }

// IsPlaceholder reports whether the source wrote b for "no value": "", "undefined",
// "null" or "NA" (rule N1).
func IsPlaceholder(b []byte) bool {
	switch len(b) {
	case 0:
		return true
	case 2:
		return string(b) == "NA"
	case 4:
		return string(b) == "null"
	case 9:
		return string(b) == "undefined"
	}
	return false
}

// TextOf returns the text of a text or number, nil for what is missing, null or a
// placeholder.
func TextOf(v jsonrec.Value) []byte {
	if k := v.Kind(); k != jsonrec.String && k != jsonrec.Number {
		return nil
	}
	if b := v.Text(); !IsPlaceholder(b) {
		return b
	}
	return nil
}

// IntOf reads a whole number, written as a number or as a text. False for what is
// missing, null, a placeholder or no whole number.
func IntOf(v jsonrec.Value) (int64, bool) {
	return ParseInt(TextOf(v))
}

// maxDigits is how many decimal digits always fit in an int64.
const maxDigits = 18

// ParseInt reads decimal digits with an optional minus; false if b is anything else or
// has more than 18 digits.
func ParseInt(b []byte) (int64, bool) {
	digits := b
	if len(b) > 0 && b[0] == '-' {
		digits = b[1:]
	}
	if len(digits) == 0 || len(digits) > maxDigits {
		return 0, false
	}
	var n int64
	for _, c := range digits {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	if len(digits) < len(b) {
		n = -n
	}
	return n, true
}
