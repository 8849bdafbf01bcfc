package retryafter_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/retryafter"
)

func TestIn(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	for text, want := range map[string]struct {
		wait  time.Duration
		asked bool
	}{
		"":                              {0, false},
		"soon":                          {0, false},
		"1.5":                           {0, false},
		"0":                             {0, true},
		"90":                            {90 * time.Second, true},
		"-5":                            {0, true},
		"9223372036854775807":           {(1<<31 - 1) * time.Second, true},
		"Mon, 04 May 2026 12:02:00 GMT": {2 * time.Minute, true},
		"Mon, 04 May 2026 11:00:00 GMT": {0, true},
	} {
		wait, asked := retryafter.In(http.Header{"Retry-After": {text}}, now)
		require.Equal(t, want.wait, wait, text)
		require.Equal(t, want.asked, asked, text)
	}
}
