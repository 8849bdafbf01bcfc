// Package store is the one durable place besides Temporal: a flat map from keys to
// byte objects. Staging, artefacts, receipts, ledgers and the cloud store live in it.
//
// Drivers: file (a folder, safe between processes) here, buckets (S3, GCS) in
// bucketstore, which a program imports only if it wants them. Every driver runs the
// suite in storetest.
package store

import (
	"context"
	"errors"
	"io"
	"iter"
	"time"
)

// ErrNotExist is returned, wrapped, where the key holds no object.
var ErrNotExist = errors.New("no such object")

// ErrExists is returned, wrapped, by PutIfAbsent when the key holds an object already.
var ErrExists = errors.New("object exists")

// Info describes an object. Of a Put the time may be zero: not every service tells it.
type Info struct {
	Key     string
	Size    int64
	ModTime time.Time
}

// Store is the port. Keys are as CheckKey says, a bad one is fault.InvalidSpec; no key
// may lie below another ("a" and "a/b"), which a folder could not hold. An object is
// seen whole or not at all, whatever crashes: a Put that has returned nil survives a
// power cut, one that has not leaves the old state or, where the answer got lost, the
// new one. It is safe for concurrent use.
type Store interface {
	// Put stores the reader's bytes under key, replacing what is there. A reader's error
	// stores nothing. Idempotent. No space left is fault.StorageFull.
	Put(ctx context.Context, key string, r io.Reader) (Info, error)
	// PutIfAbsent is Put that never replaces: of any number of callers in any number of
	// processes exactly one wins, the others get ErrExists.
	PutIfAbsent(ctx context.Context, key string, r io.Reader) (Info, error)
	// Open reads the object from the byte offset on; at or past its end there is nothing
	// to read. A Put meanwhile does not mix with what is read. Missing: ErrNotExist.
	Open(ctx context.Context, key string, offset int64) (io.ReadCloser, error)
	// Stat describes the object. Missing: ErrNotExist.
	Stat(ctx context.Context, key string) (Info, error)
	// List yields the objects whose keys begin with prefix, in ascending order of the
	// keys' bytes. What comes or goes meanwhile may be missed. It ends at the first error.
	List(ctx context.Context, prefix string) iter.Seq2[Info, error]
	// Delete removes the object; a missing one is no error.
	Delete(ctx context.Context, key string) error
}
