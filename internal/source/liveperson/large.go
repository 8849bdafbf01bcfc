package liveperson

import (
	"bytes"
	"context"
	"errors"
	"io"
	"runtime/debug"
	"sync"
)

const (
	// largePage is how long an answer to a search may be beside others: four slices of a fetch
	// hold one each.
	largePage = 8 << 20
	// hugePage is the most of an answer: one record that is as large as it may be, and what is usual
	// of others. A longer one is read in smaller pages; one with a single record is read past.
	hugePage = 80 << 20
)

// errHuge is the cause when an answer is too long to be held.
var errHuge = errors.New("the page is too long")

// largePlace is the one place of a process for an answer beyond largePage. Its zero value is
// ready.
type largePlace struct {
	once sync.Once
	free chan struct{}
}

func (p *largePlace) init() {
	p.once.Do(func() {
		p.free = make(chan struct{}, 1)
		p.free <- struct{}{}
	})
}

// try takes the place if it is free now.
func (p *largePlace) try() bool {
	p.init()
	select {
	case <-p.free:
		return true
	default:
		return false
	}
}

func (p *largePlace) wait(ctx context.Context) error {
	p.init()
	select {
	case <-p.free:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (p *largePlace) leave() { p.free <- struct{}{} }

// take reads an answer, of which errHuge says that there is more. It is not ok when the answer is large and
// another is: to wait for that in the midst of an answer would keep a slot of the account's budget.
func (r *reader) take(buf *bytes.Buffer, body io.Reader) (ok bool, err error) {
	buf.Reset()
	if _, err := io.CopyN(buf, body, largePage); err != nil {
		return true, unlessEOF(err)
	}
	if !r.large && !r.shared.large.try() {
		*buf = bytes.Buffer{} // nothing is held while it waits
		return false, nil
	}
	r.large = true
	buf.Grow(hugePage - largePage) // once: growing with the answer holds it twice
	if _, err := io.CopyN(buf, body, hugePage-largePage); err != nil {
		return true, unlessEOF(err)
	}
	return true, errHuge
}

func unlessEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// settle gives back what a large page took, when its records are staged.
func (r *reader) settle() {
	if !r.large {
		return
	}
	giant := r.buf.Len() > hugePage/2
	r.buf, r.byID, r.tight = bytes.Buffer{}, bytes.Buffer{}, bytes.Buffer{}
	if giant {
		debug.FreeOSMemory() // the next is read at once, and would lie beside what is left of this
	}
	r.large = false
	r.shared.large.leave()
}
