package transform

import (
	"flag"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"transporter/internal/fault"
	"transporter/internal/report"
	"transporter/internal/source"
	"transporter/internal/task"
)

// checkSome is rapid.Check with fewer tries, for properties that render whole days. Ask
// for more with -rapid.checks.
func checkSome(t *testing.T, property func(*rapid.T)) {
	t.Helper()
	const few = "25"
	checks := flag.Lookup("rapid.checks")
	if asked := checks.Value.String(); asked == checks.DefValue {
		require.NoError(t, checks.Value.Set(few))
		defer func() { require.NoError(t, checks.Value.Set(asked)) }()
	}
	rapid.Check(t, property)
}

// drawAgents returns an account and a window of its local days, on which clocks may change.
func drawAgents(rt *rapid.T, t *testing.T, days int) (agentWorld, agentWindow) {
	w := agentWindow{
		zone: rapid.SampledFrom([]string{"UTC", "Europe/Berlin", "America/Havana", "Australia/Lord_Howe", "Asia/Kathmandu"}).Draw(rt, "zone"),
		bots: rapid.Bool().Draw(rt, "bots"), measured: rapid.Bool().Draw(rt, "measured"),
	}
	zone, err := task.Zone(w.zone)
	require.NoError(t, err)
	clocksChange := []string{"2026-03-29", "2026-04-05", "2026-10-04", "2026-10-25", "2026-11-01", "2026-11-12"} // in one of them; last: nowhere
	first, err := time.ParseInLocation(time.DateOnly, rapid.SampledFrom(clocksChange).Draw(rt, "day"), zone)
	require.NoError(t, err)
	w.from, w.to = first.UnixMilli(), first.AddDate(0, 0, days).UnixMilli()
	return newAgentWorld(t, rapid.Int64Range(1, 1000).Draw(rt, "seed"), 12_000), w
}

func (w agentWindow) as(report string, minutes int) agentWindow {
	w.report, w.minutes = report, minutes
	return w
}

func (w agentWindow) rows(t *testing.T, in memory) []map[string]any {
	t.Helper()
	out, res := render(t, w.job(t, FormatJSONL, nil), in)
	require.Empty(t, res.Quarantined)
	return rowsOf(t, out.bodies[0])
}

// sumBy adds up columns over the rows with the same key. Objects count by their members.
func sumBy(rows []map[string]any, key func(map[string]any) string, columns map[string]string) map[string]float64 {
	sums := map[string]float64{}
	for _, row := range rows {
		for column, as := range columns {
			switch v := row[column].(type) {
			case float64:
				sums[key(row)+" "+as] += v
			case map[string]any:
				for reason, ms := range v {
					sums[key(row)+" "+as+" "+reason] += ms.(float64)
				}
			}
		}
	}
	maps.DeleteFunc(sums, func(_ string, v float64) bool { return v == 0 })
	return sums
}

func named(columns ...string) map[string]string {
	same := map[string]string{}
	for _, c := range columns {
		same[c] = c
	}
	return same
}

// agentSums are the columns of wfm.agent_interval that add up over time.
var agentSums = named("login_ms", "online_ms", "back_soon_ms", "away_ms", "away_by_reason", "busy_ms", "assigned_ms", "concurrency_ms", "available_ms",
	"busy_while_online_ms", "busy_while_away_ms", "assigned_new", "concluded", "closed", "transferred_out", "back_to_queue", "handled",
	"messages_sent", "responses", "logins", "logouts")

// pairSums are those of wfm.agent_skill_interval.
var pairSums = named("segments_started", "segments_ended", "handled", "interactive", "abandoned", "nonresponsive_consumer", "nonresponsive_agent", "skill_time_ms")

// K12: every count of an interval that is never null is held to add up, but for those of the moment of its end.
func TestK12LeavesNoCountOut(t *testing.T) {
	for id, sums := range map[string][]string{
		"wfm.skill_interval":       slices.Concat(additive, []string{"open_assigned_end"}),
		"wfm.agent_interval":       slices.Collect(maps.Keys(agentSums)),
		"wfm.agent_skill_interval": slices.Collect(maps.Keys(pairSums)),
	} {
		d, err := report.Get(id, "")
		require.NoError(t, err)
		for _, c := range d.Columns {
			if slices.Contains(c.Rule, report.N4) {
				require.Contains(t, sums, c.Name, id)
			}
		}
	}
}

