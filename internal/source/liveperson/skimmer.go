package liveperson

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"strconv"
	"strings"
)

const (
	// skimAhead is how much of an answer is held while it is read past.
	skimAhead = 64 << 10
	// skimKept is the most that is kept of one value: ids, times and the head of an answer are shorter.
	skimKept = 64 << 10
)

// skimmer reads JSON text of any length and nesting in constant memory. What it passes over is not checked, for
// nothing is made of it.
type skimmer struct {
	in   *bufio.Reader
	kept []byte
	long bool    // kept is not all
	sum  *tokens // of what is consumed; nil: nobody asks
}

// tokens hashes JSON without the white space between its tokens.
type tokens struct {
	hash hash.Hash
	*bufio.Writer
}

func newTokens() *tokens {
	h := sha256.New()
	return &tokens{h, bufio.NewWriter(h)}
}

// name is the start of the hash, enough to tell records apart, and begins it anew.
func (t *tokens) name() string {
	_ = t.Flush() // a hash takes all
	defer t.hash.Reset()
	return hex.EncodeToString(t.hash.Sum(nil)[:8])
}

// object calls member for each key, which must consume the value.
func (s *skimmer) object(member func(key string) error) error {
	return s.list('{', '}', func() error {
		key, err := s.value()
		if err == nil {
			err = s.expect(':')
		}
		if err != nil {
			return err
		}
		return member(string(plainText(key)))
	})
}

func (s *skimmer) array(element func() error) error { return s.list('[', ']', element) }

func (s *skimmer) list(open, shut byte, element func() error) error {
	if err := s.expect(open); err != nil {
		return err
	}
	if c, err := s.peek(); err != nil || c == shut {
		return s.expect(shut)
	}
	for {
		if err := element(); err != nil {
			return err
		}
		if c, err := s.peek(); err != nil || c != ',' {
			return s.expect(shut)
		}
		s.take()
	}
}

// value consumes the next value and returns its bytes, none if they are more than skimKept.
func (s *skimmer) value() ([]byte, error) {
	s.kept, s.long = s.kept[:0], false
	if err := s.pass(); err != nil || s.long {
		return nil, err
	}
	return s.kept, nil
}

// pass consumes the next value.
func (s *skimmer) pass() error {
	for depth := 0; ; {
		c, err := s.peek()
		if err != nil {
			return err
		}
		switch c {
		case '"':
			err = s.text()
		case '{', '[':
			depth++
			s.take()
		case '}', ']':
			depth--
			s.take()
		case ',', ':':
			if s.take(); depth == 0 {
				err = errors.New("JSON has no value where one should be")
			}
		default:
			err = s.word()
		}
		if depth < 0 {
			err = errors.New("JSON closes what is not open")
		}
		if err != nil || depth == 0 {
			return err
		}
	}
}

// text consumes a string.
func (s *skimmer) text() error {
	s.take()
	for slashes := 0; ; {
		some, err := s.in.ReadSlice('"')
		s.keep(some)
		ends := err == nil
		if ends {
			some = some[:len(some)-1]
		}
		if plain := bytes.TrimRight(some, `\`); len(plain) > 0 {
			slashes = 0
			some = some[len(plain):]
		}
		slashes += len(some)
		switch {
		case ends && slashes%2 == 0:
			return nil
		case ends:
			slashes = 0
		case !errors.Is(err, bufio.ErrBufferFull):
			return early(err)
		}
	}
}

// word consumes a number or a name up to what cannot be in one.
func (s *skimmer) word() error {
	for {
		c, err := s.in.ReadByte()
		if err != nil {
			return early(err)
		}
		if strings.IndexByte(" \t\r\n,:[]{}\"", c) >= 0 {
			return s.in.UnreadByte()
		}
		s.keepOne(c)
	}
}

// peek moves to the next token and returns its first byte.
func (s *skimmer) peek() (byte, error) {
	for {
		c, err := s.in.ReadByte()
		if err != nil {
			return 0, early(err)
		}
		if c != ' ' && c != '\t' && c != '\r' && c != '\n' {
			return c, s.in.UnreadByte()
		}
	}
}

// take consumes the byte that was peeked at.
func (s *skimmer) take() {
	c, _ := s.in.ReadByte()
	s.keepOne(c)
}

func (s *skimmer) expect(want byte) error {
	c, err := s.peek()
	if err == nil && c != want {
		err = errors.New("JSON: expected " + strconv.QuoteRune(rune(want)))
	}
	if err == nil {
		s.take()
	}
	return err
}

func (s *skimmer) keepOne(c byte) {
	if s.long = s.long || len(s.kept) == skimKept; !s.long {
		s.kept = append(s.kept, c)
	}
	if s.sum != nil {
		_ = s.sum.WriteByte(c)
	}
}

func (s *skimmer) keep(b []byte) {
	if s.sum != nil {
		_, _ = s.sum.Write(b)
	}
	if s.long = s.long || len(s.kept)+len(b) > skimKept; !s.long {
		s.kept = append(s.kept, b...)
	}
}

func early(err error) error {
	if errors.Is(err, io.EOF) {
		return errTruncated
	}
	return err
}
