package transform

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"transporter/internal/task"
)

// aMessage is a conversation with one message of the text.
func aMessage(t testing.TB, text string) []byte {
	t.Helper()
	b, err := json.Marshal(object{
		"info":           object{"conversationId": "c", "brandId": "b", "startTimeL": 1_600_000_000_000},
		"messageRecords": []any{object{"messageId": "m", "timeL": 1_600_000_000_000, "sentBy": "Consumer", "type": "TEXT_PLAIN", "messageData": object{"msg": object{"text": text}}}},
	})
	require.NoError(t, err)
	return b
}

func textParams() map[string]any {
	return map[string]any{"column_set": []string{"text"}, "system_columns": "none"}
}

// Long hyphen, emoji, right-to-left, line breaks, delimiter and quotes, in every way that CSV
// is formatted; the other formats are in TestK9TextsSurviveOrAreReported.
func TestTextSurvivesEveryFormatting(t *testing.T) {
	texts := append([]string{
		"long hyphen — and – and ‐", "emoji 👩🏽‍🚀 🇺🇦 ❤️", "שלום עולם مرحبا بالعالم", "one\r\ntwo\nthree\rfour",
		`"quoted", and "" doubled`, "a,b;c|d\te", "'=not a formula", "\u2028\u2029\u0000\u007f", "\U0001F468\u200D\U0001F469", " leading and trailing ",
	}, nastyTexts...)
	for _, text := range texts {
		requireSurvives(t, text)
	}
	rapid.Check(t, func(rt *rapid.T) { requireSurvives(t, rapid.String().Draw(rt, "text")) })
}

func requireSurvives(t *testing.T, text string) {
	t.Helper()
	in := memory{}.with(t, "messaging_interactions", aMessage(t, text))
	out, _ := render(t, newJob(t, "msg.messages", FormatJSONL, textParams()), in)
	require.Equal(t, text, rowsOf(t, out.bodies[0])[0]["text"])
	for _, f := range []task.Formatting{{}, {LineEnding: "lf"}, {Quotes: "minimal", Delimiter: ";"}, {Delimiter: "\t", Quotes: "minimal"}} {
		job := newJob(t, "msg.messages", FormatCSV, textParams())
		job.Formatting = f
		out, _ := render(t, job, in)
		require.Equal(t, text, readCSV(t, out.bodies[0], f), "%+v", f)
	}
}

// readCSV returns the only field of the only row. The standard reader makes LF of CR LF
// inside of quotes, so line breaks go through a character that is in no text.
func readCSV(t *testing.T, body string, f task.Formatting) string {
	t.Helper()
	const cr = "\U000F0000"
	newline := newlineOf(f)
	lines := bytes.SplitN([]byte(body), []byte(newline), 2)
	row := bytes.TrimSuffix(lines[1], []byte(newline))
	r := csv.NewReader(bytes.NewReader(bytes.ReplaceAll(row, []byte("\r"), []byte(cr))))
	r.Comma, r.LazyQuotes = rune(delimiterOf(f)), false
	if len(row) == 0 { // an empty text without quotes is an empty line to this reader
		return ""
	}
	fields, err := r.Read()
	require.NoError(t, err)
	require.Len(t, fields, 1)
	return string(bytes.ReplaceAll([]byte(fields[0]), []byte(cr), []byte("\r")))
}

func TestBrokenTextIsReplacedAndCounted(t *testing.T) {
	for _, c := range []struct {
		name, raw, want string
		count           int64
	}{
		{"not UTF-8", "a\xffb\xc3", "a\uFFFDb\uFFFD", 2},
		{"high surrogate alone", `a\ud83db`, "a\uFFFDb", 1},
		{"low surrogate alone", `\ude00`, "\uFFFD", 1},
		{"two high surrogates", `\ud83d\ud83d\ude00`, "\uFFFD😀", 1},
		{"a pair is one character", `\ud83d\ude00`, "😀", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			raw := bytes.Replace(aMessage(t, "TEXT"), []byte("TEXT"), []byte(c.raw), 1)
			in := memory{"messaging_interactions": {{ID: "c", Raw: raw}}}
			out, res := render(t, newJob(t, "msg.messages", FormatJSONL, textParams()), in)
			require.Equal(t, c.want, rowsOf(t, out.bodies[0])[0]["text"])
			require.Equal(t, c.count, res.Replaced)
		})
	}
}

