package latest_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/latest"
	"transporter/internal/staging"
)

// drawObject is a row of JSON, of one of some shapes, or something that looks like one.
func drawObject(t *rapid.T) string {
	return rapid.OneOf(
		rapid.Custom(func(t *rapid.T) string {
			value := func(label string) string {
				return rapid.SampledFrom([]string{"null", "0", `""`, `"a,\"b\":1"`, `"{","`, `{"a":[1]}`, strings.Repeat("7", 200)}).Draw(t, label)
			}
			return rapid.SampledFrom([]func() string{
				func() string { return fmt.Sprintf(`{"a":%s,"b":%s}`, value("a"), value("b")) },
				func() string { return fmt.Sprintf(`{"a":%s, "c" : %s}`, value("a"), value("c")) },
				func() string { return fmt.Sprintf(` {"b":%s,"a":%s} `, value("b"), value("a")) },
				func() string { return fmt.Sprintf(`{"a":%s}`, value("a")) },
				func() string { return fmt.Sprintf(`{"":%s,"":%s,"d":1}`, value("first"), value("second")) },
				func() string { return fmt.Sprintf(`{"issue_id":%s,"first_utterance_ts":%s}`, value("id"), value("ts")) },
			}).Draw(t, "shape")()
		}),
		rapid.StringMatching(`[{}\[\],:" a\\\n]{0,40}`),
	).Draw(t, "object")
}

// A row that is packed by the shape of any other is the same when it is unpacked.
func TestPackedRowsAreTheSame(t *testing.T) {
	packed := 0
	rapid.Check(t, func(t *rapid.T) {
		like, raw := []byte(drawObject(t)), []byte(drawObject(t))
		found, unpacked, ok := latest.PackedLike(like, raw)
		if !found {
			return
		}
		require.True(t, ok)
		require.Equal(t, string(raw), string(unpacked))
		packed++
	})
	require.Positive(t, packed)
}

// Rows are kept without the names that they have in common.
func TestNamesAreKeptOnce(t *testing.T) {
	stage := stageIn(t, t.TempDir())
	s := latest.New(stage, "leaf", latest.Options{Memory: 64 << 10})
	defer s.Abort()
	name, size := strings.Repeat("name", 20), 0
	for n := range 3000 {
		raw := fmt.Appendf(nil, `{"%s":%d,"%s2":null}`, name, n, name)
		size += len(raw)
		require.NoError(t, s.Add(t.Context(), fmt.Appendf(nil, "%04d", n), []byte("r"), raw))
	}
	set, err := s.Finish(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, size, set.Bytes)
	var kept int64
	for _, run := range set.Runs {
		kept += run.Size
	}
	require.Less(t, kept, set.Bytes/5)
	n := 0
	for r, err := range latest.Read(t.Context(), stage, set) {
		require.NoError(t, err)
		require.Equal(t, fmt.Sprintf(`{"%s":%d,"%s2":null}`, name, n, name), string(r.Raw))
		n++
	}
	require.Equal(t, 3000, n)
}

// Rows about as large as what is packed, and as the buffer that they are read through.
func TestRowsNearTheBoundsOfPacking(t *testing.T) {
	stage := stageIn(t, t.TempDir())
	s := latest.New(stage, "leaf", latest.Options{Memory: 1 << 20})
	defer s.Abort()
	want := map[string]string{}
	for n, size := range []int{1, 1, 16<<10 - 11, 16<<10 - 10, 16<<10 - 9, 16 << 10, 32<<10 - 12, 32<<10 - 10, 32<<10 - 8, 32 << 10, 100 << 10, 1} {
		key, raw := fmt.Sprintf("%02d", n), fmt.Sprintf(`{"text":"%s"}`, strings.Repeat("t", size))
		want[key] = raw
		require.NoError(t, s.Add(t.Context(), []byte(key), nil, []byte(raw)))
	}
	many := "{" + strings.TrimSuffix(strings.Repeat(`"":,`, 4000), ",") + "}" // of more parts than a shape has
	for n := range 2 {
		key := fmt.Sprint("many", n)
		want[key] = many
		require.NoError(t, s.Add(t.Context(), []byte(key), nil, []byte(many)))
	}
	set, err := s.Finish(t.Context())
	require.NoError(t, err)
	whole, err := latest.Compact(t.Context(), stage, "compacted", []latest.Tagged{{Set: set}}, latest.Keep)
	require.NoError(t, err)
	for _, set := range []latest.Set{set, whole} {
		found := map[string]string{}
		for r, err := range latest.Read(t.Context(), stage, set) {
			require.NoError(t, err)
			found[string(r.Key)] = string(r.Raw)
		}
		require.Equal(t, want, found)
	}
}

