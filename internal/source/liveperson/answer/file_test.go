package answer

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/fault"
	"transporter/internal/source"
)

// A point counts the time before it, an unrounded interval has the place of the mark that is nearest to its
// start, and an answer without intervals that of its window.
func TestRecordsHaveTheirTimes(t *testing.T) {
	at := time.Date(2026, 11, 20, 12, 0, 7, 0, time.UTC).UnixMilli()
	quarter := int64(15 * time.Minute / time.Millisecond)
	for name, c := range map[string]struct {
		resource, body, id, raw string
		order                   int64
	}{
		"point": {
			"kmm_historical", `{"historicalMetricsIntervals":[{"timestamp":1795175100000}]}`, "2026-11-20T11:30:00.000Z",
			`"interval_start":"2026-11-20T11:30:00.000Z","interval_end":"2026-11-20T11:45:00.000Z","response":{"timestamp":1795175100000}}`, 1795174200000,
		},
		"unrounded": {
			"ops_msgskillsegments", `{"metricsByIntervals":[{"timestamp": 1795174207000}]}`, "2026-11-20T11:30:00.000Z",
			`"interval_start":"2026-11-20T11:30:07.000Z","interval_end":"2026-11-20T11:45:07.000Z","response":{"timestamp":1795174207000}}`, 1795174200000,
		},
		"no intervals": {
			"ops_msgskillsegments", `{"metricsTotal":{"n":1}}`, "2026-11-20T11:00:00.000Z",
			`"interval_start":"2026-11-20T11:00:00.000Z","interval_end":"2026-11-20T12:00:00.000Z","response":{"metricsTotal":{"n":1}}}`, 1795172400000,
		},
	} {
		t.Run(name, func(t *testing.T) {
			var got []source.Record
			asked := Asked{At: at, From: 1795172400000, To: 1795176000000, Interval: quarter}
			require.NoError(t, Read(c.resource, strings.NewReader(c.body), asked, func(r source.Record) error {
				got = append(got, r)
				return nil
			}))
			require.Equal(t, []source.Record{{
				Order: c.order, At: c.order, ID: c.id, Raw: []byte(`{"requested_at":"2026-11-20T12:00:07.000Z",` + c.raw), FetchedAt: at,
			}}, got)
		})
	}
	for name, c := range map[string]struct{ resource, body, want string }{
		"no mark":     {"rt_queuehealth", `{"metricsByIntervals":[{"timestamp":1795174207000}]}`, "does not start at a mark of five minutes"},
		"no time":     {"rt_queuehealth", `{"metricsByIntervals":[{}]}`, "is no time"},
		"not about":   {"users", `[]`, "users is no resource about now"},
		"other queue": {QueuesNow, `{"totals":{}}`, "neither skillsMetrics nor skills"},
	} {
		err := Read(c.resource, strings.NewReader(c.body), Asked{At: at, Interval: Bucket}, func(source.Record) error { return nil })
		require.ErrorContains(t, err, c.want, name)
		require.True(t, fault.Is(err, fault.SchemaMismatch), name)
	}
}
