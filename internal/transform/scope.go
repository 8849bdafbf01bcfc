package transform

import (
	"transporter/internal/report"
	"transporter/internal/transform/cell"
	"transporter/internal/transform/jsonrec"
	"transporter/internal/transform/messaging"
)

// scope is what the columns of one record, and of its rows, are computed from.
type scope struct {
	record       int64 // number of the record, from 1
	rowStamp     int64 // number of the row, over all records
	ofRecord     members
	ofRow        members
	indexes      map[indexKey]*index
	root         jsonrec.Value
	element      jsonrec.Value // the row's element
	row          int           // its place in the record
	fetchedAt    int64
	account      []byte
	conversation *messaging.Conversation // nil for other families
	scratch      []byte                  // texts made while reading; grows, never overwritten within a record
}

func (s *scope) reset(root jsonrec.Value, fetchedAt int64) {
	s.record++
	s.root, s.element, s.row, s.fetchedAt = root, jsonrec.Value{}, 0, fetchedAt
	s.ofRecord.base = root
	s.scratch = s.scratch[:0]
	if s.conversation != nil {
		s.conversation.Reset(root)
	}
}

// setRow goes to a row of the record.
func (s *scope) setRow(e rowElement) {
	s.rowStamp++
	s.element, s.row, s.ofRow.base = e.value, e.at, e.value
}

// defect is what derived values found wrong with the record, if anything.
func (s *scope) defect() error {
	if s.conversation == nil {
		return nil
	}
	if d := s.conversation.Defect(); d != nil {
		return &badValue{d.Path, d.Reason}
	}
	return nil
}

// fact computes one derived value.
type fact func(s *scope, out *cell.Cell)

// anyFacts are those of report.AnyFamily.
var anyFacts = map[string]fact{
	"account_id": func(s *scope, out *cell.Cell) { out.SetText(s.account) },
}

// families binds the name of a fact to its code, by family.
var families = map[string]func(name string) (fact, bool){
	"messaging": func(name string) (fact, bool) {
		f, ok := messaging.Facts[name]
		return func(s *scope, out *cell.Cell) { f(s.conversation, s.row, out) }, ok
	},
}

func bindFact(d *report.Definition, name string) (fact, bool) {
	if f, ok := anyFacts[name]; ok {
		return f, true
	}
	if bind, ok := families[d.Family]; ok {
		return bind(name)
	}
	return nil, false
}
