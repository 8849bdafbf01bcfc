package liveperson

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// errSkimmed ends the reading of an answer of which all is known that is wanted.
var errSkimmed = errors.New("the rest does not matter")

// skimPage reads an answer that is too long to be held as far as it takes to know its head and the record of the
// id, or the first if none is given. Its records are without their bytes.
func skimPage(body io.Reader, records, id string) (page, error) {
	p := page{count: absent}
	s := skimmer{in: bufio.NewReaderSize(body, skimAhead)}
	headed, found := false, false
	enough := func() error {
		if headed && found {
			return errSkimmed
		}
		return nil
	}
	err := s.object(func(key string) error {
		switch key {
		case "_metadata":
			raw, err := s.value()
			if err == nil {
				err = p.metadata(&scanner{b: raw})
			}
			if headed = true; err != nil {
				return err
			}
			return enough()
		case records:
			if c, err := s.peek(); err != nil || c == 'n' {
				return s.pass()
			}
			return s.array(func() error {
				p.records = append(p.records, newRecord())
				r := &p.records[len(p.records)-1]
				r.withheld, s.sum = true, newTokens()
				return s.record(r, func() error {
					found = found || id == "" || r.id == id
					return enough()
				})
			})
		}
		return s.pass()
	})
	if errors.Is(err, errSkimmed) {
		err = nil
	}
	return p, err
}

// record reads what the info of a record says of it, then asks known whether there is more to read. One that
// has no id is read to its end, to be known by its hash.
func (s *skimmer) record(r *record, known func() error) error {
	err := s.object(func(key string) error {
		if c, err := s.peek(); err != nil || key != "info" || c != '{' {
			return s.pass()
		}
		err := s.object(func(key string) error {
			raw, err := s.value()
			r.set(key, raw)
			return err
		})
		if r.name(); err != nil || r.id == "" {
			return err
		}
		return known()
	})
	if err != nil || r.id != "" {
		return err
	}
	r.sum = s.sum.name()
	return known()
}

// skim reads an answer with one element that is too long to be held: its hash, and what the answer says beside
// it. An element that is not too long itself is given as it is.
func (p *pagedAnswer) skim(array string, body io.Reader) error {
	s := skimmer{in: bufio.NewReaderSize(body, skimAhead)}
	there := false
	err := s.object(func(key string) error {
		switch key {
		case array:
			there = true
			return s.array(func() error {
				if len(p.elements) > 0 {
					return errors.New("one element was asked for, and more came")
				}
				s.sum = newTokens()
				raw, err := s.value()
				p.elements, p.sum = append(p.elements, bytes.Clone(raw)), s.sum.name()
				return err
			})
		case "_metadata", "metadata", "pagination":
			raw, err := s.value()
			if err != nil || s.long {
				return errors.Join(err, errors.New("the answer's "+key+" is too long"))
			}
			return p.paging(raw)
		}
		return s.pass()
	})
	if err == nil && !there {
		err = errors.New("the answer has no " + array)
	}
	return err
}
