package asapp_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/fault"
	"transporter/internal/feed"
	"transporter/internal/report"
	"transporter/internal/sandbox/feeds"
)

// leaf writes a leaf of one file, and its flag a minute later.
func (s *scene) leaf(table, stamp, lines string, at time.Time) {
	s.t.Helper()
	folder := table + "/version=1/format=jsonl/" + stamp + "/"
	s.put(folder+table+".jsonl", lines, at)
	s.put(folder+"_SUCCESS", "", at.Add(time.Minute))
}

const fifth = "dt=2026-11-19/hr=05"

// corners are corner cases that no scenario of the look-alike has.
var corners = map[string]func(*testing.T, *scene){
	"Clock skew": func(t *testing.T, s *scene) {
		six := yesterday.Add(6 * time.Hour)
		s.leaf("sms_events", fifth, `{"sms_flow_id":"a"}`, six)
		hour := hours("sms_events", 5, 6)
		for _, by := range []time.Duration{-24 * time.Hour, 24 * time.Hour} { // but for the day's first hours
			s.now = six.Add(by)
			require.EqualValues(t, 1, s.takes(hour).lines, "ours is not what tells whether it is whole")
		}
		s.put("sms_events/version=1/format=jsonl/"+fifth+"/sms_events.jsonl", `{"sms_flow_id":"b"}`, six.Add(30*time.Minute))
		s.now = six.Add(-24 * time.Hour)
		s.waits(hour, "is rewritten", "is newer than _SUCCESS and 0s old")
		s.leaf("sms_events", "dt=2026-11-19/hr=06", "", six.Add(time.Hour))
		require.Equal(t, []string{`["b"]`}, s.takes(hour).changed, "times of the store are compared with each other")
	},
	"Clock skew, of a machine whose clock is ahead": func(t *testing.T, s *scene) {
		six := yesterday.Add(6 * time.Hour)
		s.leaf("sms_events", fifth, `{"sms_flow_id":"a"}`, six)
		s.put("sms_events/version=1/format=jsonl/"+fifth+"/sms_events.jsonl", `{"sms_flow_id":"b"}`, six.Add(30*time.Minute))
		const ahead = 10 * time.Minute
		s.now = six.Add(31*time.Minute + 30*time.Second + ahead) // settled by our clock, written a minute and a half ago by the storage's
		s.door.Now = func() time.Time { return time.Now().Add(ahead) }
		s.waits(hours("sms_events", 5, 6), "is rewritten", "is newer than _SUCCESS and 1m")
		s.now = six.Add(41*time.Minute + ahead)
		require.Equal(t, []string{`["b"]`}, s.takes(hours("sms_events", 5, 6)).changed)
	},
	"Late re-export of a partition, and of its count": func(t *testing.T, s *scene) {
		hour := hours("sms_events", 5, 6)
		said := func() (int64, bool) {
			t.Helper()
			require.Equal(t, 1, s.takes(hour).files)
			counts, err := s.source().Counts(t.Context(), s.query(hour))
			require.NoError(t, err)
			count, ok := counts.Of(&s.lastRead[0])
			return count.Rows, ok
		}
		const rows, counted = "sms_events/version=1/format=jsonl/" + fifth + "/sms_events.jsonl", "export_row_counts/version=1/format=jsonl/dt=2026-11-19/export_row_counts.jsonl"
		const count = `{"export_date":"2026-11-19","export_job":"sms_events","export_interval":"hr=05","exported_rows":%d}`
		s.leaf("sms_events", fifth, `{"sms_flow_id":"a"}`+"\n"+`{"sms_flow_id":"b"}`, yesterday.Add(6*time.Hour))
		s.leaf("export_row_counts", "dt=2026-11-19", fmt.Sprintf(count, 2), yesterday.Add(feeds.Day))
		n, ok := said()
		require.Equal(t, []any{int64(2), true}, []any{n, ok})
		s.put(rows, `{"sms_flow_id":"a"}`, yesterday.Add(feeds.Day+time.Hour)) // both flags stay
		_, ok = said()
		require.False(t, ok, "it is of the export before")
		s.put(counted, fmt.Sprintf(count, 1), yesterday.Add(feeds.Day+2*time.Hour))
		counts, err := s.source().Counts(t.Context(), s.query(hour))
		require.NoError(t, err)
		again, ok := counts.Of(&s.lastRead[0])
		require.Equal(t, []any{int64(1), true}, []any{again.Rows, ok}, "the count was exported anew, too")
	},
	"A feed by the minute that stops": func(t *testing.T, s *scene) {
		for at := yesterday; at.Before(yesterday.Add(10 * time.Hour)); at = at.Add(15 * time.Minute) {
			s.leaf("queue_wfm", feed.StampOf(at, feed.ByMinute).String(), "", at.Add(35*time.Minute))
		}
		of := days("queue_wfm", yesterday, 1)
		silent := func() string {
			t.Helper()
			parts, _, err := s.source().Silent(t.Context(), s.query(of))
			require.NoError(t, err)
			return parts.String()
		}
		s.now = of.to.Add(45*time.Minute - time.Second)
		s.waits(of, "dt=2026-11-19/hr=10/mi=00 is absent")
		s.now = of.to.Add(45 * time.Minute)
		require.Equal(t, 40, s.takes(of).leaves, "late, the day is whole with what is there")
		require.Equal(t, "2026-11-19T10:00Z to 2026-11-20T00:00Z", silent())
		s.leaf("queue_wfm", "dt=2026-11-19/hr=12/mi=00", "", of.to.Add(time.Hour))
		require.Equal(t, "2026-11-19T10:00Z to 2026-11-19T12:00Z; 2026-11-19T12:15Z to 2026-11-20T00:00Z", silent())
	},
	"DST": func(t *testing.T, s *scene) {
		for _, day := range []time.Time{time.Date(2026, 10, 24, 18, 0, 0, 0, time.UTC), time.Date(2026, 3, 28, 18, 0, 0, 0, time.UTC)} {
			for h := range 30 {
				at := day.Add(time.Duration(h) * time.Hour)
				s.put("sms_events/version=1/format=jsonl/"+feed.StampOf(at, feed.ByHour).String()+"/_SUCCESS", "", at.Add(time.Hour))
			}
		}
		for zone, days := range map[string]map[string]int{"Europe/Berlin": {"2026-10-25": 25, "2026-03-29": 23}, "Asia/Kolkata": {"2026-10-25": 24}} {
			local, err := time.LoadLocation(zone)
			require.NoError(t, err)
			for day, leaves := range days {
				from, err := time.ParseInLocation(time.DateOnly, day, local)
				require.NoError(t, err)
				s.forget()
				require.Equal(t, leaves, s.takes(window{"sms_events", from.UTC(), from.AddDate(0, 0, 1).UTC()}).leaves, "%s of %s", day, zone)
			}
		}
	},
	"Duplicates across runs, logical time tied": func(t *testing.T, s *scene) {
		const row = `{"instance_ts":"2026-11-19T05:15:00","company_id":1,"rep_id":7,"queue_id":8,"lin_avail_min":%d,"export_ts":"%s"}`
		s.leaf("queue_membership_wfm", "dt=2026-11-19/hr=05/mi=30", fmt.Sprintf(row, 1, "2026-11-19T05:59:00"), yesterday.Add(6*time.Hour))
		s.leaf("queue_membership_wfm", "dt=2026-11-19/hr=05/mi=55", fmt.Sprintf(row, 2, "2026-11-19T05:56:00"), yesterday.Add(7*time.Hour))
		s.takes(hours("queue_membership_wfm", 5, 6))
		require.Equal(t, 1.0, s.member("queue_membership_wfm", `["2026-11-19T05:15:00Z","1","7","8"]`, "lin_avail_min"), "export_ts goes before the path")
		const issue = `{"issue_id":1,"first_utterance_ts":"2026-11-19T05:15:00","assisted":%d}`
		s.leaf("convos_metrics", "dt=2026-11-19/hr=06", fmt.Sprintf(issue, 6), yesterday.Add(7*time.Hour))
		s.leaf("convos_metrics", fifth, fmt.Sprintf(issue, 5), yesterday.Add(8*time.Hour))
		s.takes(hours("convos_metrics", 5, 7))
		require.Equal(t, 6.0, s.member("convos_metrics", `["1"]`, "assisted"), "the path goes before the file's time")
	},
	"`hr` as data hour or export hour": func(t *testing.T, s *scene) {
		const row = `{"sms_flow_id":"a","message_sent_result":"%s"}`
		s.leaf("sms_events", "dt=2026-11-19/hr=23", fmt.Sprintf(row, "of 23"), noon.Add(-11*time.Hour))
		s.takes(hours("sms_events", 23, 24))
		s.leaf("sms_events", "dt=2026-11-19/hr=00", fmt.Sprintf(row, "of 00, written later"), noon.Add(-10*time.Hour))
		s.forget()
		s.takes(hours("sms_events", 0, 1))
		s.takes(hours("sms_events", 23, 24))
		require.Equal(t, "of 23", s.member("sms_events", `["a"]`, "message_sent_result"), "the path goes before the file's time")
	},
	"Ended and unended twins": func(t *testing.T, s *scene) {
		for _, table := range []string{"convos_metrics", "convos_metrics_ended"} {
			s.leaf(table, fifth, `{"issue_id":1,"platform":"`+table+`"}`, yesterday.Add(6*time.Hour))
		}
		require.Equal(t, 1, s.takes(hours("convos_metrics", 5, 6)).files, "one is not read for the other")
		require.Equal(t, "convos_metrics", s.member("convos_metrics", `["1"]`, "platform"))
		s.takes(hours("convos_metrics_ended", 5, 6))
		require.Equal(t, "convos_metrics_ended", s.member("convos_metrics_ended", `["1"]`, "platform"))
	},
	"fact_convos_missed_ends": func(t *testing.T, s *scene) {
		s.leaf("convos_metadata", fifth, `{"issue_id":1,"conversation_end_ts":null}`, yesterday.Add(6*time.Hour))
		s.leaf("fact_convos_missed_ends", fifth, `{"issue_id":1,"conversation_end_ts":"2026-11-19T05:10:00","instance_ts":"2026-11-19T05:15:00"}`, yesterday.Add(6*time.Hour))
		s.takes(hours("convos_metadata", 5, 6))
		require.Equal(t, []string{`[null,"1","2026-11-19T05:10:00Z"]`}, s.takes(hours("fact_convos_missed_ends", 5, 6)).changed)
		require.Empty(t, s.takes(hours("convos_metadata", 5, 6)).changed, "it is a table of its own, and corrects none")
	},
	"Merged issues (voice)": func(t *testing.T, s *scene) {
		s.leaf("issue_session_merge", fifth,
			`{"company_id":1,"issue_id":1,"session_id":"s","merged_ts":"2026-11-19T05:10:00"}`+"\n"+`{"company_id":1,"issue_id":2,"session_id":"s"}`, yesterday.Add(6*time.Hour))
		require.Len(t, s.takes(hours("issue_session_merge", 5, 6)).changed, 2, "both issues stay")
	},
	"Company columns": func(t *testing.T, s *scene) {
		s.leaf("csid_containment", fifth, `{"company_id":null,"company_name":"acme","csid":"c","is_contained":1}`+"\n"+`{"company_name":"acme","csid":"c","is_contained":0}`, yesterday.Add(6*time.Hour))
		require.Equal(t, []string{`[null,"c"]`}, s.takes(hours("csid_containment", 5, 6)).changed, "null is a value of the key")
		s.dedupe = "repaired"
		s.forget()
		require.Equal(t, []string{`["acme","c"]`}, s.takes(hours("csid_containment", 5, 6)).changed, "repaired: by company_name")
		folder := "csid_containment/version=1/format=jsonl/" + fifth + "/csid_containment.jsonl"
		s.put(folder+".00", `{"company_name":"acme","csid":"c"}`, yesterday.Add(7*time.Hour))
		s.put(folder+".01", `{"company_name":"umbrella","csid":"c"}`, yesterday.Add(7*time.Hour))
		s.put("csid_containment/version=1/format=jsonl/"+fifth+"/_SUCCESS", "", yesterday.Add(7*time.Hour+time.Minute))
		said := s.refuses(hours("csid_containment", 5, 6), fault.SchemaMismatch, "csid_containment "+fifth+" has rows of several companies: acme, umbrella")
		require.False(t, said.Kind.Retryable(), "it is red")
	},
	"Sentiment −1000": func(t *testing.T, s *scene) {
		s.leaf("issue_sentiment", "dt=2026-11-19", `{"issue_id":1,"score":-1000}`, yesterday.Add(feeds.Day+time.Hour))
		s.takes(days("issue_sentiment", yesterday, 1))
		for key := range s.rows("issue_sentiment") {
			require.Equal(t, -1000.0, s.member("issue_sentiment", key, "score"), "delivered as it is: nothing here averages")
		}
	},
	"File Exporter `utterances` purge at 32 days": func(t *testing.T, _ *scene) {
		def, err := report.Get("asapp.fe_utterances", "1.0")
		require.NoError(t, err)
		require.Contains(t, def.Doc, "keeps it for 32 days only: deliver at least weekly", "who makes a task reads it")
	},
	"Repeated JSON key in an object": func(t *testing.T, s *scene) {
		s.leaf("convos_metrics", fifth, `{"issue_id":1,"platform":"web","platform":"ios"}`, yesterday.Add(6*time.Hour))
		require.Zero(t, s.takes(hours("convos_metrics", 5, 6)).bad)
		require.Equal(t, "ios", s.member("convos_metrics", `["1"]`, "platform"), "the last")
		require.NotContains(t, string(s.rows("convos_metrics")[`["1"]`].Raw), "web")
	},
}
