// Package doortest holds what every feed.Door promises, as tests against a real server.
package doortest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/fault"
	"transporter/internal/feed"
)

// Storage is what lies behind a door, as its owner sees it. Keys are below the door's root.
type Storage struct {
	Door   feed.Door
	Fixed  bool // paths have no pairs but those of the contract, in its order
	Put    func(t testing.TB, key string, content []byte)
	Remove func(t testing.TB, key string)
}

// pages is more than a page of any protocol holds (S3: 1,000 keys).
const pages = 1100

const day = "convos_metrics/version=1/format=jsonl/dt=2026-11-20/"

// Run tests the contract. The storage is empty and holds what the tests write afterwards.
func Run(t *testing.T, s Storage) {
	files := map[string]string{
		day + "hr=05/convos_metrics.jsonl.00.gz":                       "first",
		day + "hr=05/convos_metrics.jsonl.01.gz":                       "second",
		day + "hr=06/convos_metrics.jsonl":                             "",
		"convos_metrics_ended/version=1/format=jsonl/dt=2026-11-20/x":  "of another feed",
		"convos_metrics/version=2/format=jsonl/dt=2026-11-20/hr=05/x":  "of another version",
		"convos_metrics/version=1/format=jsonl/dt=2026-11-21/hr=05/+x": "of another day",
	}
	t.Run("nothing there is no error", func(t *testing.T) {
		require.Empty(t, list(t, s.Door, day))
		require.Empty(t, folders(t, s.Door, day))
	})
	for key, content := range files {
		s.Put(t, key, []byte(content))
	}
	t.Run("listed and read whole", func(t *testing.T) {
		all := list(t, s.Door, "")
		require.Len(t, all, len(files))
		for _, o := range all {
			require.Equal(t, files[o.Key], read(t, s.Door, o), o.Key)
			require.EqualValues(t, len(files[o.Key]), o.Size, o.Key)
			require.False(t, o.Modified.IsZero(), o.Key)
		}
	})
	t.Run("a prefix may end within a name", func(t *testing.T) {
		require.Len(t, list(t, s.Door, day+"hr=05/convos_metrics.jsonl.0"), 2)
		require.Len(t, list(t, s.Door, "convos_metrics/version=1/format=jsonl/dt=2026-11-2"), 4)
	})
	t.Run("folders one level below", func(t *testing.T) {
		require.Equal(t, []string{"convos_metrics", "convos_metrics_ended"}, folders(t, s.Door, ""))
		require.Equal(t, []string{"hr=05", "hr=06"}, folders(t, s.Door, day))
		require.Empty(t, folders(t, s.Door, day+"hr=05/"))
	})
	t.Run("changed since it was listed", func(t *testing.T) { changes(t, s) })
	t.Run("many keys, in order", func(t *testing.T) { many(t, s) })
	t.Run("many days", func(t *testing.T) { manyDays(t, s) })
	if !s.Fixed {
		t.Run("pairs in any order", func(t *testing.T) { anyOrder(t, s) })
	}
	t.Run("an ended context", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		for _, err := range s.Door.List(ctx, day) {
			require.ErrorIs(t, err, context.Canceled)
		}
	})
}

// An object that was replaced or removed after it was listed does not open, and says so.
func changes(t *testing.T, s Storage) {
	const key = day + "hr=07/convos_metrics.jsonl"
	s.Put(t, key, []byte("before"))
	before := one(t, s.Door, key)
	s.Put(t, key, []byte("afterwards"))
	_, err := s.Door.Open(t.Context(), before)
	require.True(t, fault.Is(err, fault.Conflict), "%v", err)
	after := one(t, s.Door, key)
	require.NotEqual(t, before, after)
	require.Equal(t, "afterwards", read(t, s.Door, after))
	s.Remove(t, key)
	_, err = s.Door.Open(t.Context(), after)
	require.True(t, fault.Is(err, fault.Conflict), "%v", err)
	require.Empty(t, list(t, s.Door, key))
}

