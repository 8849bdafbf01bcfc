package transform

import (
	"transporter/internal/report"
	"transporter/internal/transform/jsonrec"
)

// scope is what the columns of one record, and of its rows, are computed from.
type scope struct {
	record    int64 // number of the record, from 1
	rowStamp  int64 // number of the row, over all records
	ofRecord  members
	ofRow     members
	around    []*part // what rows of the report's kind have around their element
	indexes   map[indexKey]*index
	root      jsonrec.Value
	element   jsonrec.Value // the row's element
	row       int           // its place in the array, or among the derived rows
	number    int64         // of the row within its record, from 1, those left out not counted
	fetchedAt int64
	account   []byte
	family    *family // nil where no column needs one
	scratch   []byte  // texts made while reading; grows, never overwritten within a record
}

func (s *scope) reset(root jsonrec.Value, fetchedAt int64) {
	s.record++
	s.root, s.element, s.row, s.number, s.fetchedAt = root, jsonrec.Value{}, 0, 0, fetchedAt
	s.ofRecord.base = root
	if s.scratch = s.scratch[:0]; cap(s.scratch) > maxKept {
		s.scratch = nil // of a giant record
	}
	if s.family != nil {
		s.family.reset(root)
	}
}

// setRow goes to a row of the record.
func (s *scope) setRow(e rowElement) {
	s.rowStamp++
	s.element, s.row, s.ofRow.base = e.value, e.at, e.value
	for i, p := range s.around {
		p.base = jsonrec.Value{}
		if i < len(e.around) {
			p.base = e.around[i]
		}
	}
}

// part is an object around a row's element, by the name that paths give it: "@name".
type part struct {
	members
	name string
}

// membersOf returns those of the record, the row's element or an object around it.
func (s *scope) membersOf(p *report.Path) *members {
	switch {
	case !p.Row:
		return &s.ofRecord
	case p.Part == "":
		return &s.ofRow
	}
	for _, a := range s.around {
		if a.name == p.Part {
			return &a.members
		}
	}
	panic("no row has " + p.Text) // refused by package report at load
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
