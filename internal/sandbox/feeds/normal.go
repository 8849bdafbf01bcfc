package feeds

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math/big"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// normal is a value as it is compared: nil is null; a moment is compared by time, a number by size,
// anything else as text.
type normal struct {
	text   string
	at     time.Time
	number *big.Rat
	null   bool
}

// null is what an absent member, null, and the texts that stand for null are.
var null = normal{null: true}

// readForms are the layouts that moments are read in, with fractions of any length; one without a zone
// is UTC.
var readForms = []string{"2006-01-02T15:04:05Z07:00", "2006-01-02T15:04:05", "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05"}

// members reads a line, which is one JSON object in UTF-8 and nothing else.
func members(l Line) (map[string]any, error) {
	d := json.NewDecoder(bytes.NewReader(l))
	d.UseNumber()
	var m map[string]any
	if err := d.Decode(&m); err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) || m == nil || !utf8.Valid(l) {
		return nil, errors.New("it is not one JSON object in UTF-8")
	}
	return m, nil
}

// normalized returns what a member of a row says in a column of the table; a column that the table
// does not have is text.
func (t *Table) normalized(name string, v any) normal {
	kind := Text
	if c := t.column(name); c != nil {
		kind = c.Kind
	}
	text, ok := textOf(v)
	if !ok || (text == "" || text == "NULL") && (kind == Moment || kind == Int || kind == Decimal || kind == Flag) {
		return null
	}
	switch kind {
	case Moment:
		for _, form := range readForms {
			if at, err := time.Parse(form, text); err == nil {
				return normal{text: at.UTC().Format(time.RFC3339Nano), at: at.UTC()}
			}
		}
	case Int, Decimal:
		if number, ok := new(big.Rat).SetString(text); ok {
			return normal{text: decimal(number), number: number}
		}
	case Flag:
		if flag, err := strconv.ParseBool(text); err == nil {
			return normal{text: strconv.FormatBool(flag)}
		}
	}
	return normal{text: text}
}

// textOf returns a value as text; ok is false for null.
func textOf(v any) (text string, ok bool) {
	switch v := v.(type) {
	case nil:
		return "", false
	case string:
		return v, true
	case json.Number:
		return v.String(), true
	case bool:
		return strconv.FormatBool(v), true
	}
	return string(written(v)), true
}

// decimal writes a number without zeros at its end.
func decimal(n *big.Rat) string {
	if n.IsInt() {
		return n.Num().String()
	}
	text := n.FloatString(18)
	return strings.TrimRight(strings.TrimRight(text, "0"), ".")
}

// compare orders by time, size or text; null is less than anything.
func (n normal) compare(o normal) int {
	switch {
	case n.null || o.null:
		return boolInt(!n.null) - boolInt(!o.null)
	case !n.at.IsZero() && !o.at.IsZero():
		return n.at.Compare(o.at)
	case n.number != nil && o.number != nil:
		return n.number.Cmp(o.number)
	}
	return strings.Compare(n.text, o.text)
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}
