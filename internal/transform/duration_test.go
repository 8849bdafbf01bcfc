package transform

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/readertest"
	"transporter/internal/task"
)

func TestDurationsInEveryUnit(t *testing.T) {
	for ms, want := range map[int64][3]string{
		0:             {"0", "0", "00:00:00"},
		499:           {"499", "0.499", "00:00:00"},
		500:           {"500", "0.5", "00:00:01"},
		12_000:        {"12000", "12", "00:00:12"},
		59_999:        {"59999", "59.999", "00:01:00"},
		7_248_915:     {"7248915", "7248.915", "02:00:49"},
		97_509_010:    {"97509010", "97509.01", "27:05:09"},
		3_600_000_000: {"3600000000", "3600000", "1000:00:00"},
		-499:          {"-499", "-0.499", "00:00:00"},
		-3_661_050:    {"-3661050", "-3661.05", "-01:01:01"},
	} {
		for i, unit := range []string{"", task.DurationsSeconds, task.DurationsClock} {
			require.Equal(t, want[i], string(appendDuration(nil, ms, unit)), "%d as %q", ms, unit)
		}
		require.Equal(t, want[0], string(appendDuration(nil, ms, task.DurationsMS)))
	}
}

// Readers that share no code with the writers see durations in the unit that is asked for, null
// where there is none, and every other number as it was.
func TestDurationsInEveryFormat(t *testing.T) {
	in := segments(t,
		[]byte(`{"segmentId":"a","startTimeL":5,"endTimeL":97509015,"conversationId":"c","agentId":1,"skillId":-1,"totalHandleTimeMillis":7248915}`),
		[]byte(`{"segmentId":"b","startTimeL":97509000,"endTimeL":97509016,"conversationId":"c","agentId":1,"skillId":-1}`))
	in["handle_time_breakdown"] = nil
	dir := t.TempDir()
	var sheets []string
	for unit, want := range map[string][2]string{
		"": {"97509010", "7248915"}, task.DurationsMS: {"97509010", "7248915"}, task.DurationsSeconds: {"97509.01", "7248.915"}, task.DurationsClock: {"27:05:09", "02:00:49"},
	} {
		written := func(format string) string {
			job := newJob(t, "agent.handle_time", format, nil)
			job.Formatting = task.Formatting{Durations: unit, Quotes: quotesMinimal}
			name := filepath.Join(dir, "file"+unit[:min(len(unit), 2)]+"."+format)
			out, _ := render(t, job, in)
			require.NoError(t, os.WriteFile(name, out.file(t, 1, job.Envelope(task.MetadataHeader{}, PartInfo{}, 1, time.Unix(0, 0))), 0o600))
			return name
		}
		text := written(FormatXML)
		for name, rows := range map[string][]readertest.Row{"csv": readertest.CSV(t, written(FormatCSV), 0), "xml": readertest.XML(t, text)[text]} {
			require.Len(t, rows, 2)
			require.Equal(t, want[0], rows[0]["segment_ms"], "%s %s", name, unit)
			require.Equal(t, want[1], rows[0]["handle_time_ms"], "%s %s", name, unit)
			require.Nil(t, rows[1]["handle_time_ms"])
			require.Equal(t, "0", rows[0]["breakdown_events"], "a number that is no duration")
		}
		file, err := os.ReadFile(text)
		require.NoError(t, err)
		require.Contains(t, string(file), `<column name="segment_ms" type="`+writtenType("ms", unit)+`"/>`)
		sheets = append(sheets, written(FormatXLSX))
	}
	for name, rows := range readertest.XLSX(t, sheets...) {
		want := map[string]string{"file.xlsx": "97509010", "filems.xlsx": "97509010", "filese.xlsx": "97509.01", "filehh.xlsx": "1 day, 3:05:09.010000"}[filepath.Base(name)]
		require.NotEmpty(t, want, name)
		require.Equal(t, want, fmt.Sprint(rows[0]["segment_ms"]), name)
		require.Nil(t, rows[1]["handle_time_ms"], name)
	}
}
