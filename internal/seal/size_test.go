package seal_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/seal"
)

func TestClearSize(t *testing.T) {
	const chunk = 64 << 10
	for _, id := range []string{"k", strings.Repeat("long", 8)} {
		ring, err := seal.GenerateRing(id)
		require.NoError(t, err)
		for _, n := range []int64{0, 1, chunk - 1, chunk, chunk + 1, 2 * chunk, 3*chunk + 5} {
			var object bytes.Buffer
			w, err := seal.NewBox(ring).Seal(&object)
			require.NoError(t, err)
			_, err = w.Write(make([]byte, n))
			require.NoError(t, err)
			require.NoError(t, w.Close())
			clear, ok := seal.ClearSize(object.Bytes()[:seal.HeadBytes], int64(object.Len()))
			require.True(t, ok)
			require.Equal(t, n, clear)
		}
	}
	for _, other := range []string{"", "TPB", "TPB1", "a,b\n1,2\n", "\xc1\x8c\x03"} {
		_, ok := seal.ClearSize([]byte(other), 1000)
		require.False(t, ok, "%q", other)
	}
	_, ok := seal.ClearSize([]byte("TPB1\x01"), 40)
	require.False(t, ok, "too short for any chunk")
}
