package latest_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"transporter/internal/latest"
)

// Keys are in the order of their prefixes, where those differ.
func TestPrefixesOrderAsKeysDo(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		key := rapid.StringMatching(`(seventeen bytes 1)?[\x00ab]{0,20}`)
		a, b := []byte(key.Draw(t, "a")), []byte(key.Draw(t, "b"))
		if order := latest.ComparePrefixes(a, b); order != 0 {
			require.Equal(t, bytes.Compare(a, b), order)
		} else if bytes.IndexByte(append(a, b...), 0) < 0 {
			require.Equal(t, a[:min(len(a), 16)], b[:min(len(b), 16)])
		}
	})
}
