package gcs

import (
	"context"
	"errors"

	"transporter/internal/destination"
	"transporter/internal/destination/object"
	"transporter/internal/fault"
)

// Verify compares size and CRC32C that the store computed of the uploaded object with what
// was sent, which is level 2, and reads it back for level 3. The store is asked anew: what
// it said when the upload ended is not enough.
func (s *session) Verify(ctx context.Context, f destination.File, token string, want destination.Level) (destination.Level, error) {
	if err := s.Check(f.Name, token); err != nil {
		return destination.Sent, err
	}
	if want <= destination.Sent {
		return destination.Sent, nil
	}
	st, fits, err := s.load(ctx, f, token)
	switch {
	case err != nil:
		return destination.Sent, err
	case !fits:
		return s.verifyPublished(ctx, f, want)
	case st.Generation == 0:
		return destination.Sent, fault.New(fault.IntegrityMismatch, "verify %s: its upload did not end", f.Name)
	}
	there, err := s.look(ctx, st.Key)
	switch {
	case err != nil:
		return destination.Sent, err
	case there.State != object.Hidden && there.Version != st.Generation: // published, perhaps, and nobody heard of it
		if err := s.drop(ctx, f, st); err != nil {
			return destination.Sent, err
		}
		return s.verifyPublished(ctx, f, want)
	}
	level, err := s.verifyObject(ctx, f, st.Key, there, st.Checksum, want)
	if fault.Is(err, fault.IntegrityMismatch) {
		err = errors.Join(err, s.drop(ctx, f, st))
	}
	return level, err
}

// verifyPublished checks the object under the final name; for the store's checksum the
// file is read once more on our side.
func (s *session) verifyPublished(ctx context.Context, f destination.File, want destination.Level) (destination.Level, error) {
	ours := ""
	if want == destination.Hash {
		var err error
		if ours, err = object.Whole(ctx, f, newSums()); err != nil {
			return destination.Sent, err
		}
	}
	there, err := s.look(ctx, s.Key(f.Name))
	if err != nil {
		return destination.Sent, err
	}
	return s.verifyObject(ctx, f, s.Key(f.Name), there, ours, want)
}

// verifyObject checks a whole object at the level; checksum is that of our bytes.
func (s *session) verifyObject(ctx context.Context, f destination.File, key string, there seen, checksum string, want destination.Level) (destination.Level, error) {
	switch {
	case there.State == object.Hidden:
		return destination.Sent, s.denied("look at", key)
	case there.State == object.Absent:
		return destination.Sent, fault.New(fault.IntegrityMismatch, "verify %s: what was uploaded is not at the store any more", f.Name)
	case there.Size != f.Size:
		return destination.Sent, f.Matches(there.Size, "")
	case want == destination.Size:
		return destination.Size, nil
	case want == destination.Hash && there.Checksum != checksum:
		return destination.Sent, fault.New(fault.IntegrityMismatch, "%s has CRC32C %q there, %s was sent", f.Name, there.Checksum, checksum)
	case want == destination.Hash:
		return destination.Hash, nil
	}
	size, sum, err := s.digest(ctx, key, there.Version)
	if err != nil {
		return destination.Sent, err
	}
	if err := f.Matches(size, sum); err != nil {
		return destination.Sent, err
	}
	return destination.Bytes, nil
}
