package cloudstore

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"

	"transporter/internal/destination"
)

// checkedReader passes the bytes of a file on and fails at their end with
// fault.IntegrityMismatch unless they are the file's: a store keeps nothing of a reader
// that failed.
type checkedReader struct {
	src  io.Reader
	file destination.File
	hash hash.Hash
	size int64
}

func newCheckedReader(src io.Reader, f destination.File) *checkedReader {
	return &checkedReader{src: src, file: f, hash: sha256.New()}
}

func (r *checkedReader) Read(p []byte) (int, error) {
	n, err := r.src.Read(p)
	r.hash.Write(p[:n])
	r.size += int64(n)
	if errors.Is(err, io.EOF) {
		if bad := r.file.Matches(r.size, hex.EncodeToString(r.hash.Sum(nil))); bad != nil {
			return n, bad
		}
	}
	return n, err
}
