package transform

import "transporter/internal/transform/jsonrec"

// scope is what the columns of one record, and of its rows, are computed from.
type scope struct {
	record    int64 // number of the record, from 1
	rowStamp  int64 // number of the row, over all records
	ofRecord  members
	ofRow     members
	indexes   map[indexKey]*index
	root      jsonrec.Value
	element   jsonrec.Value // the row's element
	row       int           // its place in the record
	fetchedAt int64
	account   []byte
	family    *family // nil where no column needs one
	scratch   []byte  // texts made while reading; grows, never overwritten within a record
}

func (s *scope) reset(root jsonrec.Value, fetchedAt int64) {
	s.record++
	s.root, s.element, s.row, s.fetchedAt = root, jsonrec.Value{}, 0, fetchedAt
	s.ofRecord.base = root
	s.scratch = s.scratch[:0]
	if s.family != nil {
		s.family.reset(root)
	}
}

// setRow goes to a row of the record.
func (s *scope) setRow(e rowElement) {
	s.rowStamp++
	s.element, s.row, s.ofRow.base = e.value, e.at, e.value
}

// defect is what derived values found wrong with the record, if anything.
func (s *scope) defect() error {
	if s.family == nil {
		return nil
	}
	return s.family.defect()
}

// fact returns the derived value of that name.
func (s *scope) fact(name string) (fact, bool) {
	if f, ok := anyFacts[name]; ok || s.family == nil {
		return f, ok
	}
	return s.family.bind(name)
}
