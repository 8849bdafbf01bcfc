package codec

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"

	"go.temporal.io/sdk/converter"
)

const (
	// maxRequest bounds the body of one request: a page of the Temporal UI sends the
	// payloads of its events, each at most 2 MiB, as base64.
	maxRequest = 16 << 20
	// preflightAge is how long a browser may remember the answer to OPTIONS, in seconds.
	preflightAge = "600"
)

// Authorize decides whether a request may decode payloads of the namespace.
type Authorize func(r *http.Request, namespace string) bool

// HandlerOptions configures Handler.
type HandlerOptions struct {
	Codecs    map[string]*Codec // by namespace
	Origins   []string          // exact origins of Temporal UIs, such as http://127.0.0.1:8233
	Authorize Authorize         // nil refuses everybody
	Encode    bool              // also serve /encode, so that the UI can start and signal
}

// Handler serves POST /decode, and /encode if allowed, else of nothing, in the protocol of a Temporal
// codec server: CORS first, so that a preflight needs no credentials, then who asks, then
// the namespace of the X-Namespace header, then the size. It holds the codec's key alone:
// sealed secrets inside payloads stay sealed.
func Handler(o HandlerOptions) http.Handler {
	mux := http.NewServeMux()
	all := o.serve(func(c *Codec) http.Handler { return converter.NewPayloadCodecHTTPHandler(c) })
	mux.Handle("POST /decode", all)
	if o.Encode {
		mux.Handle("POST /encode", all)
	} else {
		mux.Handle("POST /encode", o.serve(func(*Codec) http.Handler { return http.HandlerFunc(encodeNothing) }))
	}
	return o.cors(mux)
}

// cors answers preflights and names the caller's origin if it is one of ours.
func (o HandlerOptions) cors(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		head := w.Header()
		head.Add("Vary", "Origin")
		if origin := r.Header.Get("Origin"); slices.Contains(o.Origins, origin) {
			head.Set("Access-Control-Allow-Origin", origin)
			head.Set("Access-Control-Allow-Credentials", "true")
			head.Set("Access-Control-Allow-Methods", "POST, OPTIONS")
			head.Set("Access-Control-Allow-Headers", "Content-Type, X-Namespace, Authorization")
			head.Set("Access-Control-Max-Age", preflightAge)
		}
		if r.Method == http.MethodOptions {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// encodeNothing answers a client that has nothing to encode, and asks all the same: "temporal workflow query"
// without input does, before it has the answer decoded.
func encodeNothing(w http.ResponseWriter, r *http.Request) {
	var asked struct {
		Payloads []json.RawMessage `json:"payloads"`
	}
	switch err := json.NewDecoder(r.Body).Decode(&asked); {
	case err != nil && !errors.Is(err, io.EOF):
		http.Error(w, "the body is no list of payloads", http.StatusBadRequest)
	case len(asked.Payloads) > 0:
		http.Error(w, "this codec decodes only: start and signal with starter, or the API", http.StatusForbidden)
	default:
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, "{}")
	}
}

func (o HandlerOptions) serve(of func(*Codec) http.Handler) http.Handler {
	handlers := make(map[string]http.Handler, len(o.Codecs))
	for namespace, c := range o.Codecs {
		handlers[namespace] = of(c)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		namespace := r.Header.Get("X-Namespace")
		if o.Authorize == nil || !o.Authorize(r, namespace) {
			w.Header().Set("WWW-Authenticate", "Bearer")
			http.Error(w, "a valid bearer token is needed", http.StatusUnauthorized)
			return
		}
		handler, ok := handlers[namespace]
		if !ok {
			http.Error(w, "X-Namespace names no namespace of this codec", http.StatusForbidden)
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxRequest)
		handler.ServeHTTP(w, r)
	})
}

// BearerToken authorizes requests that carry the token, compared in constant time. An
// empty token authorizes nobody.
func BearerToken(token string) Authorize {
	want := sha256.Sum256([]byte(token))
	return func(r *http.Request, _ string) bool {
		scheme, given, ok := strings.Cut(r.Header.Get("Authorization"), " ")
		got := sha256.Sum256([]byte(strings.TrimSpace(given)))
		return ok && token != "" && strings.EqualFold(scheme, "Bearer") && subtle.ConstantTimeCompare(got[:], want[:]) == 1
	}
}
