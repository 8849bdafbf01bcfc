package feed_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"transporter/internal/feed"
)

// seen reads "2026-11-20 05:15 in progress"; without a state it is complete with one file, with
// "empty" complete without.
func seen(t require.TestingT, lines ...string) []feed.Seen {
	var all []feed.Seen
	for _, line := range lines {
		date, rest, _ := strings.Cut(line, " ")
		clock, state, _ := strings.Cut(rest, " ")
		if !strings.ContainsAny(clock, "0123456789") {
			clock, state = "", rest
		}
		s := feed.Seen{Stamp: feed.Stamp{Date: date, Hour: feed.None, Minute: feed.None}, State: feed.Complete, Files: 1}
		switch len(clock) {
		case 2:
			_, err := fmt.Sscanf(clock, "%d", &s.Hour)
			require.NoError(t, err)
		case 5:
			_, err := fmt.Sscanf(clock, "%d:%d", &s.Hour, &s.Minute)
			require.NoError(t, err)
		}
		switch state {
		case "":
		case "empty":
			s.Files = 0
		default:
			s.State, s.Reason = feed.State(state), "of the test"
		}
		all = append(all, s)
	}
	return all
}

func hours(date string, from, to int) []string {
	var all []string
	for h := from; h < to; h++ {
		all = append(all, fmt.Sprintf("%s %02d", date, h))
	}
	return all
}

func minutes(date string, step int) []string {
	var all []string
	for m := 0; m < 24*60; m += step {
		all = append(all, fmt.Sprintf("%s %02d:%02d", date, m/60, m%60))
	}
	return all
}

func window(t require.TestingT, from, to string) feed.Window {
	var w feed.Window
	var err error
	w.From, err = time.Parse("2006-01-02 15:04", from)
	require.NoError(t, err)
	w.To, err = time.Parse("2006-01-02 15:04", to)
	require.NoError(t, err)
	return w
}

