package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"
	"time"

	"transporter/internal/link"
)

type requestIDKey struct{}

// headerRequestID names the request in the answer and the log.
const headerRequestID = "X-Request-Id"

func requestID(ctx context.Context) string {
	id, _ := ctx.Value(requestIDKey{}).(string)
	return id
}

// open lists the paths that need no token: they carry no data of an account, or are the
// permission themselves.
func open(path string) bool {
	switch path {
	case "/healthz", "/readyz", "/openapi.json", "/docs":
		return true
	}
	return strings.HasPrefix(path, "/schemas/") || strings.HasPrefix(path, link.Path)
}

// shown is the path as it is logged: a link is a secret.
func shown(u *url.URL) string {
	if before, _, ok := strings.Cut(u.EscapedPath(), link.Path); ok {
		return before + link.Path + "***"
	}
	return u.EscapedPath()
}

// withRequestID gives every request an id of ours.
func (s *Server) withRequestID(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := s.newID("")
		w.Header().Set(headerRequestID, id)
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), requestIDKey{}, id)))
	})
}

// withLog writes one line a request: no header, no query and no body, which may be secret.
func (s *Server) withLog(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := s.cfg.Now()
		rec := &recorder{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(rec, r)
		s.cfg.Log.LogAttrs(r.Context(), slog.LevelInfo, "request",
			slog.String("id", requestID(r.Context())), slog.String("method", r.Method),
			slog.String("path", shown(r.URL)), slog.Int("status", rec.status),
			slog.Int64("bytes", rec.bytes), slog.Duration("took", s.cfg.Now().Sub(began).Round(time.Microsecond)))
	})
}

// withRecover turns a panic into a 500 and keeps the process alive.
func (s *Server) withRecover(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			cause := recover()
			if cause == nil {
				return
			}
			if err, ok := cause.(error); ok && errors.Is(err, http.ErrAbortHandler) {
				panic(cause)
			}
			s.cfg.Log.ErrorContext(r.Context(), "handler panicked", "id", requestID(r.Context()), "cause", cause,
				"stack", string(debug.Stack()))
			writeProblem(w, unexpected(r.Context()))
		}()
		next.ServeHTTP(w, r)
	})
}

// withToken asks for the bearer token (RFC 6750) on every path that is not open.
func (s *Server) withToken(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		given, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		if open(r.URL.Path) || (ok && s.cfg.Token.Equal(given)) {
			next.ServeHTTP(w, r)
			return
		}
		w.Header().Set("WWW-Authenticate", `Bearer realm="transporter"`)
		p := &Problem{
			Status: http.StatusUnauthorized,
			Detail: "header.Authorization: missing or wrong token: send \"Authorization: Bearer TOKEN\" with the token of the token file",
		}
		p.Errors = []Issue{{Location: "header.Authorization", Message: "missing or wrong token"}}
		writeProblem(w, p.finish(r.Context()))
	})
}

// withProblems gives the mux's own refusals (no such path, wrong method) the form of every
// other error.
func withProblems(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		handler, pattern := mux.Handler(r)
		if pattern != "" {
			mux.ServeHTTP(w, r)
			return
		}
		refusal := &refusal{header: http.Header{}}
		handler.ServeHTTP(refusal, r)
		p := &Problem{Status: http.StatusNotFound, Detail: "path: there is no such path: see /docs"}
		if allow := refusal.header.Get("Allow"); refusal.status == http.StatusMethodNotAllowed {
			w.Header().Set("Allow", allow)
			p = &Problem{Status: refusal.status, Detail: "method: this path takes " + allow}
		}
		writeProblem(w, p.finish(r.Context()))
	})
}

func writeProblem(w http.ResponseWriter, p *Problem) {
	w.Header().Set("Content-Type", p.ContentType(""))
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // the caller is gone: nobody to tell
}

// recorder counts what an answer was.
type recorder struct {
	http.ResponseWriter
	status int
	bytes  int64
}

// WriteHeader notes the status.
func (r *recorder) WriteHeader(status int) {
	r.status = status
	r.ResponseWriter.WriteHeader(status)
}

// Write counts the bytes.
func (r *recorder) Write(b []byte) (int, error) {
	n, err := r.ResponseWriter.Write(b)
	r.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach deadlines and flushing.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

// refusal takes the mux's plain answer apart without sending it.
type refusal struct {
	header http.Header
	status int
}

// Header returns what the mux sets.
func (r *refusal) Header() http.Header { return r.header }

// Write drops the text.
func (r *refusal) Write(b []byte) (int, error) { return len(b), nil }

// WriteHeader notes the status.
func (r *refusal) WriteHeader(status int) { r.status = status }
