package sandbox

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"transporter/internal/sandbox/issuer"
	"transporter/internal/sandbox/oauth"
)

// admission is what an API takes beside or in place of an API key: a bearer of a user's login,
// or the tokens of that version, with the scope.
type admission struct {
	key, bearer bool
	tokens      string
	scope       string
}

// admissionOf is the table of the published pages, and of what known clients send where these
// list an API key alone.
func admissionOf(service, path string) admission {
	a := admission{key: true}
	switch service {
	case ServiceHistory, ServiceChats, ServiceOperations, ServiceWaits:
		a.bearer = true
	case ServiceManager: // Agent Metrics; Key Messaging Metrics take an API key alone
		a.bearer = strings.Contains(path, "/agent-view/")
	case ServiceConfiguration:
		a.bearer = true
		if strings.Contains(path, "/le-users/users") {
			a.tokens, a.scope = issuer.V2, "users.read"
		}
	case ServiceInstallations:
		return admission{bearer: true}
	case serviceOutbound:
		return admission{bearer: true, tokens: issuer.V1}
	}
	return a
}

type tenantKey struct{}

// authorized lets only requests through that carry what the API takes, of the account in the
// path: a signature with one of its keys, the bearer of a session, a token of one of its apps.
// An account that does not exist has none of them, so it is 401 too.
func (s *Server) authorized(service string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		t := s.tenants[r.PathValue("account")]
		if t == nil {
			t = &tenant{} // of which nothing is right
		}
		a := admissionOf(service, r.URL.Path)
		bearer, borne := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		var permitted, known bool
		switch {
		case borne && strings.Count(bearer, ".") == 2: // a JSON Web Token (RFC 7519)
			permitted, known = s.tokenPermits(a, t, bearer)
		case borne:
			permitted, known = s.bearerPermits(a, t, bearer, service)
		default:
			key, problem := s.signed(a, t, r)
			if problem != oauth.None {
				writeUnauthorized(w, problem)
				return
			}
			permitted, known = t.permits(key, service), true
		}
		switch {
		case !known:
			writeUnauthorized(w, oauth.TokenRejected)
		case !permitted:
			writeError(w, http.StatusForbidden, "the credentials have no permission for "+service)
		default:
			next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), tenantKey{}, t)))
		}
	})
}

// signed returns the key that the request is signed with.
func (s *Server) signed(a admission, t *tenant, r *http.Request) (*oauth.Key, oauth.Problem) {
	if !a.key {
		return nil, oauth.MethodRejected
	}
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	return s.verifier.Verify(r, scheme, t.keys)
}

func (s *Server) tokenPermits(a admission, t *tenant, token string) (permitted, known bool) {
	if a.tokens == "" || t.account.ID == "" {
		return false, false
	}
	claims, err := s.tokens.Verify(a.tokens, t.account.ID, token)
	return a.scope == "" || slices.Contains(strings.Fields(claims.Scope), a.scope), err == nil
}

func (s *Server) bearerPermits(a admission, t *tenant, bearer, service string) (permitted, known bool) {
	name, open := s.sessions.User(t.account.ID, bearer)
	u := t.user(name)
	if !a.bearer || !open || u == nil {
		return false, false
	}
	return len(u.Services) == 0 || slices.Contains(u.Services, service), true
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
