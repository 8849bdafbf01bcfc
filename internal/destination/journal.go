package destination

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"

	"transporter/internal/fault"
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

// Remember keeps how far the upload of the file came, as JSON. It is safe once Remember has
// returned.
func (f File) Remember(ctx context.Context, state any) error {
	kept, err := json.Marshal(state)
	if err != nil {
		return err
	}
	if err := f.Journal.Save(ctx, kept); err != nil {
		return fmt.Errorf("remember how far %s was uploaded: %w", f.Name, err)
	}
	return nil
}

// Recall reads what was remembered last; known is false when there is nothing. What cannot be
// read is fault.Corrupt.
func (f File) Recall(ctx context.Context, state any) (known bool, err error) {
	kept, err := f.Journal.Load(ctx)
	if err != nil || len(kept) == 0 {
		return false, err
	}
	if err := json.Unmarshal(kept, state); err != nil {
		return false, fault.New(fault.Corrupt, "read how far %s was uploaded: %w", f.Name, err)
	}
	return true, nil
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
