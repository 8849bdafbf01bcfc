package signed

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
)

// SHA256Hex is the length of a SHA-256 in hex.
const SHA256Hex = 2 * sha256.Size

// Canonical returns the JSON text with keys in ascending order and no space, so that two
// programs sign and hash the same bytes: what "jq -cS ." prints, without its line end.
// Numbers stay as they are written: ours are whole.
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
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), err
}

// Hash returns the SHA-256 of v as canonical JSON, in hex.
func Hash(v any) (string, error) {
	text, err := canonicalOf(v)
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:]), err
}

func canonicalOf(v any) ([]byte, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return Canonical(text)
}
