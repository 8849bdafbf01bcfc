package latest_test

import (
	"encoding/binary"
	"fmt"
	"os"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/latest"
)

// BenchmarkSmallWindow compares a table of many keys, merged from leaves, with itself after a window of
// a thousand rows, half of them of keys that are in it: what one window with changes costs. TABLE_ROWS
// says of how many keys; one million unless told.
func BenchmarkSmallWindow(b *testing.B) {
	rows := 1_000_000
	if text := os.Getenv("TABLE_ROWS"); text != "" {
		var err error
		rows, err = strconv.Atoi(text)
		require.NoError(b, err)
	}
	const window = 1000
	stage := stageIn(b, b.TempDir())
	table := func(rows, step, offset int, rank uint64) latest.Set {
		s := latest.New(stage, "leaf", latest.Options{})
		defer s.Abort()
		for n := range rows {
			id := uint64(n*step+offset) * 0x9E3779B97F4A7C15 // keys of a window are all over the table
			key := fmt.Appendf(nil, `["%016x"]`, id)
			raw := fmt.Appendf(nil, `{"issue_id":"%016x","rank":%d,"started":%d,"customer":"%016x","handle_time":%d,"company":"acme","text":"%0100d"}`, id, rank, n, id*7, id%1000, n)
			require.NoError(b, s.Add(b.Context(), key, binary.BigEndian.AppendUint64(nil, rank), raw))
		}
		set, err := s.Finish(b.Context())
		require.NoError(b, err)
		return set
	}
	whole, err := latest.Compact(b.Context(), stage, "base", []latest.Tagged{{Set: table(rows, 2, 0, 1), Tag: 1}}, latest.Keep)
	require.NoError(b, err)
	was := []latest.Tagged{{Set: whole}}
	now := []latest.Tagged{{Set: whole}, {Set: table(window, max(rows/window, 1)|1, 0, 2), Tag: 2}}
	for b.Loop() {
		told, added := 0, 0
		for c, err := range latest.Changes(b.Context(), stage, "scratch", was, now) {
			require.NoError(b, err)
			if told++; c.Was == nil {
				added++
			}
		}
		require.Equal(b, window, told)
		require.InDelta(b, window/2, added, 1)
	}
	b.ReportMetric(float64(whole.Bytes)/1e6, "table-MB")
}
