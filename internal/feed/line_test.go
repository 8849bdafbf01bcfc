package feed_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"transporter/internal/feed"
)

// linesOf returns what is read, as "number: text", and bad lines as "number! reason".
func linesOf(t require.TestingT, r io.Reader, limit int) []string {
	var all []string
	for l, err := range feed.Lines(r, limit, nil) {
		require.NoError(t, err)
		if l.Bad != nil {
			require.Equal(t, l.Number, l.Bad.Line)
			all = append(all, fmt.Sprintf("%d! %s", l.Number, l.Bad.Reason))
			continue
		}
		all = append(all, fmt.Sprintf("%d: %s", l.Number, l.Bytes))
	}
	return all
}

func TestFilesAreCutIntoLines(t *testing.T) {
	for name, c := range map[string]struct {
		file string
		want []string
	}{
		"zero-byte file":             {"", nil},
		"LF line ends":               {"a\nb\n", []string{"1: a", "2: b"}},
		"last line lacks LF":         {"a\nb", []string{"1: a", "2: b"}},
		"blank lines are skipped":    {"\na\n \t\n\r\nb\n\n", []string{"2: a", "5: b"}},
		"U+2028, U+2029, U+0085":     {"\u2028\u2029\u0085a\n\u0085\n", []string{"1: \u2028\u2029\u0085a", "2: \u0085"}},
		"CR stays with its line":     {"a\r\nb\rc\n", []string{"1: a\r", "2: b\rc"}},
		"a line of the limit":        {strings.Repeat("x", 10) + "\ny\n", []string{"1: xxxxxxxxxx", "2: y"}},
		"a line beyond the limit":    {"a\n" + strings.Repeat("x", 11) + "\ny\n", []string{"1: a", "2! it is longer than 10 bytes", "3: y"}},
		"a last line beyond it":      {strings.Repeat("x", 50), []string{"1! it is longer than 10 bytes"}},
		"only the first long line":   {strings.Repeat("x", 100) + "\n" + strings.Repeat("y", 10), []string{"1! it is longer than 10 bytes", "2: yyyyyyyyyy"}},
		"limit at the end of a file": {strings.Repeat("x", 10), []string{"1: xxxxxxxxxx"}},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, c.want, linesOf(t, strings.NewReader(c.file), 10))
			require.Equal(t, c.want, linesOf(t, iotest.OneByteReader(strings.NewReader(c.file)), 10))
			require.Equal(t, c.want, linesOf(t, iotest.DataErrReader(strings.NewReader(c.file)), 10))
		})
	}
}

func TestCuttingIsSplittingAtLF(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		file := rapid.StringMatching(`[a\n \r]{0,60}`).Draw(t, "file")
		limit := rapid.IntRange(1, 20).Draw(t, "limit")
		var want []string
		for i, line := range strings.Split(file, "\n") {
			switch {
			case len(line) > limit:
				want = append(want, fmt.Sprintf("%d! it is longer than %d bytes", i+1, limit))
			case strings.TrimSpace(line) != "":
				want = append(want, fmt.Sprintf("%d: %s", i+1, line))
			}
		}
		require.Equal(t, want, linesOf(t, iotest.HalfReader(strings.NewReader(file)), limit))
	})
}

func TestAReadThatFailsGivesNoHalfLine(t *testing.T) {
	lost := errors.New("lost")
	var lines int
	var last error
	for _, err := range feed.Lines(io.MultiReader(strings.NewReader("a\nb"), iotest.ErrReader(lost)), 10, nil) {
		if last = err; err == nil {
			lines++
		}
	}
	require.ErrorIs(t, last, lost)
	require.Equal(t, 1, lines)

	for l, err := range feed.Lines(io.MultiReader(strings.NewReader(strings.Repeat("x", 30)), iotest.ErrReader(lost)), 10, nil) {
		require.ErrorIs(t, err, lost)
		require.Nil(t, l.Bad)
	}
}

func TestALineOf16MiBIsReadAndOneBeyondTheLimitIsNotHeld(t *testing.T) {
	const size = 16 << 20
	long := `{"issue_id":1,"a":"` + strings.Repeat("x", size) + `"}`
	table, _ := feed.TableOf("convos_metrics", feed.DoorS3)
	r := feed.NewRuler(table, feed.Reference)
	var keys []string
	for l, err := range feed.Lines(strings.NewReader(long+"\n"+`{"issue_id":2}`), feed.MaxLine, nil) {
		require.NoError(t, err)
		row, err := r.Row(l.Bytes, l.Number)
		require.NoError(t, err)
		keys = append(keys, string(row.Key))
	}
	require.Equal(t, []string{`["1"]`, `["2"]`}, keys)

	const limit = 1 << 20
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for l, err := range feed.Lines(io.LimitReader(zeros{}, 100<<20), limit, nil) {
		require.NoError(t, err)
		require.Equal(t, "it is longer than 1048576 bytes", l.Bad.Reason)
	}
	runtime.ReadMemStats(&after)
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(4*limit), "a line of 100 MiB was held")
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = '0'
	}
	return len(p), nil
}

