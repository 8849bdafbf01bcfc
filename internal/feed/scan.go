package feed

import (
	"bytes"
	"errors"
	"fmt"
	"unicode/utf8"

	"transporter/internal/transform/jsonrec"
)

// scanner reads one line after another: each must be one JSON object (RFC 8259) in UTF-8, of which it
// finds the members that are wanted. Lines of a file have mostly the same members in the same order,
// so each name is first compared with the one that followed its predecessor last time.
type scanner struct {
	wanted []string // names
	found  [][]byte // their values, nil for absent ones; the last of several

	known []name
	index map[string]int
	row   uint64 // counts lines, to notice a name that comes twice
	doc   jsonrec.Doc

	columns  map[string]bool // names that any line had; at most maxColumns
	unlisted int             // of the known names, how many are not among them

	kept    int // bytes of names that are remembered
	repeats int // names of the line that came twice, in it or in a value
}

// name is a member's name that was met.
type name struct {
	quoted []byte // with the colon
	at     int    // in wanted, or none
	next   int    // what followed it last
	row    uint64 // the last line that had it
	listed bool   // among the columns
}

const notWanted = -1

// maxMembers bounds the members of a row, and the names that are remembered between rows: tables have
// fewer than 100 columns.
const maxMembers = 10_000

// maxKept bounds the bytes of remembered names, so that hostile ones cannot fill the memory.
const maxKept = 1 << 20

// maxName bounds the name of a member of a row, and of the company whose it is: what rows have in common is
// remembered over all of a file, and the longest name of a column has far less.
const maxName = 4096

// maxColumns bounds the names that are told of a file whose rows have ever new ones.
const maxColumns = 1000

func newScanner(wanted []string) *scanner {
	s := &scanner{wanted: wanted, found: make([][]byte, len(wanted)), columns: map[string]bool{}}
	s.forget()
	return s
}

// forget begins with no name but a first one, which stands for the start of a line.
func (s *scanner) forget() {
	s.known, s.index, s.kept, s.unlisted = []name{{at: notWanted, listed: true}}, map[string]int{}, 0, 0
}

var (
	errMark   = errors.New("it begins with a byte order mark: JSON Lines are UTF-8 without one")
	errUTF8   = errors.New("it is not UTF-8")
	errEnds   = errors.New("it ends in the middle of a value")
	errObject = errors.New("it is not a JSON object")
	errDeep   = fmt.Errorf("it is nested deeper than %d levels", jsonrec.MaxDepth)
	errWide   = fmt.Errorf("it has more than %d members", maxMembers)
	errName   = fmt.Errorf("the name of a member has more than %d bytes", maxName)
)

// scan reads a line. Values that are found are parts of it.
func (s *scanner) scan(line []byte) error {
	if bytes.HasPrefix(line, []byte("\ufeff")) {
		return errMark
	}
	if !utf8.Valid(line) {
		return errUTF8
	}
	clear(s.found)
	s.repeats = 0
	if s.row++; len(s.known) > maxMembers || s.kept > maxKept {
		s.forget()
	}
	i := space(line, 0)
	if i == len(line) || line[i] != '{' {
		return errObject
	}
	if i = space(line, i+1); i < len(line) && line[i] == '}' {
		return s.end(line, i+1)
	}
	for last, n := 0, 0; ; n++ {
		if n == maxMembers {
			return errWide
		}
		at, from, err := s.name(line, i, last)
		if err != nil {
			return err
		}
		from = space(line, from)
		if i, err = s.value(line, from); err != nil {
			return err
		}
		if s.meet(at); s.known[at].at != notWanted {
			s.found[s.known[at].at] = line[from:i]
		}
		last = at
		if i = space(line, i); i == len(line) {
			return errEnds
		}
		if line[i] == '}' {
			return s.end(line, i+1)
		}
		if line[i] != ',' {
			return wrong(line, i, "a comma or }")
		}
		i = space(line, i+1)
	}
}

func (s *scanner) end(line []byte, i int) error {
	if i = space(line, i); i < len(line) {
		return wrong(line, i, "the end")
	}
	if s.unlisted > 0 {
		s.list()
	}
	return nil
}

