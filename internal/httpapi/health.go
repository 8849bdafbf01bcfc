package httpapi

import (
	"context"
	"net/http"
	"time"
)

// readyTimeout bounds the look at Temporal: probes come every few seconds.
const readyTimeout = 3 * time.Second

// Health is the answer of the probes.
type Health struct {
	Status string `json:"status" example:"ok"`
}

func (s *Server) health() {
	const tag = "health"
	route(s, operation{
		Method: http.MethodGet, Path: "/healthz", ID: "health", Tag: tag,
		Summary: "Whether the process is alive",
	}, func(context.Context, *struct{}) (*struct{ Body Health }, error) {
		return &struct{ Body Health }{Health{"ok"}}, nil
	})
	route(s, operation{
		Method: http.MethodGet, Path: "/readyz", ID: "ready", Tag: tag, Summary: "Whether requests can be served",
		Doc: "503 says what to start: Temporal, or a worker.",
	}, func(ctx context.Context, _ *struct{}) (*struct{ Body Health }, error) {
		ctx, cancel := context.WithTimeout(ctx, readyTimeout)
		defer cancel()
		if err := s.cfg.Runs.Ready(ctx); err != nil {
			return nil, err
		}
		return &struct{ Body Health }{Health{"ready"}}, nil
	})
}
