package transform

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"transporter/internal/source"
	"transporter/internal/transform/cell"
)

// talkOf is a conversation with so many messages of a text.
func talkOf(id, text string, messages int) []source.Record {
	var b strings.Builder
	fmt.Fprintf(&b, `{"info":{"brandId":"1","conversationId":%q,"startTimeL":1},"messageRecords":[`, id)
	for n := range messages {
		if n > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"messageId":"m%d","seq":%[1]d,"timeL":1,"sentBy":"Consumer","participantId":"p","type":"TEXT_PLAIN","messageData":{"msg":{"text":"%s"}}}`, n, text)
	}
	b.WriteString("]}")
	return []source.Record{{Order: 1, ID: "giant", Raw: []byte(b.String())}}
}

// A text that a format writes several times as long as it came is refused before it is, by its column; formats that
// write it as it is have it.
func TestATextThatAFormatMakesTooLongIsRefused(t *testing.T) {
	in := memory{"messaging_interactions": talkOf("c", strings.Repeat("&", mostOfRecord/5+1), 1)}
	job := newJob(t, "msg.messages", FormatXML, nil)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, res := render(t, job, in)
	runtime.ReadMemStats(&after)
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(mostOfRecord/5+16<<20), "it is not written first")
	require.Len(t, res.Quarantined, 1)
	require.Equal(t, []string{"giant", "text"}, []string{res.Quarantined[0].RecordID, res.Quarantined[0].Column})
	require.Contains(t, res.Quarantined[0].Reason, "takes more than 192 MiB as this format writes it; deliver another format")
	_, res = render(t, newJob(t, "msg.messages", FormatCSV, nil), in)
	require.EqualValues(t, 1, res.Rows)
}

// Texts of several columns that are too long together are refused before all of them are written.
func TestTextsThatAreTooLongTogetherAreRefused(t *testing.T) {
	text := []byte(strings.Repeat("&", mostOfRecord/5/3))
	e := xmlEncoder{open: []string{"<col", "<col", "<col", "<col"}, fields: []field{{name: "a"}, {name: "b", cell: 1}, {name: "c", cell: 2}, {name: "d", cell: 3}}}
	cells := []cell.Cell{{Kind: cell.Text, Text: text}, {Kind: cell.Text, Text: text}, {Kind: cell.Text, Text: text}, {Kind: cell.Text, Text: text}}
	dst, err := e.row(nil, cells, true)
	bad, ok := asBadValue(err)
	require.True(t, ok)
	require.Equal(t, "d", bad.column)
	require.Empty(t, dst)
}

// How long a text is in XML is told before it is written.
func TestTheLengthOfXMLIsKnown(t *testing.T) {
	for _, s := range []string{"", "plain", "a&b<c>d\re\nf\tg", "\x01\x1f", "\xef\xbf\xbe|\xef\xbf\xbd|\uff21"} {
		wrote, err := appendXML(nil, []byte(s), func(dst []byte, _ rune) ([]byte, error) { return utf8.AppendRune(dst, utf8.RuneError), nil })
		require.NoError(t, err)
		require.Equal(t, len(wrote), xmlLen([]byte(s)), "%q", s)
	}
}

// A record with much text in long ones is not written to Parquet, whose writer would hold it many times.
func TestLongTextsAreNotWrittenToParquet(t *testing.T) {
	for _, c := range []struct{ long, messages, refused int }{
		{maxLongTexts, 1, 0}, {maxLongTexts + 1, 1, 1}, {maxLongTexts / 4, 4, 0}, {maxLongTexts / 4, 5, 1}, {longText, 2 * maxLongTexts / longText, 0},
	} {
		_, res := render(t, newJob(t, "msg.messages", FormatParquet, nil), memory{"messaging_interactions": talkOf("c", strings.Repeat("x", c.long), c.messages)})
		require.Len(t, res.Quarantined, c.refused, "%v", c)
		if c.refused > 0 {
			require.Equal(t, "text", res.Quarantined[0].Column)
			require.Contains(t, res.Quarantined[0].Reason, "makes more than 4 MiB of the record's texts that are longer than 64 KiB")
		}
	}
}

// Records with long texts go on in the next part before the writer holds too many of them. No row is lost by that.
func TestLongTextsFillAPartOfParquet(t *testing.T) {
	const n, long = 10, maxLongTexts/4 + 1
	var in []source.Record
	for i := range n {
		one := talkOf(fmt.Sprint("c", i), strings.Repeat("x", long), 1)[0]
		one.Order, one.ID = int64(i), fmt.Sprint(i)
		in = append(in, one)
	}
	out, res := render(t, newJob(t, "msg.messages", FormatParquet, nil), memory{"messaging_interactions": in})
	require.Empty(t, res.Quarantined)
	require.EqualValues(t, n, res.Rows)
	require.Equal(t, n/2, res.Parts)
	for part, info := range out.infos {
		require.EqualValues(t, 2, info.Rows, part)
	}
}

// Rows that repeat a long value are refused when they are too much together.
func TestRowsThatAreTooLongTogetherAreRefused(t *testing.T) {
	const long = longText - 1<<10
	in := memory{"messaging_interactions": talkOf(strings.Repeat("c", long), "x", mostOfRecord/long+1)}
	for _, format := range []string{FormatJSONL, FormatParquet} {
		_, res := render(t, newJob(t, "msg.messages", format, nil), in)
		require.Len(t, res.Quarantined, 1)
		require.Contains(t, res.Quarantined[0].Reason, "takes more than 192 MiB")
	}
}

// A long text is held as it came, as it reads and as it is written, and never while it grows.
func TestALongTextIsWrittenAtOnce(t *testing.T) {
	const long = 32 << 20
	in := memory{"messaging_interactions": talkOf("c", strings.Repeat(`\"`, long/2), 1)}
	for _, format := range []string{FormatCSV, FormatJSONL, FormatXML} {
		job := newJob(t, "msg.messages", format, nil)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := Render(t.Context(), job, in, &discard{})
		runtime.ReadMemStats(&after)
		require.NoError(t, err)
		require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(7*long/2), format)
	}
}
