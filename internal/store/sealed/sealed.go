// Package sealed is a store whose objects lie encrypted: what is not OpenPGP is sealed on
// its way in and unsealed on its way out, so that a place of our own holds nothing in the
// clear (docs/security.md). OpenPGP messages are kept as they are, for whoever serves them
// has not the key of the seal.
package sealed

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"

	"transporter/internal/fault"
	"transporter/internal/seal"
	"transporter/internal/store"
)

// Store wraps another store. Sizes are those of the clear bytes. What lies there already
// and is not sealed, a file that somebody else put there, is given as it is.
type Store struct {
	under store.Store
	box   *seal.Box
}

var _ store.Store = (*Store)(nil)

// New returns the store over the other, sealed by the box.
func New(under store.Store, box *seal.Box) *Store { return &Store{under, box} }

type putFunc func(ctx context.Context, key string, r io.Reader) (store.Info, error)

// Put implements store.Store.
func (s *Store) Put(ctx context.Context, key string, r io.Reader) (store.Info, error) {
	return s.put(ctx, s.under.Put, key, r)
}

// PutIfAbsent implements store.Store.
func (s *Store) PutIfAbsent(ctx context.Context, key string, r io.Reader) (store.Info, error) {
	return s.put(ctx, s.under.PutIfAbsent, key, r)
}

func (s *Store) put(ctx context.Context, put putFunc, key string, r io.Reader) (store.Info, error) {
	src := bufio.NewReader(r)
	first, err := src.Peek(1)
	if err != nil && !errors.Is(err, io.EOF) {
		return store.Info{}, fmt.Errorf("put %s: %w", key, err)
	}
	if isOpenPGP(first) {
		return put(ctx, key, src)
	}
	sealing, err := newSealingReader(s.box, src)
	if err != nil {
		return store.Info{}, err
	}
	info, err := put(ctx, key, sealing)
	info.Size = sealing.clear
	return info, err
}

// isOpenPGP reports that an object begins with a public-key encrypted session key packet,
// as every message to a receiver's key does (RFC 9580, 4.2 and 5.1). No text in UTF-8, no
// ZIP and no Parquet file begins so; what is in doubt is sealed.
func isOpenPGP(first []byte) bool {
	const packet, tag, newForm, oldForm = 0x80, 1, 0x40, 0x3c
	if len(first) == 0 || first[0]&packet == 0 {
		return false
	}
	if first[0]&newForm != 0 {
		return first[0]&^(packet|newForm) == tag
	}
	return first[0]&oldForm>>2 == tag
}

// Open implements store.Store. The bytes before the offset are read and dropped, since a
// seal opens from its beginning only.
func (s *Store) Open(ctx context.Context, key string, offset int64) (io.ReadCloser, error) {
	object, err := s.under.Open(ctx, key, 0)
	if err != nil {
		return nil, err
	}
	clear, err := s.unseal(object)
	if err == nil && offset > 0 {
		_, err = io.CopyN(io.Discard, clear, offset)
	}
	if err != nil && !errors.Is(err, io.EOF) { // the offset may be past the end
		return nil, errors.Join(fmt.Errorf("open %s at %d: %w", key, offset, err), object.Close())
	}
	return opened{clear, object}, nil
}

// opened reads clear bytes and closes the object they come from.
type opened struct {
	io.Reader
	io.Closer
}

func (s *Store) unseal(object io.Reader) (io.Reader, error) {
	src := bufio.NewReader(object)
	head, err := src.Peek(seal.HeadBytes)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if !seal.IsSealed(head) {
		return src, nil
	}
	return s.box.Unseal(src)
}

// Stat implements store.Store. It reads the first bytes of the object.
func (s *Store) Stat(ctx context.Context, key string) (store.Info, error) {
	info, err := s.under.Stat(ctx, key)
	if err != nil {
		return info, err
	}
	return s.clear(ctx, info)
}

// List implements store.Store. It reads the first bytes of every object.
func (s *Store) List(ctx context.Context, prefix string) iter.Seq2[store.Info, error] {
	return func(yield func(store.Info, error) bool) {
		for info, err := range s.under.List(ctx, prefix) {
			if err == nil {
				info, err = s.clear(ctx, info)
			}
			if errors.Is(err, store.ErrNotExist) {
				continue // removed meanwhile
			}
			if !yield(info, err) || err != nil {
				return
			}
		}
	}
}

// Delete implements store.Store.
func (s *Store) Delete(ctx context.Context, key string) error { return s.under.Delete(ctx, key) }

// clear replaces the size of what lies there by that of its clear bytes.
func (s *Store) clear(ctx context.Context, info store.Info) (store.Info, error) {
	object, err := s.under.Open(ctx, info.Key, 0)
	if err != nil {
		return info, err
	}
	defer object.Close()
	head := make([]byte, seal.HeadBytes)
	n, err := io.ReadFull(object, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return info, fmt.Errorf("look at %s: %w", info.Key, err)
	}
	if !seal.IsSealed(head[:n]) {
		return info, nil
	}
	size, ok := seal.ClearSize(head[:n], info.Size)
	if !ok {
		return info, fault.New(fault.Corrupt, "%s is too short for a sealed object", info.Key)
	}
	info.Size = size
	return info, nil
}
