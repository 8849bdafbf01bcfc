package transform

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"transporter/internal/readertest"
	"transporter/internal/source"
	"transporter/internal/task"
)

// nasty are texts as JSON writes them: scripts, combined characters, what formats use for
// themselves, what they cannot hold, and what is no text at all.
var nasty = []string{
	`Hello`, ``, ` `, `  leading and trailing  `, `long hyphen — en – ‐`, `ça va “très” bien €`, `Zażółć gęślą jaźń`, `Привет, мир`,
	`שלום עולם`, `مرحبا بالعالم`, `नमस्ते दुनिया`, `สวัสดีชาวโลก`, `你好，世界`, `こんにちは世界`, `안녕하세요`, `Γειά σου Κόσμε`,
	`👩🏽‍🚀`, `👩‍👩‍👧‍👦 🇺🇦 ❤️`, `e\u0301 = é`, `Z̸̢̛͈͍a̸̛͖l̵̛̙g̷̼̈́o̴̥`, `\u202eright to left\u202c`, `𝔘𝔫𝔦𝔠𝔬𝔡𝔢 𐍈 𠜎`,
	`a\u2028b\u2029c\u0085d`, `one\r\ntwo\nthree\rfour`, `\ttab\t`, `\u00a0\ufeff\u200b`, `a,b;c|d`, `\"quoted\" and \"\" doubled`, `back\\slash \\n`,
	`=1+1`, `'=HYPERLINK(\"x\")`, `-5`, `00123`, `1.2E+12`, `<b>&amp;</b> ]]> <!-- -->`, `_x0041_ _x000D_ _xZZZZ_`,
	`NUL \u0000 in it`, `\u0001\u0008\u000b\u001f`, `not \ufffe nor \uffff`, `half \ud83d of a pair`, `\ude00 other half`,
	strings.Repeat("very long ", 10_000),
}

// What some formats cannot hold, and the texts that are none, by their place.
func nastyText(t *testing.T, i int) (text string, control, broken, long bool) {
	t.Helper()
	require.NoError(t, json.Unmarshal([]byte(`"`+nasty[i]+`"`), &text)) // half a pair is U+FFFD here too
	control = strings.ContainsFunc(text, func(r rune) bool { return r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0xfffe || r == 0xffff })
	return text, control, strings.Contains(nasty[i], `\ud83d`) || strings.Contains(nasty[i], `\ude00`), len(text) > maxCellText
}

func nastyRecords(t *testing.T) memory {
	t.Helper()
	var list []source.Record
	for i, text := range nasty {
		raw := bytes.Replace(aMessage(t, "TEXT"), []byte(`"TEXT"`), []byte(`"`+text+`"`), 1)
		raw = bytes.Replace(raw, []byte(`"messageId":"m"`), fmt.Appendf(nil, `"messageId":"m%d"`, i), 1)
		list = append(list, source.Record{Order: int64(i), ID: strconv.Itoa(i), Raw: raw})
	}
	return memory{"messaging_interactions": list}
}

// nastyFile renders the texts and returns the file, and the quarantine by place.
func nastyFile(t *testing.T, format string, f task.Formatting) (path string, refused map[string]Quarantine, res Result) {
	t.Helper()
	job := newJob(t, "msg.messages", format, map[string]any{"column_set": []string{"message_id", "text"}, "system_columns": "none"})
	job.Formatting = f
	out, res := render(t, job, nastyRecords(t))
	path = filepath.Join(t.TempDir(), "nasty."+format)
	require.NoError(t, os.WriteFile(path, out.file(t, 1, Envelope{Format: format, Formatting: f, Report: "r", Zone: "UTC"}), 0o600))
	refused = map[string]Quarantine{}
	for _, q := range res.Quarantined {
		refused[q.RecordID] = q
	}
	return path, refused, res
}

