package httpapi

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// minToken is the fewest characters of a token: 128 bits in base64.
const minToken = 22

// Token is a bearer token, kept as its hash so that neither logs nor dumps show it.
type Token struct{ sum [sha256.Size]byte }

// NewToken returns the token of the text.
func NewToken(text string) Token { return Token{sha256.Sum256([]byte(text))} }

// Equal reports whether the text is the token, in constant time.
func (t Token) Equal(text string) bool {
	sum := sha256.Sum256([]byte(text))
	return subtle.ConstantTimeCompare(t.sum[:], sum[:]) == 1
}

// OpenToken reads the token file; a missing file is made with mode 0600 and a new random
// token. Of several processes that start at once, one makes it and all read the same.
func OpenToken(path string) (Token, error) {
	text, err := ReadToken(path)
	if errors.Is(err, fs.ErrNotExist) {
		if err = createToken(path); err == nil {
			text, err = ReadToken(path)
		}
	}
	if err != nil {
		return Token{}, err
	}
	return NewToken(text), nil
}

// ReadToken returns the token in the file. The file may hold nothing else.
func ReadToken(path string) (string, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("read token file: %w", err)
	}
	text := strings.TrimSpace(string(b))
	if len(text) < minToken || strings.ContainsAny(text, " \t\r\n") {
		return "", fmt.Errorf("read token file %s: it must hold one token of at least %d characters", path, minToken)
	}
	return text, nil
}

// createToken writes the whole file under another name and links it, so that nobody reads
// half a token and nothing is replaced.
func createToken(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("create token file: %w", err)
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), ".token-*") // mode 0600
	if err != nil {
		return fmt.Errorf("create token file: %w", err)
	}
	defer func() { _ = os.Remove(tmp.Name()) }()
	random := make([]byte, 32)
	_, _ = rand.Read(random) // never fails: crypto/rand
	_, err = tmp.WriteString(base64.RawURLEncoding.EncodeToString(random) + "\n")
	if err = errors.Join(err, tmp.Sync(), tmp.Close()); err != nil {
		return fmt.Errorf("create token file: %w", err)
	}
	if err := os.Link(tmp.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("create token file: %w", err)
	}
	return nil
}
