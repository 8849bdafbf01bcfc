package feed_test

import (
	"bytes"
	"encoding/json"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"transporter/internal/feed"
)

// FuzzRow compares what is taken for a row with what the library takes for a JSON object, and what is
// read of it.
func FuzzRow(f *testing.F) {
	for _, seed := range []string{
		`{"queue_key":"1","name":"a\u2028b\ud83d\ude00","x":[1,{"y":null}]}`, "{\"queue_key\":1}\n\n{\"queue_key\":2.50e1}", `{"queue_key":1,"queue_key":2}`,
		`{"a":NaN}`, "\ufeff{}", "{\"a\":\"\x00\"}", `{"queue_key":"\ud800"}`, `{ "queue_key" : -0 , "export_ts" : "2020-01-06 23:13:50.617" }`,
		`{"a":tru}`, `[1]`, `{"a":"\u00`, "{\"\xff\":1}", `{}`, ``, "{\"a\":1}\r\n", `{"x":{"a":1,"a":2}}`,
	} {
		f.Add([]byte(seed))
	}
	table, _ := feed.TableOf("dim_queues", feed.DoorS3)
	r := feed.NewRuler(table, feed.Reference)
	f.Fuzz(func(t *testing.T, file []byte) {
		for l, err := range feed.Lines(bytes.NewReader(file), 1<<10, nil) {
			require.NoError(t, err)
			if l.Bad != nil {
				continue
			}
			var object map[string]any
			d := json.NewDecoder(bytes.NewReader(l.Bytes))
			d.UseNumber()
			valid := utf8.Valid(l.Bytes) && json.Valid(l.Bytes) && d.Decode(&object) == nil && object != nil
			row, err := r.Row(l.Bytes, l.Number)
			if err != nil {
				require.False(t, valid && object["export_ts"] == nil, "%q was refused: %v", l.Bytes, err)
				continue
			}
			require.True(t, valid, "%q was taken", l.Bytes)
			require.True(t, json.Valid(row.Line))
			var key []*string
			require.NoError(t, json.Unmarshal(row.Key, &key))
			require.Len(t, key, 1)
			switch id := object["queue_key"].(type) {
			case nil:
				require.Nil(t, key[0])
			case string:
				require.Equal(t, id, *key[0])
			case json.Number:
				require.Equal(t, id.String(), *key[0])
			}
			if row.Repeats > 0 {
				again, err := r.Row(bytes.Clone(row.Line), l.Number)
				require.NoError(t, err)
				require.Zero(t, again.Repeats)
			}
		}
	})
}
