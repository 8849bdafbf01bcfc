package transform

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"transporter/internal/sandbox"
	"transporter/internal/sandbox/sandboxtest"
	"transporter/internal/source"
)

// activityWorld is a sandbox whose status changes are read as its API writes them.
func activityWorld(t testing.TB, seed int64) *sandbox.Server {
	t.Helper()
	s, err := sandbox.New(sandbox.Config{
		Seed: seed, Conversations: 8000, Accounts: []sandbox.Account{{ID: sandboxtest.AccountID}},
		Now: func() time.Time { return sandboxtest.Now },
	})
	require.NoError(t, err)
	return s
}

// changesOf writes the world's changes of [from, to) as records, by its own words: the first
// two events of a login without their session.
func changesOf(t require.TestingT, s *sandbox.Server, from, to int64) (out []source.Record) {
	all, err := s.World().StatusChanges(sandboxtest.AccountID, from, to)
	require.NoError(t, err)
	for _, c := range all {
		session := c.Session
		if c.Sequence <= 1 {
			session = -1
		}
		raw := fmt.Sprintf(`{"agentId":%d,"employeeId":"","agentLoginName":"a","agentUserName":"b","agentGroupId":7,"time":%q,"sessionId":%d,`+
			`"sequenceNumber":%d,"statusType":%d,"statusSubType":%d,"statusReasonId":%d,"statusReasonText":null,"prevStatusChangeTime":null}`,
			c.AgentID, time.UnixMilli(c.At).UTC().Format("2006-01-02T15:04:05.000Z"), session, c.Sequence, c.Type, c.Status, c.Reason)
		out = append(out, source.Record{Order: c.At, At: c.At, ID: fmt.Sprintf("%012d:%06d", c.AgentID, c.Sequence), Raw: []byte(raw)})
	}
	return out
}

var statusNames = map[int]string{1: "offline", 2: "online", 3: "back_soon", 4: "away"}

// staysOf restates the stays from the world's sessions, which it knows and the API hides:
// within each, from one change to the next. Keys are agent and status.
func staysOf(t require.TestingT, s *sandbox.Server, from, to int64, counts func(start, end int64) int64) map[string]int64 {
	all, err := s.World().StatusChanges(sandboxtest.AccountID, from-3*24*time.Hour.Milliseconds(), to+3*24*time.Hour.Milliseconds())
	require.NoError(t, err)
	sessions := map[int64][]sandbox.StatusChange{}
	for _, c := range all {
		sessions[c.Session] = append(sessions[c.Session], c)
	}
	sums := map[string]int64{}
	for _, list := range sessions {
		if list[0].Type != 3 || list[len(list)-1].Type != 4 {
			continue // cut by the margin, which is longer than any session
		}
		start := list[0].At // the status after the login is that of the login
		for i := 1; i < len(list)-1; i++ {
			if ms := counts(start, list[i+1].At); ms > 0 {
				sums[fmt.Sprintf("%d:%s", list[i].AgentID, statusNames[list[i].Status])] += ms
			}
			start = list[i+1].At
		}
	}
	return sums
}

// rendered walks neighbouring windows, each going on from the one before, and sums durations.
func rendered(t testing.TB, s *sandbox.Server, bounds []int64, clip bool) map[string]int64 {
	sums, keys := map[string]int64{}, map[string]bool{}
	var state []byte
	for i := range bounds[:len(bounds)-1] {
		job := newJob(t, "agent.status_segments", FormatJSONL, map[string]any{"clip": clip})
		job.From, job.To, job.State = bounds[i], bounds[i+1], state
		read := job.From
		if i == 0 {
			read -= 26 * time.Hour.Milliseconds()
		}
		in := memory{"agent_activity": changesOf(t, s, read, job.To)}
		out, res := render(t, job, in)
		require.Empty(t, res.Quarantined)
		require.EqualValues(t, len(in["agent_activity"]), res.Entries)
		for _, row := range rowsOf(t, out.bodies[0]) {
			ms, key := int64(row["duration_ms"].(float64)), fmt.Sprint(row["_row_key"])
			require.False(t, keys[key], "row %s is there twice", key)
			keys[key] = true
			start, err := time.Parse(time.RFC3339, row["started_at"].(string))
			require.NoError(t, err)
			if clip {
				require.GreaterOrEqual(t, start.UnixMilli(), job.From)
				require.LessOrEqual(t, start.UnixMilli()+ms, job.To)
			}
			if row["session_id"] == "-1" {
				require.Contains(t, []any{"window_end", "both"}, row["cut"], "only a login that is cut has no session yet")
			}
			sums[fmt.Sprintf("%s:%s", row["agent_id"], row["status"])] += ms
		}
		state = res.State
	}
	return sums
}

