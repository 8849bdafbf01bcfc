package feeds_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/sandbox/feeds"
)

// keys checks what each scenario of keys and lines says.
var keys = map[string]func(*testing.T, *played){
	"null keys": func(t *testing.T, p *played) {
		p.all()
		require.Equal(t, []string{"null null"}, slices.Collect(maps.Keys(p.truth("rep_hierarchy"))), "reference: one row is left of three")
		repaired, err := p.Truth(feeds.Question{Table: "rep_hierarchy", Mode: feeds.Repaired})
		require.NoError(t, err)
		require.Len(t, repaired, 3)
		feedback := p.truth("customer_feedback")
		require.Len(t, feedback, 2)
		require.Equal(t, "4", member(t, feedback["21352352 null null 123008 endSRS rating 2026-11-19T00:00:00Z"].Row, "answer"))
	},
	"type drift": func(t *testing.T, p *played) {
		p.all()
		truth := p.truth("convos_metadata")
		require.Len(t, truth, 1, "one issue, however its id is written")
		require.Equal(t, "dt=2026-11-19/hr=06", truth["9007199254740993"].Leaf)
		require.Contains(t, p.lines("convos_metadata" + hour5 + "convos_metadata.jsonl")[0], `"issue_id":9007199254740993,`, "a number beyond 2^53")
	},
	"day edge": func(t *testing.T, p *played) {
		p.all()
		require.Contains(t, p.names(), "convos_intents/version=1/format=jsonl/dt=2026-11-18/hr=23/_SUCCESS")
		truth := p.truth("convos_intents")
		require.Len(t, truth, 1)
		require.Equal(t, "dt=2026-11-19/hr=00", truth["21352352"].Leaf)
	},
	"snapshot with a row gone": func(t *testing.T, p *played) {
		p.step("three queues")
		require.Len(t, p.truth("dim_queues"), 3)
		p.all()
		require.Len(t, p.truth("dim_queues"), 2)
		require.Equal(t, "support", member(t, p.truth("dim_queues")["2"].Row, "queue_name"))
		require.Len(t, p.truth("intents"), 2, "no row of the name before")
	},
	"later run, older logical time": func(t *testing.T, p *played) {
		p.all()
		require.Equal(t, "dt=2026-11-19/hr=05", p.truth("convos_metrics_ended")["21352352"].Leaf)
	},
	"bad lines": func(t *testing.T, p *played) {
		p.step("a BOM, truncated JSON, a raw control character, invalid UTF-8, NaN, a list")
		truth := p.truth("issue_omnichannel")
		require.ElementsMatch(t, []string{"10001 2 c", "null 9 null", "10001 10 c"}, slices.Collect(maps.Keys(truth)))
		require.Equal(t, 10, truth["10001 10 c"].Line, "lines are counted as they lie")
		p.step("the same rows, whole")
		require.Len(t, p.truth("issue_omnichannel"), 9)
	},
	"WFM": func(t *testing.T, p *played) {
		p.all()
		require.Contains(t, p.names(), "queue_wfm/version=1/format=jsonl/dt=2026-11-19/hr=05/mi=55/queue_wfm.jsonl")
		truth := p.truth("queue_wfm")
		require.ElementsMatch(t, []string{
			"2026-11-19T04:45:00Z service null", "2026-11-19T05:00:00Z service null", "2026-11-19T05:30:00Z service null", "2026-11-19T05:45:00Z service null",
		}, slices.Collect(maps.Keys(truth)), "the window 05:15 is missing")
		require.Equal(t, 9.0, member(t, truth["2026-11-19T05:00:00Z service null"].Row, "assignments_ct"), "as it was restated")
		require.Len(t, p.truth("queue_membership_wfm"), 4)
	},
	"counts": func(t *testing.T, p *played) {
		p.all()
		for day, wrong := range map[string]float64{"2026-11-18": 0, "2026-11-19": 1} {
			for _, hour := range []string{"hr=05", "hr=06"} {
				lines := p.lines("issue_session_merge/version=1/format=jsonl/dt=" + day + "/" + hour + "/issue_session_merge.jsonl")
				count := member(t, p.truth("export_row_counts")[day+" issue_session_merge "+hour].Row, "exported_rows")
				if hour == "hr=05" {
					require.EqualValues(t, len(lines), count)
				} else {
					require.Equal(t, float64(len(lines))+wrong, count)
				}
			}
		}
	},
}
