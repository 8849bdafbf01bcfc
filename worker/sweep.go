package main

import (
	"context"
	"log/slog"
	"time"

	"transporter/internal/store"
)

const (
	sweepEvery = 24 * time.Hour
	// litterAge is how old an unfinished write must be: nobody pauses that long in one.
	litterAge = 24 * time.Hour
)

// keepSwept removes what crashed writers left in the store, now and once a day, until ctx
// ends. Nothing depends on it but the disk's free space, so a failure is only logged.
func keepSwept(ctx context.Context, st store.Store, now func() time.Time, logger *slog.Logger) {
	s, ok := st.(store.Sweeper)
	if !ok {
		return // buckets keep no unfinished writes
	}
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		n, err := s.Sweep(ctx, now().Add(-litterAge))
		if err != nil && ctx.Err() == nil {
			logger.Warn("store is not swept", "error", err)
		} else if n > 0 {
			logger.Info("store is swept", "removed", n)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
