package oauth

import (
	"sync"
	"time"
)

const (
	// nonceLife is how long a nonce can come again: its timestamp is refused later.
	nonceLife = 2 * Skew
	// mostNonces bounds one generation; two are kept. A flood forgets the oldest early.
	mostNonces = 500_000
)

// nonces remembers used nonces in two generations of at most most.
type nonces struct {
	most         int
	mu           sync.Mutex
	young, old   map[string]struct{}
	youngestFrom time.Time
}

// use reports whether the nonce is new, and remembers it.
func (n *nonces) use(nonce string, now time.Time) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.young == nil || now.Sub(n.youngestFrom) > nonceLife || len(n.young) >= n.most {
		n.old, n.young, n.youngestFrom = n.young, map[string]struct{}{}, now
	}
	if _, used := n.young[nonce]; used {
		return false
	}
	if _, used := n.old[nonce]; used {
		return false
	}
	n.young[nonce] = struct{}{}
	return true
}
