//go:build soak

package transform

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/readertest"
)

// Large files of the formats that are no plain text are made with the memory of small ones,
// and hold every row: XLSX of 300,000 conversations, Parquet of 1,000,000 messages.
func TestLargeFilesAreMadeInLittleMemory(t *testing.T) {
	const most = 128 << 20 // of the heap; a step of a worker may use 96 MiB, a merge among them
	for _, c := range []struct {
		report, format string
		records, rows  int
	}{
		{"msg.conversations", FormatXLSX, 300_000, 300_000},
		{"msg.messages", FormatParquet, 250_000, 1_000_000},
	} {
		t.Run(c.report+" "+c.format, func(t *testing.T) {
			job := newJob(t, c.report, c.format, map[string]any{"include_system_messages": true})
			if c.report == "msg.conversations" {
				delete(job.Params, "include_system_messages")
			}
			job.SplitEntries = c.records
			dir, began := t.TempDir(), time.Now()
			in := &endless{n: c.records, raw: fourMessages(t)}
			body := &onDisk{path: filepath.Join(dir, "body")}
			res, err := Render(t.Context(), job, in, body)
			require.NoError(t, err)
			require.EqualValues(t, c.rows, res.Rows)
			require.Equal(t, 1, res.Parts)
			rendered := time.Since(began)
			path := filepath.Join(dir, "file."+c.format)
			body.finish(t, job, path)
			t.Logf("%d rows: rendered in %s, file of %d MiB in %s, heap at most %d MiB, process %d MiB", c.rows,
				rendered, size(t, path)>>20, time.Since(began), in.largest>>20, peakOfProcess(t)>>10)
			require.LessOrEqual(t, in.largest, uint64(most))
			if c.format == FormatParquet {
				count := readertest.Duck(t, fmt.Sprintf("select count(*) as n, count(distinct message_id) as d from read_parquet('%s')", path))
				require.Equal(t, strconv.Itoa(c.rows), fmt.Sprint(count[0]["n"]))
			}
			runtime.GC()
		})
	}
}

// fourMessages is one of the made-up conversations, with four messages.
func fourMessages(t *testing.T) []byte {
	t.Helper()
	g := newVaried(8)
	for i := range 1_000 {
		raw := g.records(t, i+1)[i]
		_, res := render(t, newJob(t, "msg.messages", FormatJSONL, map[string]any{"include_system_messages": true}), memory{"messaging_interactions": {{Raw: raw}}})
		if res.Rows == 4 {
			return raw
		}
	}
	t.Fatal("no conversation has four messages")
	return nil
}

// onDisk takes one part in a file.
type onDisk struct {
	*os.File
	path string
	info PartInfo
}

func (d *onDisk) Create(context.Context, int) (w PartWriter, err error) {
	d.File, err = os.Create(d.path)
	return d, err
}

func (d *onDisk) Commit(_ context.Context, info PartInfo) error {
	d.info = info
	return d.Close()
}

func (d *onDisk) Abort() { _ = d.Close() }

func (d *onDisk) finish(t *testing.T, job Job, path string) {
	t.Helper()
	body, err := os.Open(d.path)
	require.NoError(t, err)
	defer body.Close()
	out, err := os.Create(path)
	require.NoError(t, err)
	e := Envelope{Format: job.Format, Report: job.Report.Ref(), Zone: "UTC", Fields: []HeadField{{Name: "filePart", Value: "1", Number: true}}}
	require.NoError(t, e.Write(out, Body{io.Reader(body), size(t, d.path), d.info.Tail}))
	require.NoError(t, out.Close())
}

func size(t *testing.T, path string) int64 {
	t.Helper()
	stat, err := os.Stat(path)
	require.NoError(t, err)
	return stat.Size()
}

// peakOfProcess is VmHWM in KiB (proc(5)).
func peakOfProcess(t *testing.T) int {
	t.Helper()
	status, err := os.ReadFile("/proc/self/status")
	require.NoError(t, err)
	kib, err := strconv.Atoi(string(regexp.MustCompile(`VmHWM:\s+(\d+) kB`).FindSubmatch(status)[1]))
	require.NoError(t, err)
	return kib
}
