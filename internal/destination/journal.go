package destination

import "context"

// Journal remembers how far the upload of one file came: a list of parts, the address of
// an upload session. It outlives crashes, is sealed where it lies (such an address is a
// secret) and belongs to one token: another delivery never reads it.
type Journal interface {
	// Load returns what was saved last; nil when there is nothing.
	Load(ctx context.Context) ([]byte, error)
	// Save replaces what is kept; it is safe once Save has returned. An empty state removes it.
	Save(ctx context.Context, state []byte) error
}
