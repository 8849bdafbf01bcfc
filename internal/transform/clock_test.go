package transform

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"transporter/internal/transform/cell"
)

func TestClockWritesWhatTheStandardLibraryWrites(t *testing.T) {
	names := []string{"UTC", "America/New_York", "America/St_Johns", "Asia/Kathmandu", "Africa/Monrovia", "Pacific/Apia", "Europe/Amsterdam"}
	rapid.Check(t, func(t *rapid.T) {
		zone, err := time.LoadLocation(rapid.SampledFrom(names).Draw(t, "zone"))
		require.NoError(t, err)
		c := clock{zone: zone}
		start := rapid.Int64Range(firstMoment, lastMoment).Draw(t, "start")
		for range 20 {
			ms := start + rapid.Int64Range(0, 3*minuteMS).Draw(t, "later")
			sub := rapid.SampledFrom([]int32{0, 0, 1, 1000, 72_000, 999_999}).Draw(t, "after it")
			want := time.UnixMilli(ms).Add(time.Duration(sub)).In(zone)
			layout := timeLayout
			switch {
			case sub%1000 != 0:
				layout = "2006-01-02T15:04:05.000000000Z07:00"
			case sub != 0:
				layout = "2006-01-02T15:04:05.000000Z07:00"
			}
			var at cell.Cell
			at.SetMoment(want)
			require.Equal(t, want.Format(layout), string(c.append(nil, &at)))
		}
	})
}
