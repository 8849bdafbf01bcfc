package sandbox

import (
	"maps"
	"net/http"
	"strings"
	"sync"
)

// Calls is what was asked of one path, or of one account.
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

// calls counts by key: "METHOD path", or an account. The zero value is ready.
type calls struct {
	mu    sync.Mutex
	byKey map[string]*Calls
}

func (c *calls) snapshot() map[string]Calls {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := make(map[string]Calls, len(c.byKey))
	for k, one := range c.byKey {
		v := *one
		v.ByStatus = maps.Clone(one.ByStatus)
		out[k] = v
	}
	return out
}

func (c *calls) reset() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.byKey = nil
}

// Calls reports what was asked since the start or the last reset, by "METHOD path". Admin
// paths are not counted.
func (s *Server) Calls() map[string]Calls { return s.calls.snapshot() }

// Accounts reports the same by account, over all services that need a signature: the peak is
// the most requests of an account that were under way at once, also refused ones.
func (s *Server) Accounts() map[string]Calls { return s.accounts.snapshot() }

// ResetCalls forgets the counts.
func (s *Server) ResetCalls() {
	s.calls.reset()
	s.accounts.reset()
}

func (c *calls) begin(key string) *Calls {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.byKey == nil {
		c.byKey = map[string]*Calls{}
	}
	if len(c.byKey) >= mostPaths && c.byKey[key] == nil {
		key = otherPaths
	}
	if c.byKey[key] == nil {
		c.byKey[key] = &Calls{ByStatus: map[int]int{}}
	}
	one := c.byKey[key]
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
		s.calls.count(r.Method+" "+r.URL.Path, next, w, r)
	})
}

// ofAccount counts a service's calls by account.
func (s *Server) ofAccount(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.accounts.count(r.PathValue("account"), next, w, r)
	})
}

func (c *calls) count(key string, next http.Handler, w http.ResponseWriter, r *http.Request) {
	one := c.begin(key)
	cw := &countingWriter{ResponseWriter: w, status: http.StatusOK}
	defer c.end(one, cw)
	next.ServeHTTP(cw, r)
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
