package staging

import (
	"io"
	"sync"

	"github.com/klauspost/compress/zstd"
)

// windowBytes is how far back compression looks. A merge holds a window per run open, so
// it is small; source JSON repeats itself within a few records anyway.
const windowBytes = 256 << 10

// Encoders and decoders are costly to make and cheap to reset. With a concurrency of 1
// they start no goroutines: other slices and runs use the other cores. S2 writes
// three times as fast, but what it writes is 1.7 times as large, and artefacts are kept
// and travel to buckets (BenchmarkCodec).
var (
	encoders = sync.Pool{New: func() any {
		return must(zstd.NewWriter(nil,
			zstd.WithEncoderLevel(zstd.SpeedFastest),
			zstd.WithEncoderConcurrency(1),
			zstd.WithWindowSize(windowBytes),
			zstd.WithLowerEncoderMem(true),
			zstd.WithEncoderCRC(false))) // the hash of the whole object is checked
	}}
	decoders = sync.Pool{New: func() any {
		return must(zstd.NewReader(nil,
			zstd.WithDecoderConcurrency(1),
			zstd.WithDecoderLowmem(true),
			zstd.WithDecoderMaxWindow(windowBytes)))
	}}
)

// must is for constructors that fail on constant options only.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func takeEncoder(dst io.Writer) *zstd.Encoder {
	enc := encoders.Get().(*zstd.Encoder)
	enc.Reset(dst)
	return enc
}

func giveEncoder(enc *zstd.Encoder) {
	enc.Reset(nil)
	encoders.Put(enc)
}

func takeDecoder(src io.Reader) (*zstd.Decoder, error) {
	dec := decoders.Get().(*zstd.Decoder)
	return dec, dec.Reset(src)
}

func giveDecoder(dec *zstd.Decoder) {
	if dec.Reset(nil) == nil {
		decoders.Put(dec)
	}
}
