package seal

import (
	"bufio"
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"

	"transporter/internal/fault"
)

// A sealed object is a header and chunks:
//
//	header = "TPB1" · length of key id (1 byte) · key id · salt (32 random bytes)
//	key    = HKDF-SHA256(ring key, salt, "transporter box v1" · header), 32 bytes
//	chunk  = AES-256-GCM(key, nonce, 64 KiB of clear bytes), the last one shorter or equal
//	nonce  = chunk number (11 bytes, big-endian) · 1 for the last chunk, else 0
//
// It is the STREAM construction as age uses it (age-encryption.org/v1, "Payload"): a
// chunk moved, lost, repeated or changed does not open, nor does a stream without its
// last chunk. The last chunk is empty only if the whole object is.
const (
	boxMagic   = "TPB1"
	boxInfo    = "transporter box v1"
	saltBytes  = 32
	chunkBytes = 64 << 10
	tagBytes   = 16
	nonceBytes = 12
)

// Box seals and unseals streams with the keys of a ring. It is safe for concurrent use;
// one stream holds two chunks in memory.
type Box struct{ ring *Ring }

// NewBox returns a box over the ring.
func NewBox(ring *Ring) *Box { return &Box{ring} }

// Seal returns a writer whose bytes arrive sealed in dst. Close writes the last chunk,
// without which the object does not open; it does not close dst.
func (b *Box) Seal(dst io.Writer) (io.WriteCloser, error) {
	id := b.ring.active
	salt := make([]byte, saltBytes)
	rand.Read(salt) // never fails, see crypto/rand
	header := append([]byte(boxMagic), byte(len(id)))
	header = append(append(header, id...), salt...)
	gcm, err := chunkCipher(b.ring.keys[id], salt, header)
	if err != nil {
		return nil, fmt.Errorf("seal object: %w", err)
	}
	if _, err := dst.Write(header); err != nil {
		return nil, fmt.Errorf("seal object: %w", err)
	}
	return newSealWriter(dst, gcm), nil
}

// Unseal returns a reader of the clear bytes. Only authentic bytes are handed out, but
// whoever stops before io.EOF does not know that there was no more: truncation, like
// every other change, is fault.Corrupt. A key that is not in the ring is
// fault.ConfigMissing. Errors of src are returned as they are.
func (b *Box) Unseal(src io.Reader) (io.Reader, error) {
	buffered := bufio.NewReaderSize(src, chunkBytes+tagBytes+1)
	head, err := readHeader(buffered, len(boxMagic)+1)
	if err != nil {
		return nil, err
	}
	idLength := int(head[len(boxMagic)])
	if !bytes.HasPrefix(head, []byte(boxMagic)) || idLength == 0 {
		return nil, fault.New(fault.Corrupt, "unseal object: it was not sealed by this program")
	}
	rest, err := readHeader(buffered, idLength+saltBytes)
	if err != nil {
		return nil, err
	}
	id, salt := string(rest[:idLength]), rest[idLength:]
	key, known := b.ring.keys[id]
	if !known {
		return nil, fault.New(fault.ConfigMissing, "unseal object: key %.32q is not in the ring", id).
			WithFix("put the key with that id back into the key ring file and start again")
	}
	gcm, err := chunkCipher(key, salt, append(head, rest...))
	if err != nil {
		return nil, fmt.Errorf("unseal object: %w", err)
	}
	return newUnsealReader(buffered, gcm), nil
}

// readHeader reads n bytes. Only a clean end is corruption; a broken connection is not.
func readHeader(src *bufio.Reader, n int) ([]byte, error) {
	peeked, err := src.Peek(n)
	if errors.Is(err, io.EOF) {
		return nil, fault.New(fault.Corrupt, "unseal object: it ends within its header")
	}
	if err != nil {
		return nil, fmt.Errorf("unseal object: %w", err)
	}
	header := bytes.Clone(peeked)
	_, err = src.Discard(n)
	return header, err
}

func chunkCipher(ringKey, salt, header []byte) (cipher.AEAD, error) {
	key, err := hkdf.Key(sha256.New, ringKey, salt, boxInfo+string(header), ringKeyBytes)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}
