package staging

import (
	"context"
	"io"
	"sync"

	"github.com/klauspost/compress/s2"

	"transporter/internal/contract"
)

// scratchBlock is compressed at a time: little, since a merge has many scratch objects open.
const scratchBlock = 64 << 10

var (
	scratchEncoders = sync.Pool{New: func() any {
		return s2.NewWriter(nil, s2.WriterConcurrency(1), s2.WriterBlockSize(scratchBlock))
	}}
	scratchDecoders = sync.Pool{New: func() any {
		return s2.NewReader(nil, s2.ReaderMaxBlockSize(scratchBlock), s2.ReaderAllocBlock(scratchBlock))
	}}
)

// CreateScratch is Create for what is read again soon, by the same process, and then removed: it
// is compressed faster and less (BenchmarkCodec), and its reference has no hash. It is sealed as
// everything is, and damage is found by that.
func (s *Stage) CreateScratch(ctx context.Context, prefix string) (*Writer, error) {
	w := s.begin(ctx, prefix)
	w.hash = nil
	return w.through(s.box, func(dst io.Writer) (io.WriteCloser, func()) {
		enc := scratchEncoders.Get().(*s2.Writer)
		enc.Reset(dst)
		return enc, func() {
			enc.Reset(nil)
			scratchEncoders.Put(enc)
		}
	})
}

// OpenScratch is Open for an object of CreateScratch: at the end its size is compared.
func (s *Stage) OpenScratch(ctx context.Context, ref contract.Ref) (io.ReadCloser, error) {
	v, err := s.opened(ctx, ref, func(sealed io.Reader) (io.Reader, func(), error) {
		dec := scratchDecoders.Get().(*s2.Reader)
		dec.Reset(sealed)
		return dec, func() {
			dec.Reset(nil)
			scratchDecoders.Put(dec)
		}, nil
	})
	if err != nil {
		return nil, err
	}
	v.hash = nil
	return v, nil
}
