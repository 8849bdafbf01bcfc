package sandbox

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"transporter/internal/sandbox/oauth"
)

// faulty lets the switched faults happen to a call: answers instead of it, a spoilt body,
// or notes for the page writer.
func (s *Server) faulty(next http.Handler) http.Handler { return s.faultyAs((*hit).refuse, next) }

// faultyAs is faulty for an API that refuses in words of its own.
func (s *Server) faultyAs(refuse func(*hit, http.ResponseWriter) bool, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		offset, _ := strconv.Atoi(r.URL.Query().Get("offset"))
		var spoil spoiling
		for _, h := range s.faults.strike(r.URL.Path, offset) {
			if refuse(&h, w) {
				return
			}
			switch h.Kind {
			case SlowBody:
				w = &slowWriter{ResponseWriter: w, request: r, delay: time.Duration(h.DelayMS) * time.Millisecond}
			case CutBody:
				w = &cutWriter{w}
			case LostAnswer:
				w = &lostWriter{w}
				defer panic(http.ErrAbortHandler)
			default:
				spoil.add(h)
			}
		}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), spoilingKey{}, &spoil)))
	})
}

// refuse answers in place of the service if the fault is of that sort.
func (h *hit) refuse(w http.ResponseWriter) bool {
	wait := -1
	if h.RetryAfter != nil {
		wait = *h.RetryAfter
	}
	switch h.Kind {
	case TooManyRequests:
		writeBusy(w, wait)
	case ServerError:
		writeServerError(w)
	case Unavailable:
		if wait >= 0 {
			w.Header().Set("Retry-After", strconv.Itoa(wait))
		}
		writeError(w, http.StatusServiceUnavailable, "the service is temporarily unavailable")
	case BadGateway:
		writeError(w, http.StatusBadGateway, "bad gateway")
	case Unauthorized:
		writeUnauthorized(w, oauth.TokenRejected)
	case Forbidden:
		writeError(w, http.StatusForbidden, "the API key has no permission for this service")
	default:
		return false
	}
	return true
}

// slowSteps is in how many pieces a slow body comes.
const slowSteps = 8

// slowWriter spreads a body over delay, waiting before each piece. It gives up when the client does.
type slowWriter struct {
	http.ResponseWriter
	request *http.Request
	delay   time.Duration
}

func (w *slowWriter) Write(b []byte) (int, error) {
	flush := http.NewResponseController(w.ResponseWriter)
	for i := range slowSteps {
		select {
		case <-time.After(w.delay / slowSteps):
		case <-w.request.Context().Done():
			return 0, w.request.Context().Err()
		}
		if _, err := w.ResponseWriter.Write(b[len(b)*i/slowSteps : len(b)*(i+1)/slowSteps]); err != nil {
			return 0, err
		}
		if err := flush.Flush(); err != nil {
			return 0, err
		}
	}
	return len(b), nil
}

// Unwrap lets http.ResponseController flush.
func (w *slowWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// cutWriter sends half a body and drops the connection.
type cutWriter struct{ http.ResponseWriter }

func (w *cutWriter) Write(b []byte) (int, error) {
	_, _ = w.ResponseWriter.Write(b[:len(b)/2])
	_ = http.NewResponseController(w.ResponseWriter).Flush() // cut anyway
	panic(http.ErrAbortHandler)
}

// Unwrap lets http.ResponseController flush.
func (w *cutWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// lostWriter keeps the answer to itself.
type lostWriter struct{ http.ResponseWriter }

// WriteHeader sends nothing.
func (*lostWriter) WriteHeader(int) {}

func (*lostWriter) Write(b []byte) (int, error) { return len(b), nil }
