package transform

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/readertest"
	"transporter/internal/sandbox/sandboxtest"
	"transporter/internal/source"
	"transporter/internal/task"
)

// chatWindows are a live one, one that the live resources know a part of, and an old one.
var chatWindows = map[string]struct {
	back, length time.Duration
	live         float64 // of the quarters
}{
	"live":   {4 * time.Hour, 3 * time.Hour, 1},
	"partly": {26 * time.Hour, 6 * time.Hour, 14.0 / 24},
	"old":    {40 * 24 * time.Hour, 24 * time.Hour, 0},
}

// chatJob is the report of a window that began so long before now.
func chatJob(t testing.TB, now time.Time, back, length time.Duration, minutes int) Job {
	t.Helper()
	job := newJob(t, "wfm.chat_skill_interval", FormatJSONL, map[string]any{
		"interval_minutes": minutes, "sl_threshold_s": 90, "system_columns": "all",
	})
	from := now.Add(-back)
	job.From, job.To = from.UnixMilli(), from.Add(length).UnixMilli()
	return job
}

// TestChatIntervalsEqualTheirRestatement reads the sandbox over HTTP, and compares every row
// and column with what SQL makes of the same records.
func TestChatIntervalsEqualTheirRestatement(t *testing.T) {
	now := sandboxtest.Now
	c := startCloud(t, now, 300_000)
	for name, window := range chatWindows {
		for _, minutes := range []int{15, 60} {
			t.Run(fmt.Sprint(name, minutes), func(t *testing.T) {
				job := chatJob(t, now, window.back, window.length, minutes)
				in := c.forJob(t, &job)
				out, res := render(t, job, in)
				require.Empty(t, res.Quarantined)
				got := rowsOf(t, out.bodies[0])
				want := restatedChats(t, job, in, minutes)
				require.Len(t, got, len(want))
				live, connected, wants := 0, int64(0), 0
				for i, row := range want {
					requireRow(t, row, got[i])
					n, err := row["connected"].(json.Number).Int64()
					require.NoError(t, err)
					connected += n
					wants++
					if row["_provenance"] == "live" {
						live++
					}
				}
				require.Greater(t, connected, int64(10), "chats to compare")
				if minutes == 15 {
					require.InDelta(t, window.live, float64(live)/float64(wants), 0.01)
				}
			})
		}
	}
}

func restatedChats(t *testing.T, job Job, in memory, minutes int) []readertest.Row {
	t.Helper()
	sql, err := os.ReadFile("testdata/chat_skill_interval.sql")
	require.NoError(t, err)
	fill := []string{
		"$from", fmt.Sprint(job.From), "$to", fmt.Sprint(job.To), "$length", fmt.Sprint(int64(minutes) * 60_000), "$threshold", "90",
	}
	for _, resource := range []string{"engagement_history", "rt_queuehealth", "rt_engactivity", "skills"} {
		fill = append(fill, "$"+resource, lines(t, in.raws(resource)))
	}
	return readertest.Duck(t, strings.NewReplacer(fill...).Replace(string(sql)))
}

// requireRow compares the columns that the restatement has.
func requireRow(t *testing.T, want readertest.Row, got map[string]any) {
	t.Helper()
	at, err := want["interval_start"].(json.Number).Int64()
	require.NoError(t, err)
	want["interval_start"] = time.UnixMilli(at).UTC().Format("2006-01-02T15:04:05.000Z")
	for column, value := range want {
		if n, ok := value.(json.Number); ok {
			f, err := n.Float64()
			require.NoError(t, err)
			value = f
		}
		require.Equal(t, value, got[column], "%s of %v", column, got["_row_key"])
	}
}

// K12: rows of quarters add up to those of hours, in every additive column.
func TestChatQuartersAddUpToHours(t *testing.T) {
	now := sandboxtest.Now
	c := startCloud(t, now, 300_000)
	for _, name := range []string{"live", "old"} {
		window, sums := chatWindows[name], map[int]map[string]map[string]float64{}
		for _, minutes := range []int{15, 30, 60} {
			job := chatJob(t, now, window.back, window.length, minutes)
			out, _ := render(t, job, c.forJob(t, &job))
			sums[minutes] = byHour(t, rowsOf(t, out.bodies[0]))
		}
		require.Equal(t, sums[60], sums[15])
		require.Equal(t, sums[60], sums[30])
		require.Len(t, sums[60], len(sums[15]))
	}
}

