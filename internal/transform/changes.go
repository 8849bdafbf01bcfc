package transform

import (
	"context"
	"iter"
	"slices"
	"time"

	"transporter/internal/report"
	"transporter/internal/rowindex"
	"transporter/internal/source"
)

// changes tells what became of rows since an earlier snapshot of the same lists
// (report.ModeChanges). Both are read side by side, in their one order, so that memory holds
// the rows of one record. Rows that are the same are left out. The row of a record that is
// gone, or cannot be delivered any more, comes in the record's place, with the values that the
// earlier snapshot has.
type changes struct {
	render func(source.Record) error        // a record
	refuse func(error, source.Record) error // takes the bad value of a record and passes other errors on

	next func() (source.Record, error, bool) // of the earlier snapshot
	stop func()
	head source.Record // the earlier record in hand
	some bool          // there is one

	was  *table                   // rows of earlier records, with what the lists named then
	pair bool                     // the earlier record in hand is an earlier state of the one that is rendered
	gone bool                     // the record that is rendered is the earlier one
	bare bool                     // of it the keys are told alone: what it said cannot be written
	left map[string]rowindex.Hash // rows of the earlier record that the new one has not had yet, by key
	held int64                    // rows that there are now
}

// newChanges returns nil for jobs that deliver all rows. Without an earlier snapshot every row
// is added.
func newChanges(ctx context.Context, job Job) (*changes, error) {
	if job.Report.Mode(job.Params) != report.ModeChanges {
		return nil, nil
	}
	c := &changes{stop: func() {}, left: map[string]rowindex.Hash{}}
	if job.Earlier == nil {
		return c, nil
	}
	lookups, err := loadLookups(ctx, job, job.Earlier)
	if err != nil {
		return nil, err
	}
	then := job
	then.Track, then.Key = nil, job.EarlierKey // rows of then are not delivered
	if c.was, err = newTable(then, lookups); err != nil {
		return nil, err
	}
	c.next, c.stop = iter.Pull2(job.Earlier.Records(ctx, job.Report.Resource))
	if err := c.advance(); err != nil {
		c.stop()
		return nil, err
	}
	return c, nil
}

func (c *changes) close() { c.stop() }

func (c *changes) advance() (err error) {
	c.head, err, c.some = c.next()
	return err
}

// add renders the record, and before it the earlier ones that should have come by now and are
// gone. Of a bad record, which is left out, the earlier state is gone.
func (c *changes) add(rec source.Record) error {
	for c.some && before(c.head, rec) {
		if err := c.addGone(); err != nil {
			return err
		}
	}
	c.pair = c.some && !before(rec, c.head)
	err := c.render(rec)
	if !c.pair {
		return err
	}
	c.pair = false
	earlier := c.advance
	if _, bad := asBadValue(err); bad {
		earlier = c.addGone
	}
	if broken := earlier(); broken != nil {
		return broken
	}
	return err
}

// rest renders the earlier records that come after the last one.
func (c *changes) rest() error {
	for c.some {
		if err := c.addGone(); err != nil {
			return err
		}
	}
	return nil
}

// addGone renders the earlier record as one that is gone. If what it said cannot be read or written
// now, it may have been when it was delivered: its keys are told alone.
func (c *changes) addGone() error {
	c.pair, c.gone = true, true
	err := c.render(c.head)
	if _, bad := asBadValue(err); bad {
		c.bare = true
		err = c.refuse(c.render(c.head), c.head)
	}
	c.pair, c.gone, c.bare = false, false, false
	if err != nil {
		return err
	}
	return c.advance()
}

// before is the order of staged records.
func before(a, b source.Record) bool { return a.Order < b.Order || a.Order == b.Order && a.ID < b.ID }

// record is table.record of a record that may have an earlier state.
func (c *changes) record(t *table, rec source.Record, yield func() error) error {
	if c.bare {
		return c.keys(t, yield)
	}
	if err := c.remember(); err != nil {
		return err
	}
	if !c.gone {
		if err := t.read(rec, func() error { return c.compare(t, yield) }); err != nil {
			return err
		}
	}
	if len(c.left) == 0 {
		return nil
	}
	return c.was.read(c.head, func() error {
		if _, left := c.left[string(c.was.rowKey)]; !left {
			return nil
		}
		now := t.cells
		defer func() { t.cells = now }()
		t.cells = c.was.cells
		return tell(t, rowindex.Removed, yield)
	})
}

// remember notes the rows of the earlier record. A bad one has none, and if it is gone, only a line of
// a table still says by what key it may be known.
func (c *changes) remember() error {
	clear(c.left)
	if !c.pair {
		return nil
	}
	err := c.was.read(c.head, func() error {
		c.left[string(c.was.rowKey)] = contentOf(c.was)
		return nil
	})
	if _, bad := asBadValue(err); !bad {
		return err
	}
	clear(c.left)
	if c.gone && c.was.isLine() {
		return err
	}
	return nil
}

// keys tells that the rows of the earlier record were removed, and nothing else of them.
func (c *changes) keys(t *table, yield func() error) error {
	each := func() error {
		t.rowKey = append(t.rowKey[:0], c.was.rowKey...)
		return t.bare(func() error { return tell(t, rowindex.Removed, yield) })
	}
	if !c.was.isLine() {
		return c.was.read(c.head, each)
	}
	c.was.id = c.head.ID
	c.was.makeKey()
	return each()
}

func (c *changes) compare(t *table, yield func() error) error {
	c.held++
	was, known := c.left[string(t.rowKey)]
	delete(c.left, string(t.rowKey))
	switch {
	case !known:
		return tell(t, rowindex.Added, yield)
	case was == contentOf(t):
		return nil
	}
	return tell(t, rowindex.Changed, yield)
}

// tell yields the row in hand with what became of it.
func tell(t *table, kind rowindex.Kind, yield func() error) error {
	at := slices.IndexFunc(t.system, func(c systemColumn) bool { return c.name == changeColumn.name })
	t.cells[at].SetString(kind.String())
	return yield()
}

// revisionColumn is of the list and not of the row: it changes with every change of any row.
const revisionColumn = "_revision"

// contentOf identifies what is written of a row, its system columns and the revision aside.
func contentOf(t *table) rowindex.Hash {
	fields := slices.DeleteFunc(slices.Clone(t.fields[len(t.system):]), func(f field) bool { return f.name == revisionColumn })
	enc := jsonEncoder{clock: clock{zone: time.UTC}, fields: fields}
	t.hashed = enc.appendRow(t.hashed[:0], t.cells)
	return rowindex.Sum(t.hashed)
}
