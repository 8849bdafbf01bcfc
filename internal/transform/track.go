package transform

import (
	"iter"

	"transporter/internal/fault"
	"transporter/internal/rowindex"
)

// Tracking follows the rows of a set from one revision to the next: the first rendering only
// tells what rows there are, a later one is told what became of each.
type Tracking struct {
	// Seen is told of every row that can be delivered, in order, with the ID of the record that makes it, or
	// of what a fold made; key is valid until it returns.
	Seen func(key []byte, hash rowindex.Hash, maker string) error
	// Bad is told of those of which no row can be delivered.
	Bad func(maker string)
	// Marks gives what became of every row, in the order of the rows, then the rows that were
	// removed. Nil: nothing is known of them, and all of them are new.
	Marks iter.Seq2[rowindex.Change, error]
	// Rev is what rows without marks have as _row_rev.
	Rev int64
	// Change adds the column _change, and the rows that were removed. Only leaves out those
	// that are the same.
	Change, Only bool
}

// tracker is the tracking of one rendering. A record that turns out to be bad takes its rows
// back, so rows count when their record is settled.
type tracker struct {
	Tracking

	next  func() (rowindex.Change, error, bool)
	stop  func()
	mark  rowindex.Change   // of the row in hand
	taken []rowindex.Change // marks of the record in hand, and those it gave back
	at    int               // of the next one in taken
	row   int64             // settled rows

	keys  []byte // of the record in hand, one after another
	notes []note
}

// note is a row of the record in hand: its hash, and where its key ends.
type note struct {
	end  int
	hash rowindex.Hash
}

func newTracker(t *Tracking) *tracker {
	if t == nil {
		return nil
	}
	k := &tracker{Tracking: *t, stop: func() {}}
	if k.Marks != nil {
		k.next, k.stop = iter.Pull2(k.Marks)
	}
	return k
}

// close lets go of the marks.
func (k *tracker) close() {
	if k != nil {
		k.stop()
	}
}

// follow notes the row of the record in hand and finds its mark; skip is true for a row that
// is not to be written.
func (k *tracker) follow(key []byte, hash rowindex.Hash) (skip bool, err error) {
	place := k.row + int64(len(k.notes))
	k.keys = append(k.keys, key...)
	k.notes = append(k.notes, note{len(k.keys), hash})
	if k.next == nil {
		k.mark = rowindex.Change{Kind: rowindex.Added, Entry: rowindex.Entry{Rev: k.Rev}}
		return false, nil
	}
	if k.at == len(k.taken) {
		mark, ok, err := k.pull()
		if err != nil {
			return false, err
		}
		if !ok || mark.Kind == rowindex.Removed || mark.Entry.Row != place || mark.Entry.Hash != hash {
			return false, fault.New(fault.Corrupt, "row %d is not the one that was compared: two renderings of one window differ", place)
		}
		k.taken = append(k.taken, mark)
	}
	k.mark = k.taken[k.at]
	k.at++
	return k.Only && k.mark.Kind == rowindex.Same, nil
}

func (k *tracker) pull() (rowindex.Change, bool, error) {
	mark, err, ok := k.next()
	return mark, ok, err
}

// settle ends a record: its rows count, or are taken back.
func (k *tracker) settle(maker string, good bool) error {
	if k == nil {
		return nil
	}
	defer func() { k.keys, k.notes, k.at = k.keys[:0], k.notes[:0], 0 }()
	if !good {
		if k.Bad != nil {
			k.Bad(maker)
		}
		return nil
	}
	from := 0
	for _, n := range k.notes {
		if k.Seen != nil {
			if err := k.Seen(k.keys[from:n.end], n.hash, maker); err != nil {
				return err
			}
		}
		from = n.end
	}
	k.row += int64(len(k.notes))
	k.taken = append(k.taken[:0], k.taken[k.at:]...)
	return nil
}

// removed gives the marks of the rows that are not there any more, once all others are
// written. They come last.
func (k *tracker) removed(give func() error) error {
	if k == nil || k.next == nil {
		return nil
	}
	for {
		mark, ok, err := k.pull()
		switch {
		case err != nil || !ok:
			return err
		case mark.Kind != rowindex.Removed:
			return fault.New(fault.Corrupt, "row %d was compared and is not there: two renderings of one window differ", mark.Entry.Row)
		case !k.Change:
			continue
		}
		k.mark = mark
		if err := give(); err != nil {
			return err
		}
	}
}
