package recordfile

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/feed"
	"transporter/internal/source"
	"transporter/internal/source/liveperson/answer"
)

func write(t *testing.T, name, text string) string {
	t.Helper()
	path := t.TempDir() + "/" + name
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

// recordsOf returns the ids and the texts of the records.
func recordsOf(t *testing.T, f *Files, resource string) (ids, raws []string) {
	t.Helper()
	for r, err := range f.Records(t.Context(), resource) {
		require.NoError(t, err)
		ids, raws = append(ids, r.ID), append(raws, string(r.Raw))
	}
	return ids, raws
}

func conversation(id, start string) string {
	return `{"info": {"conversationId": "` + id + `",` + "\n" + `"startTimeL": ` + start + `}}`
}

func TestRecordsAreFoundHoweverTheyLie(t *testing.T) {
	a, b, c := conversation("a", "30"), conversation("b", "20"), conversation("c", `"20"`)
	for name, text := range map[string]string{
		"answer":             `{"_metadata":{"count":3},"conversationHistoryRecords":[` + a + "," + b + "," + c + `]}`,
		"metadata last":      `{"conversationHistoryRecords":[` + a + "," + b + "," + c + `],"_metadata":{"count":3}}`,
		"two answers":        `{"conversationHistoryRecords":[` + a + `]}` + "\n" + `{"conversationHistoryRecords":[` + b + "," + c + `]}`,
		"empty answers":      `{"conversationHistoryRecords":[]}{"conversationHistoryRecords":null}` + a + b + c,
		"array":              "[" + a + "," + b + "," + c + "]",
		"one after another":  a + "\n" + b + "\n\n" + c + "\n",
		"raw report":         `{"_transporter":{"recordCount":3},"conversationHistoryRecords":[` + "\n" + a + ",\n" + b + ",\n" + c + "\n]}\n",
		"raw report, lines":  `{"_transporter":{"recordCount":3}}` + "\n" + a + "\n" + b + "\n" + c + "\n",
		"byte order, spaces": " \r\n\t" + a + b + c,
	} {
		t.Run(name, func(t *testing.T) {
			var f Files
			defer func() { require.NoError(t, f.Close()) }()
			require.NoError(t, f.Add("messaging_interactions", write(t, "f", text)))
			ids, raws := recordsOf(t, &f, "messaging_interactions")
			require.Equal(t, []string{"b", "c", "a"}, ids, "by start, then id")
			require.Equal(t, `{"info":{"conversationId":"c","startTimeL":"20"}}`, raws[1])
		})
	}
}

func TestTheCopyReadLastCounts(t *testing.T) {
	var f Files
	defer func() { require.NoError(t, f.Close()) }()
	require.NoError(t, f.Add("users", write(t, "one", `[{"id":2,"n":1},{"id":"1"}]`)))
	require.NoError(t, f.AddStream("users", "standard input", strings.NewReader("{\"id\":3}\n\n{\"id\":2,\"n\":2}")))
	ids, raws := recordsOf(t, &f, "users")
	require.Equal(t, []string{"1", "2", "3"}, ids)
	require.Equal(t, `{"id":2,"n":2}`, raws[1])
	n, twice := f.Count("users")
	require.Equal(t, []int{3, 1}, []int{n, twice})
	require.Equal(t, "standard input:3: record 2", f.Place("users", "2"))
	require.Empty(t, f.Place("users", "9"))

	f.Leave("skills")
	ids, _ = recordsOf(t, &f, "skills")
	require.Empty(t, ids)
	for _, err := range f.Records(t.Context(), "profiles") {
		require.ErrorContains(t, err, "no file holds profiles")
	}
}

func TestWhatCannotBeReadIsNamedWithItsPlace(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"not JSON":        {"{\"id\":1}\n{\"id\":2}\noops", "f:3: after record 2: invalid character 'o'"},
		"cut off":         {"[{\"id\":1},\n{\"id\":", "f:1: after record 1: the file ends within a value"},
		"array not ended": {`[{"id":1}`, "f:1: after record 1: the file ends within a value"},
		"a text":          {"[{\"id\":1},\n\"x\"]", "f:2: record 2 is a text where an object should be"},
		"a number alone":  {"7", "f:1: 7 where an object or an array should be"},
		"no id":           {"{\"id\":1}\n{\"name\":\"x\"}", "f:2: record 2 has no $.id (give users: an array of records, or records one a line)"},
	} {
		t.Run(name, func(t *testing.T) {
			var f Files
			defer func() { require.NoError(t, f.Close()) }()
			require.ErrorContains(t, f.Add("users", write(t, "f", c.text)), c.want)
		})
	}
	for name, c := range map[string]struct{ resource, text, want string }{
		"gzip":             {"users", "\x1f\x8b\x08\x00", "f is compressed (unpack it first: gzip -dc FILE)"},
		"byte order mark":  {"users", "\ufeff[]", "f is text with a byte order mark"},
		"UTF-16":           {"users", "\xff\xfe[\x00]\x00", "f is UTF-16 (make UTF-8 of it: iconv"},
		"answer about now": {"agentmetrics_status", `{"agentStatusRecords":[{"agentId":"1"}]}`, "(give records as a raw report of this API has them: an answer alone does not say when it was asked for"},
	} {
		t.Run(name, func(t *testing.T) {
			var f Files
			defer func() { require.NoError(t, f.Close()) }()
			require.ErrorContains(t, f.Add(c.resource, write(t, "f", c.text)), c.want)
		})
	}
	var f Files
	defer func() { require.NoError(t, f.Close()) }()
	require.ErrorContains(t, f.Add("messaging_interactions", write(t, "f", conversation("a", "null"))), "record 1 (a) has no whole number or time in $.info.startTimeL")
	require.ErrorContains(t, f.Add("messaging_interactions", write(t, "f", `{"conversationHistoryRecords":{}}`)), "conversationHistoryRecords is {")
	require.ErrorContains(t, f.Add("weather", write(t, "f", "[]")), `no resource "weather"`)
}

