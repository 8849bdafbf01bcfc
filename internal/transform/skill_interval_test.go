package transform

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/readertest"
	"transporter/internal/sandbox/history"
	"transporter/internal/sandbox/sandboxtest"
	"transporter/internal/sandbox/world"
	"transporter/internal/source"
)

// alive are the records of conversations with a moment in the window.
func alive(t testing.TB, account *world.Account, from, to int64) memory {
	t.Helper()
	var records [][]byte
	for c := range account.Conversations(worldNow) {
		if c.Facts.Start < to && (!c.Facts.Closed || c.Facts.ConversationEnd >= from) {
			records = append(records, account.Conversation(c.ID(), worldNow).Append(nil, 0, history.View{Sections: everySection, Whole: true}))
		}
	}
	require.Greater(t, len(records), 100)
	return memory{}.with(t, "messaging_interactions", records...)
}

// intervalRows renders a report of intervals over the window.
func intervalRows(t testing.TB, report string, in memory, from, to int64, zone *time.Location, params map[string]any) []readertest.Row {
	t.Helper()
	job := newJob(t, report, FormatJSONL, params)
	job.From, job.To, job.Zone = from, to, zone
	for _, also := range job.Report.Also {
		if _, read := in[also.Resource]; read {
			job.Also = append(job.Also, also.Resource)
		}
	}
	out, res := render(t, job, in)
	require.Empty(t, res.Quarantined)
	return readertest.JSONLines(t, []byte(strings.Join(out.bodies, "")))
}

// Of thousands of conversations every count of every skill and quarter of an hour is what SQL
// makes of the reports of segments, messages, transfers and surveys.
func TestSkillIntervalsEqualTheirRestatement(t *testing.T) {
	to := time.UnixMilli(worldNow).UTC().Truncate(time.Hour).Add(-24 * time.Hour)
	from := to.Add(-24 * time.Hour)
	in := alive(t, world.NewAccount(21, "12345678", 60_000), from.UnixMilli(), to.UnixMilli()).
		with(t, "skills", []byte(`{"id":2359000012,"name":"one","slaDefaultResponseTime":300}`), []byte(`{"id":6,"name":"six","deleted":true}`))
	sql, err := os.ReadFile(filepath.Join("testdata", "skill_interval.sql"))
	require.NoError(t, err)
	places := []string{"@FROM@", from.Format(time.RFC3339), "@TO@", to.Format(time.RFC3339)}
	for place, report := range map[string]string{"@SKILLS@": "msg.skill_segments", "@AGENTS@": "msg.assignments", "@MESSAGES@": "msg.messages", "@TRANSFERS@": "msg.transfers", "@TALKS@": "msg.conversations"} {
		out, res := render(t, newJob(t, report, FormatJSONL, nil), in)
		require.Empty(t, res.Quarantined)
		places = append(places, place, lines(t, [][]byte{[]byte(strings.Join(out.bodies, ""))}))
	}
	places = append(places, "@THRESHOLDS@", lines(t, [][]byte{[]byte(`{"skill":"2359000012","ms":300000}`)}))
	want := readertest.Duck(t, strings.NewReplacer(places...).Replace(string(sql)))
	require.NotEmpty(t, want)

	got := map[string]readertest.Row{}
	for _, row := range intervalRows(t, "wfm.skill_interval", in, from.UnixMilli(), to.UnixMilli(), time.UTC, map[string]any{"sl_threshold_ms": 1_800_000}) {
		start, err := time.Parse(time.RFC3339, row["interval_start"].(string))
		require.NoError(t, err)
		got[row["skill_id"].(string)+":"+strconv.FormatInt(start.UnixMilli(), 10)] = row
	}
	sums := map[string]float64{}
	for _, w := range want {
		key := w["skill_id"].(string) + ":" + w["start"].(json.Number).String()
		require.Contains(t, got, key)
		for name, value := range w {
			if name == "skill_id" || name == "start" {
				continue
			}
			requireSameNumber(t, value, got[key][name], key+" "+name)
			if n, ok := value.(json.Number); ok {
				f, _ := n.Float64()
				sums[name] += f
			}
		}
	}
	for name := range want[0] {
		if name != "skill_id" {
			require.Positive(t, sums[name]+map[bool]float64{true: 1}[name == "start"], "%s is never anything", name)
		}
	}
}

// requireSameNumber compares a number of another reader, which may write it another way.
func requireSameNumber(t testing.TB, want, got any, what string) {
	t.Helper()
	if want == nil || got == nil {
		require.Equal(t, want, got, what)
		return
	}
	w, err := want.(json.Number).Float64()
	require.NoError(t, err)
	g, err := got.(json.Number).Float64()
	require.NoError(t, err)
	require.InDelta(t, w, g, 1e-9, what)
}

