package link

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"

	"transporter/internal/seal"
)

// purpose keeps the key of links apart from other keys of the ring.
const purpose = "transporter link 1"

const (
	// macBytes is half of SHA-256, the least that RFC 2104 section 5 recommends.
	macBytes    = 16
	signedBytes = idBytes + macBytes
)

// Signer writes and reads what an address ends with: a link's id and a MAC over it, as
// base64url. What it did not write is refused without a look into the store.
type Signer struct{ keys [][]byte } // that of the ring's active key first

// NewSigner returns the signer of a ring: whoever has the ring signs and reads alike.
func NewSigner(ring *seal.Ring) *Signer { return &Signer{ring.Derive(purpose)} }

// Sign returns the end of the link's address, a secret of those who get it.
func (s *Signer) Sign(id string) (string, error) {
	raw, err := hex.DecodeString(id)
	if err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(append(raw, mac(s.keys[0], raw)...)), nil
}

// Read returns the id of the link that was signed; ok is false for what was not, or was changed
// since.
func (s *Signer) Read(signed string) (id string, ok bool) {
	text, err := base64.RawURLEncoding.Strict().DecodeString(signed)
	if err != nil || len(text) != signedBytes {
		return "", false
	}
	raw, sum := text[:idBytes], text[idBytes:]
	for _, key := range s.keys {
		ok = hmac.Equal(sum, mac(key, raw)) || ok
	}
	return hex.EncodeToString(raw), ok
}

func mac(key, text []byte) []byte {
	m := hmac.New(sha256.New, key)
	m.Write(text)
	return m.Sum(nil)[:macBytes]
}
