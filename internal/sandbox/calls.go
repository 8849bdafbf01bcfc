package sandbox

import (
	"maps"
	"net/http"
	"strings"
	"sync"
)

// Calls is what was asked of one path.
type Calls struct {
	Total    int         `json:"total"`
	ByStatus map[int]int `json:"byStatus"`
	Bytes    int64       `json:"bytes"`    // sent in bodies
	Peak     int         `json:"peak"`     // most in flight at once
	InFlight int         `json:"inFlight"` // now
}

// mostPaths bounds the counters; further paths are counted together.
const (
	mostPaths  = 1000
	otherPaths = "other"
)

// calls counts by "METHOD path". The zero value is ready.
type calls struct {
	mu     sync.Mutex
	byPath map[string]*Calls
}

// Calls reports what was asked since the start or the last reset, by "METHOD path". Admin
// paths are not counted.
func (s *Server) Calls() map[string]Calls {
	s.calls.mu.Lock()
	defer s.calls.mu.Unlock()
	out := make(map[string]Calls, len(s.calls.byPath))
	for k, c := range s.calls.byPath {
		v := *c
		v.ByStatus = maps.Clone(c.ByStatus)
		out[k] = v
	}
	return out
}

// ResetCalls forgets the counts.
func (s *Server) ResetCalls() {
	s.calls.mu.Lock()
	defer s.calls.mu.Unlock()
	s.calls.byPath = nil
}

func (c *calls) begin(key string) *Calls {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.byPath == nil {
		c.byPath = map[string]*Calls{}
	}
	if len(c.byPath) >= mostPaths && c.byPath[key] == nil {
		key = otherPaths
	}
	if c.byPath[key] == nil {
		c.byPath[key] = &Calls{ByStatus: map[int]int{}}
	}
	one := c.byPath[key]
	one.Total++
	one.InFlight++
	one.Peak = max(one.Peak, one.InFlight)
	return one
}

func (c *calls) end(one *Calls, w *countingWriter) {
	c.mu.Lock()
	defer c.mu.Unlock()
	one.InFlight--
	one.ByStatus[w.status]++
	one.Bytes += w.bytes
}

// counted counts every call but the admin's.
func (s *Server) counted(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, adminPrefix) {
			next.ServeHTTP(w, r)
			return
		}
		one := s.calls.begin(r.Method + " " + r.URL.Path)
		cw := &countingWriter{ResponseWriter: w, status: http.StatusOK}
		defer s.calls.end(one, cw)
		next.ServeHTTP(cw, r)
	})
}

type countingWriter struct {
	http.ResponseWriter
	status int
	bytes  int64
}

// WriteHeader notes the status.
func (w *countingWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

func (w *countingWriter) Write(b []byte) (int, error) {
	n, err := w.ResponseWriter.Write(b)
	w.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController flush.
func (w *countingWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
