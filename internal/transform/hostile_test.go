package transform

import (
	"bytes"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/source"
)

// hostileRecord is a conversation whose info has a further member, as it is written.
func hostileRecord(member string) []byte {
	return []byte(`{"info":{"conversationId":"hostile","brandId":"b","startTimeL":1600000000000,"status":"CLOSE"` + member + `},"messageRecords":[` +
		`{"messageId":"m","timeL":1600000000000,"sentBy":"Consumer","messageData":{"msg":{"text":"t"}}}]}`)
}

const (
	fiftyMB       = 50 << 20
	tenThousand   = 10_000
	hostileReason = "the record cannot be read"
)

// Whatever a record holds, it is written or it is in quarantine with its id and the reason;
// the records around it are written, and the counts add up.
func TestHostileRecordsAreWrittenOrInQuarantine(t *testing.T) {
	for _, c := range []struct {
		name, member   string
		column, reason string // empty: it is written
		replaced       int64
	}{
		{name: "50 MB in one text", member: `,"x":"` + strings.Repeat("a", fiftyMB) + `"`},
		{name: "50 MB of small values", member: `,"x":[` + strings.Repeat(`{"name":"of a value, about as long as they are","number":12345678901234},`, fiftyMB/72) + `0]`},
		{name: "50 MB of nothing but lists", member: `,"x":[` + strings.Repeat("[],", fiftyMB/3) + `0]`, reason: "more than 4194304 values"},
		{name: "a list that nests 9,990 deep", member: `,"x":` + strings.Repeat("[", 9_990) + strings.Repeat("]", 9_990)},
		{name: "a list that nests 10,000 deep", member: `,"x":` + strings.Repeat("[", tenThousand) + strings.Repeat("]", tenThousand), reason: "nested deeper than 10000 levels"},
		{name: "objects that nest 10,000 deep", member: `,"x":` + strings.Repeat(`{"a":`, tenThousand) + "1" + strings.Repeat("}", tenThousand), reason: "nested deeper"},
		{name: "a million brackets that never close", member: `,"x":` + strings.Repeat("[", 1_000_000), reason: "nested deeper"},
		{name: "an id twice", member: `,"conversationId":"other"`, reason: `there twice: "conversationId"`},
		{name: "an id twice, written with escapes", member: `,"conversation\u0049d":"other"`, reason: "there twice"},
		{name: "a number that is a list", member: `,"duration":[1]`, column: "source_duration", reason: "a list where a whole number should be"},
		{name: "a number that is a word", member: `,"duration":"long"`, column: "source_duration", reason: `"long" where a whole number`},
		{name: "a number beyond 64 bits", member: `,"duration":1e400`, column: "source_duration", reason: "where a whole number"},
		{name: "a text that is an object", member: `,"source":{}`, column: "source", reason: "an object where a text should be"},
		{name: "text cut within a character", member: ",\"source\":\"\xf0\x9f\x98\"", replaced: 3},
		{name: "half a pair of surrogates", member: `,"source":"\ud83d"`, replaced: 1},
		{name: "cut off", member: `,"source":"`, reason: hostileReason},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := memory{"messaging_interactions": {
				{Order: 1, ID: "before", Raw: bytes.Replace(hostileRecord(""), []byte("hostile"), []byte("before"), 1)},
				{Order: 2, ID: "hostile", Raw: hostileRecord(c.member)},
				{Order: 3, ID: "after", Raw: bytes.Replace(hostileRecord(""), []byte("hostile"), []byte("after"), 1)},
			}}
			formats := []string{FormatCSV, FormatJSONL, FormatXLSX, FormatXML, FormatParquet}
			if len(c.member) > fiftyMB/2 {
				formats = formats[:1] // what is slow to read is read once
			}
			for _, format := range formats {
				out, res := render(t, newJob(t, "msg.conversations", format, nil), in)
				requireReconciled(t, 3, out, res)
				if c.reason == "" {
					require.Empty(t, res.Quarantined)
					require.Equal(t, c.replaced, res.Replaced)
					continue
				}
				require.Len(t, res.Quarantined, 1)
				require.Equal(t, "hostile", res.Quarantined[0].RecordID)
				require.Equal(t, c.column, res.Quarantined[0].Column)
				require.Contains(t, res.Quarantined[0].Reason, c.reason)
				require.Less(t, len(res.Quarantined[0].Reason), 200, "a reason is for people")
			}
			out, res := render(t, newJob(t, "raw.messaging_interactions", FormatJSONL, nil), in)
			requireReconciled(t, 3, out, res)
			require.Equal(t, c.reason != "" && c.column == "", res.Refused == 1, "raw records are refused for what is no record, and kept whatever their types are")
		})
	}
}

// requireReconciled wants every record in a part or in quarantine.
func requireReconciled(t *testing.T, records int64, out *files, res Result) {
	t.Helper()
	entries := res.Refused
	for _, info := range out.infos {
		entries += info.Entries
	}
	require.Equal(t, []int64{records, records}, []int64{res.Entries, entries})
	require.Equal(t, res.Refused, int64(len(res.Quarantined)))
}

// What a giant record needs is bounded, and given back with the next one.
func TestMemoryOfHostileRecords(t *testing.T) {
	const most = 6 * fiftyMB // all that is ever allocated for one
	for name, member := range map[string]string{
		"one text":      `,"x":"` + strings.Repeat("a", fiftyMB) + `"`,
		"small values":  `,"x":[` + strings.Repeat(`{"name":"of a value, about as long as they are","number":12345678901234},`, fiftyMB/72) + `0]`,
		"nothing":       `,"x":[` + strings.Repeat("[],", fiftyMB/3) + `0]`,
		"names":         `,"x":[` + strings.Repeat(`{"":0},`, fiftyMB/7) + `0]`,
		"a broken text": ",\"source\":\"" + strings.Repeat("\xff", fiftyMB/10) + "\"",
	} {
		t.Run(name, func(t *testing.T) {
			raw := hostileRecord(member)
			var list []source.Record
			for i := range 2 {
				list = append(list, source.Record{Order: int64(2 * i), ID: fmt.Sprint(2 * i), Raw: raw},
					source.Record{Order: int64(2*i + 1), ID: fmt.Sprint(2*i + 1), Raw: hostileRecord("")})
			}
			runtime.GC()
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := Render(t.Context(), newJob(t, "msg.conversations", FormatJSONL, nil), memory{"messaging_interactions": list}, &discard{})
			require.NoError(t, err)
			runtime.GC()
			runtime.ReadMemStats(&after)
			require.Less(t, int64(after.HeapAlloc)-int64(before.HeapAlloc), int64(8<<20), "given back")
			require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(2*most))
		})
	}
}
