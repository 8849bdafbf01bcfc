package world

import (
	"fmt"
	"sync"
)

const (
	// recentNumbers bounds the cache: 4 bytes a number, so 16 MB an account.
	recentNumbers = 4 << 20
	// recentBucket is how long a listed result is taken for current when the clock runs.
	recentBucket = 5 * secondMS
)

// recent remembers what the last scans found, so that the pages of one query are listed
// once. It keeps at most most numbers, and always the last result.
type recent struct {
	most    int
	mu      sync.Mutex
	entries []recentEntry // least recently used first
	total   int
}

type recentEntry struct {
	key  string
	base int64
	list []uint32
}

// get returns the remembered result of the query, or makes and remembers it.
func (c *recent) get(query any, now int64, scan func() (int64, []uint32)) (int64, []uint32) {
	key := fmt.Sprintf("%d %T %+v", now/recentBucket, query, query)
	c.mu.Lock()
	defer c.mu.Unlock() // held while scanning: pages asked for at once wait for one scan
	for i, e := range c.entries {
		if e.key == key {
			c.entries = append(append(c.entries[:i], c.entries[i+1:]...), e)
			return e.base, e.list
		}
	}
	base, list := scan()
	c.entries = append(c.entries, recentEntry{key, base, list})
	c.total += len(list)
	for c.total > c.most && len(c.entries) > 1 {
		c.total -= len(c.entries[0].list)
		c.entries = append([]recentEntry(nil), c.entries[1:]...)
	}
	return base, list
}
