package sandbox

import "net/http"

// service adds one path behind everything a real front end does first: the concurrency
// cap, switched faults, the credentials, their permission. Its calls count as the account's.
func (s *Server) service(mux *http.ServeMux, name, path string, h http.HandlerFunc) {
	mux.Handle(path, s.ofAccount(s.capped(s.faulty(s.authorized(name, h)))))
}

// capped answers 429 when more requests are in flight than the cap allows.
func (s *Server) capped(next http.Handler) http.Handler {
	return s.cappedAs(func(w http.ResponseWriter) { writeBusy(w, -1) }, next)
}

// cappedAs is capped for an API that refuses in words of its own.
func (s *Server) cappedAs(busy func(http.ResponseWriter), next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.slots != nil {
			select {
			case s.slots <- struct{}{}:
				defer func() { <-s.slots }()
			default:
				busy(w)
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}
