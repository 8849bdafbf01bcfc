package latest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"iter"

	"transporter/internal/least"
	"transporter/internal/staging"
)

// merge reads several sets as one, in the order of before.
type merge struct {
	ctx  context.Context
	heap *least.Heap[*reader]

	looked func(number int) bool // whether a set is only looked up, see lookUp; nil: none is
}

// openMerge opens every set at its first row. It is to be closed also after an error.
func openMerge(ctx context.Context, open opener, sets []Tagged) (*merge, error) {
	m := &merge{ctx: ctx}
	var readers []*reader
	var failed error
	for number, set := range sets {
		r := newReader(open, set, number)
		err := r.next(ctx)
		if errors.Is(err, io.EOF) {
			continue
		}
		readers = append(readers, r)
		if err != nil {
			failed = err
			break
		}
	}
	m.heap = least.Of(before, readers...)
	return m, failed
}

// each visits every row; first tells that it is the first of its key, which is its winner.
func (m *merge) each(visit func(top *reader, first bool) error) error {
	var key []byte
	for began := false; m.heap.Len() > 0; {
		top := m.heap.Top()
		first := !began || !bytes.Equal(top.row.Key, key)
		if first && m.looked != nil && m.looked(top.number) {
			if lead := m.lead(); lead == nil || bytes.Compare(top.row.Key, lead.row.Key) < 0 {
				if err := m.moved(top.lookUp(m.ctx, lead)); err != nil {
					return err
				}
				continue
			}
		}
		if began = true; first {
			key = append(key[:0], top.row.Key...)
		}
		if err := visit(top, first); err != nil {
			return err
		}
		if err := m.moved(top.next(m.ctx)); err != nil {
			return err
		}
	}
	return nil
}

// lead is the least of the sets that are not only looked up; nil: all of them are at their ends.
func (m *merge) lead() (lead *reader) {
	for _, r := range m.heap.All() {
		if !m.looked(r.number) && (lead == nil || before(r, lead)) {
			lead = r
		}
	}
	return lead
}

// moved puts the top in its place, which was moved on with that result, or drops it at its end.
func (m *merge) moved(err error) error {
	if err := m.ctx.Err(); err != nil {
		return err
	}
	switch {
	case err == nil:
		m.heap.Fix()
	case errors.Is(err, io.EOF):
		m.heap.Drop()
	default:
		return err
	}
	return nil
}

func (m *merge) close() {
	for _, r := range m.heap.All() {
		_ = r.close() // it was only read
	}
}

// errStop ends a merge whose reader has had enough.
var errStop = errors.New("stop")

// Read yields the rows of one set, in ascending order of keys: one a key, unless it is mixed. It
// ends at the first error; damage is fault.Corrupt.
func Read(ctx context.Context, stage *staging.Stage, set Set) iter.Seq2[Row, error] {
	return rows(ctx, ahead(stage.Open), []Tagged{{Set: set}}, true)
}

// rows yields the rows of the sets, or the winners only.
func rows(ctx context.Context, open opener, sets []Tagged, losers bool) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		m, err := openMerge(ctx, open, sets)
		defer m.close()
		var memory []byte
		if err == nil {
			err = m.each(func(top *reader, first bool) error {
				if !first && !losers {
					return nil
				}
				if memory, err = top.appendRaw(memory[:0]); err != nil {
					return err
				}
				row := top.row
				row.Raw = memory
				if !yield(row, nil) {
					return errStop
				}
				return nil
			})
		}
		if err != nil && !errors.Is(err, errStop) {
			yield(Row{}, err)
		}
	}
}

// fold writes the rows of the sets, or the winners only, as one run.
func fold(ctx context.Context, open opener, create creator, prefix string, sets []Tagged, losers bool) (part, error) {
	w, err := newRunWriter(ctx, create, prefix)
	if err != nil {
		return part{}, err
	}
	defer w.dst.Abort()
	m, err := openMerge(ctx, open, sets)
	defer m.close()
	if err != nil {
		return part{}, err
	}
	var head, body, memory []byte
	if err := m.each(func(top *reader, first bool) (err error) {
		if !first && !losers {
			return nil
		}
		if body, memory, err = top.body(memory); err != nil {
			return err
		}
		head = appendHead(head[:0], top.row)
		return w.write(head, top.packed, body)
	}); err != nil {
		return part{}, err
	}
	return w.commit(ctx)
}