func TestBadLines(t *testing.T) {
	table, _ := feed.TableOf("rep_activity", feed.DoorS3)
	for name, c := range map[string]struct{ line, reason string }{
		"truncated JSON":                {`{"rep_id":1,"status_id":"on`, "it ends in the middle of a value"},
		"truncated after a name":        {`{"rep_id"`, "it ends in the middle of a value"},
		"truncated after a colon":       {`{"rep_id":`, "it ends in the middle of a value"},
		"truncated after a comma":       {`{"rep_id":1,`, "it ends in the middle of a value"},
		"truncated in an escape":        {`{"rep_id":"\u00`, "it ends in the middle of a value"},
		"truncated in a list":           {`{"rep_id":[1,`, "it ends in the middle of a value"},
		"truncated after a minus":       {`{"rep_id":-`, "it ends in the middle of a value"},
		"raw control character":         {"{\"rep_id\":\"a\tb\"}", "byte 13 is the control character 0x09, which must be escaped"},
		"raw NUL":                       {"{\"rep_id\":\"a\x00b\"}", "byte 13 is the control character 0x00, which must be escaped"},
		"invalid UTF-8":                 {"{\"rep_id\":\"\xff\"}", "it is not UTF-8"},
		"half a surrogate in UTF-8":     {"{\"rep_id\":\"\xed\xa0\x80\"}", "it is not UTF-8"},
		"BOM":                           {"\ufeff{\"rep_id\":1}", "it begins with a byte order mark: JSON Lines are UTF-8 without one"},
		"NaN":                           {`{"rep_id":NaN}`, "byte 11 is 'N' where a value should be"},
		"Infinity":                      {`{"rep_id":Infinity}`, "byte 11 is 'I' where a value should be"},
		"-Infinity":                     {`{"rep_id":-Infinity}`, "byte 12 is 'I' where a number should be"},
		"nan inside of a list":          {`{"rep_id":[nan]}`, "byte 1 is 'n' where a value should be"},
		"a list":                        {`[1]`, "it is not a JSON object"},
		"a text":                        {`"a"`, "it is not a JSON object"},
		"null":                          {`null`, "it is not a JSON object"},
		"two objects":                   {`{"rep_id":1}{"rep_id":2}`, "byte 13 is '{' where the end should be"},
		"a comma at the end":            {`{"rep_id":1,}`, "byte 13 is '}' where a member's name should be"},
		"a name without quotes":         {`{rep_id:1}`, "byte 2 is 'r' where a member's name should be"},
		"no colon":                      {`{"rep_id" 1}`, "byte 11 is '1' where a colon should be"},
		"no comma":                      {`{"rep_id":1 "b":2}`, "byte 13 is '\"' where a comma or } should be"},
		"a wrong escape":                {`{"rep_id":"\x"}`, `byte 12 is '\\' where a valid escape should be`},
		"a wrong \\u":                   {`{"rep_id":"\u00zz"}`, `byte 12 is '\\' where a valid escape should be`},
		"a number with a zero before":   {`{"rep_id":01}`, "byte 11 is '0' where a number should be"},
		"a number that ends in a point": {`{"rep_id":1.}`, "byte 13 is '}' where a number should be"},
		"brackets that do not match":    {`{"rep_id":[1}}`, ""},
		"too deep":                      {`{"rep_id":` + strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000) + `}`, "it is nested deeper than 10000 levels"},
		"a time that is none":           {`{"rep_id":1,"instance_ts":"yesterday"}`, `instance_ts: "yesterday" is no time as 2006-01-02T15:04:05.000000+00:00`},
		"export_ts that is none":        {`{"rep_id":1,"export_ts":17}`, `export_ts: "17" is no time as 2006-01-02T15:04:05.000000+00:00`},
	} {
		t.Run(name, func(t *testing.T) {
			r := feed.NewRuler(table, feed.Reference)
			_, err := r.Row([]byte(c.line), 1)
			if c.reason == "" {
				require.Error(t, err)
			} else {
				require.EqualError(t, err, c.reason)
			}
			row, err := r.Row([]byte(`{"rep_id":2}`), 2)
			require.NoError(t, err, "the next line is read")
			require.Equal(t, `[null,null,"2",null,null]`, string(row.Key))
		})
	}
}

func TestTooManyMembersAreABadLine(t *testing.T) {
	var b strings.Builder
	for i := range 10_001 {
		fmt.Fprintf(&b, `,"m%d":1`, i)
	}
	table, _ := feed.TableOf("reps", feed.DoorS3)
	r := feed.NewRuler(table, feed.Reference)
	_, err := r.Row([]byte("{"+b.String()[1:]+"}"), 1)
	require.EqualError(t, err, "it has more than 10000 members")
	row, err := r.Row([]byte(`{"rep_id":7}`), 2)
	require.NoError(t, err)
	require.Equal(t, `["7"]`, string(row.Key))
}

