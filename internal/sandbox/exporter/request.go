package exporter

import (
	"bytes"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
)

// request is the body of a call, all texts. Members are what was sent.
type request map[string]string

// fields are the members that calls need, the earlier ones with the later.
var fields = []string{"feed", "version", "format", "date"}

// prefixes are what values may begin with, as the guide prints them.
var prefixes = map[string]string{"version": "version=", "format": "format=", "date": "dt="}

// bare returns a member without such a prefix.
func (r request) bare(name string) string { return strings.TrimPrefix(r[name], prefixes[name]) }

// call answers a request that has the members it needs.
type call struct {
	needs  []string
	answer func(w http.ResponseWriter, r *http.Request, body request)
}

// largestBody is far beyond what a request needs.
const largestBody = 64 << 10

// admitted lets a call through that is within the limits, shows the credentials and can be read.
func (s *Server) admitted(c call) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost {
			w.Header().Set("Allow", http.MethodPost)
			WriteError(w, http.StatusMethodNotAllowed, 1, "every call is a POST")
			return
		}
		if !s.limit.take() {
			WriteError(w, http.StatusTooManyRequests, 1, "Spike arrest violation: too many requests")
			return
		}
		id, secret := r.Header.Get("asapp-api-id"), r.Header.Get("asapp-api-secret")
		switch {
		case id == "" || secret == "":
			WriteError(w, http.StatusUnauthorized, 1, "asapp-api-id and asapp-api-secret are needed")
			return
		case subtle.ConstantTimeCompare([]byte(id+"\n"+secret), []byte(s.config.ID+"\n"+s.config.Secret)) == 0:
			WriteError(w, http.StatusUnauthorized, 2, "asapp-api-id or asapp-api-secret is wrong")
			return
		}
		body, ok := readRequest(w, r, c.needs)
		if ok {
			c.answer(w, r, body)
		}
	})
}

// readRequest reads the members; otherwise it has answered.
func readRequest(w http.ResponseWriter, r *http.Request, needs []string) (request, bool) {
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, largestBody))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		WriteError(w, http.StatusRequestEntityTooLarge, 1, "the body is too large")
		return nil, false
	case err != nil:
		WriteError(w, http.StatusBadRequest, 1, "the body cannot be read")
		return nil, false
	case len(needs) == 0:
		return nil, true
	case !strings.HasPrefix(r.Header.Get("Content-Type"), "application/json"):
		WriteError(w, http.StatusBadRequest, 2, "Content-Type must be application/json")
		return nil, false
	}
	var body request
	if err := json.NewDecoder(bytes.NewReader(raw)).Decode(&body); err != nil {
		WriteError(w, http.StatusBadRequest, 1, "the body must be one JSON object of texts")
		return nil, false
	}
	for _, name := range needs {
		if body[name] == "" {
			WriteError(w, http.StatusBadRequest, 3, name+" is required")
			return nil, false
		}
	}
	return body, true
}
