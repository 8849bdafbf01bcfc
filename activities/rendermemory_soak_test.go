//go:build soak && linux

package activities_test

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/semaphore"

	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/feed"
	"transporter/internal/report"
	"transporter/internal/task"
	"transporter/internal/transform"
)

// TestMemoryOfRenderingGiants renders rows of some 60 MiB in every format, as a worker with its default budget does: of
// digits, of what does not compress, and of characters that formats write longer than they came, in one column and in
// several.
func TestMemoryOfRenderingGiants(t *testing.T) {
	const (
		budget = 320 - 64 - 32 // MiB, of worker/options.go
		limit  = 320 + 128
		most   = 512
		size   = 60 << 20
		small  = 4<<20/5 - 1<<16 // as Parquet takes five of
	)
	one, several := []string{"message_sent_result"}, []string{
		"message_sent_result", "message_sent_result_status_code", "company_subdivision", "company_segments", "external_session_id",
	}
	require.EqualValues(t, math.MaxInt64, debug.SetMemoryLimit(limit<<20))
	t.Cleanup(func() { debug.SetMemoryLimit(math.MaxInt64) })
	random := make([]byte, 48<<10)
	_, _ = rand.NewChaCha8([32]byte{}).Read(random)
	for name, giant := range map[string]struct {
		text    string
		columns []string
		size    int // of each
	}{
		"digits":             {strings.Repeat("0123456789", 1<<10), one, size},
		"random":             {base64.StdEncoding.EncodeToString(random), one, size},
		"quotes":             {strings.Repeat(`\"`, 5<<10), one, size},
		"ampersands":         {strings.Repeat("&", 10<<10), one, size},
		"controls":           {strings.Repeat(`\n\t`, 2<<10), one, size},
		"several ampersands": {strings.Repeat("&", 10<<10), several, size / len(several)},
		"several random":     {base64.StdEncoding.EncodeToString(random), several, small},
	} {
		for _, format := range []string{transform.FormatCSV, inUTF16, transform.FormatJSON, transform.FormatJSONL, transform.FormatXLSX, transform.FormatParquet, transform.FormatXML} {
			t.Run(name+" as "+format, func(t *testing.T) {
				f := newFeedBench(t, 1)
				f.run.Memory, f.run.Room = semaphore.NewWeighted(budget<<20), budget<<20
				folder := feed.Path(feed.Place{Feed: "sms_events", Version: "1", Format: "jsonl"}, feed.StampOf(midnight, feed.ByHour))
				require.NoError(t, f.bucket.Put(t.Context(), folder+feed.FileName("sms_events", 0, true, false), giantRows(t, giant.text, giant.columns, giant.size), f.now.Add(-time.Hour)))
				require.NoError(t, f.bucket.Put(t.Context(), folder+feed.Success, nil, f.now.Add(-time.Hour)))
				id := f.task("sms_events", report.DeliveryLeaf, "reference", task.Leg{}, func(s *task.Spec) {
					if s.Format = format; format == inUTF16 {
						s.Format, s.Formatting.Encoding = transform.FormatCSV, task.EncodingUTF16LE
					}
				})
				window := contract.Span{From: midnight.UnixMilli(), To: midnight.Add(time.Hour).UnixMilli()}
				plan, err := f.run.Plan(t.Context(), contract.PlanIn{Run: f.runOf(id, window, 0), Nominal: f.now, WorkflowID: id, RunID: "run"})
				require.NoError(t, err)
				in := contract.StepIn{Plan: plan.Plan}
				fetched, err := do[contract.FetchOut](f.run.Fetch, in)
				require.NoError(t, err)
				debug.FreeOSMemory()
				require.NoError(t, os.WriteFile("/proc/self/clear_refs", []byte("5"), 0)) // VmHWM begins anew (proc(5))
				before := peakMemory(t)
				in.Fetched = fetched.Index
				out, err := do[contract.TransformOut](f.run.Transform, in)
				rendered := peakMemory(t)
				t.Logf("rendering: at most %d MiB, %d before; %d rows, %v", rendered, before, out.Rows, err)
				require.LessOrEqual(t, rendered, most)
				if err != nil {
					requireKind(t, fault.Incomplete, err)
					return
				}
				require.EqualValues(t, 4, out.Rows)
				in.Rendered = out.Index
				_, err = do[contract.EncryptOut](f.run.Encrypt, in)
				require.NoError(t, err)
				t.Logf("packing: at most %d MiB", peakMemory(t))
				require.LessOrEqual(t, peakMemory(t), most)
			})
		}
	}
}

// inUTF16 is CSV that takes twice as much.
const inUTF16 = "csv in UTF-16"

// giantRows are two rows with texts of a size between usual ones.
func giantRows(t *testing.T, text string, columns []string, size int) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	write := func(format string, args ...any) {
		_, err := fmt.Fprintf(z, format, args...)
		require.NoError(t, err)
	}
	for n := range 2 {
		write(`{"sms_flow_id":"%d"}`+"\n"+`{"sms_flow_id":"g%d"`, n, n)
		for _, column := range columns {
			write(`,%q:"`, column)
			for range size / len(text) {
				write("%s", text)
			}
			write(`"`)
		}
		write("}\n")
	}
	require.NoError(t, z.Close())
	return b.Bytes()
}
