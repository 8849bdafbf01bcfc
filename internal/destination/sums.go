package destination

import (
	"crypto/sha256"
	"encoding"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"hash"
)

// Sums are the hashes of a file's bytes so far: the one that the file is known by, and the
// one that the destination computes of the whole. They can be written down in the middle,
// so that an upload that goes on need not read the file from its beginning.
type Sums struct{ sha, whole hash.Hash }

// NewSums returns the hashes of no bytes; whole is the destination's, of the standard
// library, whose state can be written down.
func NewSums(whole hash.Hash) Sums { return Sums{sha: sha256.New(), whole: whole} }

// Write adds bytes and never fails.
func (s Sums) Write(piece []byte) (int, error) {
	s.sha.Write(piece)
	return s.whole.Write(piece)
}

// SHA256 returns the SHA-256 in hexadecimal.
func (s Sums) SHA256() string { return hex.EncodeToString(s.sha.Sum(nil)) }

// Whole returns the destination's hash in base64, big-endian, as object stores write it.
func (s Sums) Whole() string { return base64.StdEncoding.EncodeToString(s.whole.Sum(nil)) }

// Snapshot writes the state of both hashes down.
func (s Sums) Snapshot() ([]byte, error) {
	var both [2][]byte
	for i, h := range []hash.Hash{s.sha, s.whole} {
		var err error
		if both[i], err = h.(encoding.BinaryMarshaler).MarshalBinary(); err != nil {
			return nil, err
		}
	}
	return json.Marshal(both)
}

// Restore undoes Snapshot.
func (s Sums) Restore(kept []byte) error {
	var both [2][]byte
	if err := json.Unmarshal(kept, &both); err != nil {
		return err
	}
	for i, h := range []hash.Hash{s.sha, s.whole} {
		if err := h.(encoding.BinaryUnmarshaler).UnmarshalBinary(both[i]); err != nil {
			return err
		}
	}
	return nil
}
