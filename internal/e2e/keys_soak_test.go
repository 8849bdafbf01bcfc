//go:build soak

package e2e

import "testing"

// Every way to lose a key, at both moments.
func TestEveryLossOfKeys(t *testing.T) {
	s := start(t, options{size: countsSize})
	for _, loss := range keyLosses {
		t.Run(loss.name+" while the source is read", func(t *testing.T) { loseWhileReading(t, s, loss) })
		t.Run(loss.name+" while a file waits", func(t *testing.T) { loseWhileWaiting(t, s, loss) })
	}
}
