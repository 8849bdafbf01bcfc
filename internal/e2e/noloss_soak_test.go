//go:build soak

package e2e

import "testing"

// TestNoLoss is the same with a crowd; its figures are in docs/reliability.md.
func TestNoLoss(t *testing.T) {
	noLoss(t, crowd{conversations: 500, messages: 40, kills: 5})
}
