package latest

import (
	"context"
	"io"
	"sync"

	"transporter/internal/contract"
)

// aheadBytes is how much of each open object is read ahead at a time: enough that handing it
// over costs nothing beside reading it.
const aheadBytes = 64 << 10

// ahead opens objects that are read on a goroutine of their own: unsealing, decompressing and
// hashing many of them then uses every core, while one merges what they say.
func ahead(open opener) opener {
	return func(ctx context.Context, ref contract.Ref) (io.ReadCloser, error) {
		src, err := open(ctx, ref)
		if err != nil {
			return nil, err
		}
		r := &aheadReader{full: make(chan block), empty: make(chan []byte, 2), stop: make(chan struct{})}
		r.empty <- make([]byte, aheadBytes)
		r.empty <- make([]byte, aheadBytes)
		r.reading.Go(func() {
			defer func() { _ = src.Close() }() // it was only read
			r.run(src)
		})
		return r, nil
	}
}

// block is bytes that were read, or why there are no more.
type block struct {
	data []byte
	err  error
}

// aheadReader reads one block before the one in hand.
type aheadReader struct {
	full    chan block
	empty   chan []byte
	stop    chan struct{}
	reading sync.WaitGroup

	hand []byte // the block in hand
	rest []byte // of it, not handed out yet
	err  error
}

// run reads until the end, or until stop is closed.
func (r *aheadReader) run(src io.Reader) {
	for {
		var b block
		select {
		case b.data = <-r.empty:
		case <-r.stop:
			return
		}
		n, err := io.ReadFull(src, b.data)
		if err == io.ErrUnexpectedEOF {
			err = io.EOF
		}
		b = block{b.data[:n], err}
		select {
		case r.full <- b:
		case <-r.stop:
			return
		}
		if err != nil {
			return
		}
	}
}

// Read implements io.Reader.
func (r *aheadReader) Read(p []byte) (int, error) {
	for len(r.rest) == 0 {
		if r.err != nil {
			return 0, r.err
		}
		if r.hand != nil {
			r.empty <- r.hand[:aheadBytes]
		}
		b := <-r.full
		r.hand, r.rest, r.err = b.data, b.data, b.err
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

// Close ends the goroutine.
func (r *aheadReader) Close() error {
	close(r.stop)
	r.reading.Wait()
	return nil
}
