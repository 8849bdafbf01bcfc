package gcs

import (
	"context"
	"errors"
	"io"

	"transporter/internal/destination"
	"transporter/internal/fault"
)

// Verify compares size and CRC32C that the store computed of the uploaded object with what
// was sent, which is level 2, and reads it back for level 3. The store is asked anew: what
// it said when the upload ended is not enough.
func (s *session) Verify(ctx context.Context, f destination.File, token string, want destination.Level) (destination.Level, error) {
	if err := s.check(f.Name, token); err != nil {
		return destination.Sent, err
	}
	if want <= destination.Sent {
		return destination.Sent, nil
	}
	st, _, err := s.load(ctx, f, token)
	switch {
	case err != nil:
		return destination.Sent, err
	case st == nil:
		return s.verifyPublished(ctx, f, want)
	case st.Generation == 0:
		return destination.Sent, fault.New(fault.IntegrityMismatch, "verify %s: its upload did not end", f.Name)
	}
	there, err := s.look(ctx, st.Key)
	switch {
	case err != nil:
		return destination.Sent, err
	case there.state != hidden && there.generation != st.Generation: // published, perhaps, and nobody heard of it
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
	ours := newSums()
	if want == destination.Hash {
		src, err := f.Source(ctx, 0)
		if err != nil {
			return destination.Sent, err
		}
		defer src.Close()
		if _, err := io.Copy(ours, src); err != nil {
			return destination.Sent, err
		}
	}
	there, err := s.look(ctx, s.key(f.Name))
	if err != nil {
		return destination.Sent, err
	}
	return s.verifyObject(ctx, f, s.key(f.Name), there, ours.Whole(), want)
}

// verifyObject checks a whole object at the level; checksum is that of our bytes.
func (s *session) verifyObject(ctx context.Context, f destination.File, key string, there object, checksum string, want destination.Level) (destination.Level, error) {
	switch {
	case there.state == hidden:
		return destination.Sent, s.denied("look at", key)
	case there.state == absent:
		return destination.Sent, fault.New(fault.IntegrityMismatch, "verify %s: what was uploaded is not at the store any more", f.Name)
	case there.size != f.Size:
		return destination.Sent, f.Matches(there.size, "")
	case want == destination.Size:
		return destination.Size, nil
	case want == destination.Hash && there.checksum != checksum:
		return destination.Sent, fault.New(fault.IntegrityMismatch, "%s has CRC32C %q there, %s was sent", f.Name, there.checksum, checksum)
	case want == destination.Hash:
		return destination.Hash, nil
	}
	size, sum, err := s.digest(ctx, key, there.generation)
	if err != nil {
		return destination.Sent, err
	}
	if err := f.Matches(size, sum); err != nil {
		return destination.Sent, err
	}
	return destination.Bytes, nil
}
