package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/contract"
	"transporter/internal/readertest"
	"transporter/internal/task"
)

// A window arrives whole in every format of a report: each delivered file, decrypted by its
// receiver, opens in a reader that is not ours, says by its metadata header which part of how
// many it is, and together they hold every message once.
func TestEveryFormatIsDelivered(t *testing.T) {
	t.Parallel()
	s := start(t, options{})
	w := s.before(24*time.Hour, 2*time.Hour)
	want := s.world(t, byEnd, w).messages()
	require.NotEmpty(t, want)
	for _, format := range []string{"json", "jsonl", "csv", "xlsx", "xml", "parquet"} {
		t.Run(format, func(t *testing.T) {
			b := s.brand(t) // an account has few tasks of a report
			x := spec("msg.messages", format)
			x.MetadataHeader = task.MetadataHeader{Fields: []string{"filePart", "totalParts"}}
			x.Parts = task.Parts{Entries: 60}
			x.Destinations = b.legs("formats/" + format)[:1]
			run := b.run(t, b.task(t, x), w)
			require.Equal(t, contract.OutcomeDelivered, run.Outcome, run.Error)
			files := b.data(t, run, b.cloud)
			require.Greater(t, len(files), 1, "a window of several parts")
			got := map[string]int{}
			for i, f := range files {
				path := filepath.Join(t.TempDir(), fmt.Sprintf("part%d.%s", i+1, format))
				require.NoError(t, os.WriteFile(path, f.clear(t, receiver(t)), 0o600))
				rows, head := opened(t, format, path)
				require.Equal(t, fmt.Sprintf("%d of %d", i+1, len(files)), head)
				for _, row := range rows {
					got[row["conversation_id"].(string)]++
				}
			}
			require.Equal(t, want, got)
		})
	}
}

// opened reads a file and its metadata header: "1 of 2".
func opened(t *testing.T, format, path string) (rows []readertest.Row, head string) {
	t.Helper()
	const parts = "select json_extract(json, '$._transporter.filePart') || ' of ' || json_extract(json, '$._transporter.totalParts') as head from read_json_objects('%s', format = 'auto', maximum_object_size = 100000000) limit 1"
	switch format {
	case "json":
		all := readertest.Python(t, `
for path in sys.argv[1:]:
    for row in json.load(open(path))["rows"]:
        print(json.dumps([path, row]))
`, path)
		return all[path], readertest.Duck(t, fmt.Sprintf(parts, path))[0]["head"].(string)
	case "jsonl":
		b, err := os.ReadFile(path)
		require.NoError(t, err)
		return readertest.JSONLines(t, b)[1:], readertest.Duck(t, fmt.Sprintf(parts, path))[0]["head"].(string)
	case "csv":
		b, err := os.ReadFile(path)
		require.NoError(t, err)
		lines := strings.SplitN(string(b), "\r\n", 3)
		return readertest.CSV(t, path, 2), strings.TrimPrefix(lines[0], "#filePart,") + " of " + strings.TrimPrefix(lines[1], "#totalParts,")
	case "xml":
		fields := readertest.Python(t, `
import xml.etree.ElementTree as ET
for path in sys.argv[1:]:
    print(json.dumps([path, {f.get("name"): f.text for f in ET.parse(path).getroot().iter("field")}]))
`, path)[path][0]
		return readertest.XML(t, path)[path], fmt.Sprint(fields["filePart"], " of ", fields["totalParts"])
	case "xlsx":
		sheet := readertest.Python(t, `
import openpyxl
for path in sys.argv[1:]:
    print(json.dumps([path, {n.value: v.value for n, v in openpyxl.load_workbook(path)["Metadata"].iter_rows()}]))
`, path)[path][0]
		return readertest.XLSX(t, path)[path], fmt.Sprint(sheet["filePart"], " of ", sheet["totalParts"])
	}
	rows, values := readertest.Parquet(t, path, "transporter.")
	return rows, values["filePart"] + " of " + values["totalParts"]
}
