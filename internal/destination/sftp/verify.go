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

// Verify compares sizes for level 1, lets the server hash the file for level 2 where
// commands are allowed, and reads it back for every other: the protocol has no hash that
// every server computes. A server that does not let us read gives level 1, one that does
// not even show sizes level 0.
func (s *session) Verify(ctx context.Context, f destination.File, token string, want destination.Level) (destination.Level, error) {
	defer s.watch(ctx)()
	if err := check(f.Name, token); err != nil {
		return destination.Sent, err
	}
	if want <= destination.Sent {
		return destination.Sent, nil
	}
	name, size, err := s.uploaded(ctx, f, token)
	switch {
	case err != nil:
		return destination.Sent, err
	case size == f.Size && want == destination.Size:
		return destination.Size, nil
	case size >= 0 && size != f.Size:
		return destination.Sent, s.spoiled(ctx, f, token, f.Matches(size, ""))
	}
	level, least := destination.Bytes, destination.Size
	if size < 0 {
		least = destination.Sent
	}
	if want == destination.Hash && s.d.config.Commands {
		if sum, err := s.remoteHash(ctx, name); err != nil || sum != "" {
			return destination.Hash, s.judge(ctx, f, token, f.Size, sum, err)
		}
	}
	size, sum, err := s.digest(ctx, name)
	if least == destination.Sent && fault.Is(err, fault.NotFound) {
		size, sum, err = s.digest(ctx, s.final(f.Name)) // a name that cannot be looked at may be gone
	}
	if fault.Is(err, fault.PermissionDenied) {
		return least, nil
	}
	return level, s.judge(ctx, f, token, size, sum, err)
}

// uploaded finds the file under its temporary or else its final name; its size is negative
// where the server does not show it.
func (s *session) uploaded(ctx context.Context, f destination.File, token string) (name string, size int64, err error) {
	names := []string{s.temp(f.Name, token), s.final(f.Name)}
	if s.d.config.InPlace {
		names = names[1:]
	}
	for _, name = range names {
		info, err := s.client.Stat(name)
		switch {
		case err == nil:
			return name, info.Size(), nil
		case isDenied(err) || isUnsupported(err):
			return name, -1, nil
		case !isMissing(err):
			return name, 0, s.classify(ctx, "look at", name, err)
		}
	}
	return "", 0, fault.New(fault.IntegrityMismatch, "verify %s: it is not on the server any more", f.Name)
}

// judge compares what the server holds with f.
func (s *session) judge(ctx context.Context, f destination.File, token string, size int64, sum string, err error) error {
	if err != nil {
		return err
	}
	return s.spoiled(ctx, f, token, f.Matches(size, sum))
}

// spoiled removes what was uploaded if it is not f, so that the next upload starts anew.
func (s *session) spoiled(ctx context.Context, f destination.File, token string, mismatch error) error {
	if mismatch == nil {
		return nil
	}
	if s.d.config.InPlace {
		return errors.Join(mismatch, s.discardInPlace(ctx, f))
	}
	return errors.Join(mismatch, s.remove(ctx, s.temp(f.Name, token)))
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
