package s3

import "context"

// Buffers is the memory of one process for parts that are sent side by side. Every upload
// has a buffer of its own, for which its step holds memory, and so always gets on; with
// those that it finds here it gets on faster.
type Buffers struct{ free chan []byte }

// NewBuffers returns room for n parts of PartSize; memory is taken when it is first used.
func NewBuffers(n int) *Buffers {
	b := &Buffers{free: make(chan []byte, n)}
	for range n {
		b.free <- nil
	}
	return b
}

// lender hands out an upload's own buffer and those of the process.
type lender struct {
	own    chan []byte
	shared *Buffers
	size   int64
}

// lend returns a lender of buffers of the size, which is at most PartSize.
func (b *Buffers) lend(size int64) *lender {
	l := &lender{own: make(chan []byte, 1), shared: b, size: size}
	l.own <- nil
	return l
}

// get waits for a buffer; give returns it.
func (l *lender) get(ctx context.Context) (piece []byte, give func(), err error) {
	var from chan []byte
	select {
	case piece = <-l.own:
		from = l.own
	case piece = <-l.shared.free:
		from = l.shared.free
	case <-ctx.Done():
		return nil, nil, ctx.Err()
	}
	if int64(cap(piece)) < l.size {
		piece = make([]byte, l.size)
	}
	return piece[:l.size], func() { from <- piece }, nil
}
