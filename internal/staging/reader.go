package staging

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"

	"transporter/internal/contract"
	"transporter/internal/fault"
)

// Open returns the clear bytes of an object of Create. At the end their size and hash
// are compared with the reference: a difference, like every damage on the way, is
// fault.Corrupt, so whoever reads to io.EOF has read the right bytes. An object that is
// gone is fault.NotFound.
func (s *Stage) Open(ctx context.Context, ref contract.Ref) (io.ReadCloser, error) {
	v, err := s.opened(ctx, ref, func(sealed io.Reader) (io.Reader, func(), error) {
		dec, err := takeDecoder(sealed)
		return dec, func() { giveDecoder(dec) }, err
	})
	if err != nil {
		return nil, err
	}
	return v, nil
}

// opened opens the object through a seal, then a decoder.
func (s *Stage) opened(ctx context.Context, ref contract.Ref, take func(io.Reader) (dec io.Reader, give func(), err error)) (*verifier, error) {
	src, err := s.open(ctx, ref, 0)
	if err != nil {
		return nil, err
	}
	clear, err := s.box.Unseal(src)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", ref.Key, err), src.Close())
	}
	dec, give, err := take(clear)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", ref.Key, err), src.Close())
	}
	return newVerifier(ref, 0, src, dec, func() error {
		give()
		return src.Close()
	}), nil
}

// storedReader remembers the store's own error, which layers above may disguise.
type storedReader struct {
	io.ReadCloser
	err error
}

func (s *storedReader) Read(p []byte) (int, error) {
	n, err := s.ReadCloser.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		s.err = err
	}
	return n, err
}

// verifier hands bytes on and compares size and hash at their end.
type verifier struct {
	ref    contract.Ref
	src    *storedReader
	clear  io.Reader
	close  func() error
	hash   hash.Hash // nil when reading began further on, and for scratch
	at     int64
	closed bool
}

func newVerifier(ref contract.Ref, offset int64, src *storedReader, clear io.Reader, close func() error) *verifier {
	v := &verifier{ref: ref, src: src, clear: clear, close: close, at: offset}
	if offset == 0 {
		v.hash = sha256.New()
	}
	return v
}

func (v *verifier) Read(p []byte) (int, error) {
	if v.closed {
		return 0, errors.New("read staged object: closed")
	}
	n, err := v.clear.Read(p)
	v.at += int64(n)
	if v.hash != nil {
		v.hash.Write(p[:n])
	}
	switch {
	case v.at > v.ref.Size:
		return 0, v.corrupt("longer than its %d bytes", v.ref.Size)
	case errors.Is(err, io.EOF):
		return n, v.atEnd()
	case err != nil:
		return n, v.classify(err)
	}
	return n, nil
}

func (v *verifier) atEnd() error {
	if v.at != v.ref.Size {
		return v.corrupt("%d bytes instead of %d", v.at, v.ref.Size)
	}
	if v.hash != nil && hex.EncodeToString(v.hash.Sum(nil)) != v.ref.SHA256 {
		return v.corrupt("its hash is another")
	}
	return io.EOF
}

// classify tells the store's failures, which may pass, from damage, which does not.
func (v *verifier) classify(err error) error {
	var known *fault.Error
	switch {
	case v.src.err != nil:
		return fmt.Errorf("read %s: %w", v.ref.Key, v.src.err)
	case errors.As(err, &known):
		return fmt.Errorf("read %s: %w", v.ref.Key, err)
	}
	return v.corrupt("%w", err)
}

func (v *verifier) corrupt(format string, args ...any) error {
	return fault.New(fault.Corrupt, "read "+v.ref.Key+": "+format, args...).
		WithFix("the store changed or lost bytes: check its disk, then start the run again")
}

// Close gives back what the reader held. It does not verify; only reading to the end does.
func (v *verifier) Close() error {
	if v.closed {
		return nil
	}
	v.closed = true
	return v.close()
}
