package recordfile

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"transporter/internal/feed"
	"transporter/internal/report"
	"transporter/internal/transform/cell"
	"transporter/internal/transform/jsonrec"
)

// walker finds the records of one file.
type walker struct {
	files    *Files
	resource string
	file     opened
	shape    report.Resource
	number   int // of the file
	dec      *json.Decoder
	doc      jsonrec.Doc
	ruler    *feed.Ruler // of an exported table; nil: records have their ids at the paths of the shape
	entries  []entry
	made     int   // the file of records that were made of answers; zero: none was
	size     int64 // of that file
}

// walk goes from JSON value to JSON value: an array of records, an object that holds such
// an array under the name of the envelope, or a record.
func (w *walker) walk() error {
	for {
		token, err := w.dec.Token()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return w.broken(err)
		case token == json.Delim('['):
			err = w.array()
		case token == json.Delim('{'):
			err = w.object()
		default:
			err = w.wrong(w.dec.InputOffset(), "%v where an object or an array should be", token)
		}
		if err != nil {
			return err
		}
	}
}

// array takes the records up to the end of the array that has begun.
func (w *walker) array() error {
	for w.dec.More() {
		var raw json.RawMessage
		if err := w.dec.Decode(&raw); err != nil {
			return w.broken(err)
		}
		if err := w.add(raw, w.dec.InputOffset()-int64(len(raw))); err != nil {
			return err
		}
	}
	_, err := w.dec.Token()
	return w.broken(err)
}

// object takes the records of the answer that has begun, or itself as a record.
func (w *walker) object() error {
	from, enveloped, ours := w.dec.InputOffset()-1, false, false
	if w.shape.Asked {
		return w.about(from)
	}
	for w.dec.More() {
		name, err := w.dec.Token()
		if err != nil {
			return w.broken(err)
		}
		ours = ours || name == headMember
		if name == w.shape.Envelope {
			enveloped = true
			if err := w.envelope(); err != nil {
				return err
			}
			continue
		}
		var raw json.RawMessage
		if err := w.dec.Decode(&raw); err != nil {
			return w.broken(err)
		}
	}
	if _, err := w.dec.Token(); err != nil {
		return w.broken(err)
	}
	if enveloped || ours {
		return nil
	}
	raw := make([]byte, w.dec.InputOffset()-from)
	if _, err := w.file.ReadAt(raw, from); err != nil {
		return fmt.Errorf("read records: %w", err)
	}
	return w.add(raw, from)
}

// headMember is in the first line of raw reports in JSON Lines with a metadata header.
const headMember = "_transporter"

func (w *walker) envelope() error {
	token, err := w.dec.Token()
	switch {
	case err != nil:
		return w.broken(err)
	case token == nil: // null: no records
		return nil
	case token != json.Delim('['):
		return w.wrong(w.dec.InputOffset(), "%s is %v where an array should be", w.shape.Envelope, token)
	}
	return w.array()
}

// add takes what lies at that place of the file: a record, or an answer about now.
func (w *walker) add(raw []byte, at int64) error {
	if w.shape.Asked {
		if root, err := w.doc.Parse(raw); err == nil && root.Kind() == jsonrec.Object && !isAbout(root) {
			return w.answer(bytes.NewReader(raw), at)
		}
	}
	if w.shape.Each != "" {
		return w.apart(raw, at)
	}
	return w.keep(raw, entry{file: w.number, at: at, size: int64(len(raw))}, at)
}

// keep takes a record by its id and order. Place is where it, or what it was made of, lies in the file.
func (w *walker) keep(raw []byte, e entry, place int64) error {
	nth := len(w.entries) + 1
	root, err := w.doc.Parse(raw)
	if err != nil {
		return w.wrong(place, "record %d: %v", nth, err)
	}
	e.nth = nth
	if root.Kind() != jsonrec.Object {
		return w.wrong(place, "record %d is %s where an object should be", nth, root.Kind())
	}
	if w.ruler != nil {
		return w.addLine(e, root, raw)
	}
	id := cell.TextOf(follow(root, w.shape.ID))
	if id == nil {
		return w.wrong(place, "record %d has no %s", nth, w.shape.ID)
	}
	if e.id = string(id); len(w.shape.Also) > 0 {
		e.id = sortable(id)
	}
	for _, path := range w.shape.Also {
		e.id += ":" + sortable(cell.TextOf(follow(root, path)))
	}
	if w.shape.Order != "" {
		var ok bool
		if e.order, ok = orderOf(follow(root, w.shape.Order)); !ok {
			return w.wrong(place, "record %d (%s) has no whole number or time in %s", nth, e.id, w.shape.Order)
		}
	}
	w.entries = append(w.entries, e)
	return nil
}

// sortable writes whole numbers so that ids of several parts sort by them.
func sortable(part []byte) string {
	if n, ok := cell.ParseInt(part); ok {
		return fmt.Sprintf("%012d", n)
	}
	return string(part)
}

// orderOf reads a whole number, or an RFC 3339 time as epoch milliseconds.
func orderOf(v jsonrec.Value) (int64, bool) {
	if n, ok := cell.IntOf(v); ok {
		return n, true
	}
	t, err := time.Parse(time.RFC3339, string(cell.TextOf(v)))
	return t.UnixMilli(), err == nil
}

// follow goes along the members and the numbered elements that a path names.
func follow(v jsonrec.Value, text string) jsonrec.Value {
	p, err := report.ParsePath(text)
	if err != nil {
		return jsonrec.Value{} // checked with the catalog
	}
	for _, s := range p.Steps {
		if s.Kind == report.StepIndex {
			v = elementAt(v, s.Index)
			continue
		}
		v = v.Get(s.Name)
	}
	return v
}

// elementAt returns the nth element from 0, or what is none.
func elementAt(v jsonrec.Value, n int) jsonrec.Value {
	for e := range v.Elements() {
		if n == 0 {
			return e
		}
		n--
	}
	return jsonrec.Value{}
}
