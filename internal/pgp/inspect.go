package pgp

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"

	"transporter/internal/fault"
)

// Packet tags of an encrypted message (RFC 9580, sections 5.1 and 5.13).
const (
	tagSessionKey = 1
	tagProtected  = 18
)

// sessionKeyHead is what a version 3 session-key packet begins with: its version and
// eight bytes of key id.
const sessionKeyHead = 9

// maxRecipients bounds the session-key packets read before the data.
const maxRecipients = 1000

// Recipients returns the key ids that a binary message is encrypted to, in order,
// without a private key; it reads no further than the first data packet. What is no
// encrypted message is fault.Corrupt. An id of zero is an anonymous receiver.
func Recipients(src io.Reader) ([]uint64, error) {
	ids, _, err := readHead(bufio.NewReader(src))
	return ids, err
}

// Inspect returns what Recipients does and checks, to the end of src, that the
// structure is whole: every partial length is followed by its bytes, the last one is
// there, and nothing comes after. That is all a holder of no key can see; a changed
// byte inside is found by the receiver's integrity check. Broken is fault.Corrupt.
func Inspect(src io.Reader) ([]uint64, error) {
	r := bufio.NewReaderSize(src, partialSize)
	ids, length, err := readHead(r)
	if err != nil {
		return nil, err
	}
	for {
		if _, err := io.CopyN(io.Discard, r, length.bytes); err != nil {
			return nil, broken("the encrypted data is cut short", err)
		}
		if !length.partial {
			break
		}
		if length, err = readLength(r); err != nil {
			return nil, broken("the encrypted data is cut short", err)
		}
	}
	if _, err := r.ReadByte(); !errors.Is(err, io.EOF) {
		return nil, broken("something follows the encrypted data", err)
	}
	return ids, nil
}

// readHead reads the session-key packets and the header of the data packet.
func readHead(r *bufio.Reader) (ids []uint64, data bodyLength, err error) {
	for len(ids) <= maxRecipients {
		tag, length, err := readHeader(r)
		if err != nil {
			return nil, data, broken("no packet where one is due", err)
		}
		switch {
		case tag == tagProtected && len(ids) > 0:
			return ids, length, nil
		case tag != tagSessionKey || length.partial || length.bytes < sessionKeyHead:
			return nil, data, broken("it does not begin with the keys of its receivers", nil)
		}
		var head [sessionKeyHead]byte
		if _, err := io.ReadFull(r, head[:]); err != nil {
			return nil, data, broken("a session key is cut short", err)
		}
		if _, err := io.CopyN(io.Discard, r, length.bytes-sessionKeyHead); err != nil {
			return nil, data, broken("a session key is cut short", err)
		}
		const version = 3
		if head[0] != version {
			return nil, data, broken("a session key is of an unknown version", nil)
		}
		ids = append(ids, binary.BigEndian.Uint64(head[1:]))
	}
	return nil, data, broken("it has too many receivers", nil)
}

// bodyLength is one length of a packet body; a partial one is followed by another.
type bodyLength struct {
	bytes   int64
	partial bool
}

// readHeader reads a packet header of either format (RFC 9580, section 4.2).
func readHeader(r *bufio.Reader) (tag byte, length bodyLength, err error) {
	first, err := r.ReadByte()
	if err != nil {
		return 0, length, err
	}
	if first&0x80 == 0 {
		return 0, length, errors.New("not binary OpenPGP data")
	}
	if first&0x40 != 0 {
		length, err = readLength(r)
		return first & 0x3F, length, err
	}
	lengthType := first & 0x03
	if lengthType == 3 {
		return 0, length, errors.New("packet of indeterminate length")
	}
	var buf [8]byte
	size := 1 << lengthType
	_, err = io.ReadFull(r, buf[8-size:])
	return (first >> 2) & 0x0F, bodyLength{bytes: int64(binary.BigEndian.Uint64(buf[:]))}, err
}

// readLength reads a length of the current format (RFC 9580, section 4.2.1).
func readLength(r *bufio.Reader) (bodyLength, error) {
	first, err := r.ReadByte()
	if err != nil {
		return bodyLength{}, err
	}
	switch {
	case first < 192:
		return bodyLength{bytes: int64(first)}, nil
	case first < 224:
		second, err := r.ReadByte()
		return bodyLength{bytes: int64(first-192)<<8 + int64(second) + 192}, err
	case first < 255:
		return bodyLength{bytes: 1 << (first & 0x1F), partial: true}, nil
	}
	var buf [4]byte
	_, err = io.ReadFull(r, buf[:])
	return bodyLength{bytes: int64(binary.BigEndian.Uint32(buf[:]))}, err
}

func broken(what string, err error) error {
	if err == nil {
		return fault.New(fault.Corrupt, "not a whole OpenPGP message: %s", what)
	}
	return fault.New(fault.Corrupt, "not a whole OpenPGP message: %s: %w", what, err)
}
