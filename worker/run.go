package main

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"go.temporal.io/sdk/worker"

	"transporter/internal/budget"
	"transporter/internal/keys"
	"transporter/internal/source/liveperson"
	"transporter/internal/store"
	"transporter/internal/temporalx"
)

// patience is how long a worker waits for Temporal at its start: containers start in any
// order.
const patience = time.Minute

// run works until ctx ends, then lets the steps under way finish, at most for the stop
// timeout.
func run(ctx context.Context, c *options, logger *slog.Logger) error {
	debug.SetMemoryLimit((c.memory + headroom) * mebibyte)
	worker.SetStickyWorkflowCacheSize(cachedWorkflows)
	ring, err := keys.Codec(c.keys)
	if err != nil {
		return err
	}
	metrics, err := temporalx.NewMetrics()
	if err != nil {
		return err
	}
	dial := temporalx.Options{Namespace: c.namespace, Keys: ring, Logger: logger, Metrics: metrics, Wait: patience}
	resolved, err := temporalx.ClientOptions(dial)
	if err != nil {
		return err
	}
	client, err := temporalx.Dial(ctx, dial)
	if err != nil {
		return err
	}
	defer client.Close()
	st, err := store.Open(ctx, c.store)
	if err != nil {
		return err
	}
	c.namespace = resolved.Namespace
	platform := &liveperson.Shared{Budgets: budget.Budgets{Lender: temporalx.NewBudgets(client), Process: temporalx.ProcessName(time.Now())}}
	if err := metrics.Registerer().Register(&platform.Budgets); err != nil {
		return err
	}
	steps, err := wire(c, st, client, resolved.DataConverter, platform)
	if err != nil {
		return err
	}

	working, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	go keepSwept(working, st, time.Now, logger)
	started := &workers{platform: platform, logger: logger}
	for _, name := range unique(c.roles) {
		w := newWorker(client, roles[name], c, steps, fail)
		if err := w.Start(); err != nil {
			started.stop()
			return fmt.Errorf("start role %s: %w", name, err)
		}
		started.add(roles[name], w)
		logger.Info("role started", "role", name, "queue", roles[name].queue)
	}
	closeStatus, err := serveStatus(c.metricsListen, metrics, client, fail)
	if err != nil {
		started.stop()
		return err
	}
	<-working.Done()
	logger.Info("stopping", "timeout", c.stopTimeout)
	started.stop()
	closeStatus()
	if ctx.Err() != nil { // asked to stop
		return nil
	}
	return context.Cause(working)
}