func TestCSVFormatting(t *testing.T) {
	for _, c := range []struct {
		name, text string
		format     task.Formatting
		want       string
	}{
		{"all quotes by default", "a", task.Formatting{}, "\"text\",\"file_type\"\r\n\"a\",\r\n"},
		{"empty text differs from null", "", task.Formatting{}, "\"text\",\"file_type\"\r\n\"\",\r\n"},
		{"minimal quotes", `a "b"`, task.Formatting{Quotes: "minimal"}, "text,file_type\r\n\"a \"\"b\"\"\",\r\n"},
		{"delimiter needs quotes", "a;b,c", task.Formatting{Quotes: "minimal", Delimiter: ";", LineEnding: "lf"}, "text;file_type\n\"a;b,c\";\n"},
		{"no headers", "a", task.Formatting{Quotes: "minimal", Headers: "none"}, "a,\r\n"},
		{"formula guard", "=1+1", task.Formatting{Quotes: "minimal", FormulaGuard: true, Headers: "none"}, "'=1+1,\r\n"},
		{"formula guard is an option", "=1+1", task.Formatting{Quotes: "minimal", Headers: "none"}, "=1+1,\r\n"},
		{"formula guard at a tab", "\tx", task.Formatting{Quotes: "minimal", FormulaGuard: true, Headers: "none"}, "'\tx,\r\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			job := newJob(t, "msg.messages", FormatCSV, map[string]any{"column_set": []string{"text", "file_type"}, "system_columns": "none"})
			job.Formatting = c.format
			out, _ := render(t, job, memory{}.with(t, "messaging_interactions", aMessage(t, c.text)))
			require.Equal(t, c.want, out.bodies[0])
		})
	}
}

func TestListsAreJoinedByTheDelimiter(t *testing.T) {
	in := memory{}.with(t, "users", []byte(`{"id":1,"skillIds":[1,2],"profileIds":[]}`))
	job := newJob(t, "cfg.users", FormatCSV, map[string]any{"column_set": []string{"profile_ids", "skill_ids"}})
	job.Formatting.ListDelimiter = " / "
	out, _ := render(t, job, in)
	require.Equal(t, "_row_key,profile_ids,skill_ids\r\n1,,1 / 2\r\n", out.bodies[0])
}

func TestHTMLIsStrippedOnlyWhenAskedFor(t *testing.T) {
	raw := bytes.Replace(aMessage(t, "<p>a &amp; b<br>c</p><b>d</b>"), []byte("TEXT_PLAIN"), []byte("TEXT_HTML"), 1)
	for strip, want := range map[bool]string{false: "<p>a &amp; b<br>c</p><b>d</b>", true: "a & b\nc\nd"} {
		params := textParams()
		params["strip_html"] = strip
		out, _ := render(t, newJob(t, "msg.messages", FormatJSONL, params), memory{}.with(t, "messaging_interactions", raw))
		require.Equal(t, want, rowsOf(t, out.bodies[0])[0]["text"])
	}
}

func TestParametersChangeWhatIsWritten(t *testing.T) {
	raw := []byte(`{"info":{"conversationId":"c","brandId":"b","startTimeL":1},"agentParticipants":[{"agentId":"9","userType":"0","agentFullName":"Robot"}],
		"consumerParticipants":[{"participantId":"v","consumerName":"Visitor"}],
		"messageRecords":[{"messageId":"1","timeL":5,"sentBy":"Agent","participantId":"9"},{"messageId":"2","timeL":6,"sentBy":"Consumer","participantId":"v"}]}`)
	in := memory{}.with(t, "messaging_interactions", raw)
	names := func(params map[string]any) (names []any) {
		out, _ := render(t, newJob(t, "msg.messages", FormatJSONL, params), in)
		for _, row := range rowsOf(t, out.bodies[0]) {
			names = append(names, row["sender_name"])
		}
		return names
	}
	require.Equal(t, []any{nil}, names(nil), "neither system messages nor consumers' names")
	require.Equal(t, []any{"Robot", "Visitor"}, names(map[string]any{"include_system_messages": true, "consumer_names": true}))
	out, _ := render(t, newJob(t, "msg.messages", FormatJSONL, map[string]any{"column_set": "no_personal", "system_columns": "all"}), in)
	row := rowsOf(t, out.bodies[0])[0]
	require.NotContains(t, row, "text")
	require.NotContains(t, row, "sender_name")
	requireValues(t, row, map[string]any{
		"_row_key": "c:2", "_row_rev": 0, "_provenance": "historical", "_extracted_at": "2023-11-14T22:13:20.000Z",
		"_window_start": "2020-09-13T12:26:40.000Z", "_window_end": "2020-09-14T12:26:40.000Z",
	})
	require.Regexp(t, "^[0-9a-f]{32}$", row["_row_hash"])
}
