//go:build soak && linux

package latest_test

import (
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"regexp"
	"runtime/debug"
	"strconv"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/latest"
)

// TestFiveMillionRowsInLittleMemory sorts five million rows of 600 bytes from four goroutines, 30 % of
// them with the key of another, reads the winners, and compares the table with one that lacks a few.
func TestFiveMillionRowsInLittleMemory(t *testing.T) {
	const (
		rows, unique, goroutines = 5_000_000, 3_500_000, 4
		most                     = 512 << 10 // KiB
	)
	require.EqualValues(t, math.MaxInt64, debug.SetMemoryLimit(-1), "GOMEMLIMIT would hide what is held")
	stage := stageIn(t, t.TempDir())
	s := latest.New(stage, "leaf", latest.Options{})
	defer s.Abort()
	var all sync.WaitGroup
	for g := range goroutines {
		all.Go(func() {
			for n := g; n < rows; n += goroutines {
				key := fmt.Appendf(nil, `["%011d"]`, uint64(n)*2654435761%rows%unique)
				if err := s.Add(t.Context(), key, binary.BigEndian.AppendUint64(nil, uint64(n)), fmt.Appendf(nil, `{"n":%d,"text":"%0560x"}`, n, uint64(n)*2654435761)); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	set, err := s.Finish(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, rows, set.Added)
	require.EqualValues(t, unique, set.Rows)
	few := []latest.Tagged{{Set: sortIn(t, stage, []row{{`["00000000007"]`, "\xff", "newer", 2}, {"z", "1", "new", 2}}, 1<<20), Tag: 2}}
	was := []latest.Tagged{{Set: set, Tag: 1}}
	var told []string
	for c, err := range latest.Changes(t.Context(), stage, "scratch", was, append(few, was...)) {
		require.NoError(t, err)
		told = append(told, string(c.Key))
	}
	require.Equal(t, []string{`["00000000007"]`, "z"}, told)
	found := 0
	for r, err := range latest.Winners(t.Context(), stage, "scratch", append(few, was...)) {
		require.NoError(t, err)
		require.NotEmpty(t, r.Raw)
		found++
	}
	require.Equal(t, unique+1, found)
	peak := peakOfProcess(t)
	t.Logf("at most %d MiB", peak>>10)
	require.LessOrEqual(t, peak, most)
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
