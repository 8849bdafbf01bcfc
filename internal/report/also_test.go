package report

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/task"
)

func TestWhatIsAskedOfAFurtherResource(t *testing.T) {
	now := time.Date(2026, 11, 20, 12, 2, 0, 0, time.UTC)
	at := func(day, hour, minute int) time.Time { return time.Date(2026, 11, day, hour, minute, 0, 0, time.UTC) }
	type window struct{ from, to time.Time }
	old, long, recent := window{at(1, 0, 0), at(2, 0, 0)}, window{at(19, 6, 0), at(20, 6, 0)}, window{at(20, 1, 0), at(20, 2, 0)}
	never := window{}
	for name, c := range map[string]struct {
		also          Also
		window, asked window
	}{
		"always":             {Also{}, old, old},
		"recent":             {Also{Within: "24h"}, recent, recent},
		"begins too early":   {Also{Within: "24h"}, long, never},
		"what is left":       {Also{Within: "24h", Partly: true, Grain: task.Duration(5 * time.Minute)}, long, window{at(19, 12, 35), long.to}}, // half an hour for the calls
		"nothing is left":    {Also{Within: "24h", Partly: true}, old, never},
		"not settled":        {Also{After: task.Duration(26 * time.Hour)}, recent, never},
		"settled":            {Also{After: task.Duration(26 * time.Hour)}, old, old},
		"settled, too early": {Also{After: task.Duration(26 * time.Hour), Within: "24h"}, old, never},
		"whole intervals":    {Also{Grain: task.Duration(time.Hour)}, window{at(20, 1, 50), at(20, 4, 10)}, window{at(20, 1, 0), at(20, 4, 0)}},
		"no whole interval":  {Also{Grain: task.Duration(time.Hour)}, window{at(20, 1, 15), at(20, 1, 45)}, never},
	} {
		t.Run(name, func(t *testing.T) {
			from, to, asked := c.also.Window(c.window.from.UnixMilli(), c.window.to.UnixMilli(), now)
			require.Equal(t, c.asked != never, asked)
			if asked {
				require.Equal(t, c.asked, window{time.UnixMilli(from).UTC(), time.UnixMilli(to).UTC()})
			}
		})
	}
}

func TestWhatIsLookedUpIsAskedForAsFarAsItIsKnown(t *testing.T) {
	now := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	at := func(month time.Month, day int) time.Time { return time.Date(2026, month, day, 0, 0, 0, 0, time.UTC) }
	known := time.Date(2026, 10, 20, 12, 30, 0, 0, time.UTC) // a month ago, and half an hour for the calls
	settled := now.Add(-26 * time.Hour)
	type window struct{ from, to time.Time }
	for name, c := range map[string]struct {
		report, basis string
		window, asked window
	}{
		"by its end":            {"msg.assignments", `"end"`, window{at(11, 17), at(11, 18)}, window{known, at(11, 18)}},
		"by default":            {"msg.assignments", "", window{at(11, 17), at(11, 18)}, window{known, at(11, 18)}},
		"by its start":          {"msg.assignments", `"start"`, window{at(11, 17), at(11, 18)}, window{at(11, 17), settled}},
		"long ago":              {"msg.assignments", `"end"`, window{at(9, 17), at(9, 18)}, window{}},
		"long ago, and goes on": {"msg.assignments", `"start"`, window{at(9, 17), at(9, 18)}, window{known, settled}},
		"not settled":           {"msg.assignments", `"start"`, window{at(11, 19), at(11, 20)}, window{}},
		"taken by a fold":       {"wfm.agent_interval", "", window{at(11, 17), at(11, 18)}, window{at(11, 17), at(11, 18)}},
	} {
		t.Run(name, func(t *testing.T) {
			d, err := Get(c.report, "")
			require.NoError(t, err)
			params := Params{}
			if c.basis != "" {
				params["time_basis"] = []byte(c.basis)
			}
			from, to, asked := d.AlsoWindow(&d.Also[0], params, c.window.from.UnixMilli(), c.window.to.UnixMilli(), now)
			require.Equal(t, c.asked != window{}, asked)
			if asked {
				require.Equal(t, c.asked, window{time.UnixMilli(from).UTC(), time.UnixMilli(to).UTC()})
			}
		})
	}
}
