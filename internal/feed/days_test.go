package feed_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"transporter/internal/fault"
	"transporter/internal/feed"
	"transporter/internal/feed/doortest"
)

var metricsPlace = feed.Place{Feed: "convos_metrics", Version: "1", Format: "jsonl"}

// daysOf returns the leaves of days from 19 to 21 November, as "where: files".
func daysOf(t require.TestingT, door feed.Door) (all []string) {
	from := time.Date(2026, 11, 19, 13, 0, 0, 0, time.UTC)
	for l, err := range feed.Leaves(feed.Days(context.Background(), door, metricsPlace, from, from.AddDate(0, 0, 2)), rules, nil) {
		require.NoError(t, err)
		require.Equal(t, metricsPlace, l.Place)
		all = append(all, fmt.Sprintf("%s: %d", l.Stamp, len(l.Files)))
	}
	return all
}

// Where version, format and dt stand first, three folders are looked through, and each day that there is is
// listed: days beyond, other versions and other feeds are neither.
func TestWhatTheUsualOrderCosts(t *testing.T) {
	var door doortest.Memory
	for d := 1; d <= 30; d++ {
		for hour := range 24 {
			for _, place := range []string{"convos_metrics/version=1/format=jsonl", "convos_metrics/version=2/format=jsonl", "convos_metrics_ended/version=1/format=jsonl"} {
				door.Put(fmt.Sprintf("%s/dt=2026-11-%02d/hr=%02d/convos_metrics.jsonl", place, d, hour), "", noon)
			}
		}
	}
	require.Len(t, daysOf(t, &door), 3*24)
	require.Equal(t, 3+3, door.Asked)
	door.Clear()
	door.Asked = 0
	require.Empty(t, daysOf(t, &door))
	require.Equal(t, 1, door.Asked)
}

// Whatever order the pairs of a path have, and whichever others are among them, its leaf is found once.
func TestDaysAreFoundInAnyOrderOfPairs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var door doortest.Memory
		var want []string
		for d := 18; d <= 22; d++ { // the first and the last are beyond
			for hour := range rapid.IntRange(0, 3).Draw(t, "hours") {
				pairs := []string{"version=1", "format=jsonl", fmt.Sprintf("dt=2026-11-%d", d), fmt.Sprintf("hr=%02d", hour)}
				pairs = append(pairs, rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"company=acme", "region=eu", "dtx=2026-01-01"}), 0, 3, rapid.ID).Draw(t, "others")...)
				folder := "convos_metrics/" + strings.Join(rapid.Permutation(pairs).Draw(t, "pairs"), "/") + "/"
				door.Put(folder+"convos_metrics.jsonl", "", noon)
				door.Put(strings.Replace(folder, "version=1", "version=2", 1)+"convos_metrics.jsonl", "", noon)
				door.Put(folder+"tmp/convos_metrics.jsonl", "", noon)
				if d > 18 && d < 22 {
					want = append(want, fmt.Sprintf("dt=2026-11-%d/hr=%02d: 1", d, hour))
				}
			}
		}
		door.Put("convos_metrics/readme", "", noon)
		door.Put("convos_metrics/tmp/version=1/format=jsonl/dt=2026-11-20/convos_metrics.jsonl", "", noon)
		require.Equal(t, want, daysOf(t, &door))
	})
}

// A pair of ever new values before dt is told of, and not looked through for ever.
func TestTooManyFoldersOnTheWay(t *testing.T) {
	var door doortest.Memory
	for i := range 10_001 {
		door.Put(fmt.Sprintf("convos_metrics/conversation=%d/version=1/format=jsonl/dt=2026-11-20/convos_metrics.jsonl", i), "", noon)
	}
	for _, err := range feed.Days(t.Context(), &door, metricsPlace, noon, noon) {
		require.True(t, fault.Is(err, fault.SchemaMismatch), "%v", err)
		require.ErrorContains(t, err, "convos_metrics has more than 10000 folders on the way to 2026-11-20")
	}
	require.Equal(t, 1, door.Asked)
}

// A listing that is refused, or breaks off, is never an empty day.
func TestRefusedFolders(t *testing.T) {
	door := doortest.Memory{Denied: "convos_metrics/version=1/"}
	door.Put("convos_metrics/version=1/format=jsonl/dt=2026-11-20/convos_metrics.jsonl", "", noon)
	failed := 0
	for _, err := range feed.Days(t.Context(), &door, metricsPlace, noon, noon) {
		require.True(t, fault.Is(err, fault.PermissionDenied), "%v", err)
		failed++
	}
	require.Equal(t, 1, failed)
}
