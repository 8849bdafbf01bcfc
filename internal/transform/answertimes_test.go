package transform

import (
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/readertest"
	"transporter/internal/sandbox/sandboxtest"
	"transporter/internal/sandbox/world"
	"transporter/internal/source"
	"transporter/internal/task"
)

// answerJob is the report of a window that began so long before now.
func answerJob(t testing.TB, now time.Time, back, length time.Duration, minutes int) Job {
	t.Helper()
	job := newJob(t, "wfm.sla_histogram", FormatJSONL, map[string]any{"interval_minutes": minutes, "system_columns": "all"})
	from := now.Add(-back)
	job.From, job.To = from.UnixMilli(), from.Add(length).UnixMilli()
	return job
}

// answerRows reads the sandbox over HTTP, as a run does.
func answerRows(t *testing.T, c *cloud, job Job) []map[string]any {
	t.Helper()
	out, res := render(t, job, c.forJob(t, &job))
	require.Empty(t, res.Quarantined)
	return rowsOf(t, out.bodies[0])
}

// TestAnswerTimesEqualTheirRestatement compares every row and column with what SQL makes of the
// same records.
func TestAnswerTimesEqualTheirRestatement(t *testing.T) {
	now := sandboxtest.Now
	c := startCloud(t, now, 300_000)
	sql, err := os.ReadFile("testdata/sla_histogram.sql")
	require.NoError(t, err)
	for name, window := range chatWindows {
		for _, minutes := range []int{15, 30, 60} {
			t.Run(fmt.Sprint(name, minutes), func(t *testing.T) {
				job := answerJob(t, now, window.back, window.length, minutes)
				in := c.forJob(t, &job)
				out, res := render(t, job, in)
				require.Empty(t, res.Quarantined)
				got := rowsOf(t, out.bodies[0])
				fill := []string{"$from", fmt.Sprint(job.From), "$to", fmt.Sprint(job.To), "$length", fmt.Sprint(minutes * 60_000)}
				for _, resource := range []string{"engagement_history", "rt_sla_by_skill", "skills"} {
					fill = append(fill, "$"+resource, lines(t, in.raws(resource)))
				}
				want := readertest.Duck(t, strings.NewReplacer(fill...).Replace(string(sql)))
				require.Len(t, got, len(want))
				chats, live := 0.0, 0.0
				for i, row := range want {
					requireRow(t, row, got[i])
					require.Equal(t, "historical", got[i]["_provenance"])
					chats += got[i]["chats"].(float64)
					n, _ := got[i]["live_chats"].(float64)
					live += n
				}
				require.Greater(t, chats, 10.0, "chats to compare")
				require.Equal(t, name == "live", live > 0)
			})
		}
	}
}

// chatWaits are the waits by skill, in milliseconds, of the chats of the world that agents took in the time.
func chatWaits(from, to int64, conversations int) map[string][]int64 {
	waits := map[string][]int64{}
	for _, chat := range world.NewAccount(7, sandboxtest.AccountID, conversations).LiveChats(from, to) {
		if chat.Answered >= from && chat.Answered < to {
			skill := strconv.FormatInt(chat.Skill, 10)
			waits[skill] = append(waits[skill], chat.Answered-chat.Entered)
		}
	}
	return waits
}

// inRange counts those of the row's range.
func inRange(waits []int64, row map[string]any) (n int) {
	for _, wait := range waits {
		above := float64(wait) >= row["bucket_s"].(float64)*1000
		if above && (row["bucket_to_s"] == nil || float64(wait) < row["bucket_to_s"].(float64)*1000) {
			n++
		}
	}
	return n
}