// runOf stages bytes as a run.
func runOf(t *testing.T, stage *staging.Stage, rows ...[]byte) contract.Ref {
	w, err := stage.CreateBlocks(t.Context(), "runs")
	require.NoError(t, err)
	defer w.Abort()
	_, err = w.Write(bytes.Join(rows, nil))
	require.NoError(t, err)
	require.NoError(t, w.EndBlock([]byte("~")))
	ref, err := w.Commit(t.Context())
	require.NoError(t, err)
	return ref
}

// headOf is what stands before the shape of a row.
func headOf(key string) []byte {
	return binary.AppendVarint(append(append([]byte{byte(len(key))}, key...), 1, 'r'), 7)
}

// Sets that were made before there were shapes are read, and merged with those that have some.
func TestSetsWithoutShapes(t *testing.T) {
	stage := stageIn(t, t.TempDir())
	raw := `{"n":1,"text":"old"}`
	old := latest.Set{Rows: 2, Runs: []contract.Ref{runOf(t, stage,
		append(append(headOf("a"), byte(len(raw))), raw...), append(append(headOf("b"), byte(len(raw))), raw...))}}
	now := sortRows(t, stage, []row{{"b", "s", `{"n":2,"text":"new"}`, 2}, {"c", "s", `{"n":3,"text":"new"}`, 2}})
	set, err := latest.Compact(t.Context(), stage, "compacted", []latest.Tagged{{Set: old, Tag: 1}, {Set: now, Tag: 2}}, latest.Keep)
	require.NoError(t, err)
	require.Equal(t, map[string]row{
		"a": {"a", "r", raw, 1}, "b": {"b", "s", `{"n":2,"text":"new"}`, 2}, "c": {"c", "s", `{"n":3,"text":"new"}`, 2},
	}, collect(t, latest.Winners(t.Context(), stage, "scratch", []latest.Tagged{{Set: set}})))
}

// A run whose shapes say nonsense is damaged.
func TestNonsenseShapes(t *testing.T) {
	stage := stageIn(t, t.TempDir())
	packed := func(body ...byte) []byte { return append([]byte{byte(len(body))}, body...) }
	shape := append([]byte{2, 3, 2}, ",:"...) // of one part
	for name, row := range map[string][]byte{
		"of an unknown kind":               {3, 0},
		"as before, and none is before":    append([]byte{1}, packed(0, 0)...),
		"a text that ends within a part":   append([]byte{2, 1, 5}, packed(0, 0)...),
		"a text that is too long":          {2, 0xff, 0xff, 0xff, 0x7f},
		"a row that lacks what is its own": append(shape[:6:6], packed(2, 0)...),
		"a row that has more":              append(shape[:6:6], packed(2, 0, 0, 0)...),
		"a row without a length":           append(shape[:6:6], packed()...),
		"a row that ends within a part":    append(shape[:6:6], packed(2, 0, 9)...),
	} {
		t.Run(name, func(t *testing.T) {
			set := latest.Set{Shaped: true, Runs: []contract.Ref{runOf(t, stage, headOf("k"), row)}}
			requireFault(t, fault.Corrupt, failure(latest.Read(t.Context(), stage, set)))
		})
	}
	sound := latest.Set{Shaped: true, Runs: []contract.Ref{runOf(t, stage, headOf("k"), shape, packed(2, 0, 0))}}
	require.Equal(t, map[string]row{"k": {"k", "r", ",:", 0}}, collect(t, latest.Read(t.Context(), stage, sound)))
}
