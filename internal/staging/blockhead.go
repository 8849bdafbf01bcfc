package staging

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"transporter/internal/fault"
)

// next reads what stands before the next block. Its decoding begins when it is first read.
func (b *Blocks) next() error {
	var frame [frameBytes]byte
	n, err := io.ReadFull(b.all, frame[:])
	switch {
	case errors.Is(err, io.EOF):
		return b.end()
	case err != nil && !errors.Is(err, io.ErrUnexpectedEOF):
		return b.damage(err)
	}
	if binary.LittleEndian.Uint32(frame[:]) != skipMagic {
		if b.at > 0 {
			return b.damage(errors.New("a block has no head"))
		}
		b.whole = true
		return b.dec.Reset(io.MultiReader(bytes.NewReader(frame[:n]), b.all))
	}
	length := binary.LittleEndian.Uint32(frame[4:])
	if length > maxLabel+2*binary.MaxVarintLen64 {
		return b.damage(errors.New("the head of a block is too long"))
	}
	head := make([]byte, length)
	if _, err := io.ReadFull(b.all, head); err != nil {
		return b.damage(err)
	}
	packed, n := binary.Uvarint(head)
	clear, m := binary.Uvarint(head[max(n, 0):])
	if n <= 0 || m <= 0 {
		return b.damage(errors.New("the head of a block is none"))
	}
	b.block, b.clear, b.label, b.decoding = &io.LimitedReader{R: b.all, N: int64(packed)}, int64(clear), head[n+m:], false
	return nil
}

// decode begins to read the block.
func (b *Blocks) decode() error {
	if b.decoding || b.whole {
		return nil
	}
	b.decoding = true
	return b.dec.Reset(b.block)
}

// end compares the size.
func (b *Blocks) end() error {
	if b.at != b.ref.Size {
		return b.damage(fmt.Errorf("%d bytes instead of %d", b.at, b.ref.Size))
	}
	return io.EOF
}

// damage tells the store's failures, which may pass, from damage, which does not.
func (b *Blocks) damage(err error) error {
	var known *fault.Error
	switch {
	case b.src.err != nil:
		return fmt.Errorf("read %s: %w", b.ref.Key, b.src.err)
	case errors.As(err, &known):
		return fmt.Errorf("read %s: %w", b.ref.Key, err)
	}
	return fault.New(fault.Corrupt, "read %s: %w", b.ref.Key, err).
		WithFix("the store changed or lost bytes: check its disk, then start the run again")
}

// Close gives back what the reader held.
func (b *Blocks) Close() error {
	if b.dec == nil {
		return nil
	}
	giveDecoder(b.dec)
	b.dec, b.err = nil, errors.New("read staged object: closed")
	return b.src.Close()
}
