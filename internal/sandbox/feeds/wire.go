package feeds

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"time"
)

// Line is a row as it is written: one JSON object without the line end.
type Line []byte

// member is one member of a row, its value written.
type member struct {
	name  string
	value []byte
}

// layouts are those of the published examples, with the finest step that each can say.
var layouts = []struct {
	form string
	step time.Duration
}{
	{"2006-01-02T15:04:05.000000-07:00", time.Microsecond},
	{"2006-01-02T15:04:05-07:00", time.Second},
	{"2006-01-02T15:04:05", time.Second},
	{"2006-01-02 15:04:05", time.Second},
	{"2006-01-02 15:04:05.000", time.Millisecond},
	{"2006-01-02 15:04:05.000000-07:00", time.Microsecond},
	{"2006-01-02T15:04:05.000000000Z07:00", time.Nanosecond},
}

// stamped writes a moment in the likeliest of the layouts.
func stamped(at time.Time) string { return at.UTC().Format(layouts[0].form) }

// stampedAnyhow writes it in one of those that can say it.
func stampedAnyhow(r *rand.Rand, at time.Time) string {
	for {
		if l := pick(r, layouts); at.Truncate(l.step).Equal(at) {
			return at.UTC().Format(l.form)
		}
	}
}

// object writes a row.
func object(members []member) Line {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, m := range members {
		if i > 0 {
			b.WriteByte(',')
		}
		b.Write(written(m.name))
		b.WriteByte(':')
		b.Write(m.value)
	}
	b.WriteByte('}')
	return b.Bytes()
}

// written writes a value as JSON, with control characters escaped and nothing else.
func written(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(fmt.Sprintf("write %v: %v", v, err)) // only texts and numbers are
	}
	// A line separator may stand in a text as it is; the encoder would escape it (encoding/json).
	return bytes.ReplaceAll(bytes.TrimRight(b.Bytes(), "\n"), []byte(`\u2028`), []byte("\u2028"))
}

// row writes the members that a scenario names: row("issue_id", 7, "platform", "web").
func row(members ...any) Line {
	list := make([]member, 0, len(members)/2)
	for i := 0; i+1 < len(members); i += 2 {
		v := members[i+1]
		if at, ok := v.(time.Time); ok {
			v = stamped(at)
		}
		list = append(list, member{members[i].(string), written(v)})
	}
	return object(list)
}
