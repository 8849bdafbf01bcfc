package sandbox

import (
	"crypto/subtle"
	"net/http"
	"strings"

	"transporter/internal/sandbox/issuer"
)

// sentinelRoutes serves both versions of the token endpoint and the keys of the second.
func (s *Server) sentinelRoutes(mux *http.ServeMux) {
	mux.Handle("POST /sentinel/api/account/{account}/app/token", s.ofAccount(s.capped(s.faulty(s.issueToken(issuer.V1)))))
	mux.Handle("POST /sentinel/api/v2/account/{account}/app/token", s.ofAccount(s.capped(s.faulty(s.issueToken(issuer.V2)))))
	mux.HandleFunc("GET /sentinel/well-known/jwks", func(w http.ResponseWriter, _ *http.Request) {
		set, err := s.tokens.KeySet()
		if err != nil {
			writeServerError(w)
			return
		}
		writeJSON(w, http.StatusOK, set)
	})
}

// issueToken is the client credentials grant; refusals are those of RFC 6749 §5.2. Parameters may
// come in the query, in the form or in both.
func (s *Server) issueToken(version string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		account := r.PathValue("account")
		app := s.app(account, r.FormValue("client_id"), r.FormValue("client_secret"))
		switch {
		case version == issuer.V1 && r.FormValue("v") != "1.0":
			writeGrantError(w, http.StatusBadRequest, "invalid_request", "v must be 1.0")
		case r.FormValue("grant_type") != "client_credentials":
			writeGrantError(w, http.StatusBadRequest, "unsupported_grant_type", "grant_type must be client_credentials")
		case app == nil:
			writeGrantError(w, http.StatusUnauthorized, "invalid_client", "the client is unknown or its secret is wrong")
		default:
			token, err := s.tokens.Issue(version, account, app.ID, strings.Join(app.Scopes, " "))
			if err != nil {
				writeServerError(w)
				return
			}
			writeJSON(w, http.StatusOK, map[string]string{"access_token": token, "token_type": "Bearer"})
		}
	}
}

// app returns the app that the credentials are of, one that is installed and enabled or one of the
// configuration; nil if there is none.
func (s *Server) app(account, id, secret string) *App {
	if one, _ := s.installs.Get(account, id); one != nil {
		if !one.Is(secret) {
			return nil
		}
		return &App{ID: one.ID, Secret: one.Secret, Scopes: strings.Fields(one.Scope)}
	}
	return s.tenants[account].app(id, secret)
}

func (t *tenant) app(id, secret string) *App {
	if t == nil {
		return nil
	}
	for i, a := range t.account.Apps {
		if a.ID == id && subtle.ConstantTimeCompare([]byte(a.Secret), []byte(secret)) == 1 {
			return &t.account.Apps[i]
		}
	}
	return nil
}

func writeGrantError(w http.ResponseWriter, status int, code, description string) {
	writeJSON(w, status, map[string]string{"error": code, "error_description": description})
}
