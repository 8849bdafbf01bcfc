//go:build soak

package e2e

import "testing"

// The Temporal server, the worker, and both are down over three fire times each.
func TestOutages(t *testing.T) {
	s := openStack(t)
	s.outages(t, []program{s.temporalServer()}, []program{s.worker()}, []program{s.temporalServer(), s.worker()})
}
