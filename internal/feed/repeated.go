package feed

import (
	"bytes"
	"encoding/json"

	"transporter/internal/transform/jsonrec"
)

// lastOfEach returns the JSON value with the last of the members of one name only, at every depth,
// in the place of the first. Whoever reads such a row otherwise may take another of them, or refuse
// it (RFC 8259 §4).
func lastOfEach(value []byte) ([]byte, error) {
	d := json.NewDecoder(bytes.NewReader(value))
	d.UseNumber()
	return appendLast(nil, d)
}

func appendLast(dst []byte, d *json.Decoder) ([]byte, error) {
	token, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch token {
	case json.Delim('{'):
		return appendMembers(dst, d)
	case json.Delim('['):
		return appendElements(dst, d)
	}
	switch token := token.(type) {
	case string:
		return jsonrec.AppendText(dst, []byte(token)), nil
	case json.Number:
		return append(dst, token...), nil
	case bool:
		if token {
			return append(dst, "true"...), nil
		}
		return append(dst, "false"...), nil
	}
	return append(dst, "null"...), nil
}

func appendMembers(dst []byte, d *json.Decoder) ([]byte, error) {
	var names []string
	values := map[string][]byte{}
	for d.More() {
		token, err := d.Token()
		if err != nil {
			return nil, err
		}
		name, _ := token.(string) // a member's name is nothing else
		if _, ok := values[name]; !ok {
			names = append(names, name)
		}
		if values[name], err = appendLast(nil, d); err != nil {
			return nil, err
		}
	}
	dst = append(dst, '{')
	for i, name := range names {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(jsonrec.AppendText(dst, []byte(name)), ':')
		dst = append(dst, values[name]...)
	}
	_, err := d.Token()
	return append(dst, '}'), err
}

func appendElements(dst []byte, d *json.Decoder) ([]byte, error) {
	dst = append(dst, '[')
	for first := true; d.More(); first = false {
		if !first {
			dst = append(dst, ',')
		}
		var err error
		if dst, err = appendLast(dst, d); err != nil {
			return nil, err
		}
	}
	_, err := d.Token()
	return append(dst, ']'), err
}
