package cloudstore

import (
	"context"
	"errors"
	"fmt"
	"io"

	"transporter/internal/destination"
	"transporter/internal/fault"
	"transporter/internal/store"
)

type session struct{ d *Destination }

// Upload stores the temporary object. An interrupted Put leaves nothing, so there is
// nothing to resume; an object that is whole, temporary or published, is kept.
func (s *session) Upload(ctx context.Context, f destination.File, token string, progress destination.Progress) error {
	if err := check(f.Name, token); err != nil {
		return err
	}
	for _, key := range []string{s.d.final(f.Name), s.d.temp(f.Name, token)} {
		same, err := s.holds(ctx, key, f)
		if err != nil {
			return err
		}
		if same {
			progress(f.Size)
			return nil
		}
	}
	if err := s.d.makeRoom(ctx, f, token); err != nil {
		return err
	}
	src, err := f.Source(ctx, 0)
	if err != nil {
		return err
	}
	defer src.Close()
	if _, err := s.d.store.Put(ctx, s.d.temp(f.Name, token), src); err != nil {
		return fmt.Errorf("upload %s: %w", f.Name, err)
	}
	progress(f.Size)
	return nil
}

// Verify reads the object back for every level above Size.
func (s *session) Verify(ctx context.Context, f destination.File, token string, want destination.Level) (destination.Level, error) {
	if err := check(f.Name, token); err != nil {
		return destination.Sent, err
	}
	if want <= destination.Sent {
		return destination.Sent, nil
	}
	key := s.d.temp(f.Name, token)
	info, err := s.d.store.Stat(ctx, key)
	if errors.Is(err, store.ErrNotExist) {
		key = s.d.final(f.Name)
		info, err = s.d.store.Stat(ctx, key)
	}
	if errors.Is(err, store.ErrNotExist) {
		return destination.Sent, fault.New(fault.IntegrityMismatch, "verify %s: it is not in the store", f.Name)
	}
	if err != nil {
		return destination.Sent, fmt.Errorf("verify %s: %w", f.Name, err)
	}
	if want == destination.Size && info.Size == f.Size {
		return destination.Size, nil
	}
	size, sum, err := s.digest(ctx, key)
	if err != nil {
		return destination.Sent, fmt.Errorf("verify %s: %w", f.Name, err)
	}
	if err := f.Matches(size, sum); err != nil {
		return destination.Sent, errors.Join(err, s.d.store.Delete(ctx, s.d.temp(f.Name, token)))
	}
	return destination.Bytes, nil
}

// Publish copies the temporary object to the final key. The copy is hashed on the way,
// and a wrong hash stores nothing.
func (s *session) Publish(ctx context.Context, f destination.File, token string, replace bool) error {
	if err := check(f.Name, token); err != nil {
		return err
	}
	same, err := s.holds(ctx, s.d.final(f.Name), f)
	if err != nil {
		return err
	}
	if !same {
		if err := s.copy(ctx, f, token, replace); err != nil {
			return err
		}
	}
	return s.Discard(ctx, f, token)
}

func (s *session) copy(ctx context.Context, f destination.File, token string, replace bool) error {
	src, err := s.d.store.Open(ctx, s.d.temp(f.Name, token), 0)
	if errors.Is(err, store.ErrNotExist) {
		// A published file that is not ours explains the failure better.
		if _, statErr := s.d.store.Stat(ctx, s.d.final(f.Name)); statErr == nil && !replace {
			return destination.Collide(f.Name)
		}
		return fault.New(fault.IntegrityMismatch, "publish %s: it was not uploaded, or its temporary object is gone", f.Name)
	}
	if err != nil {
		return fmt.Errorf("publish %s: %w", f.Name, err)
	}
	defer src.Close()
	put := s.d.store.PutIfAbsent
	if replace {
		put = s.d.store.Put
	}
	_, err = put(ctx, s.d.final(f.Name), newCheckedReader(destination.WithContext(ctx, src), f))
	if errors.Is(err, store.ErrExists) {
		return s.lostRace(ctx, f)
	}
	if err != nil {
		return fmt.Errorf("publish %s: %w", f.Name, err)
	}
	return nil
}

// lostRace decides about a final key that somebody else wrote first.
func (s *session) lostRace(ctx context.Context, f destination.File) error {
	same, err := s.holds(ctx, s.d.final(f.Name), f)
	if err != nil {
		return err
	}
	if !same {
		return destination.Collide(f.Name)
	}
	return nil
}

// Open reads a published file back; a missing one is fault.NotFound.
func (s *session) Open(ctx context.Context, name string) (io.ReadCloser, error) {
	return s.d.Open(ctx, name)
}

// Discard removes the temporary object.
func (s *session) Discard(ctx context.Context, f destination.File, token string) error {
	if err := check(f.Name, token); err != nil {
		return err
	}
	if err := s.d.store.Delete(ctx, s.d.temp(f.Name, token)); err != nil {
		return fmt.Errorf("discard %s: %w", f.Name, err)
	}
	return nil
}

// Withdraw removes the published object.
func (s *session) Withdraw(ctx context.Context, f destination.File) error {
	if err := destination.CheckName(f.Name); err != nil {
		return err
	}
	if err := s.d.store.Delete(ctx, s.d.final(f.Name)); err != nil {
		return fmt.Errorf("withdraw %s: %w", f.Name, err)
	}
	return nil
}

// Default is Bytes: the store computes no hash of its own.
func (s *session) Default() destination.Level { return destination.Bytes }

// Atomic is true: a put of the store is seen whole or not at all.
func (s *session) Atomic() bool { return true }

// Location returns "cloud store: NAME".
func (s *session) Location(name string) string { return "cloud store: " + name }

func (s *session) Close() error { return nil }

// holds reports whether the key holds the bytes of f.
func (s *session) holds(ctx context.Context, key string, f destination.File) (bool, error) {
	info, err := s.d.store.Stat(ctx, key)
	if errors.Is(err, store.ErrNotExist) || err == nil && info.Size != f.Size {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("look for %s: %w", f.Name, err)
	}
	size, sum, err := s.digest(ctx, key)
	if err != nil {
		return false, fmt.Errorf("compare %s: %w", f.Name, err)
	}
	return f.Matches(size, sum) == nil, nil
}

func (s *session) digest(ctx context.Context, key string) (int64, string, error) {
	r, err := s.d.store.Open(ctx, key, 0)
	if err != nil {
		return 0, "", err
	}
	defer r.Close()
	return destination.Digest(ctx, r)
}