// withSemicolons reads CSV whose empty texts are no different from null.
const withSemicolons = `
import csv
csv.field_size_limit(1 << 30)
for path in sys.argv[1:]:
    for row in csv.DictReader(open(path, encoding="utf-8", newline=""), delimiter=";"):
        print(json.dumps([path, row]))
`

// Every text is read back as it was by a reader of its own, or its record is refused with
// column and reason where the format cannot hold it: nothing is cut, nothing dropped.
func TestK9TextsSurviveOrAreReported(t *testing.T) {
	require.GreaterOrEqual(t, len(nasty), 40)
	for _, c := range []struct {
		name, format string
		formatting   task.Formatting
		read         func(t *testing.T, path string) []readertest.Row
		reason       string // why the format refuses what it cannot hold
	}{
		{"json lines", FormatJSONL, task.Formatting{}, func(t *testing.T, p string) []readertest.Row {
			b, err := os.ReadFile(p)
			require.NoError(t, err)
			return readertest.JSONLines(t, b)
		}, ""},
		{"json", FormatJSON, task.Formatting{}, func(t *testing.T, p string) []readertest.Row {
			b, err := os.ReadFile(p)
			require.NoError(t, err)
			var doc struct{ Rows []readertest.Row }
			require.NoError(t, json.Unmarshal(b, &doc))
			return doc.Rows
		}, ""},
		{"json lines in duckdb", FormatJSONL, task.Formatting{}, func(t *testing.T, p string) []readertest.Row {
			return readertest.Duck(t, fmt.Sprintf("select * from read_json('%s', format = 'newline_delimited', columns = {message_id: 'VARCHAR', text: 'VARCHAR'})", p))
		}, ""},
		{"csv", FormatCSV, task.Formatting{}, func(t *testing.T, p string) []readertest.Row { return readertest.CSV(t, p, 0) }, ""},
		{"csv with semicolons and few quotes", FormatCSV, task.Formatting{Delimiter: ";", Quotes: "minimal", LineEnding: "lf"}, func(t *testing.T, p string) []readertest.Row {
			return readertest.Python(t, withSemicolons, p)[p]
		}, ""},
		{"xml", FormatXML, task.Formatting{}, func(t *testing.T, p string) []readertest.Row { return readertest.XML(t, p)[p] }, "XML 1.0 cannot"},
		{"xlsx", FormatXLSX, task.Formatting{}, func(t *testing.T, p string) []readertest.Row { return readertest.XLSX(t, p)[p] }, "a cell of XLSX holds 32767"},
		{"parquet", FormatParquet, task.Formatting{}, func(t *testing.T, p string) []readertest.Row {
			rows, _ := readertest.Parquet(t, p, parquetPrefix)
			return rows
		}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			path, refused, res := nastyFile(t, c.format, c.formatting)
			require.EqualValues(t, 2, res.Replaced, "two halves of pairs")
			got := map[string]any{}
			for _, row := range c.read(t, path) {
				got[row["message_id"].(string)] = row["text"]
			}
			for i := range nasty {
				text, control, _, long := nastyText(t, i)
				if c.format == FormatXML && control || c.format == FormatXLSX && long {
					require.Equal(t, "text", refused[strconv.Itoa(i)].Column, text)
					require.Contains(t, refused[strconv.Itoa(i)].Reason, c.reason)
					require.NotContains(t, got, fmt.Sprintf("m%d", i))
					continue
				}
				if c.format == FormatXLSX && text == "" {
					text, got[fmt.Sprintf("m%d", i)] = "", "" // openpyxl makes None of it
				}
				require.Equal(t, text, got[fmt.Sprintf("m%d", i)], "%d", i)
			}
			require.Len(t, got, len(nasty)-len(refused))
		})
	}
}

