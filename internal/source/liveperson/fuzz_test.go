package liveperson

import (
	"bytes"
	"encoding/json"
	"math"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"transporter/internal/source"
	"transporter/internal/source/liveperson/answer"
)

// Each target reads whatever an API could answer: no crash, nothing taken that is not JSON,
// and as many records as the standard library finds. make fuzz runs them for longer.

// answers are the seeds: what an answer can look like, and be wrong in.
var answers = []string{
	`{"_metadata":{"count":1,"shardsStatusResult":{"partialResult":false}},"records":[{"info":{"conversationId":"a","startTimeL":1,"isPartial":"true"}}]}`,
	`{"records":[{"info":{"engagementId":"e","engagementSequence":1}},{"info":{"conversationId":"\ud83d\ude00"},"info":7}],"records":null}`,
	`{"_metadata":{"count":2,"references":[{"rel":"next","href":"x"}]},"records":[1,"a",{}],"pagination":{"count":"2"}}`,
	`{"records":{},"_metadata":[]}`, `[{"id":1,"passwordSh":"x"},{"id":"2","deep":[{"OLDPASSWORD":[]}]}]`, `{"records":[{"id":1}`, "{\"records\":[{\"id\":\"\xff\xc3\"}]}",
	`{"records":[` + strings.Repeat("[", 300) + strings.Repeat("]", 300) + `]}`, ` `, `null`, "{\"records\"\n:[ ] }",
}

// elementsOf reads the arrays under the name with the standard library, which is what is
// expected. It fails where the answer is no object of the kind.
func elementsOf(body []byte, name string) (all []json.RawMessage, err error) {
	d := json.NewDecoder(bytes.NewReader(body))
	if _, err := d.Token(); err != nil {
		return nil, err
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil, err
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return nil, err
		}
		if key == name {
			var list []json.RawMessage
			if err := json.Unmarshal(value, &list); err != nil {
				return nil, err
			}
			all = append(all, list...)
		}
	}
	return all, nil
}

// FuzzSkim reads past whatever an answer could be: what is an answer is one to it too, with the same first record.
func FuzzSkim(f *testing.F) {
	for _, a := range answers {
		f.Add([]byte(a))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		got, err := skimPage(bytes.NewReader(body), "records", "")
		want, broken := parsePage(body, "records")
		if broken != nil {
			return
		}
		require.NoError(t, err)
		require.Equal(t, len(want.records) == 0, len(got.records) == 0)
		if len(want.records) > 0 && bytes.Count(body, []byte("info")) == 1 {
			require.Equal(t, want.records[0].id, got.records[0].id)
			require.Equal(t, want.records[0].start, got.records[0].start)
		}
	})
}

func FuzzSearchPage(f *testing.F) {
	for _, a := range answers {
		f.Add([]byte(a))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		p, err := parsePage(body, "records")
		if err != nil {
			return
		}
		require.True(t, json.Valid(body), "what is no JSON is refused")
		if !utf8.Valid(body) {
			return // names are compared as they came
		}
		want, err := elementsOf(body, "records")
		require.NoError(t, err)
		require.Len(t, p.records, len(want))
		var buf, tight bytes.Buffer
		for i, r := range p.records {
			require.Equal(t, string(want[i]), string(r.raw))
			raw, err := r.compact(&buf)
			require.NoError(t, err)
			tight.Reset()
			require.NoError(t, json.Compact(&tight, want[i]))
			require.Equal(t, tight.String(), string(raw))
		}
	})
}

func FuzzOffsetPage(f *testing.F) {
	for _, a := range answers {
		f.Add([]byte(a))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		p := pagedAnswer{count: absent}
		if err := p.parse(answer.Shape{Array: "records"}, body); err != nil {
			return
		}
		require.True(t, json.Valid(body), "what is no JSON is refused")
		if !utf8.Valid(body) {
			return // names are compared as they came
		}
		want, err := elementsOf(body, "records")
		require.NoError(t, err)
		require.Len(t, p.elements, len(want))
	})
}

// FuzzStreams reads answers that are streamed: lists, and objects with one.
func FuzzStreams(f *testing.F) {
	for _, a := range answers {
		f.Add([]byte(a))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		n := 0
		count := func(raw []byte) error {
			require.True(t, json.Valid(raw))
			n++
			return nil
		}
		if eachElement(bytes.NewReader(body), count) == nil {
			var list []json.RawMessage
			require.NoError(t, json.Unmarshal(body, &list))
			require.Len(t, list, n)
		}
		n = 0
		if (answer.Shape{Array: "records"}).Each(bytes.NewReader(body), count) == nil {
			want, err := elementsOf(body, "records")
			require.NoError(t, err)
			require.Len(t, want, n)
		}
	})
}

// FuzzCleanItem holds secrets back however they are written and wherever they are.
func FuzzCleanItem(f *testing.F) {
	for _, a := range answers {
		f.Add([]byte(a))
	}
	f.Add([]byte(`{"id":{"\u0070asswordSh":1},"a":[{"allowedappkeys":{"x":[]}}]}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		var clean bytes.Buffer
		if _, err := cleanItem(&clean, raw); err != nil || !json.Valid(raw) {
			return
		}
		require.True(t, json.Valid(clean.Bytes()), "%q", clean.Bytes())
		var got any
		d := json.NewDecoder(&clean)
		d.UseNumber() // some are beyond a float
		require.NoError(t, d.Decode(&got))
		requireNoSecret(t, got)
	})
}

func requireNoSecret(t *testing.T, v any) {
	t.Helper()
	switch v := v.(type) {
	case map[string]any:
		for name, m := range v {
			require.False(t, isWithheld([]byte(name)), name)
			requireNoSecret(t, m)
		}
	case []any:
		for _, e := range v {
			requireNoSecret(t, e)
		}
	}
}

// FuzzNetHandled cuts a skill into its intervals: each record is the skill with one of them.
func FuzzNetHandled(f *testing.F) {
	for _, a := range answers {
		f.Add([]byte(a))
	}
	f.Add([]byte(`{"skillId":7,"metricsByIntervals":[{"epochTimestamp":1},{"epochTimestamp":2,"x":[1e2]}],"y":"}"}`))
	f.Add([]byte(`{"skillId":"7","metricsByIntervals":[],"metricsByIntervals":[{"epochTimestamp":1}]}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		given := 0
		_, err := netHandled(raw, interval{0, math.MaxInt64}, func(r source.Record) error {
			var skill struct {
				MetricsByIntervals []struct {
					EpochTimestamp int64 `json:"epochTimestamp"`
				} `json:"metricsByIntervals"`
			}
			require.NoError(t, json.Unmarshal(r.Raw, &skill))
			require.NotContains(t, string(r.Raw), "\n")
			given++
			return nil
		})
		if err == nil {
			require.True(t, json.Valid(raw), "what is no JSON is refused")
			_, intervals, _, err := around(raw, "metricsByIntervals")
			require.NoError(t, err)
			require.Len(t, intervals, given)
		}
	})
}
