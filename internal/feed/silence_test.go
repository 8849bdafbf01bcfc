package feed_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/feed"
)

func TestPartsOfAWindowThatNothingWasExportedOf(t *testing.T) {
	const today, tomorrow = "2026-11-20 00:00", "2026-11-21 00:00"
	quarters := minutes("2026-11-20", 15)
	irregular := []string{"2026-11-20 00:05", "2026-11-20 00:30", "2026-11-20 00:55", "2026-11-20 01:05", "2026-11-20 01:30"}
	for name, c := range map[string]struct {
		from, to string
		seen     []string
		want     string
	}{
		"nothing is missing":                {today, tomorrow, quarters, ""},
		"quarters that stop at ten":         {today, tomorrow, quarters[:40], "2026-11-20T10:00Z to 2026-11-21T00:00Z"},
		"quarters that begin at ten":        {today, tomorrow, quarters[40:], "2026-11-20T00:00Z to 2026-11-20T10:00Z"},
		"one quarter":                       {today, tomorrow, slices.Delete(slices.Clone(quarters), 41, 42), "2026-11-20T10:15Z to 2026-11-20T10:30Z"},
		"many":                              {today, tomorrow, append(slices.Clone(quarters[:5]), "2026-11-20 03:00", "2026-11-20 05:00", "2026-11-20 07:00"), "2026-11-20T01:15Z to 2026-11-20T03:00Z; 2026-11-20T03:15Z to 2026-11-20T05:00Z; 2026-11-20T05:15Z to 2026-11-20T07:00Z; and 1 more"},
		"one that is being written":         {today, "2026-11-20 01:00", []string{"2026-11-20 00:00", "2026-11-20 00:15", "2026-11-20 00:30 in progress", "2026-11-20 00:45"}, ""},
		"a part over midnight":              {today, "2026-11-22 00:00", append(slices.Clone(quarters[:92]), minutes("2026-11-21", 15)[4:]...), "2026-11-20T23:00Z to 2026-11-21T01:00Z"},
		"a window that ends within a place": {today, "2026-11-20 00:40", append(minutes("2026-11-19", 15), "2026-11-20 00:00", "2026-11-20 00:15"), "2026-11-20T00:30Z to 2026-11-20T00:40Z"},
		"runs at no regular distances":      {today, "2026-11-20 02:00", append(slices.Clone(irregular), "2026-11-20 02:05"), ""},
		"such that stop":                    {today, tomorrow, irregular, "2026-11-20T02:00Z to 2026-11-21T00:00Z"},
		"such that pause":                   {today, tomorrow, append(slices.Clone(irregular), "2026-11-20 05:05", "2026-11-20 23:50", "2026-11-21 00:15"), "2026-11-20T02:00Z to 2026-11-20T05:05Z; 2026-11-20T05:35Z to 2026-11-20T23:50Z"},
		"such that paused before":           {"2026-11-20 03:00", "2026-11-20 04:00", append(slices.Clone(irregular), "2026-11-20 03:30", "2026-11-20 03:50", "2026-11-20 04:05"), "2026-11-20T03:00Z to 2026-11-20T03:30Z"},
		"the next is late, but no part":     {today, "2026-11-20 02:00", irregular, ""},
		"by the hour":                       {today, tomorrow, hours("2026-11-20", 0, 10), ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := window(t, c.from, c.to)
			require.Equal(t, c.want, feed.Silent(w, seen(t, c.seen...), feed.Hourly, w.To.AddDate(0, 0, 1)).String())
		})
	}
}
