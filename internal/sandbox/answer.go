package sandbox

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"

	"transporter/internal/sandbox/oauth"
)

// writeJSON answers with v.
func writeJSON(w http.ResponseWriter, status int, v any) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(fmt.Sprintf("encode answer: %v", err)) // every v is ours
	}
	writeBody(w, status, b.Bytes())
}

func writeBody(w http.ResponseWriter, status int, body []byte) {
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body) //nolint:gosec // JSON by its content type; a client that went away is no error of ours
}

// writeError answers with the one error field that a public client is known to read,
// debugMessage; the full schema is not published.
func writeError(w http.ResponseWriter, status int, message string) {
	writeJSON(w, status, map[string]string{"debugMessage": message})
}

// writeServerError is a 500 with the internal code of the published table: 0007 is an
// exception of the search store.
func writeServerError(w http.ResponseWriter) {
	writeJSON(w, http.StatusInternalServerError, map[string]string{
		"internalCode": "0007",
		"debugMessage": "The server encountered an unexpected condition that prevented it from fulfilling the request",
	})
}

var advice = map[oauth.Problem]string{
	oauth.ParameterAbsent:   "a required parameter is missing from the Authorization header",
	oauth.ParameterRejected: "the Authorization header or the query cannot be read",
	oauth.VersionRejected:   "oauth_version must be 1.0",
	oauth.MethodRejected:    "oauth_signature_method must be HMAC-SHA1",
	oauth.ConsumerUnknown:   "the consumer key is unknown to this account",
	oauth.TokenRejected:     "the oauth_token is unacceptable to the Service Provider",
	oauth.TimestampRefused:  "oauth_timestamp is more than 300 seconds off",
	oauth.SignatureInvalid:  "the signature does not match method, URL, parameters and secrets",
	oauth.NonceUsed:         "this oauth_nonce was used before with this timestamp",
}

// writeUnauthorized is a 401 in the only published shape, that of the agent activity API.
func writeUnauthorized(w http.ResponseWriter, p oauth.Problem) {
	writeJSON(w, http.StatusUnauthorized, map[string]string{
		"reason":  "oauth_problem=" + string(p) + "&oauth_problem_advice=" + advice[p],
		"message": "The server will not process the request because it is unauthorized. This attempt has been logged",
	})
}

// writeBusy is a 429. The platform documents no Retry-After; retryAfter < 0 sends none.
func writeBusy(w http.ResponseWriter, retryAfter int) {
	if retryAfter >= 0 {
		w.Header().Set("Retry-After", strconv.Itoa(retryAfter))
	}
	writeError(w, http.StatusTooManyRequests, "too many concurrent requests")
}