// Once all have ended, every chat that was answered in an interval is in the one row of its skill that
// its wait lies in, and in no other; before, only those that had ended are.
func TestAnswerTimesEqualTheWorld(t *testing.T) {
	const conversations = 300_000
	counted := map[time.Duration]float64{}
	for _, later := range []time.Duration{0, 72 * time.Hour} {
		now := sandboxtest.Now.Add(later)
		for _, row := range answerRows(t, startCloud(t, now, conversations), answerJob(t, now, 6*time.Hour+later, 6*time.Hour, 60)) {
			start, err := time.Parse(time.RFC3339, row["interval_start"].(string))
			require.NoError(t, err)
			waits := chatWaits(start.UnixMilli(), start.Add(time.Hour).UnixMilli(), conversations)[row["skill_id"].(string)]
			require.LessOrEqual(t, row["chats"], float64(inRange(waits, row)))
			if later > 0 {
				require.EqualValues(t, inRange(waits, row), row["chats"])
				requireValues(t, row, map[string]any{"live_chats": nil, "live_from": nil, "live_to": nil})
			}
			counted[later] += row["chats"].(float64)
		}
	}
	all := total(chatWaits(sandboxtest.Now.Add(-6*time.Hour).UnixMilli(), sandboxtest.Now.UnixMilli(), conversations))
	require.EqualValues(t, all, counted[72*time.Hour], "no chat that has no row")
	require.Less(t, counted[0], counted[72*time.Hour], "some go on while the window is read first")
	require.Greater(t, counted[0], 10.0)
}

// What is counted live is all that was answered from the begin of the window to the call, which is
// neither the interval nor the window. It stands in the rows of the last interval.
func TestLiveAnswersAreOfTheTimeThatTheySay(t *testing.T) {
	const conversations = 300_000
	now := sandboxtest.Now.Add(2*time.Minute + 13*time.Second) // no mark of the clock
	job := answerJob(t, sandboxtest.Now, 12*time.Hour, 6*time.Hour, 60)
	answered, live := chatWaits(job.From, now.UnixMilli(), conversations), 0.0
	for _, row := range answerRows(t, startCloud(t, now, conversations), job) {
		end, err := time.Parse(time.RFC3339, row["interval_end"].(string))
		require.NoError(t, err)
		if end.UnixMilli() < job.To {
			requireValues(t, row, map[string]any{"live_chats": nil, "live_from": nil, "live_to": nil})
			continue
		}
		requireValues(t, row, map[string]any{"live_from": stampOf(job.From)})
		require.GreaterOrEqual(t, row["live_to"], stampOf(now.UnixMilli()), "the moment of the call")
		require.EqualValues(t, inRange(answered[row["skill_id"].(string)], row), row["live_chats"])
		live += row["live_chats"].(float64)
	}
	require.EqualValues(t, total(answered), live)
	require.Greater(t, total(answered), total(chatWaits(job.From, job.To, conversations)), "after the window too")
}

func total(waits map[string][]int64) (n int) {
	for _, list := range waits {
		n += len(list)
	}
	return n
}

func stampOf(ms int64) string { return time.UnixMilli(ms).UTC().Format("2006-01-02T15:04:05.000Z") }

// Rows of quarters add up to those of hours, and those of windows that follow one another to those
// of the whole, wherever they were cut.
func TestAnswerTimesAddUp(t *testing.T) {
	now := sandboxtest.Now
	c := startCloud(t, now, 300_000)
	add := func(sums map[string]float64, rows []map[string]any) {
		for _, row := range rows {
			sums[fmt.Sprint(row["skill_id"], row["interval_start"].(string)[:13], " ", row["bucket_s"])] += row["chats"].(float64)
		}
	}
	for _, back := range []time.Duration{12 * time.Hour, 40 * 24 * time.Hour} {
		whole := map[string]float64{}
		add(whole, answerRows(t, c, answerJob(t, now, back, 6*time.Hour, 60)))
		for minutes, cuts := range map[int][]time.Duration{15: {0, 15 * time.Minute, 6 * time.Hour}, 30: {0, 2 * time.Hour, 4 * time.Hour, 6 * time.Hour}, 60: {0, 100 * time.Minute, 6 * time.Hour}} {
			sums := map[string]float64{}
			for i, cut := range cuts[1:] {
				add(sums, answerRows(t, c, answerJob(t, now, back-cuts[i], cut-cuts[i], minutes)))
			}
			for key, n := range whole {
				require.InDelta(t, n, sums[key], 0, "%s by %d minutes", key, minutes)
				delete(sums, key)
			}
			for key, n := range sums { // of a part that something live is known of
				require.Zero(t, n, key)
			}
		}
	}
}

