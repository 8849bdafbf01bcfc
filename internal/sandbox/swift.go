package sandbox

import (
	"crypto/rand"
	"io"
	"net/http"

	"transporter/internal/sandbox/live"
	"transporter/internal/sandbox/tempurl"
)

// swiftRoutes serves the file storage, to browsers of any origin too.
func (s *Server) swiftRoutes(mux *http.ServeMux) {
	const path = "/v1/AUTH_async-images/{account}/{file}"
	for method, h := range map[string]http.HandlerFunc{
		http.MethodPut: s.putFile, http.MethodGet: s.getFile, http.MethodOptions: s.allowOrigin,
	} {
		mux.Handle(method+" "+path, s.ofAccount(s.capped(s.faulty(crossOrigin(h)))))
	}
}

// crossOrigin lets scripts of any page call (Fetch Standard, "CORS protocol").
func crossOrigin(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Access-Control-Allow-Origin", "*")
		next.ServeHTTP(w, r)
	})
}

// allowOrigin answers the question that a browser asks before a PUT.
func (s *Server) allowOrigin(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Access-Control-Allow-Methods", "GET, PUT, OPTIONS")
	w.Header().Set("Access-Control-Allow-Headers", "*")
	w.WriteHeader(http.StatusNoContent)
}

// putFile stores a file at its signed address and answers 201 without a body.
func (s *Server) putFile(w http.ResponseWriter, r *http.Request) {
	if !s.signedFor(w, r) {
		return
	}
	content, err := io.ReadAll(http.MaxBytesReader(w, r.Body, live.MostFileBytes))
	switch {
	case err != nil:
		http.Error(w, err.Error(), http.StatusRequestEntityTooLarge)
	case !s.talks.StoreFile(r.URL.Path, content):
		http.NotFound(w, r)
	default:
		w.WriteHeader(http.StatusCreated)
	}
}

func (s *Server) getFile(w http.ResponseWriter, r *http.Request) {
	if !s.signedFor(w, r) {
		return
	}
	content, ok := s.talks.File(r.URL.Path)
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", http.DetectContentType(content))
	w.Header().Set("X-Content-Type-Options", "nosniff")
	_, _ = w.Write(content) //nolint:gosec // no script by its content type, which nothing sniffs; a client that went away is no error of ours
}

// signedFor checks the address; otherwise it has answered 401.
func (s *Server) signedFor(w http.ResponseWriter, r *http.Request) bool {
	q := r.URL.Query()
	if s.swift.Good(r.Method, r.URL.Path, q.Get("temp_url_sig"), q.Get("temp_url_expires")) {
		return true
	}
	http.Error(w, "401 Unauthorized: Temp URL invalid", http.StatusUnauthorized)
	return false
}

// newSwift returns a signer with a key of its own, so that no address outlives the process.
func newSwift(c Config) tempurl.Signer {
	return tempurl.Signer{Key: []byte(rand.Text()), Now: c.RealNow}
}