// Lines of an exported table have the keys of rows; of several of one key the newest counts,
// wherever it stands.
func TestOfExportedLinesTheNewestCounts(t *testing.T) {
	line := func(issue, at, hr, text string) string {
		return `{"_leaf":"dt=2026-11-20/hr=` + hr + `","issue_id":` + issue + `,"first_utterance_ts":"2026-11-20 05:00:00` + at + `","platform":"` + text + `"}` + "\n"
	}
	text := line("1", "", "06", "later run") + line(`"1"`, ".000", "05", "earlier run") + line("2", ".5", "04", "latest") + line("2", "", "07", "before it") +
		`{"issue_id":null,"platform":"of no leaf"}`
	for name, parts := range map[string][]string{"one file": {text}, "files in any order": {text[len(text)/2:], text[:len(text)/2]}} {
		t.Run(name, func(t *testing.T) {
			if len(parts) > 1 { // cut at a line
				at := strings.Index(parts[0], "\n") + 1
				parts[1], parts[0] = parts[1]+parts[0][:at], parts[0][at:]
			}
			f := &Files{}
			defer func() { require.NoError(t, f.Close()) }()
			for _, part := range parts {
				require.NoError(t, f.Add("asapp.convos_metrics", write(t, "f", part)))
			}
			ids, raws := recordsOf(t, f, "asapp.convos_metrics")
			require.Equal(t, []string{`["1"]`, `["2"]`, `[null]`}, ids)
			require.Contains(t, raws[0], "later run")
			require.Contains(t, raws[1], "latest")
			_, twice := f.Count("asapp.convos_metrics")
			require.Equal(t, 2, twice)
		})
	}
	repaired := &Files{Dedupe: feed.Repaired}
	defer func() { require.NoError(t, repaired.Close()) }()
	require.NoError(t, repaired.Add("asapp.rep_hierarchy", write(t, "f", `{"subordinate_rep_id":7,"superior_rep_id":9}`)))
	ids, _ := recordsOf(t, repaired, "asapp.rep_hierarchy")
	require.Equal(t, []string{`["7","9"]`}, ids)
	require.ErrorContains(t, repaired.Add("asapp.utterances", write(t, "f", "{}\n"+`{"created_ts":"soon"}`)), `f:2: record 2: created_ts: "soon" is no time`)
	require.ErrorContains(t, repaired.Add("asapp.utterances", write(t, "f", `{"_leaf":"hr=05"}`)), "record 1: _leaf is no partition")
}

// Events of one time are ordered by their numbers as numbers, and told apart by all parts.
func TestRecordsOfSeveralPartsAreOrderedByThem(t *testing.T) {
	event := func(agent, sequence, session string) string {
		return `{"agentId":` + agent + `,"sequenceNumber":` + sequence + `,"sessionId":` + session +
			`,"statusType":1,"time":"2026-11-20T10:00:00.000Z"}`
	}
	want := []string{event("9", "-1", "-1"), event("9", "2", "5"), event("9", "10", "5"), event("10", "1", "-1")}
	f := &Files{}
	defer func() { require.NoError(t, f.Close()) }()
	require.NoError(t, f.Add("agent_activity", write(t, "f", want[3]+want[2]+want[0]+want[1]+want[0])))
	var got []string
	for r, err := range f.Records(t.Context(), "agent_activity") {
		require.NoError(t, err)
		got = append(got, string(r.Raw))
	}
	require.Equal(t, want, got)
	_, twice := f.Count("agent_activity")
	require.Equal(t, 1, twice)
}

