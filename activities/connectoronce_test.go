package activities

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/connector"
	"transporter/internal/fault"
)

// at is when the attempt that is tested runs.
var at = time.UnixMilli(1_800_000_000_000)

func TestOnce(t *testing.T) {
	before := func(d time.Duration) int64 { return at.Add(-d).UnixMilli() }
	refused := fault.New(fault.InvalidSpec, "refused")
	for name, c := range map[string]struct {
		number    int32
		last      tried // of the attempt before
		seen      bool  // by a look
		lookErr   error
		err       error // of the request
		looks     int
		requests  int
		want      fault.Kind
		wantAfter time.Duration
		maybe     int64 // what the next attempt is told
	}{
		"the first goes well":              {number: 1, requests: 1},
		"the first is refused":             {number: 1, err: refused, requests: 1, want: fault.InvalidSpec},
		"the first may have taken effect":  {number: 1, err: connector.Unsure(fault.New(fault.Upstream, "cut")), requests: 1, want: fault.Upstream, wantAfter: 5 * time.Second, maybe: at.UnixMilli()},
		"nobody was reached before":        {number: 2, last: tried{Attempt: 1}, requests: 1},
		"it had taken effect":              {number: 2, last: tried{Attempt: 1, Maybe: before(time.Second)}, seen: true, looks: 1},
		"it cannot be told yet":            {number: 3, last: tried{Attempt: 2, Maybe: before(20 * time.Second)}, looks: 1, want: fault.NotReady, wantAfter: lookAgain, maybe: before(20 * time.Second)},
		"it cannot be told for a moment":   {number: 3, last: tried{Attempt: 2, Maybe: before(57 * time.Second)}, looks: 1, want: fault.NotReady, wantAfter: 3 * time.Second, maybe: before(57 * time.Second)},
		"it had not taken effect":          {number: 4, last: tried{Attempt: 3, Maybe: before(time.Minute)}, looks: 1, requests: 1},
		"its worker was killed":            {number: 2, looks: 1, want: fault.NotReady, wantAfter: lookAgain, maybe: at.UnixMilli()},
		"its worker was killed later":      {number: 5, last: tried{Attempt: 3}, looks: 1, want: fault.NotReady, wantAfter: lookAgain, maybe: at.UnixMilli()},
		"the history is down":              {number: 2, last: tried{Attempt: 1, Maybe: before(time.Hour)}, lookErr: fault.New(fault.RateLimited, "wait").After(7 * time.Second), looks: 1, want: fault.RateLimited, wantAfter: 7 * time.Second, maybe: before(time.Hour)},
		"the history takes no credentials": {number: 2, last: tried{Attempt: 1, Maybe: before(time.Hour)}, lookErr: refused, looks: 1, want: fault.InvalidSpec, maybe: before(time.Hour)},
	} {
		t.Run(name, func(t *testing.T) {
			var kept *tried
			a := &attempt{number: c.number, last: c.last, now: func() time.Time { return at }, keep: func(k tried) { kept = &k }}
			a.doubt()
			looks, requests := 0, 0
			out, err := once(t.Context(), a, func(context.Context) (string, bool, error) {
				looks++
				return "seen", c.seen, c.lookErr
			}, func(context.Context) (string, error) {
				requests++
				return "made", c.err
			})
			require.Equal(t, c.looks, looks, "looks")
			require.Equal(t, c.requests, requests, "requests")
			require.Equal(t, c.want, fault.KindOf(err), "%v", err)
			if err == nil {
				require.Equal(t, map[bool]string{true: "seen", false: "made"}[c.seen], out)
				require.Nil(t, kept, "what was known before the request is not what is known after it")
				return
			}
			require.Equal(t, c.wantAfter, retryAfterOf(err))
			unknown := c.number > 1 && c.last.Attempt != c.number-1
			require.Equal(t, &tried{Attempt: c.number, Maybe: c.maybe, Unknown: unknown}, kept, "the next attempt has to know")
		})
	}
}

// An attempt that beats without a word of its own says what the one before left.
func TestAWordIsRepeated(t *testing.T) {
	heard := make(chan tried)
	w := &word{last: tried{Attempt: 2}, tell: func(t tried) { heard <- t }}
	end := w.repeat(time.Millisecond)
	require.Equal(t, tried{Attempt: 2}, <-heard)
	go w.keep(tried{Attempt: 3})
	for said := range heard {
		if said.Attempt == 3 {
			break
		}
	}
	require.Equal(t, tried{Attempt: 3}, <-heard)
	go func() {
		end()
		close(heard)
	}()
	for said := range heard { // at most one was on its way
		require.Equal(t, tried{Attempt: 3}, said)
	}
}

func TestWaitsWiden(t *testing.T) {
	for attempt, want := range map[int32]time.Duration{
		0: 5 * time.Second, 1: 5 * time.Second, 2: 10 * time.Second, 3: 15 * time.Second, 4: 2 * time.Minute, 5: 4 * time.Minute, 6: 8 * time.Minute, 90: 8 * time.Minute,
	} {
		require.Equal(t, want, widening(attempt), "attempt %d", attempt)
	}
	require.Equal(t, time.Second, retryAfterOf(paced(fault.New(fault.RateLimited, "x").After(time.Second), 4)))
	require.Zero(t, retryAfterOf(paced(fault.New(fault.InvalidSpec, "x"), 4)))
}
