package gcs

import (
	"context"
	"encoding/json"
	"fmt"
	"hash/crc32"

	"transporter/internal/destination"
	"transporter/internal/fault"
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

// load returns the state of the file's upload, nil when there is none. That of an upload
// of other bytes, or to another place, is no use any more: it is returned as stale.
func (s *session) load(ctx context.Context, f destination.File, token string) (now, stale *state, err error) {
	kept, err := f.Journal.Load(ctx)
	if err != nil || len(kept) == 0 {
		return nil, nil, err
	}
	st := &state{}
	if err := json.Unmarshal(kept, st); err != nil {
		return nil, nil, fault.New(fault.Corrupt, "read how far %s was uploaded: %w", f.Name, err)
	}
	if st.Size != f.Size || st.SHA256 != f.SHA256 || st.Key != s.temp(f.Name, token) {
		return nil, st, nil
	}
	return st, nil, nil
}

// save keeps the state.
func (st *state) save(ctx context.Context, f destination.File) error {
	kept, err := json.Marshal(st)
	if err != nil {
		return err
	}
	if err := f.Journal.Save(ctx, kept); err != nil {
		return fmt.Errorf("remember how far %s was uploaded: %w", f.Name, err)
	}
	return nil
}
