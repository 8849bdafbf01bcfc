package coverage

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
)

// sha256Hex is the length of a SHA-256 in hex.
const sha256Hex = 2 * sha256.Size

// Canonical returns the JSON text with keys in ascending order and no space, so that two
// programs hash the same bytes. Numbers stay as they are written: ours are whole.
func Canonical(text []byte) ([]byte, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("text after the JSON value")
	}
	return json.Marshal(v)
}

// Hash returns the SHA-256 of v as canonical JSON, in hex.
func Hash(v any) (string, error) {
	text, err := json.Marshal(v)
	if err == nil {
		text, err = Canonical(text)
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:]), err
}
