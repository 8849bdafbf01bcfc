package answer

import (
	"encoding/json"
	"errors"
	"io"

	"transporter/internal/source"
)

// ErrLong ends the reading of an answer of which one part is longer than any record may be.
var ErrLong = errors.New("a part of the answer is too long to be kept")

// Decoder reads an answer of any length, of which no part between two tokens is held that is longer than a
// record may be: reading that fails with ErrLong.
func Decoder(body io.Reader) *json.Decoder {
	b := &bounded{in: body}
	b.d = json.NewDecoder(b)
	return b.d
}

// bounded gives a decoder no more than that beyond what it has taken.
type bounded struct {
	in   io.Reader
	read int64
	d    *json.Decoder
}

// Read implements io.Reader.
func (b *bounded) Read(p []byte) (int, error) {
	if b.read-b.d.InputOffset() > source.MaxRecord {
		return 0, ErrLong
	}
	n, err := b.in.Read(p)
	b.read += int64(n)
	return n, err
}
