package feeds

import (
	"context"
	"time"
)

// Bucket is where feeds are written to.
type Bucket interface {
	// Put writes an object in place of one that is there, whole or not at all. At is when the store is
	// to say that it was written; a store that cannot be told takes its own clock.
	Put(ctx context.Context, key string, content []byte, at time.Time) error
	// Delete removes an object; one that is not there is no error.
	Delete(ctx context.Context, key string) error
}