// byHour sums the additive columns by skill and hour.
func byHour(t *testing.T, rows []map[string]any) map[string]map[string]float64 {
	t.Helper()
	sums := map[string]map[string]float64{}
	for _, row := range rows {
		key := fmt.Sprint(row["skill_id"], row["interval_start"].(string)[:13])
		if sums[key] == nil {
			sums[key] = map[string]float64{}
		}
		for _, column := range []string{
			"offered", "connected", "abandoned", "answer_total_s", "abandon_total_s", "handled_interactive", "handled_noninteractive",
			"handle_s", "handle_noninteractive_s", "sl_chats", "sl_answered_within",
		} {
			if n, ok := row[column].(float64); ok {
				sums[key][column] += n
			}
		}
	}
	return sums
}

// K8: a day of 25 hours has 100 rows a skill, and its repeated hour is told apart; one of 23
// hours has 92.
func TestChatIntervalsOfDaysWithAChangeOfTheClock(t *testing.T) {
	zone, err := task.Zone("Europe/Berlin")
	require.NoError(t, err)
	for day, quarters := range map[string]int{"2025-10-26": 100, "2025-03-30": 92, "2025-06-01": 96} {
		from, err := time.ParseInLocation(time.DateOnly, day, zone)
		require.NoError(t, err)
		job := chatJob(t, from, 0, 0, 15)
		job.Zone, job.To = zone, from.AddDate(0, 0, 1).UnixMilli()
		out, _ := render(t, job, memory{"engagement_history": nil}.with(t, "skills", []byte(`{"id":1,"name":"one"}`), []byte(`{"id":2,"name":"gone","deleted":true}`)))
		rows := rowsOf(t, out.bodies[0])
		require.Len(t, rows, quarters, "of the one skill that is there")
		names := map[string]bool{}
		for _, row := range rows {
			requireValues(t, row, map[string]any{"connected": 0, "offered": nil, "sl_pct": nil, "_provenance": "reconstructed"})
			names[fmt.Sprint(row["local_date"], row["local_interval"], row["dst_fold"])] = true
		}
		require.Len(t, names, quarters, "intervals are told apart")
	}
}

// TestChatIntervalsOfThePublishedSamples has values that were worked out by hand: the chat does
// not say when it was asked for, and the published intervals, of six hours each, stand for the
// three of five minutes.
func TestChatIntervalsOfThePublishedSamples(t *testing.T) {
	in := memory{}.with(t, "engagement_history", publishedRecords(t, "enghist-search-1.response.json", "interactionHistoryRecords")...)
	in["skills"] = nil
	quarter := time.Date(2015, 5, 28, 4, 45, 0, 0, time.UTC)
	job := chatJob(t, quarter, 0, 15*time.Minute, 15)
	out, res := render(t, job, in)
	require.Empty(t, res.Quarantined)
	rows := rowsOf(t, out.bodies[0])
	require.Len(t, rows, 1)
	requireValues(t, rows[0], map[string]any{
		"_row_key": "-1:1432788300000", "skill_id": "-1", "_provenance": "reconstructed", "connected": 1, "answer_total_s": 0, "answer_avg_s": nil,
		"handled_interactive": 1, "handled_noninteractive": 0, "handle_s": 0, "aht_s": 0, "sl_chats": 0, "sl_pct": nil, "sl_settled": true, "offered": nil,
	})

	job.Also = []string{"rt_queuehealth", "rt_engactivity"}
	for i, raw := range publishedRecords(t, "oprt-queuehealth-interval.response.json", "metricsByIntervals") {
		in.addBucket(i, quarter, "rt_queuehealth", string(raw))
		in.addBucket(i, quarter, "rt_engactivity", `{"metricsData":{"skillsMetricsPerAgent":{"metricsPerSkill":{}}}}`)
	}
	out, res = render(t, job, in)
	require.Empty(t, res.Quarantined)
	for _, row := range rowsOf(t, out.bodies[0]) {
		if row["skill_id"] == "11" {
			rows[0] = row
		}
	}
	requireValues(t, rows[0], map[string]any{
		"skill_id": "11", "_provenance": "live", "offered": 76, "connected": 64, "abandoned": 3, "abandon_rate": 3.0 / 67, "answer_total_s": 5298,
		"answer_avg_s": 82.78125, "abandon_total_s": 397, "abandon_avg_s": 397.0 / 3, "queue_max": 2, "queue_min": 0, "queue_avg": 2645.0 / 21458,
		"slots_max": 9, "slots_min": 0, "slots_avg": 56379.0 / 21458, "handled_interactive": 0, "sl_chats": 0, "sl_settled": false, "backlog_end": nil,
	})
}

