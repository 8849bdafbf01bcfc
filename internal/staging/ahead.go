package staging

import (
	"iter"
	"sync"

	"transporter/internal/source"
)

// aheadBytes is how much of the records is read ahead at least: enough that handing it
// over costs nothing beside reading it, little enough to be nothing in memory.
const aheadBytes = 256 << 10

// giantBytes is how large a record is that is not read ahead of others.
const giantBytes = 4 * aheadBytes

// batch is some records in a row. Their bytes lie in data; err ends the sequence.
type batch struct {
	records []source.Record
	ends    []int // where each record's bytes end in data
	data    []byte
	err     error
}

// take copies a record and reports whether the batch is full. A giant record is not copied: it is
// the batch's last, and valid until the sequence goes on.
func (b *batch) take(r source.Record) (full, giant bool) {
	if giant = len(r.Raw) > giantBytes; !giant {
		b.data = append(b.data, r.Raw...)
		r.Raw = nil
	}
	b.records, b.ends = append(b.records, r), append(b.ends, len(b.data))
	return giant || len(b.data) >= aheadBytes, giant
}

// reset empties the batch.
func (b *batch) reset() {
	clear(b.records)
	b.records, b.ends, b.data, b.err = b.records[:0], b.ends[:0], b.data[:0], nil
}

// each yields the records, whose bytes stay valid until the batch is reset.
func (b *batch) each(yield func(source.Record, error) bool) bool {
	start := 0
	for i, r := range b.records {
		if r.Raw == nil {
			r.Raw = b.data[start:b.ends[i]:b.ends[i]]
		}
		start = b.ends[i]
		if !yield(r, nil) {
			return false
		}
	}
	return b.err == nil || yield(source.Record{}, b.err)
}

// ahead yields what the sequence does, but runs it on a goroutine of its own, one batch
// before the one in hand: reading, unsealing and decompressing then cost a step that works
// on the records no time, where there is a core for them. When ahead returns, the
// goroutine has ended.
func ahead(seq iter.Seq2[source.Record, error]) iter.Seq2[source.Record, error] {
	return func(yield func(source.Record, error) bool) {
		full, empty := make(chan *batch), make(chan *batch, 2)
		empty <- &batch{}
		empty <- &batch{}
		stop := make(chan struct{})
		var reading sync.WaitGroup
		reading.Go(func() {
			defer close(full)
			fill(seq, empty, full, stop)
		})
		defer reading.Wait()
		defer close(stop)
		for b := range full {
			if !b.each(yield) {
				return
			}
			b.reset()
			empty <- b
		}
	}
}

// fill runs the sequence into batches until it ends or stop is closed.
func fill(seq iter.Seq2[source.Record, error], empty chan *batch, full chan<- *batch, stop <-chan struct{}) {
	b := <-empty
	pass := func() (on bool) {
		select {
		case full <- b:
		case <-stop:
			return false
		}
		select {
		case b = <-empty:
			return true
		case <-stop:
			return false
		}
	}
	handled := func() (on bool) { // the other batch is back
		select {
		case other := <-empty:
			empty <- other
			return true
		case <-stop:
			return false
		}
	}
	for record, err := range seq {
		if err != nil {
			b.err = err
			break
		}
		full, giant := b.take(record)
		if full && !pass() {
			return
		}
		if giant && !handled() {
			return
		}
	}
	pass()
}
