package liveperson

import (
	"net/http"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/sandbox"
	"transporter/internal/sandbox/sandboxtest"
)

// turning calls a function before each request, and sends it on.
type turning struct {
	http.RoundTripper
	before func(*http.Request)
}

func (t turning) RoundTrip(r *http.Request) (*http.Response, error) {
	t.before(r)
	return t.RoundTripper.RoundTrip(r)
}

// Surveys of conversations of the window close, which moves their ends, while the window is read: a
// day goes by before the first page, after everything was counted. None is lost, and none that ended
// meanwhile is taken for one of the window.
func TestEndsThatMoveWhileTheyAreRead(t *testing.T) {
	for _, basis := range []string{basisEnd, basisFullDialogEnd} {
		t.Run(basis, func(t *testing.T) {
			clk, later := newFakeTime(), atomic.Bool{}
			c := startCloudOf(t, clk, sandbox.Config{Seed: 7, Conversations: 40_000, RealNow: clk.now, Now: func() time.Time {
				if later.Load() {
					return sandboxtest.Now.Add(25 * time.Hour)
				}
				return sandboxtest.Now
			}})
			from, to := c.now-12*hour, c.now
			counted := c.truth(t, basisEnd, from, to)
			moved := *c.http
			moved.Transport = turning{moved.Transport, func(r *http.Request) {
				if n := r.URL.Query().Get("limit"); n != "" && n != "1" {
					later.Store(true)
				}
			}}
			m := newMemory()
			require.NoError(t, c.client(t, func(c *Config) { c.HTTP = &moved }).Fetch(t.Context(), c.query(basis, from, to), m))
			require.True(t, later.Load())
			want := c.truth(t, basis, from, to)
			requireIDs(t, want, m)
			if basis == basisEnd {
				require.Greater(t, len(counted), 30)
				for _, id := range counted {
					require.True(t, slices.Contains(want, id), id)
				}
			}
		})
	}
}
