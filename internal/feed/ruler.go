package feed

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Ruler says of each line of a table's files which row it is, and how it ranks among the rows of one
// key. It is not safe for concurrent use.
type Ruler struct {
	key, order []column
	aliases    []alias
	date       int // the place in the key of the path's date, or none
	scanner    *scanner
	reserved   []int // places of the names among those found
	company    int   // of the tenant
	companies  map[string]string

	origin Origin
	run    []byte // the end of ranks of the file, but for the line
	row    Row
}

type column struct {
	name string
	at   int // of its value among those found
	kind kind
}

// alias is a column that is read from another member if it is absent.
type alias struct{ at, other int }

// Row is a line that was read. Its bytes are valid until the next.
type Row struct {
	// Key is a compact JSON array of the normalised values of the key, null-safe:
	// ["123","2026-11-20T05:00:00Z",null].
	Key []byte
	// Rank orders the rows of one key as bytes: the greatest counts.
	Rank []byte
	// Line is the row as it is to be read on: as written, unless a name comes twice in it, then with
	// the last of each; or has a name that says where a row is from, then with another (Reserved).
	Line []byte
	// Repeats is how often a name came again.
	Repeats int
}

// The columns that are read of every table: exportTime ranks after the table's order, and a key's
// pathDate is of the path where the row has none.
const (
	exportTime = "export_ts"
	pathDate   = "dt"
	company    = "company_name"
)

// MaxKey bounds a key with its rank: memory holds one of each leaf that is read beside others. It is short of
// the 65,535 bytes that are sorted, so that a row can be ranked anew with where it is from.
const MaxKey = 65_000

// NewRuler returns the ruler of a table in a mode.
func NewRuler(t Table, m Mode) *Ruler {
	r := &Ruler{date: notWanted, companies: map[string]string{}}
	var wanted []string
	want := func(name string) int {
		at := slices.Index(wanted, name)
		if at < 0 {
			at = len(wanted)
			wanted = append(wanted, name)
		}
		return at
	}
	for i, name := range t.KeyOf(m) {
		r.key = append(r.key, column{name, want(name), t.kindOf(name)})
		if name == pathDate {
			r.date = i
		}
	}
	for _, name := range append(t.OrderOf(m), exportTime) {
		c := column{name, want(name), moment}
		if !slices.Contains(r.order, c) {
			r.order = append(r.order, c)
		}
	}
	for name, other := range t.Aliases {
		r.aliases = append(r.aliases, alias{want(name), want(other)})
	}
	r.company = want(company)
	for _, name := range Reserved {
		r.reserved = append(r.reserved, want(name))
	}
	r.scanner = newScanner(wanted)
	return r
}

// File says which file the rows that follow are of.
func (r *Ruler) File(o Origin) {
	r.origin, r.run = o, o.appendRank(r.run[:0])
}

// Row reads a line of the file by its number. The error says in words why the line is none that can
// be imported: it is not one JSON object in UTF-8, a time of its key or order is none, or its key is too long.
func (r *Ruler) Row(line []byte, number int64) (*Row, error) {
	if err := r.scanner.scan(line); err != nil {
		return nil, err
	}
	found := r.scanner.found
	for _, a := range r.aliases {
		if found[a.at] == nil {
			found[a.at] = found[a.other]
		}
	}
	var err error
	if r.row.Key, err = r.appendKey(r.row.Key[:0], found); err != nil {
		return nil, err
	}
	if r.row.Rank, err = r.appendRank(r.row.Rank[:0], found, number); err != nil {
		return nil, err
	}
	if n := len(r.row.Key) + len(r.row.Rank); n > MaxKey {
		return nil, fmt.Errorf("its key has with what ranks it %d bytes, and may have %d", n, MaxKey)
	}
	r.row.Line, r.row.Repeats = line, r.scanner.repeats
	if r.row.Repeats > 0 {
		if r.row.Line, err = lastOfEach(line); err != nil {
			return nil, err
		}
	}
	if slices.ContainsFunc(r.reserved, func(at int) bool { return found[at] != nil }) {
		if r.row.Line, err = withoutReserved(r.row.Line); err != nil {
			return nil, err
		}
	}
	return &r.row, r.meetCompany(found[r.company])
}

// Forget lets go of the line that was read last: it may lie in the memory of a giant one before it.
func (r *Ruler) Forget() {
	clear(r.scanner.found)
	if r.row.Line = nil; cap(r.row.Key) > UsualLine {
		r.row.Key = nil
	}
	if r.scanner.kept > maxKept {
		r.scanner.forget()
	}
}

// mostCompanies bounds those that are told: one is right.
const mostCompanies = 5

// meetCompany notes whose row it is. In which letters a name is written has no meaning.
func (r *Ruler) meetCompany(value []byte) error {
	if len(value) > maxName+len(`""`) {
		return errCompany
	}
	chars, ok := characters(value)
	if !ok || isNull(chars) || r.companies[string(chars)] != "" || len(r.companies) == mostCompanies {
		return nil
	}
	name := strings.TrimSpace(string(chars))
	for _, known := range r.companies {
		if strings.EqualFold(known, name) {
			name = known
		}
	}
	r.companies[string(chars)] = name
	return nil
}

var errCompany = fmt.Errorf("%s has more than %d bytes", company, maxName)

// Companies returns whose rows they were so far, in alphabetical order; few of too many.
func (r *Ruler) Companies() []string {
	return slices.Compact(slices.Sorted(maps.Values(r.companies)))
}

// Columns returns the names of all members that the rows so far had, in alphabetical order; of rows
// with ever new ones the first thousand.
func (r *Ruler) Columns() []string { return slices.Sorted(maps.Keys(r.scanner.columns)) }

func (r *Ruler) appendKey(dst []byte, found [][]byte) ([]byte, error) {
	dst = append(dst, '[')
	for i, c := range r.key {
		if i > 0 {
			dst = append(dst, ',')
		}
		if i == r.date && isAbsent(found[c.at]) {
			dst = append(append(append(dst, '"'), r.origin.Date...), '"')
			continue
		}
		var err error
		if dst, err = c.kind.appendText(dst, found[c.at]); err != nil {
			return dst, fmt.Errorf("%s: %w", c.name, err)
		}
	}
	return append(dst, ']'), nil
}

func (r *Ruler) appendRank(dst []byte, found [][]byte, number int64) ([]byte, error) {
	for _, c := range r.order {
		if chars, ok := characters(found[c.at]); ok && !isNull(chars) {
			if dst, ok = appendMoment(dst, chars); !ok {
				return dst, fmt.Errorf("%s: %w", c.name, errMoment(chars))
			}
		}
		dst = append(dst, rankEnd)
	}
	return appendCount(append(dst, r.run...), number), nil
}
