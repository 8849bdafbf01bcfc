package e2e

import (
	"net/http"
	"time"
)

// patient reads again what the API answers 503 to: on a machine that is busy with other tests
// Temporal or a worker may let a request wait for too long, and what is tried is not how fast
// they are. An answer that stays 503 is given back after patience, and so is any other at once.
type patient struct{ http.RoundTripper }

func (p patient) RoundTrip(r *http.Request) (*http.Response, error) {
	for deadline := time.Now().Add(patience); ; {
		res, err := p.RoundTripper.RoundTrip(r)
		if err != nil || r.Method != http.MethodGet || res.StatusCode != http.StatusServiceUnavailable || time.Now().After(deadline) {
			return res, err
		}
		if err := res.Body.Close(); err != nil {
			return nil, err
		}
		select {
		case <-r.Context().Done():
			return nil, r.Context().Err()
		case <-time.After(glance):
		}
	}
}
