package main

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"go.temporal.io/sdk/worker"

	"transporter/internal/source/liveperson"
)

// partWithin bounds the logout of the users that the process has logged in at the source, and
// the return of the slots that it has leased there: both end by themselves, only later.
const partWithin = 5 * time.Second

// workers are those of one process.
type workers struct {
	platform     *liveperson.Shared
	logger       *slog.Logger
	steps, flows []worker.Worker
}

func (s *workers) add(r role, w worker.Worker) {
	if r.workflows {
		s.flows = append(s.flows, w)
	} else {
		s.steps = append(s.steps, w)
	}
}

// stop stops those that only do steps, all at once; then the process parts from the platform,
// so that others need not wait for its slots; last those that run workflows, which may be the
// ones to take the slots back.
func (s *workers) stop() {
	stopAll(s.steps)
	ctx, cancel := context.WithTimeout(context.Background(), partWithin)
	defer cancel()
	if err := s.platform.Close(ctx); err != nil {
		s.logger.Warn("users of sources stay logged in until their sessions end", "error", err)
	}
	stopAll(s.flows)
}

func stopAll(list []worker.Worker) {
	var wg sync.WaitGroup
	for _, w := range list {
		wg.Go(w.Stop)
	}
	wg.Wait()
}
