package pgp

import (
	"bytes"
	"crypto"
	_ "crypto/sha256" // of signatures
	"fmt"
	"hash"
	"io"
	"strings"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/packet"

	"transporter/internal/fault"
)

// signatureHash is fast where processors compute it, and every reader has it.
const signatureHash = crypto.SHA256

// Signer signs files with an account's own key, so that a receiver sees who sent them.
type Signer struct{ key *packet.PrivateKey }

// NewSigner makes a key that can do nothing but sign: Ed25519 under the legacy id 22, which
// GnuPG 2.2 reads. Public is armored, for receivers; private is secret and not locked:
// seal it at once.
func NewSigner(name string, now time.Time) (public *Key, armoredPublic string, private []byte, err error) {
	config := &packet.Config{
		Time: now.UTC, Algorithm: packet.PubKeyAlgoEdDSA, Curve: packet.Curve25519, DefaultHash: signatureHash,
	}
	entity, err := openpgp.NewEntity(plainName.Replace(name), "", "", config)
	if err != nil {
		return nil, "", nil, fmt.Errorf("generate signing key: %w", err)
	}
	entity.Subkeys = nil // nobody encrypts to it
	if armoredPublic, err = armored(openpgp.PublicKeyType, entity.Serialize); err != nil {
		return nil, "", nil, err
	}
	var out bytes.Buffer
	if err := entity.SerializePrivateWithoutSigning(&out, config); err != nil {
		return nil, "", nil, fmt.Errorf("serialize signing key: %w", err)
	}
	return &Key{entity: entity}, armoredPublic, out.Bytes(), nil
}

// plainName leaves out what has a meaning in a user id.
var plainName = strings.NewReplacer("(", "", ")", "", "<", "", ">", "", "\x00", "", "\r", " ", "\n", " ")

// ParseSigner reads what NewSigner made; anything else is fault.Corrupt.
func ParseSigner(private []byte) (*Signer, error) {
	entity, err := openpgp.ReadEntity(packet.NewReader(bytes.NewReader(private)))
	if err != nil || entity.PrivateKey == nil || entity.PrivateKey.Encrypted {
		return nil, fault.New(fault.Corrupt, "the signing key of the account cannot be read").WithFix("make a new one: starter signer make")
	}
	return &Signer{entity.PrivateKey}, nil
}

// signedWriter writes a literal packet with a signature over its content: announced
// before it, made after it (RFC 9580, section 10.3). Closing closes dst.
type signedWriter struct {
	boundedWriter

	sum  hash.Hash
	key  *packet.PrivateKey
	now  time.Time
	dest io.WriteCloser
}

func newSignedWriter(dst io.WriteCloser, s *Signer, name string, now time.Time) (*signedWriter, error) {
	ahead := &packet.OnePassSignature{
		Version: 3, SigType: packet.SigTypeBinary, Hash: signatureHash, PubKeyAlgo: s.key.PubKeyAlgo, KeyId: s.key.KeyId, IsLast: true,
	}
	if err := ahead.Serialize(dst); err != nil {
		return nil, fmt.Errorf("announce signature: %w", err)
	}
	literal, err := packet.SerializeLiteral(leftOpen{dst}, true, name, uint32(now.Unix()))
	if err != nil {
		return nil, fmt.Errorf("start literal packet: %w", err)
	}
	return &signedWriter{boundedWriter{literal}, signatureHash.New(), s.key, now, dst}, nil
}

func (w *signedWriter) Write(p []byte) (int, error) {
	w.sum.Write(p) // never fails
	return w.boundedWriter.Write(p)
}

func (w *signedWriter) Close() error {
	if err := w.boundedWriter.Close(); err != nil {
		return err
	}
	sig := &packet.Signature{
		Version: w.key.Version, SigType: packet.SigTypeBinary, PubKeyAlgo: w.key.PubKeyAlgo, Hash: signatureHash,
		CreationTime: w.now, IssuerKeyId: &w.key.KeyId, IssuerFingerprint: w.key.Fingerprint,
	}
	if err := sig.Sign(w.sum, w.key, nil); err != nil {
		return fmt.Errorf("sign: %w", err)
	}
	if err := sig.Serialize(w.dest); err != nil {
		return fmt.Errorf("write signature: %w", err)
	}
	return (&boundedWriter{w.dest}).Close()
}

// leftOpen keeps what is below open when the packet above it ends.
type leftOpen struct{ io.Writer }

func (leftOpen) Close() error { return nil }