// The columns that add up: 15-minute rows to 60-minute rows (K12), and skills to the account.
var additive = []string{
	"offered", "offered_new", "offered_transfer_in", "assigned", "handled", "concluded", "closed", "transferred_out",
	"resolved_by_agent", "resolved_by_consumer", "resolved_by_system", "abandoned_in_queue", "abandoned_total", "interactive",
	"nonresponsive_consumer", "nonresponsive_agent", "sl_answered_within", "sl_abandoned_short", "segment_time_ms", "messages_sent",
	"csat_answers", "csat_positive", "handle_time_ms", "recon_delta_resolved",
}

// K12, of messaging skills: quarters of an hour add up to hours. Net handle time, which the
// source counts by the hour, is null in quarters.
func TestK12SkillQuartersAddUpToHours(t *testing.T) {
	to := time.UnixMilli(worldNow).UTC().Truncate(time.Hour).Add(-24 * time.Hour)
	from := to.Add(-12 * time.Hour)
	in := alive(t, world.NewAccount(22, "12345678", 100_000), from.UnixMilli(), to.UnixMilli())
	in["handle_time"] = []source.Record{
		{ID: "1", Raw: fmt.Appendf(nil, `{"segmentId":"1","skillId":77,"endTimeL":%d,"totalHandleTimeMillis":5000}`, from.Add(20*time.Minute).UnixMilli())},
		{ID: "2", Raw: fmt.Appendf(nil, `{"segmentId":"2","skillId":77,"endTimeL":%d,"totalHandleTimeMillis":700}`, from.Add(50*time.Minute).UnixMilli())},
	}
	in["net_handle_time"] = []source.Record{{ID: "1", Raw: fmt.Appendf(nil,
		`{"skillId":77,"metricsByIntervals":[{"epochTimestamp":%d,"netHandleTime":699.72,"avgAvailableLoad":0.5}]}`, from.UnixMilli())}}
	in["ops_msgconversation"] = []source.Record{}
	in["ops_msgqueuehealth"] = []source.Record{
		queueRecord(from, 3), queueRecord(from.Add(10*time.Minute), 4), queueRecord(from.Add(55*time.Minute), 5),
	}
	sums := func(minutes int) (map[string]float64, []readertest.Row) {
		out := map[string]float64{}
		rows := intervalRows(t, "wfm.skill_interval", in, from.UnixMilli(), to.UnixMilli(), time.UTC, map[string]any{"interval_minutes": minutes})
		for _, row := range rows {
			hour := row["interval_start"].(string)[:13]
			for _, name := range additive {
				n, err := row[name].(json.Number).Float64()
				require.NoError(t, err)
				out[row["skill_id"].(string)+" "+hour+" "+name] += n
			}
		}
		return out, rows
	}
	quarters, fine := sums(15)
	hours, coarse := sums(60)
	require.Len(t, fine, 4*len(coarse))
	require.Equal(t, hours, quarters)
	require.EqualValues(t, 5700, hours["77 "+from.Format("2006-01-02T15")+" handle_time_ms"])
	for _, row := range fine {
		require.Nil(t, row["nht_ms"])
		require.Nil(t, row["load_avg"])
	}
	first := rowOf(t, coarse, "77", from)
	require.Equal(t, json.Number("699720"), first["nht_ms"])
	require.Equal(t, json.Number("0.5"), first["load_avg"])
	require.Equal(t, json.Number("3"), first["backlog_start"])
	require.Equal(t, json.Number("5"), first["backlog_end"])
	quarter := rowOf(t, fine, "77", from)
	require.Equal(t, json.Number("3"), quarter["backlog_start"])
	require.Equal(t, json.Number("4"), quarter["backlog_end"])
	require.Equal(t, json.Number("1"), quarter["backlog_actionable_end"])
}

// queueRecord is five minutes of the Messaging Operations API.
func queueRecord(at time.Time, waiting int) source.Record {
	return source.Record{Order: at.UnixMilli(), ID: at.Format(time.RFC3339), Raw: fmt.Appendf(nil,
		`{"interval_start":%q,"interval_end":%q,"response":{"metricsData":{"skillsMetrics":{"77":{"unassignedConversations":%d,"actionableConversations":1}}}}}`,
		at.Format(time.RFC3339), at.Add(5*time.Minute).Format(time.RFC3339), waiting)}
}

func rowOf(t testing.TB, rows []readertest.Row, skill string, start time.Time) readertest.Row {
	t.Helper()
	for _, row := range rows {
		at, err := time.Parse(time.RFC3339, row["interval_start"].(string))
		require.NoError(t, err)
		if row["skill_id"] == skill && at.Equal(start) {
			return row
		}
	}
	require.Fail(t, "no row", "%s %s", skill, start)
	return nil
}

