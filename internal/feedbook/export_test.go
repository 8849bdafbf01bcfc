package feedbook

import "context"

// CompactAt has leaves merged from so many on, but for the newest.
func CompactAt(most, newest int) { mostMembers, fewest = most, newest }

// SortAt has so many bytes of rows collected before they are staged.
func SortAt(bytes int) { sortBytes = bytes }

// Write writes a record as an earlier version did.
func (l *Ledger) Write(ctx context.Context, key string, value any) error {
	return l.records.Put(ctx, key, value)
}

// Read reads a record as it is kept.
func (l *Ledger) Read(ctx context.Context, key string, value any) error {
	_, err := l.records.Get(ctx, key, value)
	return err
}
