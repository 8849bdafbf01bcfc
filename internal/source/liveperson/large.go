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

// holder reads answers that are held as a whole while they are read, within what a process may hold of
// them. It belongs to one goroutine.
type holder struct {
	session
	large bool // it has the place for a large answer
}

// hold sends the request and has parse read the answer, nil for one without content, in buf's memory. Of an
// answer that is too long to be held past reads as it comes; without past it is errHuge. A large answer that
// has no place yet is asked for again when it has.
func (h *holder) hold(ctx context.Context, req request, buf *bytes.Buffer, parse func([]byte) error, past func(io.Reader) error) error {
	req.endless = true // what is not held is bounded by the time that a call may take
	for {
		taken, huge := true, false
		err := h.call(ctx, req, func(body io.Reader) (err error) {
			if taken, huge = true, false; body == nil {
				return parse(nil)
			}
			taken, err = h.take(buf, body)
			switch {
			case errors.Is(err, errHuge) && past == nil:
				huge = true
				return nil // it is no fault of the answer
			case errors.Is(err, errHuge):
				return past(io.MultiReader(bytes.NewReader(buf.Bytes()), body))
			case err == nil && taken:
				return parse(buf.Bytes())
			}
			return err
		})
		switch {
		case err != nil:
			return err
		case huge:
			return errHuge
		case taken:
			return nil
		}
		if err := h.shared.large.wait(ctx); err != nil {
			return err
		}
		h.large = true
	}
}

// take reads an answer, of which errHuge says that there is more. It is not ok when the answer is large and
// another is: to wait for that in the midst of an answer would keep a slot of the account's budget.
func (h *holder) take(buf *bytes.Buffer, body io.Reader) (ok bool, err error) {
	buf.Reset()
	if _, err := io.CopyN(buf, body, largePage); err != nil {
		return true, unlessEOF(err)
	}
	if !h.large && !h.shared.large.try() {
		*buf = bytes.Buffer{} // nothing is held while it waits
		return false, nil
	}
	h.large = true
	buf.Grow(hugePage - largePage + bytes.MinRead) // once: growing with the answer holds it twice
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

// settle gives back what a large answer took, in these buffers, when its records are staged.
func (h *holder) settle(bufs ...*bytes.Buffer) {
	if !h.large {
		return
	}
	giant := false
	for _, b := range bufs {
		giant = giant || b.Len() > hugePage/2
		*b = bytes.Buffer{}
	}
	if giant {
		debug.FreeOSMemory() // the next is read at once, and would lie beside what is left of this
	}
	h.large = false
	h.shared.large.leave()
}

// smaller is the next size of a page that is too long to be held.
func smaller(limit int) int { return (limit + 9) / 10 }
