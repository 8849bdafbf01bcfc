package oauth

import (
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestNoncesAreRememberedAsLongAsTheyCanComeAgain(t *testing.T) {
	n := nonces{most: 10}
	at := time.Unix(1_700_000_000, 0)
	require.True(t, n.use("a", at))
	require.False(t, n.use("a", at))
	require.False(t, n.use("a", at.Add(nonceLife)), "still within both skews")
	require.True(t, n.use("b", at.Add(nonceLife+time.Second)), "starts a generation")
	require.False(t, n.use("a", at.Add(nonceLife+time.Second)), "the old generation is kept")
	require.True(t, n.use("c", at.Add(3*nonceLife)))
	require.LessOrEqual(t, len(n.old), 1, "the first generation is gone")
}

func TestNonceMemoryIsBounded(t *testing.T) {
	n := nonces{most: 100}
	at := time.Unix(1_700_000_000, 0)
	for i := range 1001 {
		require.True(t, n.use(strconv.Itoa(i), at))
		require.LessOrEqual(t, len(n.young)+len(n.old), 2*n.most)
	}
	require.False(t, n.use("1000", at))
}
