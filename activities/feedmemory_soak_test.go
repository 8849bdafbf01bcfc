//go:build soak && linux

package activities_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"math"
	"os"
	"regexp"
	"runtime/debug"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/semaphore"

	"transporter/internal/contract"
	"transporter/internal/feed"
	"transporter/internal/report"
	"transporter/internal/task"
)

// TestMemoryOfGiantLines reads two leaves at once, as a worker with its default budget does, each of four files of
// lines of 60 MiB between usual ones.
func TestMemoryOfGiantLines(t *testing.T) {
	const (
		budget = 320 - 64 - 32 // MiB, of worker/options.go
		limit  = 320 + 128
		most   = 512
	)
	f := newFeedBench(t, 1)
	f.run.Memory, f.run.Room = semaphore.NewWeighted(budget<<20), budget<<20
	giant := zippedLines(t, 60<<20)
	var ids []string
	for _, table := range []string{"sms_events", "transfers"} {
		folder := feed.Path(feed.Place{Feed: table, Version: "1", Format: "jsonl"}, feed.StampOf(midnight, feed.ByHour))
		for split := range 4 {
			require.NoError(t, f.bucket.Put(t.Context(), folder+feed.FileName(table, split, true, false), giant, f.now.Add(-time.Hour)))
		}
		require.NoError(t, f.bucket.Put(t.Context(), folder+feed.Success, nil, f.now.Add(-time.Hour)))
		ids = append(ids, f.task(table, report.DeliveryLeaf, "reference", task.Leg{}))
	}
	require.EqualValues(t, math.MaxInt64, debug.SetMemoryLimit(limit<<20))
	t.Cleanup(func() { debug.SetMemoryLimit(math.MaxInt64) })
	t.Logf("%d MiB before", peakMemory(t))
	window := contract.Span{From: midnight.UnixMilli(), To: midnight.Add(time.Hour).UnixMilli()}
	var all sync.WaitGroup
	for _, id := range ids {
		all.Go(func() {
			run := f.runOf(id, window, 0)
			plan, err := f.run.Plan(t.Context(), contract.PlanIn{Run: run, Nominal: f.now, WorkflowID: id, RunID: "run"})
			if err != nil {
				t.Error(err)
				return
			}
			fetched, err := do[contract.FetchOut](f.run.Fetch, contract.StepIn{Plan: plan.Plan})
			if err != nil || fetched.Fetched != 4*6 {
				t.Error(fetched.Fetched, err)
			}
		})
	}
	all.Wait()
	peak := peakMemory(t)
	t.Logf("at most %d MiB", peak)
	require.LessOrEqual(t, peak, most)
}

// zippedLines are three lines of a size between usual ones.
func zippedLines(t *testing.T, size int) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	write := func(format string, args ...any) {
		_, err := fmt.Fprintf(z, format, args...)
		require.NoError(t, err)
	}
	for n := range 3 {
		write(`{"sms_flow_id":"%d","issue_id":%d}`+"\n"+`{"sms_flow_id":"g%d","issue_id":1%d,"more":"`, n, n, n, n)
		for range size >> 10 {
			write("%01024d", n)
		}
		write("\"}\n")
	}
	require.NoError(t, z.Close())
	return b.Bytes()
}

// peakMemory is VmHWM in MiB (proc(5)).
func peakMemory(t *testing.T) int {
	t.Helper()
	status, err := os.ReadFile("/proc/self/status")
	require.NoError(t, err)
	kib, err := strconv.Atoi(string(regexp.MustCompile(`VmHWM:\s+(\d+) kB`).FindSubmatch(status)[1]))
	require.NoError(t, err)
	return kib >> 10
}