// K12, and the invariant of the catalog: quarters of an hour add up to hours, and both to days,
// on any day and in any zone.
func TestIntervalsOfAgentsAddUp(t *testing.T) {
	var counted float64
	checkSome(t, func(rt *rapid.T) {
		account, w := drawAgents(rt, t, 1)
		in := account.records(t, w.as("wfm.agent_interval", 15), 26*time.Hour)
		quarters, hours := w.as("wfm.agent_interval", 15).rows(t, in), w.as("wfm.agent_interval", 60).rows(t, in)
		of := func(columns ...string) func(map[string]any) string {
			return func(row map[string]any) string {
				key := ""
				for _, c := range columns {
					key += fmt.Sprint(row[c], " ")
				}
				return key
			}
		}
		agentAndDay := of("agent_id", "local_date")
		require.Equal(rt, sumBy(quarters, agentAndDay, agentSums), sumBy(hours, agentAndDay, agentSums))
		hour := func(row map[string]any) string {
			return agentAndDay(row) + row["local_interval"].(string)[:2] + fmt.Sprint(row["dst_fold"])
		}
		if w.zone != "Australia/Lord_Howe" { // whose clock goes through half an hour twice
			require.Equal(rt, sumBy(quarters, hour, agentSums), sumBy(hours, hour, agentSums))
		}

		fine, coarse := w.as("wfm.agent_skill_interval", 15).rows(t, in), w.as("wfm.agent_skill_interval", 60).rows(t, in)
		pairAndDay := of("agent_id", "skill_id", "local_date")
		require.Equal(rt, sumBy(fine, pairAndDay, pairSums), sumBy(coarse, pairAndDay, pairSums))

		of15 := named("login_ms", "online_ms", "back_soon_ms", "away_ms", "away_by_reason", "concluded", "back_to_queue", "messages_sent", "responses")
		maps.Copy(of15, map[string]string{"closed": "conversations_closed", "transferred_out": "transfers_out"})
		daily := w.as("agent.daily", 0).rows(t, in)
		wanted := map[string]string{}
		for _, as := range of15 {
			wanted[as] = as
		}
		got := sumBy(daily, of("agent_id", "local_day"), wanted)
		require.Equal(rt, sumBy(quarters, agentAndDay, of15), got)
		for _, n := range got {
			counted += n
		}
	})
	require.Positive(t, counted)
}

// Windows that follow each other give what one window over all of them gives, but for what is
// known only of the whole: who somebody is called last, and gaps that the next window shows.
func TestWindowsOfAgentsGoOn(t *testing.T) {
	known := map[string]any{"employee_id": nil, "agent_login": nil, "agent_name": nil, "group_id": nil, "group_name": nil, "sequence_gap": nil}
	plain := func(row map[string]any) map[string]any {
		maps.Copy(row, known)
		return row
	}
	checkSome(t, func(rt *rapid.T) {
		account, w := drawAgents(rt, t, 1)
		w = w.as("wfm.agent_interval", 30)
		w.measured = false // what is measured is of segments that ended in the window
		whole := map[string]map[string]any{}
		for _, row := range w.rows(t, account.records(t, w, 26*time.Hour)) {
			whole[row["_row_key"].(string)] = plain(row)
		}
		var state []byte
		lead, parts := 26*time.Hour, map[string]map[string]any{}
		for end := w.to; w.from < end; {
			w.to = min(end, w.from+int64(rapid.IntRange(1, 30).Draw(rt, "half hours"))*30*time.Minute.Milliseconds())
			out, res := render(t, w.job(t, FormatJSONL, state), account.records(t, w, lead))
			require.Empty(rt, res.Quarantined)
			for _, row := range rowsOf(t, out.bodies[0]) {
				require.NotContains(rt, parts, row["_row_key"])
				parts[row["_row_key"].(string)] = plain(row)
			}
			w.from, state, lead = w.to, res.State, 0
		}
		require.Equal(rt, whole, parts)
	})
}

// What the world says of whole conversations and handle times is what rows add up to.
func TestRowsOfAgentsAgreeWithTheWorld(t *testing.T) {
	var all int64
	checkSome(t, func(rt *rapid.T) {
		account, w := drawAgents(rt, t, 2)
		w.bots, w.measured = true, true
		in, whole := account.records(t, w, 26*time.Hour), map[string]bool{}
		var assignments, assigned, handled int64
		for c := range account.Conversations(worldNow) {
			if c.Facts.Closed && c.Facts.Start >= w.from && c.Facts.ConversationEnd < w.to {
				_, n, ms := c.Moves()
				assignments, assigned, whole[c.ID()] = assignments+n, assigned+ms, true
			}
		}
		var kept []source.Record
		for _, rec := range in["messaging_interactions"] {
			if whole[rec.ID] {
				kept = append(kept, rec)
			}
		}
		in["messaging_interactions"] = kept
		for _, s := range account.AgentSegments(w.from, w.to, worldNow+48*time.Hour.Milliseconds()) {
			handled += s.Handle
		}
		one := func(map[string]any) string { return "" }
		intervals := sumBy(w.as("wfm.agent_interval", 60).rows(t, in), one, named("assigned_new", "concurrency_ms"))
		days := sumBy(w.as("agent.daily", 0).rows(t, in), one, named("handle_time_ms", "segments_assigned"))
		pairs := sumBy(w.as("wfm.agent_skill_interval", 60).rows(t, in), one, named("segments_started", "segments_ended", "skill_time_ms"))
		for name, is := range map[string]float64{
			"assigned_new": intervals[" assigned_new"], "segments_assigned": days[" segments_assigned"],
			"segments_started": pairs[" segments_started"], "segments_ended": pairs[" segments_ended"],
		} {
			require.EqualValues(rt, assignments, is, name)
		}
		require.EqualValues(rt, assigned, intervals[" concurrency_ms"])
		require.EqualValues(rt, assigned, pairs[" skill_time_ms"])
		require.EqualValues(rt, handled, days[" handle_time_ms"])
		all += assignments
	})
	require.Greater(t, all, int64(1000), "windows with something in them")
}