func TestCharactersAreReplacedWhereTheTaskSaysSo(t *testing.T) {
	path, refused, res := nastyFile(t, FormatXML, task.Formatting{Unencodable: task.UnencodableReplace})
	require.Empty(t, refused)
	want := int64(2) // halves of pairs
	for i, row := range readertest.XML(t, path)[path] {
		text, _, _, _ := nastyText(t, i)
		fits := strings.Map(func(r rune) rune {
			if r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0xfffe || r == 0xffff {
				want++
				return utf8.RuneError
			}
			return r
		}, text)
		require.Equal(t, fits, row["text"])
	}
	require.Equal(t, want, res.Replaced)
}

// fitsIn tells what Python's own encoder makes of each text.
const fitsIn = `
for path in sys.argv[1:]:
    encoding, texts = json.load(open(path))
    for t in texts:
        try:
            print(json.dumps([path, {"hex": t.encode(encoding).hex()}]))
        except UnicodeEncodeError:
            print(json.dumps([path, {"hex": None}]))
`

// pythonNames are the encodings of task.Encodings as Python calls them.
var pythonNames = map[string]string{
	task.EncodingUTF16LE: "utf-16-le", "windows-1250": "cp1250", "windows-1251": "cp1251", "windows-1252": "cp1252",
	"windows-1255": "cp1255", "windows-1256": "cp1256", "iso-8859-1": "latin-1", "iso-8859-15": "iso8859-15", "shift_jis": "cp932", "gb18030": "gb18030",
}

// Each encoding holds what Python says that it holds, in the same bytes; the rest is refused,
// or with replace a question mark.
func TestEncodingsOfCSV(t *testing.T) {
	dir := t.TempDir()
	var texts, paths []string
	for i := range nasty {
		text, _, _, _ := nastyText(t, i)
		texts = append(texts, text)
	}
	for name, python := range pythonNames {
		b, err := json.Marshal([]any{python, texts})
		require.NoError(t, err)
		paths = append(paths, filepath.Join(dir, name))
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), b, 0o600))
	}
	all := readertest.Python(t, fitsIn, paths...)
	for _, name := range task.Encodings() {
		if name == task.EncodingUTF8 {
			continue
		}
		t.Run(name, func(t *testing.T) {
			_, refused, _ := nastyFile(t, FormatCSV, task.Formatting{Encoding: name})
			_, none, res := nastyFile(t, FormatCSV, task.Formatting{Encoding: name, Unencodable: task.UnencodableReplace})
			require.Empty(t, none)
			require.Equal(t, len(refused) > 0, res.Replaced > 2)
			set := newCharset(name)
			for i, row := range all[filepath.Join(dir, name)] {
				q, isRefused := refused[strconv.Itoa(i)]
				require.Equal(t, row["hex"] == nil, isRefused, "%q", texts[i])
				if isRefused {
					require.Equal(t, "text", q.Column)
					require.Contains(t, q.Reason, "which "+name+" cannot")
					continue
				}
				b, err := set.append(nil, []byte(texts[i]), nil)
				require.NoError(t, err)
				require.Equal(t, row["hex"], fmt.Sprintf("%x", b), "%q", texts[i])
			}
		})
	}
}

func TestTheWholeFileIsInTheEncoding(t *testing.T) {
	job := newJob(t, "msg.messages", FormatCSV, map[string]any{"column_set": []string{"text"}, "system_columns": "none"})
	job.Formatting = task.Formatting{Encoding: task.EncodingUTF16LE, BOM: true, LineEnding: "lf", Quotes: "minimal"}
	out, _ := render(t, job, memory{}.with(t, "messaging_interactions", aMessage(t, "é€😀")))
	file := out.file(t, 1, job.Envelope(task.MetadataHeader{Fields: []string{"filePart"}}, out.infos[0], 1, time.UnixMilli(job.To)))
	path := filepath.Join(t.TempDir(), "wide.csv")
	require.NoError(t, os.WriteFile(path, file, 0o600))
	got := readertest.Python(t, `
for path in sys.argv[1:]:
    print(json.dumps([path, {"text": open(path, encoding="utf-16", newline="").read()}]))
`, path)
	require.Equal(t, "#filePart,1\ntext\né€😀\n", got[path][0]["text"])
}
