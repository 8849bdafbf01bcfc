package task

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/fault"
)

func TestEveryZoneLoads(t *testing.T) {
	names := ZoneNames()
	require.Greater(t, len(names), 500)
	require.True(t, slices.IsSorted(names))
	for _, name := range names {
		loc, err := Zone(name)
		require.NoError(t, err)
		require.Equal(t, name, loc.String())
	}
	require.Regexp(t, `^20\d\d[a-z]$`, TZVersion())
}

// The machine's own files are not looked at.
func TestZonesComeFromTheProgram(t *testing.T) {
	t.Setenv("ZONEINFO", "/nonexistent")
	t.Setenv("TZ", "Asia/Tokyo")
	for _, name := range []string{"", "Local", "localtime", "posix/UTC", "../UTC", "europe/madrid"} {
		_, err := Zone(name)
		require.True(t, fault.Is(err, fault.InvalidSpec), name)
	}
	_, err := Zone("Europe/Madrid")
	require.NoError(t, err)
}

func TestZoneSuggestions(t *testing.T) {
	for name, want := range map[string]string{
		"Madrid":             "did you mean Europe/Madrid?",
		"Europe/Madird":      "did you mean Europe/Madrid?",
		"new york":           "did you mean America/New_York?",
		"Asia/Calcuta":       "did you mean Asia/Calcutta?",
		"America/Kathmandu":  "did you mean Asia/Kathmandu?",
		"San Francisco":      "did you mean America/Los_Angeles (San Francisco)?",
		"Bombay":             "did you mean Asia/Kolkata (Bombay)?",
		"Europe/Barcelona":   "did you mean Europe/Madrid (Barcelona)?",
		"Valencia":           "did you mean Europe/Madrid (Valencia) or America/Caracas (Valencia)?",
		"utc ":               "did you mean UTC?",
		"Romance Standard":   "GET /v1/zones",
		"Europe/Madridddddd": "use an IANA name",
	} {
		_, err := Zone(name)
		require.ErrorContains(t, err, want, name)
	}
}
