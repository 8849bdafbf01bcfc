package gcs

import (
	"context"
	"hash/crc32"

	"transporter/internal/destination"
)

// state is what the journal of a file keeps of its upload.
type state struct {
	Session    string // address of the upload, which is secret; empty once it is complete
	Key        string // of the temporary object
	Size       int64  // of the file, with SHA256 what the rest is about
	SHA256     string
	At         int64  // offset up to which Sums goes; the store may have more
	Sums       []byte // see destination.Sums
	Checksum   string // CRC32C of the whole, once it was sent
	Generation int64  // of the temporary object, once it is complete

	fresh bool // it was begun by this attempt, so that the store has nothing yet
}

// newSums returns the hashes that an upload computes: CRC32C is the one that the store has of
// every object (docs.cloud.google.com/storage/docs/data-validation).
func newSums() destination.Sums {
	return destination.NewSums(crc32.New(crc32.MakeTable(crc32.Castagnoli)))
}

// load returns the state of the file's upload, nil when there is none. That of an upload of
// other bytes, or to another place, is no use any more: it does not fit.
func (s *session) load(ctx context.Context, f destination.File, token string) (st *state, fits bool, err error) {
	st = &state{}
	if known, err := f.Recall(ctx, st); err != nil || !known {
		return nil, false, err
	}
	return st, st.Size == f.Size && st.SHA256 == f.SHA256 && st.Key == s.Temp(f.Name, token), nil
}