// addBucket adds the i'th interval of five minutes as a record of a live resource.
func (m memory) addBucket(i int, from time.Time, resource, response string) {
	at := from.Add(time.Duration(i) * 5 * time.Minute).UTC().Format(time.RFC3339)
	raw := `{"interval_start":"` + at + `","response":` + response + `}`
	m[resource] = append(m[resource], source.Record{ID: fmt.Sprint(i), Raw: []byte(raw)})
}

// Every cell of a folded row is what its trace ends in, and its path leads to the value.
func TestExplainOfChatIntervals(t *testing.T) {
	now := sandboxtest.Now
	c := startCloud(t, now, 300_000)
	job := chatJob(t, now, 4*time.Hour, time.Hour, 60)
	in := c.forJob(t, &job)
	out, _ := render(t, job, in)
	row := rowsOf(t, out.bodies[0])[0]
	for _, column := range []string{"connected", "answer_avg_s", "sl_pct", "skill_name", "offered"} {
		trace, err := Explain(t.Context(), job, in, row["_row_key"].(string), column)
		require.NoError(t, err)
		want, err := json.Marshal(row[column])
		require.NoError(t, err)
		require.JSONEq(t, string(want), string(trace.Cell), column)
		require.Equal(t, "path", trace.From)
		require.Len(t, trace.Tried[0].Values, 1, column)
	}
	_, err := Explain(t.Context(), job, in, "1:1", "connected")
	require.ErrorContains(t, err, `no row "1:1"`)
}

// Without data the source writes -1, and a skill may have no bucket at all: null, not a number.
func TestChatIntervalsWithoutData(t *testing.T) {
	in := memory{"engagement_history": nil}.with(t, "skills", []byte(`{"id":1,"name":"one"}`), []byte(`{"id":2,"name":"two"}`))
	job := chatJob(t, sandboxtest.Now, time.Hour, 15*time.Minute, 15)
	job.Also = []string{"rt_queuehealth", "rt_engactivity"}
	for i := range 3 {
		none := `{"enteredQEng":0,"maxQueueSize":-1,"minQueueSize":-1,"queueSizeSum":0,"queueSizeCount":0,"maxAvailableSlots":-1,"minAvailableSlots":-1,"currentQueueSize":-1}`
		if i == 2 {
			none = strings.Replace(none, `"currentQueueSize":-1`, `"currentQueueState":4`, 1)
		}
		in.addBucket(i, time.UnixMilli(job.From), "rt_queuehealth", `{"metricsData":{"skillsMetrics":{"1":`+none+`}}}`)
		in.addBucket(i, time.UnixMilli(job.From), "rt_engactivity", `{"metricsData":{}}`)
	}
	out, res := render(t, job, in)
	require.Empty(t, res.Quarantined)
	rows := rowsOf(t, out.bodies[0])
	require.Len(t, rows, 2)
	for i, backlog := range []any{4, nil} {
		requireValues(t, rows[i], map[string]any{
			"_provenance": "live", "offered": 0, "connected": 0, "abandoned": 0, "abandon_rate": nil, "answer_avg_s": nil, "queue_max": nil, "queue_min": nil,
			"queue_avg": nil, "slots_max": nil, "slots_min": nil, "slots_avg": nil, "aht_s": nil, "sl_pct": nil, "sl_settled": true, "backlog_end": backlog,
		})
	}
}