// The chats of a skill and interval are those that sl_* of wfm.chat_skill_interval are about.
func TestAnswerTimesAreTheServiceLevel(t *testing.T) {
	now := sandboxtest.Now
	c := startCloud(t, now, 300_000)
	for name, window := range chatWindows {
		chats, within := map[string]float64{}, map[string]float64{}
		for _, row := range answerRows(t, c, answerJob(t, now, window.back, window.length, 30)) {
			key := fmt.Sprint(row["skill_id"], row["interval_start"])
			chats[key] += row["chats"].(float64)
			if row["bucket_s"].(float64) < 90 {
				within[key] += row["chats"].(float64)
			}
		}
		job := chatJob(t, now, window.back, window.length, 30)
		out, _ := render(t, job, c.forJob(t, &job))
		for _, row := range rowsOf(t, out.bodies[0]) {
			key := fmt.Sprint(row["skill_id"], row["interval_start"])
			requireValues(t, row, map[string]any{"sl_chats": chats[key], "sl_answered_within": within[key]})
			delete(chats, key)
		}
		require.Empty(t, chats, name)
	}
}

// A day of 25 hours has 100 intervals, and its repeated hour is told apart; one of 23 hours has 92.
// A skill that is asked for has rows in all of them.
func TestAnswerTimesOfDaysWithAChangeOfTheClock(t *testing.T) {
	zone, err := task.Zone("Europe/Berlin")
	require.NoError(t, err)
	for day, quarters := range map[string]int{"2025-10-26": 100, "2025-03-30": 92, "2025-06-01": 96} {
		from, err := time.ParseInLocation(time.DateOnly, day, zone)
		require.NoError(t, err)
		job := answerJob(t, from, 0, 0, 15)
		job.Zone, job.To = zone, from.AddDate(0, 0, 1).UnixMilli()
		job.Params["skill_ids"] = json.RawMessage(`["1"]`)
		var records [][]byte
		for at := job.From; at < job.To; at += time.Hour.Milliseconds() { // one chat an hour of 61 seconds of waiting
			records = append(records, fmt.Appendf(nil, `{"info":{"engagementId":"%[1]d","skillId":1,"startTimeL":%[1]d,"endTimeL":%[1]d,"chatRequestedTimeL":%d}}`, at, at-61_000))
		}
		out, res := render(t, job, memory{}.with(t, "engagement_history", records...).with(t, "skills"))
		require.Empty(t, res.Quarantined)
		rows := rowsOf(t, out.bodies[0])
		require.Len(t, rows, 7*quarters)
		names, chats := map[string]bool{}, 0.0
		for _, row := range rows {
			names[fmt.Sprint(row["local_date"], row["local_interval"], row["dst_fold"])] = true
			chats += row["chats"].(float64)
			full := strings.HasSuffix(row["local_interval"].(string), ":00")
			if !full {
				requireValues(t, row, map[string]any{"chats": 0, "pct": nil, "pct_cumulative": nil, "live_chats": nil})
			} else if row["bucket_s"].(float64) == 60 {
				requireValues(t, row, map[string]any{"chats": 1, "pct": 1, "pct_cumulative": 1})
			}
		}
		require.Len(t, names, quarters, "intervals are told apart")
		require.EqualValues(t, quarters/4, chats)
	}
}

