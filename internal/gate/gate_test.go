package gate_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/fault"
	"transporter/internal/gate"
)

var errDown = fault.New(fault.Upstream, "connection refused")

// clock is a clock that tests move.
type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

func newGate() (*gate.Gate, *clock) {
	c := &clock{time.Date(2026, 11, 21, 6, 0, 0, 0, time.UTC)}
	return gate.New(c.now), c
}

func enter(t *testing.T, g *gate.Gate, name string) func(error) {
	t.Helper()
	leave, err := g.Enter(name)
	require.NoError(t, err)
	return leave
}

func waitOf(t *testing.T, g *gate.Gate, name string, kind fault.Kind) time.Duration {
	t.Helper()
	_, err := g.Enter(name)
	require.Equal(t, kind, fault.KindOf(err), "%v", err)
	var f *fault.Error
	require.ErrorAs(t, err, &f)
	require.Positive(t, f.RetryAfter)
	return f.RetryAfter
}

func TestSoManyAtOnceAndNoMore(t *testing.T) {
	g, _ := newGate()
	var last func(error)
	for range gate.MaxAtOnce {
		last = enter(t, g, "a")
	}
	require.LessOrEqual(t, waitOf(t, g, "a", fault.NotReady), 3*time.Second)
	enter(t, g, "b")
	last(nil)
	enter(t, g, "a")
}

// Those who fail together count once; then one probe a wait, which doubles to a quarter of
// an hour; the first that gets through opens the door for all.
func TestADeadDestinationIsLeftAlone(t *testing.T) {
	g, c := newGate()
	together := []func(error){enter(t, g, "a"), enter(t, g, "a"), enter(t, g, "a")}
	for _, leave := range together {
		leave(errDown)
	}
	var waits []time.Duration
	for range 12 {
		wait := waitOf(t, g, "a", fault.Upstream)
		waits = append(waits, wait)
		c.at = c.at.Add(wait)
		probe := enter(t, g, "a")
		waitOf(t, g, "a", fault.Upstream) // while the probe is under way
		probe(errDown)
	}
	require.Equal(t, 2*time.Second, waits[0])
	require.Equal(t, 4*time.Second, waits[1])
	require.Equal(t, 15*time.Minute, waits[11])
	enter(t, g, "b") // others never notice

	c.at = c.at.Add(waits[11] + time.Minute)
	enter(t, g, "a")(nil)
	enter(t, g, "a")
	enter(t, g, "a")
}

// However many wait, asking again costs little: they come back one after the other, and
// nobody before there can be an answer.
func TestThoseWhoWaitStandInLine(t *testing.T) {
	const waiting = 700
	for name, wait := range map[string]struct {
		least time.Duration
		kind  fault.Kind
		fill  func(g *gate.Gate)
	}{
		"for a place": {time.Second, fault.NotReady, func(g *gate.Gate) {
			for range gate.MaxAtOnce {
				enter(t, g, "a")
			}
		}},
		"for one that is dead": {2 * time.Second, fault.Upstream, func(g *gate.Gate) { enter(t, g, "a")(errDown) }},
	} {
		t.Run(name, func(t *testing.T) {
			g, c := newGate()
			wait.fill(g)
			var times []time.Time
			for range waiting {
				times = append(times, c.at.Add(waitOf(t, g, "a", wait.kind)))
				c.at = c.at.Add(time.Millisecond)
			}
			require.GreaterOrEqual(t, times[0].Sub(c.at), wait.least-time.Second)
			require.True(t, slices.IsSortedFunc(times, time.Time.Compare))
			for i := 20; i < waiting; i++ {
				require.GreaterOrEqual(t, times[i].Sub(times[i-20]), time.Second)
			}
			require.LessOrEqual(t, times[waiting-1].Sub(times[0]), time.Minute)
		})
	}
}

func TestAnAnswerIsNotAFailure(t *testing.T) {
	for name, err := range map[string]error{
		"refused login": fault.New(fault.AuthFailed, "no"), "given up": context.Canceled, "done": nil,
	} {
		t.Run(name, func(t *testing.T) {
			g, _ := newGate()
			enter(t, g, "a")(err)
			enter(t, g, "a")
		})
	}
	g, _ := newGate()
	enter(t, g, "a")(errors.New("unknown is taken for a connection"))
	waitOf(t, g, "a", fault.Upstream)
}
