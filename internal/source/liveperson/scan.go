package liveperson

import (
	"errors"
	"fmt"
	"strconv"

	"transporter/internal/fault"
)

// maxDepth bounds nesting, so that a hostile body cannot exhaust the stack. It is beyond what
// a record may nest to be rendered (10,000 levels): one that does is put in quarantine alone,
// with its id, and does not make the page unreadable.
const maxDepth = 20_000

var errTruncated = errors.New("JSON ends early")

// scanner walks over JSON text and checks its grammar (RFC 8259) without building
// values: pages are cut into records at memory speed, and bytes stay as they came.
type scanner struct {
	b      []byte
	i      int
	depth  int
	spaced bool   // white space was seen between tokens since it was last reset
	rawKey []byte // the key that object passes to member, as it is written
}

func (s *scanner) fail(what string) error {
	if s.i >= len(s.b) {
		return errTruncated
	}
	return fmt.Errorf("JSON at byte %d: %s", s.i, what)
}

// tooDeep is no broken answer that may be whole when it is asked for again.
func (s *scanner) tooDeep() error {
	return fault.New(fault.SchemaMismatch, "JSON at byte %d: nested deeper than %d levels", s.i, maxDepth).
		WithFix("tell the platform's support: no answer of it is documented to nest so")
}

// peek moves to the next token and returns its first byte, or zero at the end.
func (s *scanner) peek() byte {
	for s.i < len(s.b) {
		switch c := s.b[s.i]; c {
		case ' ', '\t', '\n', '\r':
			s.spaced = true
			s.i++
		default:
			return c
		}
	}
	return 0
}

func (s *scanner) expect(c byte) error {
	if s.peek() != c {
		return s.fail("expected " + strconv.QuoteRune(rune(c)))
	}
	s.i++
	return nil
}

// end checks that only white space follows.
func (s *scanner) end() error {
	if s.peek(); s.i < len(s.b) {
		return s.fail("unexpected text after the value")
	}
	return nil
}

// object calls member for each key, which must consume the value.
func (s *scanner) object(member func(key []byte) error) error {
	return s.list('{', '}', func() error {
		if s.peek() != '"' {
			return s.fail("expected a key")
		}
		from := s.i
		if err := s.text(); err != nil {
			return err
		}
		s.rawKey = s.b[from:s.i]
		key := unquote(s.rawKey)
		if err := s.expect(':'); err != nil {
			return err
		}
		return member(key)
	})
}

// list walks an array, or an object as a list of members; element must consume one.
func (s *scanner) list(open, shut byte, element func() error) error {
	if err := s.expect(open); err != nil {
		return err
	}
	if s.depth++; s.depth > maxDepth {
		return s.tooDeep()
	}
	if s.peek() != shut {
		for {
			if err := element(); err != nil {
				return err
			}
			if s.peek() != ',' {
				break
			}
			s.i++
		}
	}
	s.depth--
	return s.expect(shut)
}

func (s *scanner) array(element func() error) error { return s.list('[', ']', element) }

// value consumes the next value and returns its bytes.
func (s *scanner) value() ([]byte, error) {
	s.peek()
	from := s.i
	if err := s.skip(); err != nil {
		return nil, err
	}
	return s.b[from:s.i], nil
}

// skip consumes the next value. It repeats the shape of list without callbacks: this
// is the hot loop.
func (s *scanner) skip() error {
	switch c := s.peek(); c {
	case '{', '[':
		return s.skipList(c)
	case '"':
		return s.text()
	case 't':
		return s.literal("true")
	case 'f':
		return s.literal("false")
	case 'n':
		return s.literal("null")
	default:
		return s.number()
	}
}

func (s *scanner) skipList(open byte) error {
	if s.depth++; s.depth > maxDepth {
		return s.tooDeep()
	}
	s.i++
	shut := open + 2 // '{' and '}', '[' and ']' are two apart
	if s.peek() != shut {
		for {
			if open == '{' {
				if s.peek() != '"' {
					return s.fail("expected a key")
				}
				if err := s.text(); err != nil {
					return err
				}
				if err := s.expect(':'); err != nil {
					return err
				}
			}
			if err := s.skip(); err != nil {
				return err
			}
			if s.peek() != ',' {
				break
			}
			s.i++
		}
	}
	s.depth--
	return s.expect(shut)
}

func (s *scanner) literal(word string) error {
	if len(s.b)-s.i < len(word) || string(s.b[s.i:s.i+len(word)]) != word {
		return s.fail("expected a value")
	}
	s.i += len(word)
	return nil
}
