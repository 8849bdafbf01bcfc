package destinationtest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/destination"
	"transporter/internal/fault"
	"transporter/internal/linetest"
)

// badLines are the lines of Network. Files are large enough for each to be felt.
var badLines = []struct {
	name   string
	faults linetest.Faults
	size   int
}{
	{"300 ms there and back", linetest.Faults{Latency: 150 * time.Millisecond}, 300 << 10},
	{"1 kB/s", linetest.Faults{Rate: 1000}, 6 << 10},
	{"reset at a random byte", linetest.Faults{Reset: func(r *rand.Rand) int64 { return r.Int64N(4 * mib) }}, 2 * mib},
	{"one connection in ten refused", linetest.Faults{Refuse: 0.1}, 300 << 10},
}

const (
	// atOnce is how many deliveries share a line, as many as the gate of a worker lets in.
	atOnce = 4
	// pause is how long a delivery waits before it tries again; a run waits for longer.
	pause = 50 * time.Millisecond
	// networkLimit bounds one delivery; at 1 kB/s one takes half a minute.
	networkLimit = 5 * time.Minute
)

// Network makes deliveries over bad lines, shared out among them, and holds each to its end:
// whole, and nothing temporary left. Every error on the way must be one that is tried again.
// Open returns an empty place that is reached over the line to its server. There are 200
// deliveries, or SOAK_DELIVERIES.
func Network(t *testing.T, server string, open func(t *testing.T, line *linetest.Line) Peer) {
	deliveries := fromEnv(t, "SOAK_DELIVERIES", 200)
	for i, bad := range badLines {
		t.Run(bad.name, func(t *testing.T) {
			t.Parallel()
			line := linetest.New(t, server, uint64(i))
			p := open(t, line)
			line.Set(bad.faults)
			began := time.Now()
			n := (deliveries + len(badLines) - 1 - i) / len(badLines)
			attempts := p.deliverAll(t, n, bad.size)
			count := line.Count()
			t.Logf("%d deliveries of %d KiB in %.0f s: %d attempts, %d connections, %d resets, %.2f of the bytes sent",
				n, bad.size>>10, time.Since(began).Seconds(), attempts, count.Connections, count.Resets,
				float64(count.Sent)/float64(n*bad.size))
			line.Set(linetest.Faults{})
			for i := range n {
				requireHolds(t, p, bulkName(i), noise(uint64(i), bad.size))
			}
			require.Zero(t, p.Temps(t))
		})
	}
}

// fromEnv is a number that the environment may set.
func fromEnv(t *testing.T, name string, otherwise int) int {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	require.NoError(t, err, name)
	return n
}

func bulkName(i int) string { return fmt.Sprintf("bulk/report-%03d.csv", i) }

// deliverAll makes n deliveries, some at once, and returns how many attempts they took.
func (p Peer) deliverAll(t *testing.T, n, size int) (attempts int) {
	t.Helper()
	var (
		group  sync.WaitGroup
		mu     sync.Mutex
		failed error
		limit  = make(chan struct{}, atOnce)
	)
	for i := range n {
		limit <- struct{}{}
		group.Go(func() {
			defer func() { <-limit }()
			tries, err := p.insist(t.Context(), p.source(noise(uint64(i), size)).file(bulkName(i)), fmt.Sprintf("%016x", i))
			mu.Lock()
			defer mu.Unlock()
			attempts += tries
			if err != nil {
				failed = errors.Join(failed, fmt.Errorf("delivery %d: %w", i, err))
			}
		})
	}
	group.Wait()
	require.NoError(t, failed)
	return attempts
}

// insist delivers as a run does: over a new connection for as long as that can help.
func (p Peer) insist(ctx context.Context, f destination.File, token string) (tries int, err error) {
	ctx, cancel := context.WithTimeout(ctx, networkLimit)
	defer cancel()
	for tries = 1; ; tries++ {
		err = p.attempt(ctx, f, token)
		if err == nil || !fault.KindOf(err).Retryable() {
			return tries, err
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return tries, errors.Join(ctx.Err(), err)
		}
	}
}

func (p Peer) attempt(ctx context.Context, f destination.File, token string) error {
	s, err := p.Destination.Connect(ctx)
	if err != nil {
		return err
	}
	defer s.Close()
	if err := s.Upload(ctx, f, token, ignoreProgress); err != nil {
		return err
	}
	if _, err := s.Verify(ctx, f, token, p.want()); err != nil {
		return err
	}
	return s.Publish(ctx, f, token, false)
}
