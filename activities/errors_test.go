package activities

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"transporter/internal/fault"
)

func TestToTemporal(t *testing.T) {
	for name, c := range map[string]struct {
		err   error
		kind  fault.Kind
		final bool
		after time.Duration
		says  string
	}{
		"refused":           {fault.New(fault.AuthFailed, "sign in").WithFix("renew it"), fault.AuthFailed, true, 0, "sign in (renew it)"},
		"wrapped":           {fmt.Errorf("upload a.csv: %w", fault.New(fault.Collision, "name taken")), fault.Collision, true, 0, "upload a.csv: name taken"},
		"rate limited":      {fault.New(fault.RateLimited, "slow down").After(30 * time.Second), fault.RateLimited, false, 30 * time.Second, "slow down"},
		"asked for a blink": {fault.New(fault.RateLimited, "x").After(time.Millisecond), fault.RateLimited, false, time.Second, "x"},
		"asked for a day":   {fault.New(fault.RateLimited, "x").After(24 * time.Hour), fault.RateLimited, false, 15 * time.Minute, "x"},
		"final, with wait":  {fault.New(fault.NotFound, "x").After(time.Minute), fault.NotFound, true, 0, "x"},
		"unclassified":      {errors.New("connection reset"), fault.Upstream, false, 0, "connection reset"},
		"not ready":         {fault.New(fault.NotReady, "marker missing"), fault.NotReady, false, 0, "marker missing"},
	} {
		t.Run(name, func(t *testing.T) {
			var app *temporal.ApplicationError
			require.True(t, errors.As(toTemporal(c.err), &app))
			require.Equal(t, string(c.kind), app.Type())
			require.Equal(t, c.final, app.NonRetryable())
			require.Equal(t, c.after, app.NextRetryDelay())
			require.Equal(t, c.says, app.Message())
			require.Equal(t, c.kind == fault.NotReady, app.Category() == temporal.ApplicationErrorCategoryBenign)
		})
	}
}

func TestToTemporalBoundsWhatAPeerSays(t *testing.T) {
	for _, letter := range []string{"x", "é", "語"} {
		err := fault.New(fault.PermissionDenied, "write a.csv: %w", errors.New(strings.Repeat(letter, 100_000))).WithFix("ask the operator")
		var app *temporal.ApplicationError
		require.ErrorAs(t, toTemporal(err), &app)
		require.LessOrEqual(t, len(app.Message()), maxText)
		require.True(t, utf8.ValidString(app.Message()))
		require.True(t, strings.HasPrefix(app.Message(), "write a.csv: "+letter))
		require.True(t, strings.HasSuffix(app.Message(), letter+" (ask the operator)"))
	}
}

func TestToTemporalPassesThrough(t *testing.T) {
	require.NoError(t, toTemporal(nil))
	canceled := fmt.Errorf("read page: %w", context.Canceled)
	require.Equal(t, canceled, toTemporal(canceled))
	app := temporal.NewApplicationError("x", "Y")
	require.Equal(t, app, toTemporal(app))
}