// More keys than a page holds come whole and ascending, for several readers at once.
func many(t *testing.T, s Storage) {
	const folder = "utterances/version=1/format=jsonl/dt=2026-11-20/hr=08/"
	var want []string
	for i := range pages {
		want = append(want, fmt.Sprintf("%sutterances.jsonl.%d", folder, i))
		s.Put(t, want[i], []byte("x"))
	}
	slices.Sort(want)
	var readers sync.WaitGroup
	for range 3 {
		readers.Go(func() {
			var got []string
			for o, err := range s.Door.List(t.Context(), folder) {
				if err != nil {
					t.Error(err)
				}
				got = append(got, o.Key)
			}
			if !slices.Equal(want, got) {
				t.Errorf("%d keys, or another order", len(got))
			}
		})
	}
	readers.Wait()
	for o, err := range s.Door.List(t.Context(), folder) { // who has enough stops
		require.NoError(t, err)
		require.Equal(t, want[0], o.Key)
		break
	}
}

var place = feed.Place{Feed: "transfers", Version: "1", Format: "jsonl"}

// More folders than a page holds come whole and ascending, and the last days are found among them.
func manyDays(t *testing.T, s Storage) {
	const above = "transfers/version=1/format=jsonl/"
	from := time.Date(2023, 1, 1, 0, 0, 0, 0, time.UTC)
	var want []string
	for i := range pages {
		want = append(want, "dt="+from.AddDate(0, 0, i).Format(time.DateOnly))
		s.Put(t, above+want[i]+"/transfers.jsonl", []byte("x"))
	}
	require.Equal(t, want, folders(t, s.Door, above))
	last := from.AddDate(0, 0, pages-1)
	require.Equal(t, []string{above + want[pages-2] + "/transfers.jsonl", above + want[pages-1] + "/transfers.jsonl"}, days(t, s.Door, last.AddDate(0, 0, -1), last))
}

// Leaves are found wherever their date stands among the pairs of the path.
func anyOrder(t *testing.T, s Storage) {
	want := []string{
		"transfers/dt=2026-11-20/hr=06/version=1/format=jsonl/transfers.jsonl",
		"transfers/hr=07/version=1/dt=2026-11-20/format=jsonl/region=eu/transfers.jsonl",
		"transfers/version=1/format=jsonl/company=acme/dt=2026-11-20/hr=05/transfers.jsonl",
	}
	for _, key := range append(want, "transfers/dt=2026-11-20/hr=06/version=2/format=jsonl/transfers.jsonl", "transfers/company=acme/version=1/format=jsonl/dt=2026-11-21/transfers.jsonl") {
		s.Put(t, key, []byte("x"))
	}
	date := time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	require.Equal(t, want, days(t, s.Door, date, date))
}

func days(t *testing.T, d feed.Door, from, to time.Time) (keys []string) {
	t.Helper()
	for o, err := range feed.Days(t.Context(), d, place, from, to) {
		require.NoError(t, err)
		keys = append(keys, o.Key)
	}
	return keys
}

func one(t *testing.T, d feed.Door, key string) feed.Object {
	t.Helper()
	all := list(t, d, key)
	require.Len(t, all, 1)
	require.Equal(t, key, all[0].Key)
	return all[0]
}

func list(t *testing.T, d feed.Door, prefix string) (all []feed.Object) {
	t.Helper()
	for o, err := range d.List(t.Context(), prefix) {
		require.NoError(t, err)
		all = append(all, o)
	}
	return all
}

func folders(t *testing.T, d feed.Door, folder string) (all []string) {
	t.Helper()
	for name, err := range d.Folders(t.Context(), folder) {
		require.NoError(t, err)
		all = append(all, name)
	}
	return all
}

func read(t *testing.T, d feed.Door, o feed.Object) string {
	t.Helper()
	r, err := d.Open(t.Context(), o)
	require.NoError(t, err)
	defer r.Close()
	var got bytes.Buffer
	_, err = io.Copy(&got, r)
	require.NoError(t, err)
	return got.String()
}
