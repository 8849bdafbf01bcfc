package transform

import (
	"fmt"
	"slices"

	"transporter/internal/source"
)

// mostOfRecord is how much the rows of one record may take in a file: they are in memory until all of them are
// good. Escaped, a text may be several times as long as it came, and rows repeat what they share.
const mostOfRecord = 3 * source.MaxRecord

// tooMuchOf refuses a record, for its column if one alone is too long.
func tooMuchOf(column string) error {
	return &badValue{column, fmt.Sprintf(
		"takes more than %d MiB as this format writes it; deliver another format, or leave long columns out (column_set)", mostOfRecord>>20)}
}

// roomFor makes room for a long text at once: one that grows bit by bit is held twice meanwhile.
func roomFor(dst []byte, n int) []byte {
	if n < flushAt {
		return dst
	}
	return slices.Grow(dst, n)
}