func TestWhatAWindowIsMadeOf(t *testing.T) {
	quarters := []string{"2026-11-20 00:00", "2026-11-20 00:15", "2026-11-20 00:30", "2026-11-20 00:45"}
	for name, c := range map[string]struct {
		from, to string
		cadence  feed.Cadence
		seen     []string
		late     time.Duration // now, after the window's end
		leaves   int
		waiting  string
	}{
		"a day of hours":                  {"2026-11-20 00:00", "2026-11-21 00:00", feed.Hourly, hours("2026-11-20", 0, 24), 0, 24, ""},
		"an hour":                         {"2026-11-20 05:00", "2026-11-20 06:00", feed.Hourly, hours("2026-11-20", 0, 7), 0, 1, ""},
		"a day":                           {"2026-11-20 00:00", "2026-11-21 00:00", feed.Daily, []string{"2026-11-20"}, 0, 1, ""},
		"an empty hour counts":            {"2026-11-20 05:00", "2026-11-20 06:00", feed.Hourly, []string{"2026-11-20 05 empty"}, 0, 1, ""},
		"nothing is there":                {"2026-11-20 05:00", "2026-11-20 06:00", feed.Hourly, nil, 0, 1, "dt=2026-11-20/hr=05 is absent: nothing is there"},
		"missing _SUCCESS for ever":       {"2026-11-20 05:00", "2026-11-20 06:00", feed.Hourly, []string{"2026-11-20 05 in progress"}, 10000 * time.Hour, 1, "dt=2026-11-20/hr=05 is in progress: of the test"},
		"a hole, later leaves complete":   {"2026-11-20 05:00", "2026-11-20 06:00", feed.Hourly, []string{"2026-11-20 04", "2026-11-20 06"}, 0, 1, "dt=2026-11-20/hr=05 is absent: nothing is there"},
		"others go on beside a hole":      {"2026-11-20 06:00", "2026-11-20 07:00", feed.Hourly, []string{"2026-11-20 04", "2026-11-20 06"}, 0, 1, ""},
		"many holes are counted":          {"2026-11-20 00:00", "2026-11-21 00:00", feed.Hourly, hours("2026-11-20", 0, 10), 0, 24, "dt=2026-11-20/hr=10 is absent: nothing is there; dt=2026-11-20/hr=11 is absent: nothing is there; dt=2026-11-20/hr=12 is absent: nothing is there; and 11 more"},
		"a broken leaf":                   {"2026-11-20 05:00", "2026-11-20 06:00", feed.Hourly, []string{"2026-11-20 05 broken"}, 0, 1, "dt=2026-11-20/hr=05 is broken: of the test"},
		"shape by listing, not cadence":   {"2026-11-20 00:00", "2026-11-21 00:00", feed.Hourly, []string{"2026-11-20"}, 0, 1, ""},
		"shape of the day before":         {"2026-11-20 00:00", "2026-11-21 00:00", feed.Hourly, []string{"2026-11-19"}, 0, 1, "dt=2026-11-20 is absent: nothing is there"},
		"shape changes between days":      {"2026-11-19 00:00", "2026-11-21 00:00", feed.Hourly, append(hours("2026-11-20", 0, 24), "2026-11-19"), 0, 25, ""},
		"shape of a later day is no rule": {"2026-11-19 00:00", "2026-11-20 00:00", feed.Daily, hours("2026-11-20", 0, 24), 0, 1, "dt=2026-11-19 is absent: nothing is there"},
		"a lone flag on dt": {
			"2026-11-20 05:00", "2026-11-20 06:00", feed.Hourly,
			[]string{"2026-11-19 05", "2026-11-20 empty"},
			0, 1, "dt=2026-11-20/hr=05 is absent: nothing is there",
		},
		"a flag on dt with rows": {"2026-11-20 00:00", "2026-11-21 00:00", feed.Hourly, []string{"2026-11-19 05", "2026-11-20"}, 0, 1, ""},
		"rows on dt beside hours": {
			"2026-11-20 00:00", "2026-11-20 01:00", feed.Hourly,
			[]string{"2026-11-20 in progress", "2026-11-20 00"},
			0, 2, "dt=2026-11-20 is in progress: of the test",
		},
		"a window within a day's leaf":     {"2026-11-20 05:00", "2026-11-20 06:00", feed.Daily, []string{"2026-11-20"}, 0, 0, ""},
		"a window within an unseen day":    {"2026-11-20 05:00", "2026-11-20 06:00", feed.Daily, []string{"2026-11-19"}, 0, 0, "nothing of dt=2026-11-20 is there yet, so that its shape is not known"},
		"a window that crosses midnight":   {"2026-11-19 22:00", "2026-11-20 02:00", feed.Hourly, append(hours("2026-11-19", 0, 24), hours("2026-11-20", 0, 2)...), 0, 4, ""},
		"half-hour zones: 05:30 to 06:30":  {"2026-11-20 05:30", "2026-11-20 06:30", feed.Hourly, hours("2026-11-20", 0, 7), 0, 1, ""},
		"DST: a local day of 23 hours":     {"2026-03-29 01:00", "2026-03-30 00:00", feed.Hourly, append(hours("2026-03-29", 0, 24), "2026-03-30 00"), 0, 23, ""},
		"DST: a local day of 25 hours":     {"2026-10-24 22:00", "2026-10-25 23:00", feed.Hourly, append(hours("2026-10-24", 0, 24), hours("2026-10-25", 0, 24)...), 0, 25, ""},
		"UTC has no DST: 96 windows each":  {"2026-03-29 00:00", "2026-03-30 00:00", feed.Minutes, append(minutes("2026-03-28", 15), "2026-03-30 00:00"), 0, 96, "dt=2026-03-29/hr=00/mi=00 is absent: nothing is there; dt=2026-03-29/hr=00/mi=15 is absent: nothing is there; dt=2026-03-29/hr=00/mi=30 is absent: nothing is there; and 93 more"},
		"minutes, and a later leaf":        {"2026-11-20 00:00", "2026-11-20 01:00", feed.Minutes, append(quarters, "2026-11-20 01:00"), 0, 4, ""},
		"minutes without a later leaf":     {"2026-11-20 00:00", "2026-11-20 01:00", feed.Minutes, quarters, 44 * time.Minute, 4, "no leaf at or after dt=2026-11-20/hr=01/mi=00 is there yet"},
		"minutes that are late":            {"2026-11-20 00:00", "2026-11-20 01:00", feed.Minutes, quarters, 45 * time.Minute, 4, ""},
		"no minute at all, late":           {"2026-11-20 00:00", "2026-11-20 01:00", feed.Minutes, nil, 45 * time.Hour, 0, "no leaf at or after dt=2026-11-20/hr=01/mi=00 is there yet"},
		"a late minute that is incomplete": {"2026-11-20 00:00", "2026-11-20 00:15", feed.Minutes, []string{"2026-11-20 00:00 rewritten"}, 45 * time.Hour, 1, "dt=2026-11-20/hr=00/mi=00 is rewritten: of the test"},
		"a hole between regular minutes": {
			"2026-11-20 00:00", "2026-11-20 02:00", feed.Minutes,
			append(quarters, "2026-11-20 01:00", "2026-11-20 01:45", "2026-11-20 02:00"), 44 * time.Minute, 8, "dt=2026-11-20/hr=01/mi=15 is absent: nothing is there; dt=2026-11-20/hr=01/mi=30 is absent: nothing is there",
		},
		"a hole that is late": {
			"2026-11-20 00:00", "2026-11-20 02:00", feed.Minutes,
			append(quarters, "2026-11-20 01:00", "2026-11-20 01:45", "2026-11-20 02:00"), 45 * time.Minute, 8, "",
		},
		"runs at :05, :30, :55": {
			"2026-11-20 00:00", "2026-11-20 01:00", feed.Minutes,
			[]string{"2026-11-20 00:05", "2026-11-20 00:30", "2026-11-20 00:55", "2026-11-20 01:05"},
			0, 3, "",
		},
		"irregular runs have no holes": {
			"2026-11-20 01:00", "2026-11-20 02:00", feed.Minutes,
			[]string{"2026-11-20 00:05", "2026-11-20 00:30", "2026-11-20 00:55", "2026-11-20 01:05", "2026-11-20 01:30", "2026-11-20 02:05"},
			0, 2, "",
		},
		"one distance is no rule": {
			"2026-11-20 00:00", "2026-11-20 01:00", feed.Minutes,
			[]string{"2026-11-20 00:00", "2026-11-20 00:20", "2026-11-20 01:00"},
			0, 2, "",
		},
		"buckets of 20 minutes": {
			"2026-11-20 00:40", "2026-11-20 01:00", feed.Minutes,
			[]string{"2026-11-19 23:00", "2026-11-19 23:20", "2026-11-19 23:40", "2026-11-20 01:00"},
			0, 1, "dt=2026-11-20/hr=00/mi=40 is absent: nothing is there",
		},
		"a window between exact minutes": {"2026-11-20 00:15", "2026-11-20 00:30", feed.Minutes, []string{"2026-11-20 00:05", "2026-11-20 00:30"}, 0, 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := window(t, c.from, c.to)
			e := feed.Expected(w, seen(t, c.seen...), c.cadence, w.To.Add(c.late))
			require.Equal(t, c.waiting, e.Waiting)
			require.Equal(t, c.waiting == "", e.Complete)
			require.Len(t, e.Leaves, c.leaves, "%v", e.Leaves)
		})
	}
}