// A part of an id may lie in an array: the intervals of one skill are records of their own.
func TestPartsOfAnIdMayLieInArrays(t *testing.T) {
	interval := func(at string) string { return `{"skillId":7,"metricsByIntervals":[{"epochTimestamp":` + at + `}]}` }
	f := &Files{}
	defer func() { require.NoError(t, f.Close()) }()
	require.NoError(t, f.Add("net_handle_time", write(t, "f", `{"skillInfo":[`+interval("7200000")+","+interval("3600000")+","+interval("7200000")+"]}")))
	ids, raws := recordsOf(t, f, "net_handle_time")
	require.Equal(t, []string{"000000000007:000003600000", "000000000007:000007200000"}, ids)
	require.Equal(t, []string{interval("3600000"), interval("7200000")}, raws)
	_, twice := f.Count("net_handle_time")
	require.Equal(t, 1, twice)
}

// The records that are made of an answer are those of when it was asked for, and stand where it does.
// An element with several intervals is a record for each, as it came, with that one alone; one without any is none.
func TestElementsAreTakenApart(t *testing.T) {
	f := &Files{}
	defer func() { require.NoError(t, f.Close()) }()
	element := func(skill, intervals string) string {
		return `{"skillId":` + skill + `, "metricsByIntervals": [` + intervals + `],"more":{"metricsByIntervals":[1]}}`
	}
	const first, second = `{"epochTimestamp":3600000, "n":1.50}`, `{"epochTimestamp":7200000,"n":-1}`
	require.NoError(t, f.Add("net_handle_time", write(t, "f", `{"skillInfo":[`+element("7", second+" , "+first)+","+element("8", "")+","+element("5", second)+"]}")))
	ids, raws := recordsOf(t, f, "net_handle_time")
	require.Equal(t, []string{"000000000005:000007200000", "000000000007:000003600000", "000000000007:000007200000"}, ids)
	tight := strings.NewReplacer(" ", "")
	for i, want := range []string{element("5", second), element("7", first), element("7", second)} {
		require.Equal(t, tight.Replace(want), raws[i])
	}
	for text, want := range map[string]string{
		`{"skillInfo":[` + element("7", first) + `,{"skillId":8}]}`:  "f:1: record 2: it has no metricsByIntervals",
		`{"skillInfo":[{"skillId":8,"metricsByIntervals":{"a":1}}]}`: "metricsByIntervals is no array",
		`{"skillInfo":[7]}`: "it is no object",
	} {
		require.ErrorContains(t, new(Files).Add("net_handle_time", write(t, "f", text)), want)
	}
}

func TestRecordsAreMadeOfAnswers(t *testing.T) {
	const status = "\n" + `{"agentStatusRecords":[{"agentId":"2"},{"agentId":"1"}]}` + "\n\n" + `{"requested_at":"x","response":{"agentId":"3"}}`
	f := &Files{Answers: func(a Answer, give func(source.Record) error) error {
		return answer.Read(a.Resource, a.Body, answer.Asked{At: 1_000}, give)
	}}
	defer func() { require.NoError(t, f.Close()) }()
	require.NoError(t, f.Add("agentmetrics_status", write(t, "f", status)))
	var at []int64
	for r, err := range f.Records(t.Context(), "agentmetrics_status") {
		require.NoError(t, err)
		at = append(at, r.FetchedAt)
	}
	require.Equal(t, []int64{1_000, 1_000}, at[:2])
	require.Greater(t, at[2], int64(1_000), "of a record when its file was last changed")
	ids, raws := recordsOf(t, f, "agentmetrics_status")
	require.Equal(t, []string{"1", "2", "3"}, ids)
	require.Equal(t, `{"requested_at":"1970-01-01T00:00:01.000Z","response":{"agentId":"1"}}`, raws[0])
	require.Regexp(t, `f:2: record 2$`, f.Place("agentmetrics_status", "1"))
	require.Regexp(t, `f:4: record 3$`, f.Place("agentmetrics_status", "3"))
	require.ErrorContains(t, f.Add("queues_now", write(t, "f", `{"skills":{"":1}`)), "the file ends within a value")
	require.ErrorContains(t, f.Add("queues_now", write(t, "f", `{"skills":[]}`)), "f:1: the answer cannot be read")
}
