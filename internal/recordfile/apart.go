package recordfile

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"transporter/internal/source"
)

// apart takes an element as a run does that makes a record of each element of its array: the element as it came, with
// that one alone. One that has a single one is such a record.
func (w *walker) apart(raw []byte, at int64) error {
	before, parts, after, err := around(raw, w.shape.Each)
	if err != nil {
		return w.wrong(at, "record %d: %w", len(w.entries)+1, err)
	}
	if len(parts) == 1 {
		return w.keep(raw, entry{file: w.number, at: at, size: int64(len(raw))}, at)
	}
	for _, part := range parts {
		if err := w.make(source.Record{Raw: slices.Concat(before, part, after), FetchedAt: w.file.changed}, at); err != nil {
			return err
		}
	}
	return nil
}

// around cuts an object into what stands before the elements of its array of the name, the elements, and what stands
// after them.
func around(object []byte, name string) (before []byte, elements [][]byte, after []byte, err error) {
	d := json.NewDecoder(bytes.NewReader(object))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, nil, nil, errors.New("it is no object")
	}
	for d.More() {
		member, err := d.Token()
		if err != nil {
			return nil, nil, nil, err
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return nil, nil, nil, err
		}
		if member != name {
			continue
		}
		var list []json.RawMessage
		if err := json.Unmarshal(value, &list); err != nil || list == nil {
			return nil, nil, nil, fmt.Errorf("%s is no array", name)
		}
		end := d.InputOffset()
		before, after, elements = object[:end-int64(len(value))+1], object[end-1:], nil
		for _, one := range list {
			elements = append(elements, one)
		}
	}
	if before == nil {
		err = fmt.Errorf("it has no %s", name)
	}
	return before, elements, after, err
}
