package pgp

import (
	"crypto/rand"
	"fmt"
	"io"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/packet"

	"transporter/internal/fault"
)

// maxLiteralName is the longest name a literal packet holds, in bytes (RFC 9580, 5.9).
const maxLiteralName = 255

// Encrypt returns a writer that encrypts to every one of the keys and passes the
// message on to dst; closing it ends the message (dst stays open). Name and now, in
// seconds, are visible to the receivers only. A key that is not fit now is
// fault.KeyUnfit before a byte is written. Memory use does not depend on the size.
func Encrypt(dst io.Writer, keys []*Key, name string, now time.Time) (io.WriteCloser, error) {
	if len(keys) == 0 {
		return nil, fault.New(fault.KeyUnfit, "encrypt %s: no key given", name).WithFix("give the leg at least one key")
	}
	recipients := make([]*packet.PublicKey, len(keys))
	for i, key := range keys {
		recipient, err := key.recipient(now)
		if err != nil {
			return nil, err
		}
		recipients[i] = recipient
	}
	config := &packet.Config{DefaultCipher: packet.CipherAES256, Rand: rand.Reader}
	session := make([]byte, packet.CipherAES256.KeySize())
	rand.Read(session) // never fails (crypto/rand)
	for _, recipient := range recipients {
		err := packet.SerializeEncryptedKeyAEAD(dst, recipient, packet.CipherAES256, false, session, config)
		if err != nil {
			return nil, fmt.Errorf("encrypt session key to %016X: %w", recipient.KeyId, err)
		}
	}
	sealed, err := packet.SerializeSymmetricallyEncrypted(
		dst, packet.CipherAES256, false, packet.CipherSuite{}, session, config)
	if err != nil {
		return nil, fmt.Errorf("start encrypted packet: %w", err)
	}
	return literalWriter(sealed, name, now)
}

// literalWriter nests the literal packet in a compressed one.
func literalWriter(sealed io.WriteCloser, name string, now time.Time) (io.WriteCloser, error) {
	compressed, err := newCompressedWriter(sealed)
	if err != nil {
		return nil, err
	}
	for len(name) > maxLiteralName {
		name = name[1:] // the end tells the format
	}
	literal, err := packet.SerializeLiteral(compressed, true, name, uint32(now.Unix()))
	if err != nil {
		return nil, fmt.Errorf("start literal packet: %w", err)
	}
	return &boundedWriter{literal}, nil
}

// boundedWriter passes large writes on in pieces, because go-crypto's packet writer
// buffers as much as it is given at once.
type boundedWriter struct{ dst io.WriteCloser }

func (w *boundedWriter) Write(p []byte) (int, error) {
	written := 0
	for len(p) > 0 {
		n, err := w.dst.Write(p[:min(len(p), partialSize)])
		written += n
		if err != nil {
			return written, fmt.Errorf("encrypt: %w", err)
		}
		p = p[n:]
	}
	return written, nil
}

func (w *boundedWriter) Close() error {
	if err := w.dst.Close(); err != nil {
		return fmt.Errorf("end encrypted message: %w", err)
	}
	return nil
}
