package liveperson

import (
	"context"
	"math/rand/v2"
	"time"
)

// clock is how time passes for a client.
type clock struct {
	now   func() time.Time
	sleep func(context.Context, time.Duration) error
}

// sleepTimer waits for d, or returns the context's error when that ends first.
func sleepTimer(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

const (
	backoffFirst = 500 * time.Millisecond
	backoffMax   = 8 * time.Second
)

// backoff returns the pause before try n+1 (n from 1): doubling, and spread by half so
// that clients that failed together do not come back together.
func backoff(n int) time.Duration {
	d := min(backoffFirst<<(n-1), backoffMax)
	return d/2 + rand.N(d) //nolint:gosec // not a secret
}
