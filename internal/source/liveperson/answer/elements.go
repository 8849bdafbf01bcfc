package answer

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"

	"transporter/internal/fault"
	"transporter/internal/source"
)

// Records gives the record of each element of an answer.
func (s Shape) Records(body io.Reader, a Asked, give func(source.Record) error) error {
	return s.Each(body, func(raw []byte) error {
		r, err := s.Record(raw, a)
		if err != nil {
			return err
		}
		return give(r)
	})
}

// Each streams the elements of an answer, or gives the answer as a whole. What lies beside the array
// is passed over; an answer without it is an error.
func (s Shape) Each(body io.Reader, element func(raw []byte) error) error {
	switch {
	case s.Array == "":
		return theWhole(body, element)
	case s.Within == "":
		return wholeOf(body, s.Array, func(d *json.Decoder) error { return EachIn(d, element) })
	}
	return wholeOf(body, s.Within, func(d *json.Decoder) error {
		return eachOf(d, s.Array, func(d *json.Decoder) error { return EachIn(d, element) })
	})
}

// wholeOf reads an answer that is an object, to its end.
func wholeOf(body io.Reader, name string, value func(d *json.Decoder) error) error {
	d := Decoder(body)
	if err := eachOf(d, name, value); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return errors.Join(errors.New("there is text after the end of the answer"), err)
	}
	return nil
}

func theWhole(body io.Reader, element func(raw []byte) error) error {
	raw, err := io.ReadAll(body)
	if err == nil && (!json.Valid(raw) || bytes.TrimLeft(raw, " \t\r\n")[0] != '{') {
		err = errors.New("the answer is not a JSON object")
	}
	if err != nil {
		return err
	}
	return element(raw)
}

// missing is what an object lacks that holds the elements.
type missing string

func (m missing) Error() string { return "the answer has no " + string(m) }

// eachOf reads an object, of which value reads that of every member of the name.
func eachOf(d *json.Decoder, name string, value func(d *json.Decoder) error) error {
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return errors.Join(errors.New("the answer is not a JSON object"), err)
	}
	found := false
	for d.More() {
		member, err := d.Token()
		if err != nil {
			return err
		}
		if member != name {
			var skipped json.RawMessage
			if err := d.Decode(&skipped); err != nil {
				return err
			}
			continue
		}
		found = true
		if err := value(d); err != nil {
			return err
		}
	}
	if _, err := d.Token(); err != nil {
		return err
	}
	if !found {
		return missing(name)
	}
	return nil
}

// EachIn streams the elements of the list that comes next.
func EachIn(d *json.Decoder, element func(raw []byte) error) error {
	if t, err := d.Token(); err != nil || t != json.Delim('[') {
		return errors.Join(errors.New("what should be a list is none"), err)
	}
	var raw json.RawMessage
	for d.More() {
		if err := d.Decode(&raw); err != nil {
			return err
		}
		if err := element(raw); err != nil {
			return err
		}
	}
	_, err := d.Token()
	return err
}

// keyOf returns what identifies the element.
func (s Shape) keyOf(raw []byte) (string, error) {
	if s.Key == "" {
		return whole, nil
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(raw, &members); err != nil {
		return "", err
	}
	key := string(members[s.Key])
	if len(key) > 0 && key[0] == '"' {
		if err := json.Unmarshal(members[s.Key], &key); err != nil {
			return "", err
		}
	}
	if key != "" && key != "null" && key[0] != '{' && key[0] != '[' {
		return key, nil
	}
	return "", fault.New(fault.SchemaMismatch, "an element of the answer has no %s", s.Key)
}