// A wait lies in the range that it reaches. One that the source does not tell of is in none, and one
// that ends before it began, by clocks that differ, in the first.
func TestAnswerTimesAtTheEdges(t *testing.T) {
	job := answerJob(t, sandboxtest.Now, 0, 15*time.Minute, 15)
	var records [][]byte
	for i, asked := range []int64{-14_999, -15_000, -119_999, -120_000, -900_000, 0, 500} {
		records = append(records, fmt.Appendf(nil, `{"info":{"engagementId":"%d","skillId":"7","startTimeL":%d,"endTimeL":%[2]d,"chatRequestedTimeL":%d}}`, i, job.From, job.From+asked))
	}
	records = append(records, fmt.Appendf(nil, `{"info":{"engagementId":"x","skillId":"7","startTimeL":%d,"endTimeL":%[1]d}}`, job.From))
	out, res := render(t, job, memory{}.with(t, "engagement_history", records...).with(t, "skills"))
	require.Empty(t, res.Quarantined)
	chats := map[float64]any{}
	for _, row := range rowsOf(t, out.bodies[0]) {
		chats[row["bucket_s"].(float64)] = row["chats"]
	}
	require.Equal(t, map[float64]any{0: 3.0, 15: 1.0, 30: 0.0, 45: 0.0, 60: 0.0, 90: 1.0, 120: 2.0}, chats)
}

// TestAnswerTimesOfThePublishedSamples has values that were read off the samples by hand: the chat
// does not say when it was asked for, and the histogram counts by ranges of its own but for none.
func TestAnswerTimesOfThePublishedSamples(t *testing.T) {
	job := answerJob(t, time.Date(2016, 6, 7, 8, 0, 0, 0, time.UTC), 0, 30*time.Minute, 15)
	raw := `{"interval_start":"2016-06-07T08:00:00.000Z","interval_end":"2016-06-07T08:34:10.000Z","skillId":"7","response":%s}`
	own := fmt.Sprintf(raw, publishedRecords(t, "oprt-sla.response.json", "")[0])
	ours := fmt.Sprintf(raw, `{"slaDataRange":{"0":{"chats":2},"15":{"chats":0},"30":{"chats":"1"},"50":{"chats":4},"60":{"chats":5},"90":{},"120":{"chats":6}}}`)
	chat := publishedRecords(t, "enghist-search-1.response.json", "interactionHistoryRecords")
	for raw, want := range map[string][]any{own: {nil, nil, nil, nil, nil, nil, nil}, ours: {2, 0, nil, nil, 5, nil, 6}} {
		in := memory{"rt_sla_by_skill": []source.Record{{ID: "7", Raw: []byte(raw)}}, "skills": nil}.with(t, "engagement_history", chat...)
		job.Also = []string{"rt_sla_by_skill"}
		out, res := render(t, job, in)
		require.Empty(t, res.Quarantined)
		rows := rowsOf(t, out.bodies[0])
		require.Len(t, rows, 7)
		for i, n := range want {
			requireValues(t, rows[i], map[string]any{
				"_row_key": fmt.Sprintf("7:1465287300000:%v", rows[i]["bucket_s"]), "chats": 0, "pct": nil, "interval_start": "2016-06-07T08:15:00.000Z",
				"live_chats": n, "live_from": "2016-06-07T08:00:00.000Z", "live_to": "2016-06-07T08:34:10.000Z",
			})
		}
	}
}

// A cell is traced to the chats of its skill and interval, and what is live to the one answer.
func TestExplainOfAnswerTimes(t *testing.T) {
	now := sandboxtest.Now
	c := startCloud(t, now, 300_000)
	job := answerJob(t, now, 4*time.Hour, 2*time.Hour, 60)
	in := c.forJob(t, &job)
	out, _ := render(t, job, in)
	rows := rowsOf(t, out.bodies[0])
	for i, answers := range map[int]int{0: 0, len(rows) - 1: 1} {
		chats := 0.0
		for _, row := range rows {
			if row["skill_id"] == rows[i]["skill_id"] && row["interval_start"] == rows[i]["interval_start"] {
				chats += row["chats"].(float64)
			}
		}
		trace, err := Explain(t.Context(), job, in, rows[i]["_row_key"].(string), "chats")
		require.NoError(t, err)
		require.JSONEq(t, fmt.Sprint(rows[i]["chats"]), string(trace.Cell))
		require.EqualValues(t, int(chats)+answers, trace.Counted)
	}
}