// handmadeAgents renders the hour of the changes that are written by hand.
func handmadeAgents(t *testing.T, params map[string]any) Job {
	job := newJob(t, "wfm.agent_interval", FormatJSONL, params)
	job.From = time.Date(2020, 9, 13, 12, 0, 0, 0, time.UTC).UnixMilli()
	job.To = job.From + time.Hour.Milliseconds()
	return job
}

// A status that nobody knows is time logged in and in no status: the rows would contradict
// themselves, and nothing is delivered.
func TestRowsOfAgentsThatContradictThemselvesAreNotDelivered(t *testing.T) {
	strange := `{"agentId":5,"agentGroupId":-1,"time":"2020-09-13T12:40:00.000Z","sessionId":77,"sequenceNumber":2,"statusType":1,"statusSubType":9}`
	in := handmadeChanges(t, handmade[0], handmade[1], strange, handmade[3])
	out := &files{}
	_, err := Render(t.Context(), handmadeAgents(t, nil), in, out)
	require.True(t, fault.Is(err, fault.CountMismatch), "%v", err)
	require.ErrorContains(t, err, "agent 5 was logged in for 900000 ms of the 900000 from 2020-09-13T12:30:00Z: online 600000, back soon 0, away 0")
	require.Empty(t, out.infos)
}

// What is counted of chats belongs to the interval that its five minutes begin in; bots and
// people are told apart by the list of users where nothing else says it.
func TestRowsOfAgentsWithChats(t *testing.T) {
	chat := func(at string, agent, online int) source.Record {
		raw := fmt.Sprintf(`{"interval_start":%q,"response":{"metricsData":{"agentsMetrics":{"metricsPerAgent":{"%d":[`+
			`{"id":2,"value":{"total":%d,"chatting":1,"chattingInMaxConcurrency":1}},{"id":-1,"value":{"total":300,"chatting":40,"chattingInMaxConcurrency":7}}]}}}}}`, at, agent, online)
		start, err := time.Parse(time.RFC3339, at)
		require.NoError(t, err)
		return source.Record{Order: start.UnixMilli(), ID: at, Raw: []byte(raw)}
	}
	in := handmadeChanges(t, handmade...)
	in.with(t, "users", []byte(`{"id":5,"loginName":"five","fullName":"Five","userTypeId":1}`), []byte(`{"id":6,"loginName":"six","userTypeId":2}`))
	in["rt_agentactivity"] = []source.Record{
		chat("2020-09-13T12:30:00.000Z", 5, 100), chat("2020-09-13T12:35:00.000Z", 5, 200), chat("2020-09-13T12:45:00.000Z", 6, 300),
	}
	job := handmadeAgents(t, map[string]any{"chat": true})
	job.Also = []string{"rt_agentactivity"}
	out, res := render(t, job, in)
	require.Empty(t, res.Quarantined)
	rows := rowsOf(t, out.bodies[0])
	require.Len(t, rows, 2)
	requireValues(t, rows[0], map[string]any{
		"agent_id": "5", "employee_id": "E", "agent_login": "l", "agent_name": "n", "group_id": "-1", "local_interval": "12:30", "interval_minutes": 15,
		"login_ms": 900_000, "online_ms": 600_000, "away_ms": 300_000, "away_by_reason": map[string]any{"Lunch": float64(300_000)},
		"logins": 1, "logouts": 0, "state_at_end": "away", "reason_at_end": "Lunch", "sequence_gap": true,
		"chat_online_s": 300, "chat_chatting_s": 80, "chat_max_concurrency_s": 14, "busy_ms": 0, "occupancy": 0, "concurrency_avg": nil, "aht_ms": nil,
	})
	requireValues(t, rows[1], map[string]any{
		"local_interval": "12:45", "login_ms": 300_000, "away_ms": 300_000, "logins": 0, "logouts": 1, "state_at_end": nil, "reason_at_end": nil,
		"sequence_gap": true, "chat_online_s": nil, "occupancy": nil,
	})
	job.Params["include_bots"] = []byte("true")
	out, _ = render(t, job, in)
	rows = rowsOf(t, out.bodies[0])
	require.Len(t, rows, 3)
	requireValues(t, rows[2], map[string]any{"agent_id": "6", "agent_login": "six", "chat_online_s": 300, "login_ms": 0})
}
