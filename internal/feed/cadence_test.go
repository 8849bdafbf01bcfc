package feed_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/feed"
)

func TestReadCadence(t *testing.T) {
	for text, want := range map[string]feed.Cadence{
		"1h": feed.Hourly, "1d": feed.Daily, "20-30m": feed.Minutes, "15m": feed.Minutes, "60m": feed.Hourly, " 24H ": feed.Daily, "1 hr": feed.Hourly, "6h": feed.Hourly,
		"": "", "0h": "", "daily": "", "1w": "", "99999h": "", "-1h": "",
	} {
		got, ok := feed.ReadCadence(text)
		require.Equal(t, want != "", ok, text)
		require.Equal(t, want, got, text)
	}
}
