package world

import (
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/sandbox/history"
)

func TestResultsAreRememberedWithinABound(t *testing.T) {
	c := recent{most: 10}
	scans := 0
	get := func(skill int64, now int64) int {
		_, list := c.get(&history.Query{Skills: []int64{skill}}, now, func() (int64, []uint32) {
			scans++
			return 0, make([]uint32, 4)
		})
		return len(list)
	}
	for range 3 {
		require.Equal(t, 4, get(1, testNow))
	}
	require.Equal(t, 1, scans, "pages of one query are listed once")
	get(2, testNow)
	get(1, testNow)
	require.Equal(t, 2, scans)
	get(3, testNow) // pushes out 2, the least recently used
	require.LessOrEqual(t, c.total, c.most)
	get(1, testNow)
	require.Equal(t, 3, scans)
	get(2, testNow)
	require.Equal(t, 4, scans)
	get(2, testNow+recentBucket)
	require.Equal(t, 5, scans, "the clock moved on")
	big := recent{most: 1}
	_, list := big.get(&history.Query{}, 0, func() (int64, []uint32) { return 0, make([]uint32, 100) })
	require.Len(t, list, 100, "one result may be bigger than the bound")
}
