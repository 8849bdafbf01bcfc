package transform

import (
	"encoding/json"
	"slices"

	"transporter/internal/report"
	"transporter/internal/rowindex"
	"transporter/internal/source"
	"transporter/internal/task"
	"transporter/internal/transform/cell"
	"transporter/internal/transform/jsonrec"
)

// table is a flat report compiled for one job: how a record becomes rows of cells.
type table struct {
	job    Job
	doc    jsonrec.Doc
	scope  scope
	refuse refusals
	rows   *path
	derive rowSource
	sort   []*path
	skip   fact

	skipCell cell.Cell

	order   []rowElement
	columns []*column // those written and those of the row key, in the report's order
	cells   []cell.Cell
	fields  []field // what is written, in order
	system  []systemColumn
	keys    []int // cells of the row key
	rowKey  []byte
	id      string // of the record in hand
	leafKey *path  // what stands before a line's id in its row key; nil: nothing

	hidesKey bool // the row key of a line is a hash
	rowHash  rowindex.Hash
	hashes   bool // rowHash is asked for
	gone     bool // the row in hand is one that was removed
	track    *tracker

	provenance *path // what a fold says of it; nil: all rows have that of the report

	numbered bool             // report.Rows.Numbered
	keysSeen map[string]int64 // how often the record has a key, with numbered

	hashed []byte // canonical row, for _row_hash

	changes *changes // since the snapshot before; nil: every row is written
}

// field is one written column and the cell that holds its value.
type field struct {
	name   string
	typ    report.Type
	cell   int
	fine   bool       // times of it are more exact than milliseconds
	header string     // what CSV and XLSX call it
	mask   *task.Mask // by which they write times of it; nil: RFC 3339, or a date
}

// rowElement is one element of the record's row array, or of its derived rows, and its
// place there.
type rowElement struct {
	value  jsonrec.Value
	at     int
	around []jsonrec.Value
}

func newTable(job Job, lookups map[string]*lookup) (*table, error) {
	d, params := job.Report, job.Report.Effective(job.Params)
	t := &table{job: job, scope: scope{account: []byte(job.AccountID)}, track: newTracker(job.Track)}
	t.refuse = newRefusals(d, &t.scope)
	if begin, ok := families[d.Family]; ok {
		t.scope.family = begin(setting{lookups, params, job})
	}
	if err := t.compileRows(params); err != nil {
		return nil, err
	}
	if d.ProvenancePath() != "" {
		t.provenance = compilePath(d.Provenance, &t.scope)
	}
	t.system = systemColumns(params, d.Mode(params) == report.ModeChanges || job.Track != nil && job.Track.Change)
	t.hashes = job.Track != nil || job.CountsRevisions()
	for i, c := range t.system {
		t.fields = append(t.fields, field{name: c.name, typ: c.typ, cell: i})
	}
	written := job.written()
	for i := range d.Columns {
		c := &d.Columns[i]
		isKey, isWritten := d.Feed == nil && slices.Contains(d.RowKey, c.Name), written(c)
		if !isKey && !isWritten {
			continue
		}
		compiled, err := compileColumn(t, c, params, lookups)
		if err != nil {
			return nil, err
		}
		at := len(t.system) + len(t.columns)
		t.columns = append(t.columns, compiled)
		if isKey {
			t.keys = append(t.keys, at)
		}
		if isWritten {
			t.fields = append(t.fields, field{name: c.Name, typ: c.Type, cell: at, fine: d.Feed != nil})
		}
	}
	if err := t.arrange(); err != nil {
		return nil, err
	}
	if t.leafKey, t.hidesKey = leafPath(job, &t.scope), hidesKey(job); d.Feed == nil {
		t.orderKeys()
	}
	t.cells = make([]cell.Cell, len(t.system)+len(t.columns))
	job.drift.watch(&t.scope)
	return t, nil
}

func (t *table) compileRows(params report.Params) error {
	r := t.job.Report.Rows
	if r == nil {
		return nil
	}
	t.numbered = r.Numbered
	var ok bool
	if r.Of != "" {
		if t.derive, ok = t.scope.family.rows(r.Of); !ok {
			return unknownFact(t.job.Report, r.Of)
		}
		for _, name := range report.Facts(t.job.Report.Family)[r.Of].With {
			t.scope.around = append(t.scope.around, &part{name: name})
		}
	} else {
		t.rows = compilePath(r.Path, &t.scope)
	}
	for _, s := range r.Sort {
		t.sort = append(t.sort, compilePath(s, nil))
	}
	if r.Skip == "" || isTrue(params, r.Unless) {
		return nil
	}
	if t.skip, ok = t.scope.fact(r.Skip); !ok {
		return unknownFact(t.job.Report, r.Skip)
	}
	return nil
}