// K8: a day of 25 hours has 100 quarters of an hour for each skill, and dst_fold tells the two
// hours apart that have the same name; one of 23 hours has 92.
func TestK8SkillsOfLongAndShortDays(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	require.NoError(t, err)
	for date, quarters := range map[string]int{"2026-10-25": 100, "2026-03-29": 92} {
		day, err := time.ParseInLocation(time.DateOnly, date, berlin)
		require.NoError(t, err)
		in := memory{}.with(t, "skills", []byte(`{"id":1,"name":"one"}`), []byte(`{"id":2,"name":"two"}`), []byte(`{"id":3,"name":"gone","deleted":true}`))
		in["messaging_interactions"] = nil
		rows := intervalRows(t, "wfm.skill_interval", in, day.UnixMilli(), day.AddDate(0, 0, 1).UnixMilli(), berlin, nil)
		names := map[string]int{}
		for _, row := range rows {
			names[fmt.Sprint(row["skill_id"], row["local_date"], row["local_interval"], row["dst_fold"])]++
			require.Equal(t, date, row["local_date"])
		}
		require.Len(t, rows, 2*quarters)
		require.Len(t, names, 2*quarters)
	}
}

// Neighbouring windows, each going on from the states that the one before left, count the same
// time online as one long window.
func TestSkillsOnlineAcrossWindows(t *testing.T) {
	s := activityWorld(t, 5)
	to := sandboxtest.Now.Truncate(time.Hour).UnixMilli()
	from := to - 6*time.Hour.Milliseconds()
	changes := changesOf(t, s, from-26*time.Hour.Milliseconds(), to)
	agents := map[int64]bool{}
	users := memory{}
	for _, c := range changes {
		var one struct{ AgentID int64 }
		require.NoError(t, json.Unmarshal(c.Raw, &one))
		if !agents[one.AgentID] {
			users.with(t, "users", fmt.Appendf(nil, `{"id":%d,"skillIds":[%d,9]}`, one.AgentID, one.AgentID%3))
		}
		agents[one.AgentID] = true
	}
	online := func(bounds ...int64) map[string]float64 {
		sums := map[string]float64{}
		var state []byte
		for i := range bounds[:len(bounds)-1] {
			job := newJob(t, "wfm.skill_interval", FormatJSONL, nil)
			job.From, job.To, job.State = bounds[i], bounds[i+1], state
			read := slices.DeleteFunc(slices.Clone(changes), func(r source.Record) bool {
				return r.Order >= job.To || i > 0 && r.Order < job.From
			})
			out, res := render(t, job, memory{"agent_activity": read, "users": users["users"]})
			require.Empty(t, res.Quarantined)
			for _, row := range rowsOf(t, out.bodies[0]) {
				sums[row["skill_id"].(string)] += row["agents_online_avg"].(float64)
			}
			state = res.State
		}
		return sums
	}
	cut := online(from, from+time.Hour.Milliseconds(), from+3*time.Hour.Milliseconds(), to)
	long := online(from, to)
	require.Len(t, long, 4)
	for skill, sum := range long {
		require.Positive(t, sum)
		require.InDelta(t, sum, cut[skill], 1e-6, skill)
	}
	require.InDelta(t, long["9"], long["0"]+long["1"]+long["2"], 1e-6)
}

// A record that is refused counts nowhere: rows are those that there are without it.
func TestIntervalsCountNothingOfARefusedRecord(t *testing.T) {
	to := time.UnixMilli(worldNow).UTC().Truncate(time.Hour).Add(-24 * time.Hour)
	from := to.Add(-24 * time.Hour)
	all := alive(t, world.NewAccount(23, "12345678", 60_000), from.UnixMilli(), to.UnixMilli())["messaging_interactions"]
	spoil := func(list, key string) (records []source.Record, id string) {
		records = slices.Clone(all)
		for i := range records {
			var r map[string]any
			require.NoError(t, json.Unmarshal(records[i].Raw, &r))
			if events, _ := r[list].([]any); len(events) > 0 && len(r["agentParticipants"].([]any)) > 0 && len(r["messageRecords"].([]any)) > 2 {
				delete(events[0].(map[string]any), key)
				raw, err := json.Marshal(r)
				require.NoError(t, err)
				records[i].Raw = raw
				return records, records[i].ID
			}
		}
		require.Fail(t, "no record has", list)
		return nil, ""
	}
	for _, report := range []string{"wfm.skill_interval", "wfm.agent_interval", "wfm.agent_skill_interval"} {
		for list, key := range map[string]string{"messageRecords": "timeL", "interactions": "interactionTimeL", "transfers": "timeL"} {
			job := newJob(t, report, FormatJSONL, nil)
			job.From, job.To = from.UnixMilli(), to.UnixMilli()
			records, bad := spoil(list, key)
			in := memory{job.Report.Resource: nil, "messaging_interactions": records}
			if job.Report.Resource != "messaging_interactions" {
				job.Also = []string{"messaging_interactions"}
			}
			out, res := render(t, job, in)
			require.EqualValues(t, 1, res.Refused, "%s, %s", report, list)
			require.Equal(t, bad, res.Quarantined[0].RecordID)
			in["messaging_interactions"] = slices.DeleteFunc(slices.Clone(records), func(r source.Record) bool { return r.ID == bad })
			want, res := render(t, job, in)
			require.Empty(t, res.Quarantined)
			require.True(t, slices.Equal(want.bodies, out.bodies), "%s, %s", report, list)
		}
	}
}
