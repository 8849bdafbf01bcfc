package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"go.temporal.io/sdk/client"

	"transporter/internal/temporalx"
)

const (
	statusTimeout = 5 * time.Second  // of a request, and of the check behind /readyz
	drainTimeout  = 2 * time.Second  // for requests under way when the worker stops
	headTimeout   = 10 * time.Second // for a client to send its request's head
)

// serveStatus serves /metrics, /healthz (the process lives) and /readyz (Temporal answers)
// on their own listener. An empty address serves nothing.
func serveStatus(address string, m *temporalx.Metrics, c client.Client, fail func(error)) (func(), error) {
	if address == "" {
		return func() {}, nil
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", m.HTTP())
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { answerOK(w) })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), statusTimeout)
		defer cancel()
		if _, err := c.CheckHealth(ctx, &client.CheckHealthRequest{}); err != nil {
			http.Error(w, "Temporal does not answer", http.StatusServiceUnavailable)
			return
		}
		answerOK(w)
	})
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen for metrics: %w", err)
	}
	server := &http.Server{Handler: mux, ReadHeaderTimeout: headTimeout}
	go func() {
		if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			fail(fmt.Errorf("serve metrics: %w", err))
		}
	}()
	return func() {
		ctx, cancel := context.WithTimeout(context.Background(), drainTimeout)
		defer cancel()
		_ = server.Shutdown(ctx)
	}, nil
}

// answerOK answers a probe; one that has gone away needs no answer.
func answerOK(w http.ResponseWriter) { _, _ = fmt.Fprintln(w, "ok") }
