package sandbox

import (
	"net/http"
	"slices"
)

// baseURI is one entry of the domain API; the host comes bare, without a scheme.
type baseURI struct {
	Service string `json:"service"`
	Account string `json:"account"`
	BaseURI string `json:"baseURI"`
}

// domainRoutes serves the domain API, also under the older csdr prefix. It takes no
// authentication.
func (s *Server) domainRoutes(mux *http.ServeMux) {
	for _, prefix := range []string{"/api/account/{account}", "/csdr/account/{account}"} {
		mux.Handle("GET "+prefix+"/service/baseURI.json", s.faulty(http.HandlerFunc(s.allDomains)))
		mux.Handle("GET "+prefix+"/service/{service}/baseURI.json", s.faulty(http.HandlerFunc(s.oneDomain)))
	}
}

func (s *Server) allDomains(w http.ResponseWriter, r *http.Request) {
	if !s.domainRequest(w, r) {
		return
	}
	list := make([]baseURI, len(Services))
	for i, name := range Services {
		list[i] = s.domainOf(r, name)
	}
	writeJSON(w, http.StatusOK, map[string]any{"baseURIs": list})
}

func (s *Server) oneDomain(w http.ResponseWriter, r *http.Request) {
	if !s.domainRequest(w, r) {
		return
	}
	name := r.PathValue("service")
	if !slices.Contains(Services, name) {
		writeError(w, http.StatusBadRequest, "service: "+name+" is unknown; names are case-sensitive")
		return
	}
	writeJSON(w, http.StatusOK, s.domainOf(r, name))
}

// domainRequest checks what both forms share: 400 for a bad path or query, 401 for an
// account that does not exist.
func (s *Server) domainRequest(w http.ResponseWriter, r *http.Request) bool {
	account := r.PathValue("account")
	switch {
	case !accountID.MatchString(account):
		writeError(w, http.StatusBadRequest, "account: malformed id")
	case r.URL.Query().Get("version") != "1.0":
		writeError(w, http.StatusBadRequest, "version: must be 1.0")
	case s.tenants[account] == nil:
		writeError(w, http.StatusUnauthorized, "account: "+account+" is not a valid site")
	default:
		return true
	}
	return false
}

func (s *Server) domainOf(r *http.Request, service string) baseURI {
	host := s.config.Domain
	if host == "" {
		host = r.Host
	}
	return baseURI{Service: service, Account: r.PathValue("account"), BaseURI: host}
}
