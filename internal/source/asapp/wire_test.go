package asapp_test

import (
	"net/http"
	"strings"
	"sync"
)

// wire counts the objects that are opened.
type wire struct {
	mu     sync.Mutex
	opened []string
}

// RoundTrip implements http.RoundTripper.
func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method == http.MethodGet && !r.URL.Query().Has("list-type") {
		w.mu.Lock()
		w.opened = append(w.opened, r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:])
		w.mu.Unlock()
	}
	return http.DefaultTransport.RoundTrip(r)
}

func (w *wire) count() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.opened)
}
