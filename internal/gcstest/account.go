package gcstest

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// account is a service account that the front knows.
type account struct {
	key     *rsa.PublicKey
	denied  bool // may log in and do nothing
	revoked bool
}

// keyBits is the size of the keys that Google makes.
const keyBits = 2048

// ServiceAccount returns the key of a new account that may do everything, as JSON.
func (s *Server) ServiceAccount(t testing.TB) string { return s.newAccount(t, account{}) }

// Stranger returns the key of an account that may log in and do nothing.
func (s *Server) Stranger(t testing.TB) string { return s.newAccount(t, account{denied: true}) }

// Deleted returns the key of an account that is no more.
func (s *Server) Deleted(t testing.TB) string { return s.newAccount(t, account{revoked: true}) }

// Token returns an access token that may do everything.
func (s *Server) Token() string {
	token := rand.Text()
	s.front.mu.Lock()
	defer s.front.mu.Unlock()
	s.front.tokens[token] = &account{}
	return token
}

func (s *Server) newAccount(t testing.TB, a account) string {
	t.Helper()
	private, err := rsa.GenerateKey(rand.Reader, keyBits)
	require.NoError(t, err)
	a.key = &private.PublicKey
	der, err := x509.MarshalPKCS8PrivateKey(private)
	require.NoError(t, err)
	email := strings.ToLower(rand.Text()) + "@project.iam.gserviceaccount.com"
	s.front.mu.Lock()
	s.front.accounts[email] = &a
	s.front.mu.Unlock()
	text, err := json.Marshal(map[string]string{
		"type": "service_account", "project_id": "project", "client_email": email, "token_uri": s.URL + "/token",
		"private_key_id": "1", "private_key": string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})),
	})
	require.NoError(t, err)
	return string(text)
}

// token gives an access token for an assertion that the account signed
// (developers.google.com/identity/protocols/oauth2/service-account#authorizingrequests).
func (f *front) token(w http.ResponseWriter, r *http.Request) {
	email, ok := f.asserted(r.FormValue("assertion"))
	w.Header().Set("Content-Type", "application/json")
	if !ok {
		w.WriteHeader(http.StatusBadRequest)
		writeJSON(w, map[string]any{"error": "invalid_grant", "error_description": "Invalid JWT Signature."})
		return
	}
	token := rand.Text()
	f.mu.Lock()
	f.tokens[token] = f.accounts[email]
	f.mu.Unlock()
	writeJSON(w, map[string]any{"access_token": token, "token_type": "Bearer", "expires_in": 3600})
}

// asserted returns whose assertion it is, if its signature is right (RFC 7523, RS256).
func (f *front) asserted(assertion string) (email string, ok bool) {
	parts := strings.Split(assertion, ".")
	if len(parts) != 3 {
		return "", false
	}
	var claims struct{ Iss, Aud, Scope string }
	text, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil || json.Unmarshal(text, &claims) != nil || claims.Aud != f.url+"/token" || claims.Scope == "" {
		return "", false
	}
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	f.mu.Lock()
	defer f.mu.Unlock()
	a := f.accounts[claims.Iss]
	if err != nil || a == nil || a.revoked {
		return "", false
	}
	sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	return claims.Iss, rsa.VerifyPKCS1v15(a.key, crypto.SHA256, sum[:], signature) == nil
}

// allowed refuses requests without a token that is known, and those of strangers.
func (f *front) allowed(w http.ResponseWriter, r *http.Request) bool {
	f.mu.Lock()
	who := f.tokens[strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")]
	f.mu.Unlock()
	switch {
	case who == nil:
		refuse(w, http.StatusUnauthorized, "authError", "Invalid Credentials")
	case who.denied:
		refuse(w, http.StatusForbidden, "forbidden", "The account does not have storage.objects.create access to the Google Cloud Storage object.")
	default:
		return true
	}
	return false
}

// refuse answers as the JSON API does
// (docs.cloud.google.com/storage/docs/json_api/v1/status-codes).
func refuse(w http.ResponseWriter, status int, reason, message string) {
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	w.WriteHeader(status)
	writeJSON(w, map[string]any{"error": map[string]any{
		"code": status, "message": message, "errors": []map[string]string{{"domain": "global", "reason": reason, "message": message}},
	}})
}

func writeJSON(w http.ResponseWriter, value any) { _ = json.NewEncoder(w).Encode(value) }
