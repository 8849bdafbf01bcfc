package destinationtest

import (
	"net/http"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/destination"
)

// Mortal ends the goroutine that sends the n-th request or a later one, as if the process had
// been killed: nothing of it goes on, not even what cleans up.
type Mortal struct {
	http.RoundTripper
	left atomic.Int64
}

// MortalAfter returns a Mortal with n-1 requests to live; 0: it lives on.
func MortalAfter(n int, next http.RoundTripper) *Mortal {
	m := &Mortal{RoundTripper: next}
	m.left.Store(int64(n))
	return m
}

// RoundTrip sends a request.
func (m *Mortal) RoundTrip(r *http.Request) (*http.Response, error) {
	if m.left.Load() < 0 || m.left.Load() > 0 && m.left.Add(-1) == 0 {
		m.left.Store(-1)
		runtime.Goexit()
	}
	return m.RoundTripper.RoundTrip(r)
}

// Litter is a place whose tests are killed.
type Litter struct {
	// Killed returns the destination as a process has it that is killed when it does its n-th
	// step there; 0: it is not.
	Killed func(n int) destination.Destination
	Plant  func(t *testing.T, name string) // a file of somebody else
	Names  func(t *testing.T) []string     // of all files there, temporary ones included
	Age    func(t *testing.T, by time.Duration)
}

// SweepsProbes kills tests of a destination at every step and requires that the next one
// removes what they left once it is old enough, and nothing else.
func SweepsProbes(t *testing.T, l Litter) {
	t.Helper()
	foreign := []string{"messages.csv", ".probe-of-somebody-else"}
	for _, name := range foreign {
		l.Plant(t, name)
	}
	killed := 0
	for n := 1; ; n++ {
		if passed(t, l.Killed(n)) {
			break
		}
		killed++
	}
	left := l.Names(t)
	require.Greater(t, len(left), len(foreign), "%d tests were killed, and none left anything", killed)
	probe := func() {
		t.Helper()
		_, err := l.Killed(0).Probe(t.Context())
		require.NoError(t, err)
	}
	probe()
	require.ElementsMatch(t, left, l.Names(t), "a test may still be at it")
	l.Age(t, 2*destination.AbandonedAfter)
	probe()
	require.ElementsMatch(t, foreign, l.Names(t))
}

// passed tests the destination; false if it was killed.
func passed(t *testing.T, d destination.Destination) (ok bool) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, err := d.Probe(t.Context())
		ok = err == nil
	}()
	<-done
	return ok
}
