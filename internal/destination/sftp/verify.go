package sftp

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"

	"transporter/internal/destination"
	"transporter/internal/fault"
)

// comparison is what is known about a file on the server.
type comparison int

const (
	absent     comparison = iota
	different             // other size or other bytes
	same                  // our bytes
	unreadable            // our size, but the server does not let us read it
	hidden                // the server does not let us look at it
)

// compare looks at a file on the server.
func (s *session) compare(ctx context.Context, name string, f destination.File) (comparison, error) {
	info, err := s.client.Stat(name)
	switch {
	case err != nil && isMissing(err):
		return absent, nil
	case err != nil && (isDenied(err) || isUnsupported(err)):
		return hidden, nil
	case err != nil:
		return absent, s.classify(ctx, "look at", name, err)
	case !info.Mode().IsRegular() || info.Size() != f.Size:
		return different, nil
	}
	size, sum, err := s.digest(ctx, name)
	switch {
	case fault.Is(err, fault.PermissionDenied):
		return unreadable, nil
	case err != nil:
		return absent, err
	case f.Matches(size, sum) == nil:
		return same, nil
	}
	return different, nil
}

// Verify compares sizes for level 1 and reads the file back for every higher one: the
// protocol has no hash that every server computes. A server that does not let us read
// gives level 1, one that does not even show sizes level 0.
func (s *session) Verify(ctx context.Context, f destination.File, token string, want destination.Level) (destination.Level, error) {
	defer s.watch(ctx)()
	if err := check(f.Name, token); err != nil {
		return destination.Sent, err
	}
	if want <= destination.Sent {
		return destination.Sent, nil
	}
	name := s.temp(f.Name, token)
	info, err := s.client.Stat(name)
	if err != nil && isMissing(err) {
		name = s.final(f.Name)
		info, err = s.client.Stat(name)
	}
	switch {
	case err != nil && isMissing(err):
		return destination.Sent, fault.New(fault.IntegrityMismatch, "verify %s: it is not on the server any more", f.Name)
	case err != nil && (isDenied(err) || isUnsupported(err)):
		return destination.Sent, nil
	case err != nil:
		return destination.Sent, s.classify(ctx, "look at", name, err)
	}
	if want == destination.Size && info.Size() == f.Size {
		return destination.Size, nil
	}
	return s.readBack(ctx, f, name, token, info.Size())
}

func (s *session) readBack(ctx context.Context, f destination.File, name, token string, size int64) (destination.Level, error) {
	var sum string
	if size == f.Size {
		var err error
		size, sum, err = s.digest(ctx, name)
		if fault.Is(err, fault.PermissionDenied) {
			return destination.Size, nil
		}
		if err != nil {
			return destination.Sent, err
		}
	}
	if err := f.Matches(size, sum); err != nil {
		return destination.Sent, errors.Join(err, s.remove(ctx, s.temp(f.Name, token)))
	}
	return destination.Bytes, nil
}

// digest reads a file back and hashes it.
func (s *session) digest(ctx context.Context, name string) (int64, string, error) {
	f, err := s.client.Open(name)
	if err != nil {
		return 0, "", s.classify(ctx, "read back", name, err)
	}
	defer f.Close()
	// WriteTo keeps many reads on their way; the watch on the connection ends them.
	hash := sha256.New()
	size, err := f.WriteTo(hash)
	if err != nil {
		return 0, "", s.classify(ctx, "read back", name, err)
	}
	return size, hex.EncodeToString(hash.Sum(nil)), nil
}
