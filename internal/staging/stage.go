// Package staging keeps what a run has in hand between its steps: objects that are
// compressed, sealed and hashed, and the commit records that make them count.
//
// Every writer makes an attempt object under a random key; nothing refers to it until a
// commit record, of which exactly one can exist a key, names it by its reference. What a
// crash leaves behind is therefore never read, and goes when the run's prefix is removed.
//
//	w, err := stage.Create(ctx, "runs/acme/17/body")
//	io.Copy(w, rendered)
//	ref, err := w.Commit(ctx)                                  // bytes are safe
//	won, err := stage.Commit(ctx, "runs/acme/17/transform", result{Body: ref})
package staging

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/seal"
	"transporter/internal/store"
	"transporter/internal/store/record"
)

// Stage is the staging area of one store. It is safe for concurrent use.
type Stage struct {
	store   store.Store
	box     *seal.Box
	records *record.Records
}

// New returns the staging area in the store; everything but raw objects is sealed.
func New(st store.Store, box *seal.Box) *Stage {
	return &Stage{store: st, box: box, records: record.New(st, box)}
}

// Commit writes v as the commit record of key unless there is one; won tells whether v
// counts now. Whoever lost reads Committed and drops its own objects, or leaves them.
func (s *Stage) Commit(ctx context.Context, key string, v any) (won bool, err error) {
	return s.records.PutIfAbsent(ctx, key, v)
}

// Committed decodes the commit record of key into v; false when there is none.
func (s *Stage) Committed(ctx context.Context, key string, v any) (bool, error) {
	return s.records.Get(ctx, key, v)
}

// Keys returns the keys of all objects below the prefix, in ascending order.
func (s *Stage) Keys(ctx context.Context, prefix string) (keys []string, err error) {
	for info, err := range s.store.List(ctx, prefix) {
		if err != nil {
			return nil, err
		}
		keys = append(keys, info.Key)
	}
	return keys, nil
}

// OpenRaw reads an object of CreateRaw from the byte offset on. Read from the start, its
// size and hash are compared at the end as Open does; from further on, only its length.
func (s *Stage) OpenRaw(ctx context.Context, ref contract.Ref, offset int64) (io.ReadCloser, error) {
	src, err := s.open(ctx, ref, offset)
	if err != nil {
		return nil, err
	}
	return newVerifier(ref, offset, src, src, src.Close), nil
}

// open opens the object's stored bytes. One that is gone is fault.NotFound.
func (s *Stage) open(ctx context.Context, ref contract.Ref, offset int64) (*storedReader, error) {
	src, err := s.store.Open(ctx, ref.Key, offset)
	if errors.Is(err, store.ErrNotExist) {
		return nil, fault.New(fault.NotFound, "open staged object: %w", err).
			WithFix("its run was cleaned; start the run again")
	}
	if err != nil {
		return nil, err
	}
	return &storedReader{ReadCloser: src}, nil
}

// Remove removes the objects. Idempotent.
func (s *Stage) Remove(ctx context.Context, refs ...contract.Ref) error {
	var errs []error
	for _, ref := range refs {
		errs = append(errs, s.store.Delete(ctx, ref.Key))
	}
	return errors.Join(errs...)
}

// RemoveAll removes every object below the prefix, which is whole parts of a key, and
// returns their number: the last key after all others, so that as long as it is there somebody
// knows that they are to go. Idempotent; what is written meanwhile may stay.
func (s *Stage) RemoveAll(ctx context.Context, prefix string, last ...string) (n int, err error) {
	if err := store.CheckKey(strings.TrimSuffix(prefix, "/")); err != nil {
		return 0, fmt.Errorf("remove staged objects: %w", err)
	}
	for info, err := range s.store.List(ctx, join(prefix, "")) {
		if err != nil {
			return n, err
		}
		if slices.Contains(last, info.Key) {
			continue
		}
		if err := s.store.Delete(ctx, info.Key); err != nil {
			return n, err
		}
		n++
	}
	for _, key := range last {
		if err := s.store.Delete(ctx, key); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

func join(prefix, part string) string { return strings.TrimSuffix(prefix, "/") + "/" + part }

// attemptKey returns a key that no other attempt has.
func attemptKey(prefix string) string { return join(prefix, "~"+strings.ToLower(rand.Text())) }
