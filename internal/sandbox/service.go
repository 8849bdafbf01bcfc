package sandbox

import (
	"context"
	"net/http"
	"slices"

	"transporter/internal/sandbox/oauth"
)

// service adds one path behind everything a real front end does first: the concurrency
// cap, switched faults, the signature, the key's permission. Its calls count as the account's.
func (s *Server) service(mux *http.ServeMux, name, path string, h http.HandlerFunc) {
	mux.Handle(path, s.ofAccount(s.capped(s.faulty(s.authorized(name, h)))))
}

// capped answers 429 when more requests are in flight than the cap allows.
func (s *Server) capped(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.slots != nil {
			select {
			case s.slots <- struct{}{}:
				defer func() { <-s.slots }()
			default:
				writeBusy(w, -1)
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}

type tenantKey struct{}

// authorized lets only requests through that are signed with a key of the account in the
// path. An account that does not exist has no keys, so it is 401 too. Login bearers are
// not issued here, so every bearer is unknown.
func (s *Server) authorized(service string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		t := s.tenants[r.PathValue("account")]
		var keys []oauth.Key
		if t != nil {
			keys = t.keys
		}
		scheme := "http"
		if r.TLS != nil {
			scheme = "https"
		}
		key, problem := s.verifier.Verify(r, scheme, keys)
		if problem != oauth.None {
			writeUnauthorized(w, problem)
			return
		}
		if !t.permits(key, service) {
			writeError(w, http.StatusForbidden, "the API key has no permission for "+service)
			return
		}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), tenantKey{}, t)))
	})
}

func (t *tenant) permits(key *oauth.Key, service string) bool {
	for _, k := range t.account.Keys {
		if k.Key == *key {
			return len(k.Services) == 0 || slices.Contains(k.Services, service)
		}
	}
	return false
}

func tenantOf(r *http.Request) *tenant { return r.Context().Value(tenantKey{}).(*tenant) }
