package transform

import (
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/sandbox/sandboxtest"
	"transporter/internal/sandbox/world"
	"transporter/internal/source"
)

// TestAnswerTimesEqualTheWorld reads the sandbox over HTTP: every chat that was answered in the
// time is in the one bucket of its skill that its wait lies in, and in no other.
func TestAnswerTimesEqualTheWorld(t *testing.T) {
	const conversations = 300_000
	now := sandboxtest.Now.Add(2*time.Minute + 13*time.Second) // no mark of the clock
	c := startCloud(t, now, conversations)
	job := newJob(t, "wfm.sla_histogram", FormatJSONL, nil)
	to := now.Truncate(time.Minute)
	job.From, job.To = to.Add(-6*time.Hour).UnixMilli(), to.UnixMilli()
	out, res := render(t, job, c.forJob(t, &job))
	require.Empty(t, res.Quarantined)
	rows := rowsOf(t, out.bodies[0])

	begin := now.Add(-6 * time.Hour).Truncate(5 * time.Minute).UnixMilli()
	waits, counted := map[string][]int64{}, 0.0
	for _, chat := range world.NewAccount(7, sandboxtest.AccountID, conversations).LiveChats(begin, now.UnixMilli()) {
		if chat.Answered >= begin && chat.Answered < now.UnixMilli() {
			skill := strconv.FormatInt(chat.Skill, 10)
			waits[skill] = append(waits[skill], (chat.Answered-chat.Entered)/1000)
		}
	}
	for _, row := range rows {
		in, upTo := 0, 0
		all := waits[row["skill_id"].(string)]
		for _, wait := range all {
			below := row["bucket_to_s"] == nil || wait < int64(row["bucket_to_s"].(float64))
			if below {
				upTo++
			}
			if below && wait >= int64(row["bucket_s"].(float64)) {
				in++
			}
		}
		counted += row["chats"].(float64)
		requireValues(t, row, map[string]any{"chats": in, "interval_minutes": 362, "local_interval": "06:00", "dst_fold": 0})
		if len(all) > 0 {
			require.InDelta(t, float64(in)/float64(len(all)), row["pct"], 1e-9)
			require.InDelta(t, float64(upTo)/float64(len(all)), row["pct_cumulative"], 1e-9)
		}
		start, err := time.Parse(time.RFC3339, row["interval_start"].(string))
		require.NoError(t, err)
		require.Equal(t, begin, start.UnixMilli())
	}
	all := 0
	for _, list := range waits {
		all += len(list)
	}
	require.EqualValues(t, all, counted, "no chat of a skill that has no rows")
	require.Greater(t, all, 10)
}

// Two runs as far apart as their windows are long count the chats twice that agents took since the
// last mark of five minutes before the first: the report says that its rows must not be added.
func TestAnswerTimesOfTwoRunsMustNotBeAdded(t *testing.T) {
	const conversations = 300_000
	first := sandboxtest.Now.Add(4*time.Minute + 50*time.Second)
	counted := 0
	for _, now := range []time.Time{first, first.Add(time.Hour)} {
		job := newJob(t, "wfm.sla_histogram", FormatJSONL, nil)
		require.Contains(t, job.Report.Doc, "Rows of different runs must not be added")
		to := now.Truncate(time.Minute)
		job.From, job.To = to.Add(-time.Hour).UnixMilli(), to.UnixMilli()
		out, _ := render(t, job, startCloud(t, now, conversations).forJob(t, &job))
		for _, row := range rowsOf(t, out.bodies[0]) {
			counted += int(row["chats"].(float64))
		}
	}
	begin, mark, end := first.Add(-time.Hour).Truncate(5*time.Minute).UnixMilli(), first.Truncate(5*time.Minute).UnixMilli(), first.Add(time.Hour).UnixMilli()
	taken, twice := 0, 0
	for _, chat := range world.NewAccount(7, sandboxtest.AccountID, conversations).LiveChats(begin, end) {
		if chat.Answered >= begin && chat.Answered < end {
			taken++
			if chat.Answered >= mark && chat.Answered < first.UnixMilli() {
				twice++
			}
		}
	}
	require.Positive(t, twice)
	require.Equal(t, taken+twice, counted)
}

// TestAnswerTimesOfThePublishedSample has values that were read off the sample by hand.
func TestAnswerTimesOfThePublishedSample(t *testing.T) {
	raw := `{"interval_start":"2016-06-07T08:00:00.000Z","interval_end":"2016-06-07T08:34:10.000Z","skillId":"7","response":` +
		string(publishedRecords(t, "oprt-sla.response.json", "")[0]) + `}`
	in := memory{"rt_sla_by_skill": []source.Record{{ID: "7", Raw: []byte(raw)}}, "skills": nil}
	out, res := render(t, newJob(t, "wfm.sla_histogram", FormatJSONL, nil), in)
	require.Empty(t, res.Quarantined)
	rows := rowsOf(t, out.bodies[0])
	require.Len(t, rows, 5)
	for i, want := range []map[string]any{
		{"_row_key": "7:1465286400000:0", "bucket_s": 0, "bucket_to_s": 5, "chats": 2, "pct": 0.4, "pct_cumulative": 0.4, "interval_minutes": 34},
		{"bucket_s": 5, "bucket_to_s": 10, "chats": 2, "pct": 0.4, "pct_cumulative": 0.8},
		{"bucket_s": 10, "bucket_to_s": 20, "chats": 0, "pct": 0, "pct_cumulative": 0.8},
		{"bucket_s": 20, "bucket_to_s": 30, "chats": 1, "pct": 0.2, "pct_cumulative": 1},
		{"bucket_s": 30, "bucket_to_s": nil, "chats": 0, "pct": 0, "pct_cumulative": 1},
	} {
		requireValues(t, rows[i], want)
	}
}
