package transform

import "fmt"

// misfits decides what becomes of a character that the format or encoding of the file
// cannot hold: the record is refused and named, or, where the task says so, the character
// is written as another and counted.
type misfits struct {
	replace bool
	n       int // replaced in the last record
}

// meet takes note of a character. An error is a *badValue that names it.
func (m *misfits) meet(column string, r rune, what string) error {
	if m.replace {
		m.n++
		return nil
	}
	return &badValue{column, fmt.Sprintf(
		"holds the character %U, which %s cannot; deliver another format or encoding, or let it be replaced (formatting.unencodable: replace)", r, what)}
}
