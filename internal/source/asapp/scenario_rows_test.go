package asapp_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/feed/docs"
	"transporter/internal/feedbook"
	"transporter/internal/sandbox/feeds"
	"transporter/internal/source"
)

// rows are what rows say, and which of several counts.
var rows = map[string]func(*testing.T, *scene){
	"growing conversation": func(t *testing.T, s *scene) {
		for i, hour := range []string{"05", "06", "07"} {
			s.step("hour " + hour)
			got := s.takes(hours("convos_metrics", 5+i, 6+i))
			require.Contains(t, got.changed, `["21352352"]`)
			require.Len(t, got.changed, 2, "and the conversation that is new")
			require.Equal(t, float64(3*(i+1)), s.member("convos_metrics", `["21352352"]`, "customer_sent_msgs"), "its state so far")
			s.isTrue("convos_metrics")
		}
	},
	"restated window": func(t *testing.T, s *scene) {
		s.all()
		require.Len(t, s.takes(hours("rep_activity", 5, 6)).changed, 2)
		restated := `[null,"2026-11-19T05:15:00Z","123008","1","2026-11-19T05:00:00Z"]`
		require.Equal(t, []string{restated}, s.takes(hours("rep_activity", 6, 7)).changed)
		require.Equal(t, 261.5, s.member("rep_activity", restated, "linear_ute_time"))
		s.isTrue("rep_activity")
		s.dedupe = "repaired"
		s.forget()
		s.takes(hours("rep_activity", 5, 7))
		s.isTrue("rep_activity")
	},
	"open status": func(t *testing.T, s *scene) {
		online, offline := `[null,"123008","ONLINE","2026-11-19T05:00:00Z"]`, `[null,"123008","OFFLINE","2026-11-19T06:10:00Z"]`
		s.step("ONLINE is open")
		s.takes(hours("admin_activity", 5, 6))
		require.Nil(t, s.member("admin_activity", online, "status_end_ts"))
		s.step("ONLINE is closed, OFFLINE is open")
		require.ElementsMatch(t, []string{online, offline}, s.takes(hours("admin_activity", 6, 7)).changed)
		require.Equal(t, 4200.0, s.member("admin_activity", online, "status_time_seconds"), "nulls are last: the closed one counts")
		require.Nil(t, s.member("admin_activity", offline, "status_end_ts"))
		s.isTrue("admin_activity")
	},
	"null keys": func(t *testing.T, s *scene) {
		s.all()
		day := yesterday
		require.Equal(t, []string{`[null,null]`}, s.takes(days("rep_hierarchy", day, 1)).changed, "reference: one row is left of three")
		require.Len(t, s.takes(days("customer_feedback", day, 1)).changed, 2)
		require.Equal(t, "4", s.member("customer_feedback", `["21352352",null,null,"123008","endSRS rating","2026-11-19T00:00:00Z"]`, "answer"),
			"null and absent are equal, and the later line counts")
		s.isTrue("rep_hierarchy")
		s.isTrue("customer_feedback")
		s.dedupe = "repaired"
		s.forget()
		require.Len(t, s.takes(days("rep_hierarchy", day, 1)).changed, 3)
		s.isTrue("rep_hierarchy")
	},
	"type drift": func(t *testing.T, s *scene) {
		s.all()
		require.Equal(t, []string{`["9007199254740993"]`}, s.takes(hours("convos_metadata", 5, 6)).changed, "a number beyond 2^53, to the last digit")
		require.Equal(t, []string{`["9007199254740993"]`}, s.takes(hours("convos_metadata", 6, 7)).changed, "the same as a text")
		require.Equal(t, 400.5, s.member("convos_metadata", `["9007199254740993"]`, "csat_rating"))
		s.isTrue("convos_metadata")
	},
	"new column at 14:00": func(t *testing.T, s *scene) {
		drift := func() (columns []string) {
			schema, err := s.schema.Schema(t.Context(), "acme", "s1", "convos_metadata", "1")
			require.NoError(t, err)
			for _, c := range schema.Data {
				if c.Class == docs.Drift {
					columns = append(columns, c.Column)
				}
			}
			return columns
		}
		s.step("described without it")
		s.watches(noon.Add(-feeds.Day))
		s.step("hour 13")
		s.takes(hours("convos_metadata", 13, 14))
		require.Empty(t, drift())
		s.step("hour 14")
		s.takes(hours("convos_metadata", 14, 15))
		require.Equal(t, []string{"language_code"}, drift(), "it is in the data before anybody has described it")
		s.step("described with it")
		s.look(s.schema, 0)
		require.Empty(t, drift())
		require.Nil(t, s.member("convos_metadata", `["1"]`, "language_code"), "not filled in from later rows")
		require.Equal(t, "English", s.member("convos_metadata", `["2"]`, "language_code"))
		require.Equal(t, "Spanish", s.member("convos_metadata", `["3"]`, "language_code"))
		s.isTrue("convos_metadata")
	},
	"day edge": func(t *testing.T, s *scene) {
		s.all()
		midnight := yesterday
		require.Len(t, s.takes(window{"convos_intents", midnight.Add(-time.Hour), midnight}).changed, 1)
		require.Equal(t, []string{`["21352352"]`}, s.takes(window{"convos_intents", midnight, midnight.Add(time.Hour)}).changed)
		require.Equal(t, 2.0, s.member("convos_intents", `["21352352"]`, "disambig_count"))
		s.isTrue("convos_intents")
	},
	"snapshot with a row gone": func(t *testing.T, s *scene) {
		s.all()
		require.Len(t, s.takes(hours("dim_queues", 5, 6)).changed, 3)
		got := s.takes(hours("dim_queues", 6, 7))
		require.Equal(t, []string{`["3"]`}, got.removed, "what the newest leaf lacks is gone")
		require.Equal(t, "support", s.member("dim_queues", `["2"]`, "queue_name"))
		s.isTrue("dim_queues")
		s.takes(days("intents", yesterday.Add(-feeds.Day), 1))
		got = s.takes(days("intents", yesterday, 1))
		require.Equal(t, []string{`["PAYBILL","Pay bill","LEAF"]`}, got.removed, "no row of the name before is left")
		s.isTrue("intents")
	},
	"later run, older logical time": func(t *testing.T, s *scene) {
		s.all()
		s.takes(hours("convos_metrics_ended", 5, 6))
		require.Empty(t, s.takes(hours("convos_metrics_ended", 6, 7)).changed, "the higher logical time stays")
		s.isTrue("convos_metrics_ended")
	},
	"bad lines": func(t *testing.T, s *scene) {
		s.step("a BOM, truncated JSON, a raw control character, invalid UTF-8, NaN, a list")
		hour := hours("issue_omnichannel", 5, 6)
		got := s.takes(hour)
		require.Equal(t, []int64{9, 6}, []int64{got.lines, got.bad}, "a blank line is none")
		leaves, err := s.try(hour)
		require.NoError(t, err)
		why := map[string]string{}
		for r, err := range s.stage.Sorted(t.Context(), leaves[0].BadLines) {
			require.NoError(t, err)
			place, _, _ := strings.Cut(r.ID, " line ")
			line, hash, _ := strings.Cut(strings.TrimPrefix(r.ID, place+" line "), " ")
			why[place+" line "+line] = string(r.Raw)
			require.Contains(t, string(r.Raw), `"_sha256":"`+hash)
		}
		for line, says := range map[string]string{"1": "byte order mark", "3": "ends in the middle", "4": "control", "5": "not UTF-8", "6": "'N'", "7": "not a JSON object"} {
			id := source.BadPrefix + "dt=2026-11-19/hr=05 issue_omnichannel.jsonl line " + line
			require.Contains(t, why, id)
			require.Contains(t, why[id], says)
			require.Contains(t, why[id], `"_sha256":"`)
		}
		require.Len(t, why, 6)
		require.Contains(t, s.rows("issue_omnichannel"), `[null,"9",null]`, "of a name that comes twice the last counts")
		s.isTrue("issue_omnichannel")
		s.step("the same rows, whole")
		require.Zero(t, s.takes(hour).bad)
		s.isTrue("issue_omnichannel")
	},
	"counts": func(t *testing.T, s *scene) {
		s.all()
		for _, day := range []time.Time{yesterday.Add(-feeds.Day), yesterday} {
			require.EqualValues(t, 80, s.takes(window{"issue_session_merge", day.Add(5 * time.Hour), day.Add(7 * time.Hour)}).lines)
			require.Len(t, s.takes(days("export_row_counts", day, 1)).changed, 2)
			counts, err := s.source().Counts(t.Context(), s.query(window{"issue_session_merge", day.Add(5 * time.Hour), day.Add(7 * time.Hour)}))
			require.NoError(t, err)
			_, err = s.try(window{"issue_session_merge", day.Add(5 * time.Hour), day.Add(7 * time.Hour)})
			require.NoError(t, err)
			for i, want := range []int64{40, 40 + int64(day.Sub(yesterday.Add(-feeds.Day))/feeds.Day)} {
				said, ok := counts.Of(&s.lastRead[i])
				require.True(t, ok)
				require.Equal(t, want, said.Rows, "of the second day one is wrong by one")
			}
		}
		s.isTrue("export_row_counts")
	},
	"WFM": func(t *testing.T, s *scene) {
		for _, run := range []string{":05 has the window :-15", ":30 has the window :00", ":55 has the window :30 and :00 again; :15 never comes"} {
			s.step("queue_wfm, run " + run)
			s.step("queue_membership_wfm, run " + run)
		}
		hour := func(table string) window { return hours(table, 5, 6) }
		s.now = yesterday.Add(5*time.Hour + 58*time.Minute)
		s.waits(hour("queue_wfm"), "no leaf at or after dt=2026-11-19/hr=06/mi=00 is there yet")
		s.all()
		got := s.takes(hour("queue_wfm"))
		require.Equal(t, []any{3, int64(4)}, []any{got.leaves, got.lines}, "runs have one or two windows each")
		require.Equal(t, []string{
			`["2026-11-19T04:45:00Z","service",null]`, `["2026-11-19T05:00:00Z","service",null]`, `["2026-11-19T05:30:00Z","service",null]`,
		}, got.changed, "05:15 is missing, and is not made up")
		require.Equal(t, 9.0, s.member("queue_wfm", `["2026-11-19T05:00:00Z","service",null]`, "assignments_ct"), "as it was restated")
		for _, table := range []string{"queue_wfm", "queue_membership_wfm"} {
			s.takes(hour(table))
			s.now = noon
			require.Equal(t, 1, s.takes(hours(table, 6, 7)).leaves, "late, the hour is whole with what is there")
			s.isTrue(table)
		}
	},
}

// forget begins as a task that has nothing yet.
func (s *scene) forget() { s.states = map[string]feedbook.State{} }
