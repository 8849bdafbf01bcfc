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

// Versions of session-key packets; each goes with one version of the data packet
// (RFC 9580, section 10.3.2.1).
const (
	sessionKeyMDC  = 3
	sessionKeyAEAD = 6
)

// keyIDSize is the length of a key id in bytes.
const keyIDSize = 8

// maxRecipients bounds the session-key packets read before the data.
const maxRecipients = 1000

// maxSessionKey bounds a session-key packet: one for RSA of 16384 bits has 2 KiB.
const maxSessionKey = 64 << 10

// Envelope is what anybody can see of a message.
type Envelope struct {
	Recipients []uint64 // key ids, in order; zero: an anonymous receiver
	Version    int      // of the integrity-protected packet, 1 or 2 (AEAD)
}

// ReadEnvelope reads the head of a message, binary or armored, without a private key; it reads
// little further than the first byte of the data. What is no encrypted message is
// fault.Corrupt.
func ReadEnvelope(src io.Reader) (Envelope, error) {
	r, err := unwrapped(src)
	if err != nil {
		return Envelope{}, err
	}
	e, _, err := readHead(r)
	return e, err
}

// Inspect returns what ReadEnvelope does and checks, to the end of src, that the
// structure is whole: every partial length is followed by its bytes, the last one is
// there, and nothing comes after (of an armored message: within the armor). That is all a
// holder of no key can see; a changed byte inside is found by the receiver's integrity
// check. Broken is fault.Corrupt.
func Inspect(src io.Reader) (Envelope, error) {
	r, err := unwrapped(src)
	if err != nil {
		return Envelope{}, err
	}
	e, length, err := readHead(r)
	if err != nil {
		return e, err
	}
	for {
		if _, err := io.CopyN(io.Discard, r, length.bytes); err != nil {
			return e, broken("the encrypted data is cut short", err)
		}
		if !length.partial {
			break
		}
		if length, err = readLength(r); err != nil {
			return e, broken("the encrypted data is cut short", err)
		}
	}
	if _, err := r.ReadByte(); !errors.Is(err, io.EOF) {
		return e, broken("something follows the encrypted data", err)
	}
	return e, nil
}

// readHead reads the session-key packets, and of the data packet header and version.
func readHead(r *bufio.Reader) (e Envelope, data bodyLength, err error) {
	keyVersion := byte(0)
	for len(e.Recipients) <= maxRecipients {
		tag, length, err := readHeader(r)
		if err != nil {
			return e, data, broken("no packet where one is due", err)
		}
		if tag == tagProtected && len(e.Recipients) > 0 {
			return readVersion(r, e, length, keyVersion)
		}
		if tag != tagSessionKey || length.partial || length.bytes <= keyIDSize || length.bytes > maxSessionKey {
			return e, data, broken("it does not begin with the keys of its receivers", nil)
		}
		body := make([]byte, length.bytes)
		if _, err := io.ReadFull(r, body); err != nil {
			return e, data, broken("a session key is cut short", err)
		}
		id, ok := receiverOf(body)
		if !ok || keyVersion != 0 && body[0] != keyVersion {
			return e, data, broken("a session key is of an unknown version", nil)
		}
		keyVersion = body[0]
		e.Recipients = append(e.Recipients, id)
	}
	return e, data, broken("it has too many receivers", nil)
}

// readVersion reads the first byte of the data packet: its version.
func readVersion(r *bufio.Reader, e Envelope, length bodyLength, keyVersion byte) (Envelope, bodyLength, error) {
	version, err := r.ReadByte()
	if err != nil || length.bytes < 1 {
		return e, length, broken("the encrypted data is cut short", err)
	}
	length.bytes--
	e.Version = int(version)
	if version == versionMDC && keyVersion == sessionKeyMDC || version == versionAEAD && keyVersion == sessionKeyAEAD {
		return e, length, nil
	}
	return e, length, broken("its session keys and its data are of different versions", nil)
}

// receiverOf returns the key id in a session-key packet. Version 6 has a length, the key's
// version and its fingerprint: the id is the end of that of version 4, and the beginning
// of later ones (RFC 9580, sections 5.1 and 5.5.4).
func receiverOf(body []byte) (id uint64, ok bool) {
	switch rest := body[1:]; body[0] {
	case sessionKeyMDC:
		return binary.BigEndian.Uint64(rest), true
	case sessionKeyAEAD:
		size := int(rest[0])
		if size == 0 {
			return 0, true
		}
		if size <= keyIDSize || len(rest) <= size {
			return 0, false
		}
		version, fingerprint := rest[1], rest[2:1+size]
		if version == 4 {
			fingerprint = fingerprint[len(fingerprint)-keyIDSize:]
		}
		return binary.BigEndian.Uint64(fingerprint), true
	}
	return 0, false
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