func TestADateInTheFutureIsNoLeaf(t *testing.T) {
	w := window(t, "2026-11-20 00:00", "2026-11-20 01:00")
	e := feed.Expected(w, seen(t, "2026-11-20 00:00", "2026-11-21 03:00"), feed.Minutes, w.To)
	require.False(t, e.Complete, "a leaf of a wrong clock is no later leaf")
	require.Equal(t, "no leaf at or after dt=2026-11-20/hr=01/mi=00 is there yet", e.Waiting)

	e = feed.Expected(w, seen(t, "2026-11-20 00:00", "2026-11-21 01:00"), feed.Minutes, w.To)
	require.True(t, e.Complete, "a day ahead is another zone's")
}

func TestEveryLeafIsOfOneWindow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lines := rapid.SliceOfDistinct(rapid.Custom(func(t *rapid.T) string {
			return fmt.Sprintf("2026-11-%02d %02d", rapid.IntRange(18, 21).Draw(t, "day"), rapid.IntRange(0, 23).Draw(t, "hour"))
		}), func(s string) string { return s }).Draw(t, "leaves")
		length := time.Duration(rapid.IntRange(1, 60).Draw(t, "minutes")) * 25 * time.Minute
		start, end := window(t, "2026-11-17 22:00", "2026-11-22 02:00").From, window(t, "2026-11-17 22:00", "2026-11-22 02:00").To
		got := map[feed.Stamp]int{}
		for from := start; from.Before(end); from = from.Add(length) {
			for _, l := range feed.Expected(feed.Window{From: from, To: from.Add(length)}, seen(t, lines...), feed.Hourly, end).Leaves {
				if l.State == feed.Complete {
					got[l.Stamp]++
				}
			}
		}
		require.Len(t, got, len(lines))
		for stamp, times := range got {
			require.Equal(t, 1, times, "%s", stamp)
		}
	})
}

func TestLatenessFollowsTheLimits(t *testing.T) {
	for cadence, steps := range map[feed.Cadence]map[time.Duration]feed.Lateness{
		feed.Minutes: {
			-time.Hour: feed.OnTime, 20*time.Minute - 1: feed.OnTime, 20 * time.Minute: feed.Due, 45*time.Minute - 1: feed.Due,
			45 * time.Minute: feed.Late, 90*time.Minute - 1: feed.Late, 90 * time.Minute: feed.Missing,
		},
		feed.Hourly: {59 * time.Minute: feed.OnTime, time.Hour: feed.Due, 2 * time.Hour: feed.Late, 6 * time.Hour: feed.Missing},
		feed.Daily:  {5 * time.Hour: feed.OnTime, 6 * time.Hour: feed.Due, 12 * time.Hour: feed.Late, 24 * time.Hour: feed.Missing},
	} {
		for waited, want := range steps {
			require.Equal(t, want, cadence.Limits().At(noon, noon.Add(waited)), "%s after %v", cadence, waited)
		}
	}
	require.Equal(t, feed.Hourly.Limits(), feed.Cadence("?").Limits())
}