func TestBadLinesAreNamed(t *testing.T) {
	line := feed.Line{Number: 7, Bytes: []byte(`{"a":`)}
	bad := feed.BadLine(line, errors.New("it ends"))
	sum := sha256.Sum256(line.Bytes)
	require.Equal(t, hex.EncodeToString(sum[:]), bad.SHA256)
	id := bad.ID(seen(t, "2026-11-20 05")[0].Stamp, "reps.jsonl.gz")
	require.Equal(t, "!dt=2026-11-20/hr=05 reps.jsonl.gz line 7 "+bad.SHA256[:16], id)
	require.Less(t, id, `["1"]`, "bad lines sort before keys")
	require.JSONEq(t, `{"_bad":true,"_reason":"it ends","_sha256":"`+bad.SHA256+`"}`, string(bad.Raw()))

	for l, err := range feed.Lines(strings.NewReader(strings.Repeat("x", 30)+"\n"), 10, nil) {
		require.NoError(t, err)
		sum := sha256.Sum256(bytes.Repeat([]byte("x"), 30))
		require.Equal(t, hex.EncodeToString(sum[:]), l.Bad.SHA256, "of the whole line, which is not held")
	}
}

func TestARepeatedNameIsKeptAndCounted(t *testing.T) {
	table, _ := feed.TableOf("reps", feed.DoorS3)
	for name, c := range map[string]struct {
		line, key, kept string
		repeats         int
	}{
		"last wins":          {`{"rep_id":1,"name":"a","rep_id":2}`, `["2"]`, `{"rep_id":2,"name":"a"}`, 1},
		"with escapes":       {`{"rep_id":1,"rep\u005fid":3}`, `["3"]`, `{"rep_id":3}`, 1},
		"three times":        {`{"rep_id":1,"rep_id":2,"rep_id":3}`, `["3"]`, `{"rep_id":3}`, 2},
		"in a value":         {`{"rep_id":1,"x":{"a":1.50,"a":[{"b":null,"b":true}]}}`, `["1"]`, `{"rep_id":1,"x":{"a":[{"b":true}]}}`, 1},
		"none":               {`{"rep_id":1, "id":1}`, `["1"]`, `{"rep_id":1, "id":1}`, 0},
		"numbers as written": {`{"rep_id":12345678901234567890,"a":1e2,"a":1.10}`, `["12345678901234567890"]`, `{"rep_id":12345678901234567890,"a":1.10}`, 1},
	} {
		t.Run(name, func(t *testing.T) {
			r := feed.NewRuler(table, feed.Reference)
			for range 2 { // the second time the names are known
				row, err := r.Row([]byte(c.line), 1)
				require.NoError(t, err)
				require.Equal(t, c.key, string(row.Key))
				require.Equal(t, c.repeats, row.Repeats)
				require.Equal(t, c.kept, string(row.Line))
			}
		})
	}
}

// room notes how large the lines are that it is asked for, and how many are held.
type room struct {
	taken []int
	held  bool
	full  error // from here on
}

func (r *room) Take(bytes int) error {
	if r.full != nil {
		return r.full
	}
	r.taken, r.held = append(r.taken, bytes), true
	return nil
}

func (r *room) Leave() { r.held = false }

// A line that is longer than usual is held when there is room, which is given back before usual ones are read on.
func TestLinesLongerThanUsualNeedRoom(t *testing.T) {
	usual, large := strings.Repeat("x", feed.UsualLine-1)+"\n", strings.Repeat("y", 3*feed.UsualLine)+"\n"
	var r room
	held := ""
	for l, err := range feed.Lines(strings.NewReader(usual+large+strings.Repeat("z\n", 1<<20)+large+usual), feed.MaxLine, &r) {
		require.NoError(t, err)
		if at := held[max(0, len(held)-2):]; at != fmt.Sprint(string(l.Bytes[:1]), map[bool]int{true: 1}[r.held]) {
			held += fmt.Sprint(string(l.Bytes[:1]), map[bool]int{true: 1}[r.held])
		}
	}
	require.Equal(t, "x0y1z1z0y1x1", held, "what is read with it, and what is read after that")
	require.Equal(t, []int{2 << 20, 4 << 20, 2 << 20, 4 << 20}, r.taken, "before it is held")
	require.False(t, r.held)

	r = room{full: errors.New("no room")}
	for l, err := range feed.Lines(strings.NewReader(usual+large), feed.MaxLine, &r) {
		if err == nil {
			require.Len(t, l.Bytes, feed.UsualLine-1)
			continue
		}
		require.ErrorIs(t, err, r.full)
	}
	require.False(t, r.held)
}
