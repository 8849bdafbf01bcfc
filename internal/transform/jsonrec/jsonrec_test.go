package jsonrec

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// toAny turns a value into what encoding/json makes of it, numbers kept as written.
func toAny(v Value) any {
	switch v.Kind() {
	case True, False:
		return v.Kind() == True
	case Number:
		return json.Number(v.Text())
	case String:
		return string(v.Text())
	case Array:
		list := []any{}
		for e := range v.Elements() {
			list = append(list, toAny(e))
		}
		return list
	case Object:
		object := map[string]any{}
		for name, m := range v.Members() {
			object[string(name)] = toAny(m)
		}
		return object
	}
	return nil
}

func decode(b []byte) (any, error) {
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.UseNumber()
	var v any
	err := dec.Decode(&v)
	return v, err
}

var seeds = []string{
	`{}`, `[]`, `""`, `0`, `-0.5e+10`, `true`, `null`, ` [ 1 , {"a" : [ ] } ] `, `{"a":{"b":[1,2,{"c":"d"}]},"e":"\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00"}`,
	`{"k\u0065y":1}`, `"12345678\"12345678"`, `"\ud800"`, "\"\xff\"", `[1,]`, `{"a"}`, `{"a":1,}`, `01`, `1.`, `.5`, `-`, `1e`, `tru`, "\"a\nb\"", `"\x"`, `"\u12g4"`, `1 2`, `"`, `[`, `{"a":`,
}

// FuzzParse holds the decoder to encoding/json: the same texts are JSON, and mean the
// same; and what AppendCompact writes means it again.
func FuzzParse(f *testing.F) {
	for _, s := range seeds {
		f.Add([]byte(s))
	}
	var d, again Doc
	f.Fuzz(func(t *testing.T, raw []byte) {
		v, err := d.Parse(raw)
		if err != nil && json.Valid(raw) {
			require.True(t, repeats(json.NewDecoder(bytes.NewReader(raw))), "%q: %v", raw, err)
			return
		}
		require.Equal(t, json.Valid(raw), err == nil, "%q: %v", raw, err)
		if err != nil {
			return
		}
		require.False(t, repeats(json.NewDecoder(bytes.NewReader(raw))), "%q", raw)
		want, err := decode(raw)
		require.NoError(t, err)
		require.Equal(t, want, toAny(v))
		compact := v.AppendCompact(nil)
		require.True(t, utf8.Valid(compact))
		second, err := again.Parse(compact)
		require.NoError(t, err, "%s", compact)
		require.Equal(t, want, toAny(second))
	})
}

// repeats reports whether an object of valid JSON has a name twice.
func repeats(d *json.Decoder) bool {
	var open []map[string]bool // nil: an array
	isName, found := false, false
	for {
		token, err := d.Token()
		if err != nil {
			return found
		}
		if text, ok := token.(string); ok && isName {
			known := open[len(open)-1]
			found, known[text], isName = found || known[text], true, false
			continue
		}
		switch token {
		case json.Delim('{'):
			open = append(open, map[string]bool{})
		case json.Delim('['):
			open = append(open, nil)
		case json.Delim('}'), json.Delim(']'):
			open = open[:len(open)-1]
		}
		isName = len(open) > 0 && open[len(open)-1] != nil
	}
}

func TestErrorsSayWhereAndWhat(t *testing.T) {
	for raw, want := range map[string]string{
		`{"a":1,}`:                  `byte 7 is '}' where a member's name should be`,
		`{"a" 1}`:                   `byte 5 is '1' where a colon should be`,
		`[1 2]`:                     `byte 3 is '2' where a comma or ] should be`,
		`"abc`:                      "record ends where the end of a text should be",
		`{} x`:                      `byte 3 is 'x' where end of the record should be`,
		strings.Repeat("[", 10_001): "nested deeper than 10000",
	} {
		var d Doc
		_, err := d.Parse([]byte(raw))
		require.ErrorContains(t, err, want)
	}
}

func TestGetFindsMembers(t *testing.T) {
	var d Doc
	v, err := d.Parse([]byte(`{"\u0061":1,"b":null}`))
	require.NoError(t, err)
	require.Equal(t, "1", string(v.Get("a").Text()))
	require.Equal(t, Null, v.Get("b").Kind())
	require.Equal(t, Value{}, v.Get("c"))
	require.Nil(t, v.Get("c").Text())
}

// Of two members with one name a reader would lose one: such a record is refused.
func TestNamesMustBeUnique(t *testing.T) {
	many := func(last string) string {
		var b strings.Builder
		for i := range 1_000 {
			fmt.Fprintf(&b, `"name %d":%d,`, i, i)
		}
		return "{" + b.String() + `"` + last + `":0}`
	}
	for _, c := range []struct{ name, raw, twice string }{
		{"next to each other", `{"a":1,"a":2}`, "a"},
		{"equal values", `{"a":1,"a":1}`, "a"},
		{"apart, deep", `[{"x":{"a":[],"b":{},"a":1}}]`, "a"},
		{"empty", `{"":1,"":2}`, ""},
		{"written differently", `{"a":1,"\u0061":2}`, "a"},
		{"written differently, the other way", `{"\u0061":2,"a":1}`, "a"},
		{"among a thousand", many("name 17"), "name 17"},
		{"not the same", `{"a":{"a":1},"A":1,"ab":1,"b":{"a":1}}`, "none"},
		{"a thousand", many("name"), "none"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var d Doc
			_, err := d.Parse([]byte(c.raw))
			if c.twice == "none" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, fmt.Sprintf("a member's name is there twice: %q", c.twice))
		})
	}
}

func TestAWarmDocAllocatesNothing(t *testing.T) {
	raw := []byte(`{"messages":[{"text":"a \"quoted\" word","n":1},{"text":"plain","n":2}],"id":"x"}`)
	var d Doc
	allocs := testing.AllocsPerRun(100, func() {
		v, err := d.Parse(raw)
		if err != nil || len(v.Get("messages").First().Get("text").Text()) == 0 {
			t.Fatal(err)
		}
	})
	require.Zero(t, allocs)
}

func TestAGiantRecordIsReadAndItsMemoryGivenBack(t *testing.T) {
	element := `{"text":"` + strings.Repeat("long — ", 20) + `"},`
	raw := []byte("[" + strings.TrimSuffix(strings.Repeat(element, 300_000), ",") + "]")
	require.Greater(t, len(raw), 40<<20)
	var d Doc
	v, err := d.Parse(raw)
	require.NoError(t, err)
	n := 0
	for e := range v.Elements() {
		n += len(e.Get("text").Text())
	}
	require.Equal(t, 300_000*20*len("long — "), n)
	d.Release()
	require.Zero(t, cap(d.nodes))
}
