package transform

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
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
			require.Equal(t, time.UnixMilli(ms).In(zone).Format(timeLayout), string(c.append(nil, ms)))
		}
	})
}