// Whatever the seed and the windows, the sums over stays are what the world says: whole in
// the window that they end in, or cut at the edges of every window that they touch.
func TestStatusSegmentsOfAnyWindowsEqualTheWorld(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := activityWorld(t, rapid.Int64Range(1, 1000).Draw(rt, "seed"))
		bounds := []int64{sandboxtest.Now.UnixMilli() - rapid.Int64Range(8*24*60, 200*24*60).Draw(rt, "age")*60_000}
		for _, minutes := range rapid.SliceOfN(rapid.IntRange(1, 1500), 1, 5).Draw(rt, "windows") {
			bounds = append(bounds, bounds[len(bounds)-1]+int64(minutes)*60_000)
		}
		from, to := bounds[0], bounds[len(bounds)-1]
		require.Equal(rt, staysOf(t, s, from, to, func(start, end int64) int64 {
			if end < from || end >= to {
				return 0
			}
			return end - start
		}), rendered(t, s, bounds, false), "whole")
		require.Equal(rt, staysOf(t, s, from, to, func(start, end int64) int64 {
			return min(end, to) - max(start, from)
		}), rendered(t, s, bounds, true), "cut")
	})
}

// handmade are changes of two agents, written by hand: the expected values are worked out
// from the rules of the catalog.
var handmade = []string{
	`{"agentId":5,"employeeId":"E","agentLoginName":"l","agentUserName":"n","agentGroupId":-1,"time":"2020-09-13T12:30:00.000Z","sessionId":-1,"sequenceNumber":-1,"statusType":3,"statusSubType":0,"statusReasonId":0,"statusReasonText":"","prevStatusChangeTime":null}`,
	`{"agentId":5,"employeeId":"E","agentLoginName":"l","agentUserName":"n","agentGroupId":-1,"time":"2020-09-13T12:30:00.001Z","sessionId":-1,"sequenceNumber":1,"statusType":1,"statusSubType":2,"statusReasonId":-1,"statusReasonText":null,"prevStatusChangeTime":null}`,
	`{"agentId":5,"employeeId":"E","agentLoginName":"l","agentUserName":"n","agentGroupId":-1,"time":"2020-09-13T12:40:00.000Z","sessionId":77,"sequenceNumber":2,"statusType":1,"statusSubType":4,"statusReasonId":3,"statusReasonText":"Lunch","prevStatusChangeTime":"2020-09-13T12:30:00.001Z"}`,
	`{"agentId":5,"employeeId":"E","agentLoginName":"l","agentUserName":"n","agentGroupId":-1,"time":"2020-09-13T12:50:00.000Z","sessionId":77,"sequenceNumber":4,"statusType":4,"statusSubType":1,"statusReasonId":-1,"statusReasonText":null,"prevStatusChangeTime":null}`,
}

func handmadeChanges(t *testing.T, raws ...string) memory {
	t.Helper()
	in := memory{}
	for i, raw := range raws {
		var c struct{ Time time.Time }
		require.NoError(t, json.Unmarshal([]byte(raw), &c))
		in["agent_activity"] = append(in["agent_activity"], source.Record{Order: c.Time.UnixMilli(), ID: strconv.Itoa(i), Raw: []byte(raw)})
	}
	return in.with(t, "agent_groups", []byte(`{"id":7,"name":"seven"}`)).
		with(t, "status_reasons", []byte(`{"id":3,"text":"Lunch, says the account"}`), []byte(`{"id":"4","text":"Training","deleted":true}`))
}

// A reason without its text has that of the account's reasons, of deleted ones too; the source's
// own text wins, and an id that is not listed stays without one. A stay has the reason of the
// change that began it, also of one in the window before.
func TestReasonsWithoutTheirText(t *testing.T) {
	for name, c := range map[string]struct {
		id, text string
		want     any
	}{
		"the source's text":     {`3`, `"Lunch"`, "Lunch"},
		"no text":               {`3`, `null`, "Lunch, says the account"},
		"empty text, text id":   {`"4"`, `""`, "Training"},
		"placeholder":           {`4`, `"undefined"`, "Training"},
		"not listed":            {`5`, `null`, nil},
		"no reason":             {`-1`, `null`, nil},
		"text without a reason": {`-1`, `"Lunch"`, "Lunch"},
	} {
		t.Run(name, func(t *testing.T) {
			away := strings.Replace(handmade[2], `"statusReasonId":3,"statusReasonText":"Lunch"`, `"statusReasonId":`+c.id+`,"statusReasonText":`+c.text, 1)
			out, res := render(t, newJob(t, "agent.status_changes", FormatJSONL, nil), handmadeChanges(t, handmade[0], handmade[1], away, handmade[3]))
			require.Empty(t, res.Quarantined)
			require.Equal(t, c.want, rowsOf(t, out.bodies[0])[2]["reason"])

			job := newJob(t, "agent.status_segments", FormatJSONL, nil)
			_, res = render(t, job, handmadeChanges(t, handmade[0], handmade[1], away))
			job.State = res.State
			out, _ = render(t, job, handmadeChanges(t, handmade[3]))
			require.Equal(t, c.want, rowsOf(t, out.bodies[0])[0]["reason"])
		})
	}
}