// list notes the names of a line that was read to its end: what a broken one has may be none.
func (s *scanner) list() {
	for text, at := range s.index {
		n := &s.known[at]
		if n.listed || n.row != s.row {
			continue
		}
		n.listed = true
		s.unlisted--
		if len(s.columns) < maxColumns {
			s.columns[text] = true
		}
	}
}

func (s *scanner) meet(at int) {
	if s.known[at].row == s.row {
		s.repeats++
	}
	s.known[at].row = s.row
}

// name reads the name at i and the colon after it, and returns which it is and where its value may
// begin.
func (s *scanner) name(line []byte, i, last int) (at, end int, err error) {
	if at = s.known[last].next; at != 0 && bytes.HasPrefix(line[i:], s.known[at].quoted) {
		return at, i + len(s.known[at].quoted), nil
	}
	if i == len(line) {
		return 0, 0, errEnds
	}
	if line[i] != '"' {
		return 0, 0, wrong(line, i, "a member's name")
	}
	if end, err = skipText(line, i); err != nil {
		return 0, 0, err
	}
	quoted := line[i:end]
	if len(quoted) > maxName+len(`""`) {
		return 0, 0, errName
	}
	if end = space(line, end); end == len(line) {
		return 0, 0, errEnds
	}
	if line[end] != ':' {
		return 0, 0, wrong(line, end, "a colon")
	}
	chars, _ := characters(quoted)
	at, ok := s.index[string(chars)]
	if !ok {
		at = s.learn(chars)
	}
	s.known[last].next = at
	return at, end + 1, nil
}

func (s *scanner) learn(chars []byte) int {
	n := name{quoted: append(jsonrec.AppendText(nil, chars), ':'), at: notWanted}
	for i, wanted := range s.wanted {
		if wanted == string(chars) {
			n.at = i
		}
	}
	at := len(s.known)
	s.kept += len(n.quoted)
	s.index[string(chars)] = at
	s.known = append(s.known, n)
	s.unlisted++
	return at
}

// value returns where the value that starts at i ends.
func (s *scanner) value(line []byte, i int) (int, error) {
	if i == len(line) {
		return 0, errEnds
	}
	switch c := line[i]; {
	case c == '"':
		return skipText(line, i)
	case c == '-' || isDigit(c):
		return skipNumber(line, i)
	case c == '{' || c == '[':
		return s.nested(line, i)
	}
	for _, literal := range [...]string{"null", "true", "false"} {
		if bytes.HasPrefix(line[i:], []byte(literal)) {
			return i + len(literal), nil
		}
	}
	return 0, wrong(line, i, "a value")
}

// nested returns where a list or an object ends. They are rare in tables.
func (s *scanner) nested(line []byte, i int) (int, error) {
	depth := 0
	for end := i; end < len(line); end++ {
		switch line[end] {
		case '"':
			after, err := skipText(line, end)
			if err != nil {
				return 0, err
			}
			end = after - 1
		case '{', '[':
			if depth++; depth > jsonrec.MaxDepth {
				return 0, errDeep
			}
		case '}', ']':
			if depth--; depth == 0 {
				return end + 1, s.inside(line[i : end+1])
			}
		}
	}
	return 0, errEnds
}

// inside checks a nested value.
func (s *scanner) inside(value []byte) error {
	defer s.doc.Release()
	_, err := s.doc.Parse(value)
	if errors.Is(err, jsonrec.ErrRepeated) {
		if value, err = lastOfEach(value); err == nil {
			s.repeats++
			_, err = s.doc.Parse(value)
		}
	}
	return err
}

// space returns where the white space at i ends (RFC 8259 §2): mostly there.
func space(line []byte, i int) int {
	if i < len(line) && line[i] > ' ' {
		return i
	}
	return spaces(line, i)
}

func spaces(line []byte, i int) int {
	for i < len(line) && (line[i] == ' ' || line[i] == '\t' || line[i] == '\r' || line[i] == '\n') {
		i++
	}
	return i
}

func wrong(line []byte, at int, want string) error {
	r, _ := utf8.DecodeRune(line[at:])
	return fmt.Errorf("byte %d is %q where %s should be", at+1, r, want)
}
