package liveperson

import (
	"bytes"
	"slices"
	"strings"
)

// withheld are members that hold secrets of the platform's users and of our own keys.
// They are dropped at any depth before anything is stored.
var withheld = []string{"passwordSh", "oldPassword", "confirmPassword", "allowedAppKeys"}

func isWithheld(key []byte) bool {
	return slices.ContainsFunc(withheld, func(name string) bool { return strings.EqualFold(name, string(key)) })
}

// cleanItem writes the object raw to dst, without the withheld members and without
// white space between tokens; all else stays byte for byte. It returns the value of
// the member "id" as text, empty if there is none.
func cleanItem(dst *bytes.Buffer, raw []byte) (id string, err error) {
	s := scanner{b: raw}
	if s.peek() != '{' {
		return "", s.fail("not an object")
	}
	err = s.copyObject(dst, func(key, value []byte) {
		if string(key) == "id" && bytes.IndexByte([]byte("{[n"), value[0]) < 0 { // an object, a list and null identify nothing
			id = string(plainText(value))
		}
	})
	return id, err
}

// copyObject copies an object; top, if not nil, sees each member as it was copied.
func (s *scanner) copyObject(dst *bytes.Buffer, top func(key, value []byte)) error {
	dst.WriteByte('{')
	first := true
	err := s.object(func(key []byte) error {
		if isWithheld(key) {
			return s.skip()
		}
		if !first {
			dst.WriteByte(',')
		}
		first = false
		dst.Write(s.rawKey)
		dst.WriteByte(':')
		from := dst.Len()
		if err := s.copyValue(dst); err != nil {
			return err
		}
		if top != nil {
			top(key, dst.Bytes()[from:])
		}
		return nil
	})
	dst.WriteByte('}')
	return err
}

func (s *scanner) copyValue(dst *bytes.Buffer) error {
	switch s.peek() {
	case '{':
		return s.copyObject(dst, nil)
	case '[':
		dst.WriteByte('[')
		first := true
		err := s.array(func() error {
			if !first {
				dst.WriteByte(',')
			}
			first = false
			return s.copyValue(dst)
		})
		dst.WriteByte(']')
		return err
	}
	raw, err := s.value()
	dst.Write(raw)
	return err
}
