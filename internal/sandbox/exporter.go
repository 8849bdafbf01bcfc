package sandbox

import (
	"net/http"

	"transporter/internal/sandbox/exporter"
)

// exporterRoutes serves the File Exporter API, with the faults of its paths.
func (s *Server) exporterRoutes(mux *http.ServeMux) {
	s.exporter.Routes(mux, func(next http.Handler) http.Handler {
		return s.cappedAs(func(w http.ResponseWriter) {
			exporter.WriteError(w, http.StatusTooManyRequests, 1, "too many concurrent requests")
		}, s.faultyAs((*hit).refuseExporter, next))
	})
}

// refuseExporter is refuse in the words of the File Exporter API, whose answers have no Retry-After.
func (h *hit) refuseExporter(w http.ResponseWriter) bool {
	status, ok := map[Kind]int{
		TooManyRequests: http.StatusTooManyRequests, ServerError: http.StatusInternalServerError, Unavailable: http.StatusServiceUnavailable,
		BadGateway: http.StatusBadGateway, Unauthorized: http.StatusUnauthorized, Forbidden: http.StatusForbidden,
	}[h.Kind]
	if ok {
		exporter.WriteError(w, status, 1, http.StatusText(status))
	}
	return ok
}
