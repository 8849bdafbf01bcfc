package destination

import (
	"context"
	"slices"
	"sync"
)

// Journal remembers how far the upload of one file came: a list of parts, the address of
// an upload session. It outlives crashes, is sealed where it lies (such an address is a
// secret) and belongs to one token: another delivery never reads it.
type Journal interface {
	// Load returns what was saved last; nil when there is nothing.
	Load(ctx context.Context) ([]byte, error)
	// Save replaces what is kept; it is safe once Save has returned. An empty state removes it.
	Save(ctx context.Context, state []byte) error
}

// Memory is a Journal that lasts as long as the process, for probes and tests. Its zero
// value is empty.
type Memory struct {
	mu    sync.Mutex
	state []byte
}

// Load returns what was saved last.
func (m *Memory) Load(context.Context) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.state), nil
}

// Save replaces what is kept.
func (m *Memory) Save(_ context.Context, state []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.state = slices.Clone(state)
	return nil
}
