package latest

import (
	"encoding/binary"
	"io"
	"slices"
)

// readShape reads in which shape the row is packed.
func (r *reader) readShape() error {
	r.packed = nil
	if !r.set.Shaped {
		return nil
	}
	kind, err := r.in.ReadByte()
	if err != nil {
		return r.damage(err)
	}
	switch kind {
	case bodyIsRow:
		return nil
	case shapeFollows:
		if err := r.nextShape(); err != nil {
			return err
		}
	case shapeAsBefore:
	default:
		return r.damage(nil)
	}
	if r.packed = r.shape; r.packed == nil {
		return r.damage(nil)
	}
	return nil
}

func (r *reader) nextShape() error {
	length, err := binary.ReadUvarint(r.in)
	if err != nil || length > mostText {
		return r.damage(err)
	}
	text := make([]byte, length)
	if _, err := io.ReadFull(r.in, text); err != nil {
		return r.damage(err)
	}
	r.shape = parseShape(text)
	return nil
}

// body returns the row's body, once: where it lies in the read buffer, until next, or in the given
// memory, which is returned for the next row too.
func (r *reader) body(memory []byte) (body, kept []byte, err error) {
	if r.left > readBuffer {
		memory, err = r.giant(memory[:0])
		return memory, memory, err
	}
	if body, err = r.in.Peek(r.left); err != nil {
		return nil, memory, r.damage(err)
	}
	return body, memory, nil // next passes over it
}

// giant appends a body that is larger than the read buffer. It is not packed.
func (r *reader) giant(dst []byte) ([]byte, error) {
	at := len(dst)
	dst = slices.Grow(dst, r.left)[:at+r.left]
	if _, err := io.ReadFull(r.in, dst[at:]); err != nil {
		return dst, r.damage(err)
	}
	r.left = 0
	return dst, nil
}

// appendRaw appends the row as it was added, once.
func (r *reader) appendRaw(dst []byte) ([]byte, error) {
	if r.left > readBuffer {
		return r.giant(dst)
	}
	body, err := r.in.Peek(r.left)
	switch {
	case err != nil:
		return dst, r.damage(err)
	case r.packed == nil:
		return append(dst, body...), nil
	}
	dst, ok := r.packed.unpack(dst, body)
	if !ok {
		return dst, r.damage(nil)
	}
	return dst, nil
}
