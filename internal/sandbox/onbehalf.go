package sandbox

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"transporter/internal/sandbox/issuer"
	"transporter/internal/sandbox/live"
)

// scopeConsumer is what an app needs to speak for consumers.
const scopeConsumer = "msg.consumer"

// appOf returns the app whose AppJWT the request carries, as it is and not as a bearer. Otherwise
// it has answered.
func (s *Server) appOf(w http.ResponseWriter, r *http.Request) (app string, ok bool) {
	token := r.Header.Get("Authorization")
	if token == "" {
		writeConnectorError(w, http.StatusUnauthorized, codeAppMissing, "AppJWT is missing", "AUTHORIZATION header is not present")
		return "", false
	}
	account := r.PathValue("account")
	for _, version := range []string{issuer.V1, issuer.V2} {
		claims, err := s.tokens.Verify(version, account, token)
		if err == nil && s.tenants[account] != nil && slices.Contains(strings.Fields(claims.Scope), scopeConsumer) {
			return claims.App, true
		}
	}
	writeConnectorError(w, http.StatusUnauthorized, codeAppInvalid, "Invalid AppJWT", "AppJWT has expired or is invalid")
	return "", false
}

// callerOf returns for whom the request speaks. Otherwise it has answered.
func (s *Server) callerOf(w http.ResponseWriter, r *http.Request) (by live.Caller, ok bool) {
	app, ok := s.appOf(w, r)
	if !ok {
		return by, false
	}
	token := r.Header.Get("X-Lp-On-Behalf")
	if token == "" {
		writeConnectorError(w, http.StatusUnauthorized, codeConsumerMissing, "ConsumerJWS is missing", "X_ON_BEHALF_HEADER is not present")
		return by, false
	}
	account := r.PathValue("account")
	claims, err := s.tokens.VerifyConsumer(account, token)
	if err != nil {
		writeConnectorError(w, http.StatusUnauthorized, codeConsumerInvalid, "Invalid ConsumerJWS", "ConsumerJWS is invalid")
		return by, false
	}
	by = live.Caller{Account: account, App: app, Consumer: claims.Consumer}
	if by.Features, err = features(r.Header.Get("Client-Properties")); err != nil {
		writeConnectorError(w, http.StatusBadRequest, codeInvalid, "Bad request", "Client-Properties: "+err.Error())
		return by, false
	}
	return by, true
}

// features reads the features of client properties, which may be absent.
func features(properties string) ([]string, error) {
	if properties == "" {
		return nil, nil
	}
	var p struct {
		Features []string `json:"features"`
	}
	err := json.Unmarshal([]byte(properties), &p)
	return p.Features, err
}
