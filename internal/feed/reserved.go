package feed

import (
	"bytes"
	"encoding/json"
	"slices"

	"transporter/internal/transform/jsonrec"
)

// Reserved are the members by which a row says where it is from, and what stands for a bad line why it is
// none. A platform's own columns of these names are read on as "platform_leaf" and so on.
var Reserved = []string{"_leaf", "_file", "_line", "_bad", "_reason", "_sha256"}

// ownPrefix sets a platform's own column apart from one of ours, as often as it takes.
const ownPrefix = "platform"

// withoutReserved returns the object with its reserved names replaced.
func withoutReserved(object []byte) ([]byte, error) {
	d := json.NewDecoder(bytes.NewReader(object))
	if _, err := d.Token(); err != nil {
		return nil, err
	}
	var names []string
	var values []json.RawMessage
	for d.More() {
		token, err := d.Token()
		if err != nil {
			return nil, err
		}
		name, _ := token.(string) // a member's name is nothing else
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return nil, err
		}
		names, values = append(names, name), append(values, value)
	}
	dst := []byte{'{'}
	for i, name := range names {
		for slices.Contains(Reserved, name) || name != names[i] && slices.Contains(names, name) {
			name = ownPrefix + name
		}
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(append(jsonrec.AppendText(dst, []byte(name)), ':'), values[i]...)
	}
	return append(dst, '}'), nil
}
