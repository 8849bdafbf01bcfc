package codec

import (
	"errors"

	"github.com/klauspost/compress/zstd"
)

// How the clear bytes are packed: the first byte of what is encrypted.
const (
	packedPlain = 0
	packedZstd  = 1
)

const (
	// minCompress is the size below which compression gains nothing.
	minCompress = 256
	// maxExpanded bounds what one payload may expand to: far above the server's limit for
	// one, and only ever reached by a holder of the key.
	maxExpanded = 64 << 20
)

var (
	encoder = must(zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1)))
	decoder = must(zstd.NewReader(nil, zstd.WithDecoderMaxMemory(maxExpanded), zstd.WithDecoderConcurrency(1)))
)

func must[T any](v T, err error) T {
	if err != nil { // only wrong constants above
		panic(err)
	}
	return v
}

// compress packs b, compressed if that makes it smaller.
func compress(b []byte) []byte {
	if len(b) >= minCompress {
		if packed := encoder.EncodeAll(b, []byte{packedZstd}); len(packed) <= len(b) {
			return packed
		}
	}
	return append([]byte{packedPlain}, b...)
}

// expand is the inverse of compress.
func expand(b []byte) ([]byte, error) {
	switch {
	case len(b) == 0:
		return nil, errors.New("nothing packed")
	case b[0] == packedPlain:
		return b[1:], nil
	case b[0] == packedZstd:
		return decoder.DecodeAll(b[1:], nil)
	}
	return nil, errors.New("unknown packing")
}
