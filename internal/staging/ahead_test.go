package staging

import (
	"bytes"
	"errors"
	"fmt"
	"iter"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"transporter/internal/source"
)

// reused yields records whose Raw is overwritten by the next, as a run's are, then err.
// It notes that it was left.
func reused(sizes []int, err error, left *bool) iter.Seq2[source.Record, error] {
	return func(yield func(source.Record, error) bool) {
		defer func() { *left = true }()
		var raw []byte
		for i, size := range sizes {
			raw = append(raw[:0], bytes.Repeat([]byte{byte(i)}, size)...)
			if !yield(source.Record{Order: int64(i), ID: fmt.Sprint(i), Raw: raw}, nil) {
				return
			}
		}
		if err != nil {
			yield(source.Record{}, err)
		}
	}
}

// Whatever the sizes, what is read ahead is what was there, wherever reading stops, and
// nothing runs on after it.
func TestAheadYieldsTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sizes := rapid.SliceOfN(rapid.OneOf(rapid.IntRange(0, 100), rapid.IntRange(0, 2*aheadBytes), rapid.IntRange(giantBytes, giantBytes+2)), 0, 20).Draw(t, "sizes")
		stopAt := rapid.IntRange(0, 50).Draw(t, "stop at")
		var damage error
		if rapid.Bool().Draw(t, "damaged") {
			damage = errors.New("damaged")
		}
		var left bool
		var got error
		n := 0
		for r, err := range ahead(reused(sizes, damage, &left)) {
			if err != nil {
				got = err
				continue // what goes on after an error must end
			}
			require.Equal(t, fmt.Sprint(n), r.ID)
			require.Equal(t, int64(n), r.Order)
			require.True(t, bytes.Equal(bytes.Repeat([]byte{byte(n)}, sizes[n]), r.Raw), "record %d", n)
			if n++; n == stopAt {
				break
			}
		}
		require.True(t, left, "the sequence still runs")
		if stopAt == 0 || stopAt > len(sizes) {
			require.Equal(t, len(sizes), n)
			require.Equal(t, damage, got)
		}
	})
}

// A reader that panics leaves nothing running.
func TestAheadEndsWithItsReader(t *testing.T) {
	var left bool
	require.Panics(t, func() {
		for range ahead(reused([]int{1, aheadBytes, aheadBytes, aheadBytes}, nil, &left)) {
			panic("reader")
		}
	})
	require.True(t, left)
}
