package config_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/config"
)

func TestClock(t *testing.T) {
	clock, err := config.Clock("2016-08-30T12:00:00Z")
	require.NoError(t, err)
	require.True(t, clock().Equal(time.Date(2016, time.August, 30, 12, 0, 0, 0, time.UTC)))
	require.Equal(t, clock(), clock(), "it stands still")

	clock, err = config.Clock("")
	require.NoError(t, err)
	require.WithinDuration(t, time.Now(), clock(), time.Minute)

	_, err = config.Clock("yesterday")
	require.ErrorContains(t, err, "--now")
	require.ErrorContains(t, err, "RFC 3339")
}