// orderKeys puts the cells of the row key, found in the order of columns, in that of
// the key.
func (t *table) orderKeys() {
	of := map[string]int{}
	for _, at := range t.keys {
		of[t.columns[at-len(t.system)].def.Name] = at
	}
	for i, name := range t.job.Report.RowKey {
		t.keys[i] = of[name]
	}
}

func isTrue(params report.Params, name string) bool {
	var on bool
	return name != "" && json.Unmarshal(params[name], &on) == nil && on
}

// record calls yield for every row of the record that is written, with the cells filled. A
// record that cannot be delivered is a *badValue.
func (t *table) record(rec source.Record, yield func() error) error {
	if t.changes != nil {
		return t.changes.record(t, rec, yield)
	}
	return t.read(rec, yield)
}

// read calls yield for every row of the record.
func (t *table) read(rec source.Record, yield func() error) error {
	t.doc.Release()
	root, err := t.doc.Parse(rec.Raw)
	if err != nil {
		return unreadable(rec.Raw, err)
	}
	t.id = rec.ID
	t.job.drift.look(root)
	t.scope.reset(root, rec.FetchedAt)
	return t.each(yield)
}

// each calls yield for every row of the record in scope.
func (t *table) each(yield func() error) error {
	s := &t.scope
	if err := t.refuse.check(s); err != nil {
		return err
	}
	for i, c := range t.columns {
		if c.once {
			if err := c.read(s, &t.cells[len(t.system)+i]); err != nil {
				return err
			}
		}
	}
	clear(t.keysSeen)
	if t.rows == nil && t.derive == nil {
		return t.row(yield)
	}
	t.collectRows()
	for _, e := range t.order {
		s.setRow(e)
		if t.skip != nil && t.skips() {
			continue
		}
		if err := t.row(yield); err != nil {
			return err
		}
	}
	return s.defect()
}

func (t *table) row(yield func() error) error {
	if err := t.scope.defect(); err != nil { // found by skip, before a row of it is made
		return err
	}
	t.scope.number++
	for i, c := range t.columns {
		if !c.once {
			if err := c.read(&t.scope, &t.cells[len(t.system)+i]); err != nil {
				return err
			}
		}
	}
	if err := t.scope.defect(); err != nil {
		return err
	}
	if len(t.system) > 0 || t.track != nil {
		t.makeKey()
	}
	if t.hashes {
		t.rowHash = t.hash()
	}
	if t.track != nil {
		if skip, err := t.track.follow(t.rowKey, t.rowHash); err != nil || skip {
			return err
		}
	}
	return t.write(yield)
}

// write reads the columns about the row and has it written.
func (t *table) write(yield func() error) error {
	for i, c := range t.system {
		c.read(t, &t.cells[i])
	}
	return yield()
}

// removed has a row written that says only that the marked one was removed.
func (t *table) removed(yield func() error) error {
	t.rowKey = append(t.rowKey[:0], t.track.mark.Entry.Key...)
	return t.bare(yield)
}

// bare has a row written of which nothing is known but its key.
func (t *table) bare(yield func() error) error {
	for i := range t.cells {
		t.cells[i].SetNull()
	}
	t.gone = true
	defer func() { t.gone = false }()
	return t.write(yield)
}

func (t *table) skips() bool {
	t.skip(&t.scope, &t.skipCell)
	return t.skipCell.Kind == cell.Bool && t.skipCell.Num == 1
}

func (t *table) collectRows() {
	t.order = t.order[:0]
	if t.derive != nil {
		t.derive(func(v jsonrec.Value, around ...jsonrec.Value) {
			t.order = append(t.order, rowElement{v, len(t.order), around})
		})
		return
	}
	t.rows.each(&t.scope, func(v jsonrec.Value) bool {
		t.order = append(t.order, rowElement{v, len(t.order), nil})
		return true
	})
	if len(t.sort) > 0 && !slices.IsSortedFunc(t.order, t.compare) {
		slices.SortStableFunc(t.order, t.compare)
	}
}
