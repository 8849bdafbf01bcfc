//go:build soak

package e2e

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/apiclient"
	"transporter/internal/contract"
	"transporter/internal/httpapi"
)

const (
	// tenThousandADay is the size of an account, over 13 months, with that many
	// conversations on a day, about 11 KB of JSON each.
	tenThousandADay = 4_300_000
	// mostMemory is what a worker process may ever hold with default settings (design:
	// 512 MiB), in KiB as the kernel counts.
	mostMemory  = 512 << 10
	memoryLimit = 30 * time.Minute // for a run
)

// A worker's peak memory does not follow the size of what it carries: it stays below its
// bound with 100,000 conversations, and is at most a tenth higher with three times as many.
// Peaks also grow a little with the number of garbage collections that they are the
// highest of, so the small run is made three times. Every row must arrive all the same.
func TestMemoryOfLargeRuns(t *testing.T) {
	b := start(t, options{size: tenThousandADay}).brand(t)
	body := b.sourceBody(t)
	body.RateLimits = nil // the defaults are measured
	source, err := b.api.Sources(b.account).Create(t.Context(), body, apiclient.Write{})
	require.NoError(t, err)
	b.source = source.ID
	task := b.task(t, spec("msg.messages", "csv"))
	small := 0
	for day := range 3 {
		small = b.peak(t, task, b.endingBefore(1+day, 10), 100_000)
	}
	require.NoError(t, b.Worker.Stop())
	require.NoError(t, b.StartWorker(t.Context()))
	large := b.peak(t, task, b.endingBefore(4, 30), 300_000)
	require.LessOrEqual(t, small, mostMemory)
	require.LessOrEqual(t, large, mostMemory)
	require.LessOrEqual(t, large, small+small/10)
}

// The bound holds whatever runs: steps wait for their share of the memory.
func TestMemoryOfManyRuns(t *testing.T) {
	const runs, days = 8, 2
	b := start(t, options{size: tenThousandADay}).brand(t)
	task := b.task(t, spec("msg.messages", "csv"))
	var begun []string
	for n := range runs {
		begun = append(begun, b.begin(t, task, b.endingBefore(1+n, days)))
	}
	for _, run := range begun {
		require.Equal(t, contract.OutcomeDelivered, b.await(t, run, memoryLimit).Outcome)
	}
	peak := peakMemory(t, b.Worker.PID())
	t.Logf("%d runs at once: peak %d MiB", runs, peak>>10)
	require.LessOrEqual(t, peak, mostMemory)
}

// endingBefore is the window of some days that ends some days before the data does.
func (b *brand) endingBefore(ago, days int) httpapi.WindowView {
	const day = 24 * time.Hour
	return b.before(time.Duration(ago)*day, time.Duration(days)*day)
}

// peak delivers a window of so many days and returns the worker's peak memory in KiB, from
// its start.
func (b *brand) peak(t *testing.T, task string, w httpapi.WindowView, atLeast int) int {
	t.Helper()
	idle, began := peakMemory(t, b.Worker.PID()), time.Now()
	run := b.await(t, b.begin(t, task, w), memoryLimit)
	took := time.Since(began)
	require.Equal(t, contract.OutcomeDelivered, run.Outcome, run.Error)
	peak := peakMemory(t, b.Worker.PID())
	exist := b.world(t, byEnd, w)
	require.GreaterOrEqual(t, len(exist), atLeast)
	rows := 0
	for _, c := range exist {
		rows += c.Messages
	}
	require.Equal(t, int64(rows), run.Rows)
	for _, s := range run.Steps {
		t.Logf("%-10s %s", s.Name, s.Detail)
	}
	t.Logf("%d conversations in %.0f s: peak %.0f MiB, before the run %.0f MiB",
		len(exist), took.Seconds(), float64(peak)/1024, float64(idle)/1024)
	return peak
}

var peakLine = regexp.MustCompile(`(?m)^VmHWM:\s+(\d+) kB$`)

// peakMemory returns the most memory that a process has ever held, in KiB (proc(5)).
func peakMemory(t *testing.T, pid int) int {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	require.NoError(t, err)
	found := peakLine.FindSubmatch(status)
	require.NotNil(t, found, "%s", status)
	kib, err := strconv.Atoi(string(found[1]))
	require.NoError(t, err)
	return kib
}

// await waits for the end of a run that takes longer than others. What is killed or busy
// may not answer at once.
func (b *brand) await(t *testing.T, run string, limit time.Duration) httpapi.RunDetail {
	t.Helper()
	var d httpapi.RunDetail
	require.Eventually(t, func() bool {
		var err error
		d, err = b.api.Run(t.Context(), b.account, run)
		return err == nil && d.Status != "running"
	}, limit, time.Second, "run %s ends", run)
	return d
}
