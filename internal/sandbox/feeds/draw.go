package feeds

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"time"
)

// draws returns the draws of one purpose: they follow from the seed and the purpose alone, so that no
// other draw changes them.
func draws(seed int64, purpose ...any) *rand.Rand {
	h := fnv.New128a()
	_, _ = fmt.Fprintln(h, purpose...) // never fails (hash.Hash)
	sum := h.Sum(nil)
	var high, low uint64
	for i := range 8 {
		high, low = high<<8|uint64(sum[i]), low<<8|uint64(sum[8+i])
	}
	return rand.New(rand.NewPCG(high^uint64(seed), low)) //nolint:gosec // a made-up world must come out the same again
}

// chance is true for p of a hundred draws.
func chance(r *rand.Rand, p int) bool { return r.IntN(100) < p }

// pick draws one of a list.
func pick[T any](r *rand.Rand, list []T) T { return list[r.IntN(len(list))] }

// within draws a moment of a span, of a precision that follows the draw: seconds, milliseconds or
// microseconds.
func within(r *rand.Rand, from time.Time, span time.Duration) time.Time {
	step := pick(r, []time.Duration{time.Second, time.Second, time.Millisecond, time.Microsecond})
	return from.Add(time.Duration(r.Int64N(int64(span)))).Truncate(step)
}