func TestStatusChangesOfALogin(t *testing.T) {
	out, res := render(t, newJob(t, "agent.status_changes", FormatJSONL, nil), handmadeChanges(t, handmade...))
	require.Empty(t, res.Quarantined)
	rows := rowsOf(t, out.bodies[0])
	require.Len(t, rows, 4)
	requireValues(t, rows[0], map[string]any{
		"_row_key": "5:-1:-1:1600000200000:login", "account_id": "account-1", "agent_id": "5", "employee_id": "E", "group_id": "-1", "session_id": "-1",
		"sequence_number": -1, "change_type_code": 3, "change_type": "login", "status_code": 0, "status": nil, "reason_id": "0", "reason": nil, "sequence_gap": false,
	})
	requireValues(t, rows[1], map[string]any{"session_id": "-1", "sequence_number": 1, "status": "online", "reason_id": nil, "previous_change_at": nil, "sequence_gap": false})
	requireValues(t, rows[2], map[string]any{
		"session_id": "77", "sequence_number": 2, "changed_at": "2020-09-13T12:40:00.000Z", "change_type": "status_changed", "status": "away",
		"reason_id": "3", "reason": "Lunch", "previous_change_at": "2020-09-13T12:30:00.001Z", "sequence_gap": false,
	})
	requireValues(t, rows[3], map[string]any{"change_type": "logout", "status": "offline", "sequence_gap": true}) // 3 is missing
}

// A gap is told from what the window before left; without it nothing is known, and none told.
func TestSequenceGapsAcrossWindows(t *testing.T) {
	whole := newJob(t, "agent.status_changes", FormatJSONL, nil)
	for name, c := range map[string]struct {
		before, now []string
		want        []any
	}{
		"goes on":          {handmade[:2], handmade[2:3], []any{false}},
		"one is missing":   {handmade[:1], handmade[2:3], []any{true}},
		"login is missing": {[]string{}, handmade[2:3], []any{true}},
		"nothing is known": {nil, handmade[2:3], []any{false}},
	} {
		t.Run(name, func(t *testing.T) {
			job := whole
			if c.before != nil {
				_, res := render(t, whole, handmadeChanges(t, c.before...))
				job.State = res.State
			}
			out, _ := render(t, job, handmadeChanges(t, c.now...))
			var got []any
			for _, row := range rowsOf(t, out.bodies[0]) {
				got = append(got, row["sequence_gap"])
			}
			require.Equal(t, c.want, got)
		})
	}
}

func TestStatusSegmentsOfALogin(t *testing.T) {
	out, res := render(t, newJob(t, "agent.status_segments", FormatJSONL, nil), handmadeChanges(t, handmade...))
	require.Empty(t, res.Quarantined)
	require.EqualValues(t, 4, res.Entries)
	rows := rowsOf(t, out.bodies[0])
	require.Len(t, rows, 2)
	requireValues(t, rows[0], map[string]any{
		"_row_key": "5:77:1600000200000", "agent_id": "5", "employee_id": "E", "agent_login": "l", "agent_name": "n", "group_id": "-1", "session_id": "77",
		"status": "online", "reason_id": nil, "reason": nil, "started_at": "2020-09-13T12:30:00.000Z", "ended_at": "2020-09-13T12:40:00.000Z",
		"duration_ms": 600_000, "cut": "none", "local_day": "2020-09-13",
	})
	requireValues(t, rows[1], map[string]any{"status": "away", "reason_id": "3", "reason": "Lunch", "duration_ms": 600_000, "session_id": "77"})
}

func TestAStatusChangeWithoutAnAgentIsHeldBack(t *testing.T) {
	bad := `{"time":"2020-09-13T12:45:00.000Z","sequenceNumber":3,"statusType":1,"statusSubType":2}`
	out, res := render(t, newJob(t, "agent.status_segments", FormatJSONL, nil), handmadeChanges(t, append(handmade[:3:3], bad, handmade[3])...))
	require.Equal(t, []Quarantine{{RecordID: "3", Reason: "has no value, and must have one", Column: "$.agentId"}}, res.Quarantined)
	require.Len(t, rowsOf(t, out.bodies[0]), 2)
}
