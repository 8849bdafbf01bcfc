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

// Message says how a file is written for its receivers.
type Message struct {
	Name   string    // of the clear file; its receivers alone see it
	Now    time.Time // the file's and the signature's time, in seconds; seen by them alone too
	Armor  bool      // as text, for ways that carry no binary files
	Signer *Signer   // nil: not signed
}

// Encrypt returns a writer that encrypts to every one of the keys and passes the
// message on to dst; closing it ends the message (dst stays open). The message is what
// Version says of the keys. A key that is not fit now is fault.KeyUnfit before a byte is
// written. Memory use does not depend on the size.
func Encrypt(dst io.Writer, keys []*Key, m Message) (io.WriteCloser, error) {
	if len(keys) == 0 {
		return nil, fault.New(fault.KeyUnfit, "encrypt %s: no key given", m.Name).WithFix("give the leg at least one key")
	}
	recipients := make([]*packet.PublicKey, len(keys))
	for i, key := range keys {
		recipient, err := key.recipient(m.Now)
		if err != nil {
			return nil, err
		}
		recipients[i] = recipient
	}
	sealed, err := sealedWriter(dst, recipients, suiteFor(keys), m.Armor)
	if err != nil {
		return nil, err
	}
	return contentWriter(sealed, m)
}

// sealedWriter begins the message on dst: the session key for every recipient, then the
// packet that it opens.
func sealedWriter(dst io.Writer, recipients []*packet.PublicKey, s suite, armor bool) (io.WriteCloser, error) {
	var text *armorWriter
	if armor {
		var err error
		if text, err = newArmorWriter(dst, s.version); err != nil {
			return nil, err
		}
		dst = text
	}
	config := &packet.Config{DefaultCipher: s.Cipher, Rand: rand.Reader}
	session := make([]byte, s.Cipher.KeySize())
	rand.Read(session) // never fails (crypto/rand)
	aead := s.version == versionAEAD
	for _, recipient := range recipients {
		err := packet.SerializeEncryptedKeyAEAD(dst, recipient, s.Cipher, aead, session, config)
		if err != nil {
			return nil, fmt.Errorf("encrypt session key to %016X: %w", recipient.KeyId, err)
		}
	}
	sealed, err := packet.SerializeSymmetricallyEncrypted(dst, s.Cipher, aead, s.CipherSuite, session, config)
	if err != nil {
		return nil, fmt.Errorf("start encrypted packet: %w", err)
	}
	if text != nil {
		sealed = &armoredPacket{sealed, text}
	}
	return sealed, nil
}

// contentWriter nests the literal packet, between the two halves of its signature if there
// is one, in a compressed one.
func contentWriter(sealed io.WriteCloser, m Message) (io.WriteCloser, error) {
	compressed, err := newCompressedWriter(sealed)
	if err != nil {
		return nil, err
	}
	name := m.Name
	for len(name) > maxLiteralName {
		name = name[1:] // the end tells the format
	}
	if m.Signer != nil {
		return newSignedWriter(compressed, m.Signer, name, m.Now)
	}
	literal, err := packet.SerializeLiteral(compressed, true, name, uint32(m.Now.Unix()))
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
