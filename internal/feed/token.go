package feed

import (
	"encoding/binary"
	"fmt"
	"math/bits"
	"strings"
)

// The constants of a search for a byte in eight at once: a byte of x-ones that borrowed has its high
// bit set, and only the lowest such byte counts.
const (
	ones     = 0x0101010101010101
	highs    = 0x8080808080808080
	quotes   = ones * '"'
	slashes  = ones * '\\'
	controls = ones * 0x20
)

// skipText returns where the text whose opening quote is at i ends (RFC 8259 §7).
func skipText(line []byte, i int) (int, error) {
	for i++; i < len(line); {
		for i+8 <= len(line) {
			x := binary.LittleEndian.Uint64(line[i:])
			q, s := x^quotes, x^slashes
			if hit := ((q-ones)&^q | (s-ones)&^s | (x-controls)&^x) & highs; hit != 0 {
				i += bits.TrailingZeros64(hit) / 8
				break
			}
			i += 8
		}
		if i == len(line) {
			break
		}
		switch c := line[i]; {
		case c == '"':
			return i + 1, nil
		case c == '\\':
			n := escapeLength(line[i:])
			if n == 0 {
				return 0, errEnds
			}
			if n < 0 {
				return 0, wrong(line, i, "a valid escape")
			}
			i += n
		case c < ' ':
			return 0, fmt.Errorf("byte %d is the control character %#02x, which must be escaped", i+1, c)
		default:
			i++
		}
	}
	return 0, errEnds
}

// escapeLength returns the length of the escape that s begins with; zero if s ends within it,
// negative if it is none.
func escapeLength(s []byte) int {
	switch {
	case len(s) < 2:
		return 0
	case strings.IndexByte(`"\/bfnrt`, s[1]) >= 0:
		return 2
	case s[1] != 'u':
		return -1
	}
	const length = len(`\u0000`)
	for i := 2; i < length; i++ {
		if i == len(s) {
			return 0
		}
		if c := s[i] | 0x20; !isDigit(s[i]) && (c < 'a' || c > 'f') {
			return -1
		}
	}
	return length
}

// skipNumber returns where the number at i ends: -? (0 | 1-9 digits) (. digits)? ([eE] [+-]? digits)?
func skipNumber(line []byte, i int) (int, error) {
	if line[i] == '-' {
		i++
	}
	first := i
	if i = skipDigits(line, i); i == first || line[first] == '0' && i > first+1 {
		return 0, noNumber(line, first)
	}
	if i < len(line) && line[i] == '.' {
		first = i + 1
		if i = skipDigits(line, first); i == first {
			return 0, noNumber(line, i)
		}
	}
	if i < len(line) && line[i]|0x20 == 'e' {
		if i++; i < len(line) && (line[i] == '+' || line[i] == '-') {
			i++
		}
		first = i
		if i = skipDigits(line, first); i == first {
			return 0, noNumber(line, i)
		}
	}
	return i, nil
}

func noNumber(line []byte, at int) error {
	if at == len(line) {
		return errEnds
	}
	return wrong(line, at, "a number")
}

func skipDigits(line []byte, i int) int {
	for i < len(line) && isDigit(line[i]) {
		i++
	}
	return i
}
