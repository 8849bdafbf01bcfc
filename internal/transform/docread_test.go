package transform

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/readertest"
	"transporter/internal/report"
	"transporter/internal/task"
)

// What the docs tell a reader of JSON Lines with a metadata header finds the rows and nothing else, also
// without the column of row keys, and also where there is no row.
func TestDocumentedQueryOfLinesWithAHeader(t *testing.T) {
	docs, err := os.ReadFile("../../docs/formats.md")
	require.NoError(t, err)
	query := regexp.MustCompile(`(?m)^duckdb  (select \* from read_json.*?)  +-- with metadata header$`).FindSubmatch(docs)
	require.NotNil(t, query)
	d, err := report.Get("msg.messages", "")
	require.NoError(t, err)
	in, err := loadSample()
	require.NoError(t, err)
	job := sampleJob(d, FormatJSONL, in)
	job.Params[report.ParamSystemColumns] = json.RawMessage(`"none"`)
	for name, rows := range map[string]bool{"rows": true, "no rows": false} {
		out, _ := render(t, job, in)
		if !rows {
			out.bodies[0], out.infos[0].Rows = "", 0
		}
		file := out.file(t, 1, job.Envelope(task.MetadataHeader{Fields: task.HeaderFields()}, out.infos[0], 1, time.UnixMilli(job.To)))
		path := filepath.Join(t.TempDir(), "f.jsonl")
		require.NoError(t, os.WriteFile(path, file, 0o600))
		got := readertest.Duck(t, strings.ReplaceAll(string(query[1]), "FILE", path))
		require.Len(t, got, int(out.infos[0].Rows), name)
		require.Equal(t, rows, len(got) > 0, name)
	}
}
