package seal

import (
	"crypto/ecdh"
	"crypto/hpke"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"log/slog"
	"strings"

	"transporter/internal/fault"
)

// Text forms are one word: a label that says what it is, then base64.
const (
	publicLabel  = "transporter-public-v1:"
	privateLabel = "transporter-private-v1:"
)

// keyIDBytes of the public key's SHA-256 tell keys apart; it is no security boundary.
const keyIDBytes = 8

// The HPKE suite: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM (RFC 9180 §7).
var (
	kem  = hpke.DHKEM(ecdh.X25519())
	kdf  = hpke.HKDFSHA256()
	aead = hpke.AES256GCM()
)

// PublicKey closes secrets. It may be shown to anybody.
type PublicKey struct{ key hpke.PublicKey }

// PrivateKey opens what was closed to its public key. It prints as "***" everywhere but
// in MarshalText, which is for writing it to its file.
type PrivateKey struct{ key hpke.PrivateKey }

// GenerateKey makes a new pair.
func GenerateKey() (*PrivateKey, error) {
	key, err := kem.GenerateKey()
	if err != nil {
		return nil, fmt.Errorf("generate sealing key: %w", err)
	}
	return &PrivateKey{key}, nil
}

// ParsePrivate reads the text form; surrounding white space is ignored. What is wrong
// is told without quoting the text.
func ParsePrivate(text []byte) (*PrivateKey, error) {
	raw, err := parseText(text, privateLabel, "private")
	if err != nil {
		return nil, err
	}
	key, err := kem.NewPrivateKey(raw)
	if err != nil {
		return nil, badKey("private")
	}
	return &PrivateKey{key}, nil
}

// ParsePublic reads the text form; surrounding white space is ignored.
func ParsePublic(text []byte) (*PublicKey, error) {
	raw, err := parseText(text, publicLabel, "public")
	if err != nil {
		return nil, err
	}
	key, err := kem.NewPublicKey(raw)
	if err != nil {
		return nil, badKey("public")
	}
	return &PublicKey{key}, nil
}

// Public returns the public half.
func (k *PrivateKey) Public() *PublicKey { return &PublicKey{k.key.PublicKey()} }

// KeyID returns the id of the pair.
func (k *PrivateKey) KeyID() string { return k.Public().KeyID() }

// KeyID returns 16 hexadecimal characters that name the pair in sealed values.
func (k *PublicKey) KeyID() string {
	sum := sha256.Sum256(k.key.Bytes())
	return hex.EncodeToString(sum[:keyIDBytes])
}

// MarshalText returns the form that ParsePrivate reads: the secret itself.
func (k *PrivateKey) MarshalText() ([]byte, error) {
	raw, err := k.key.Bytes()
	if err != nil {
		return nil, fmt.Errorf("marshal sealing key: %w", err)
	}
	return encodeText(privateLabel, raw), nil
}

// MarshalText returns the form that ParsePublic reads.
func (k *PublicKey) MarshalText() ([]byte, error) {
	return encodeText(publicLabel, k.key.Bytes()), nil
}

// String returns the text form.
func (k *PublicKey) String() string { return string(encodeText(publicLabel, k.key.Bytes())) }

// String returns "***".
func (*PrivateKey) String() string { return redacted }

// GoString returns "***".
func (*PrivateKey) GoString() string { return redacted }

// Format writes "***" for every verb.
func (*PrivateKey) Format(f fmt.State, _ rune) { redact(f) }

// MarshalJSON returns "***" as a JSON string.
func (*PrivateKey) MarshalJSON() ([]byte, error) { return redactedJSON(), nil }

// LogValue returns "***".
func (*PrivateKey) LogValue() slog.Value { return slog.StringValue(redacted) }

func encodeText(label string, raw []byte) []byte {
	return []byte(label + base64.StdEncoding.EncodeToString(raw))
}

func parseText(text []byte, label, which string) ([]byte, error) {
	body, ok := strings.CutPrefix(strings.TrimSpace(string(text)), label)
	raw, err := base64.StdEncoding.DecodeString(body)
	if !ok || err != nil {
		return nil, badKey(which)
	}
	return raw, nil
}

func badKey(which string) error {
	label := map[string]string{"public": publicLabel, "private": privateLabel}[which]
	return fault.New(fault.InvalidSpec, "parse %s sealing key: not one", which).
		WithFix("give one word that begins with %s, as it was generated", label)
}
