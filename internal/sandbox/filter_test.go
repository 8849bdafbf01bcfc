package sandbox_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/sandbox"
	"transporter/internal/sandbox/sandboxtest"
)

// facts are what filters look at, read from the answers.
type facts struct {
	Info struct {
		ConversationID, Source, Device, LatestQueueState string
		Duration, MCS, AlertedMCS                        int64
		CSATRate                                         int64
		ConversationEndTimeL, FullDialogEndTimeL         int64
	}
}

// TestValueFilters: each filter keeps exactly the records whose values it names.
func TestValueFilters(t *testing.T) {
	r := sandboxtest.Start(t, sandbox.Config{Conversations: 200_000})
	from := time.UnixMilli(down(ms(sandboxtest.Now.Add(-8 * time.Hour))))
	to := sandboxtest.Now.Add(-10 * time.Minute)
	read := func(filter string) (list []facts) {
		for offset := 0; ; offset += 100 {
			a := do(t, r, "POST", fmt.Sprintf("%s%s?source=t&limit=100&sort=start:asc&offset=%d", r.URL, searchPath, offset), startBody(from, to, infoOnly+filter), good)
			require.Equal(t, 200, a.status, "%s", a.body)
			var page struct {
				Records []facts `json:"conversationHistoryRecords"`
			}
			require.NoError(t, json.Unmarshal(a.body, &page))
			if list = append(list, page.Records...); len(page.Records) < 100 {
				return list
			}
		}
	}
	all := read("")
	for _, c := range []struct {
		filter string
		keep   func(f *facts) bool
	}{
		{`"mcs":{"from":60}`, func(f *facts) bool { return f.Info.MCS >= 60 }},
		{`"mcs":{"from":10,"to":40}`, func(f *facts) bool { return f.Info.MCS >= 10 && f.Info.MCS <= 40 }},
		{`"csat":{"to":3}`, func(f *facts) bool { return f.Info.CSATRate >= 1 && f.Info.CSATRate <= 3 }},
		{`"duration":{"from":"60","to":600}`, func(f *facts) bool { return f.Info.Duration/1000 >= 60 && f.Info.Duration/1000 <= 600 }},
		{`"duration":{"from":3600}`, func(f *facts) bool { return f.Info.Duration/1000 >= 3600 }},
		{`"alertedMcsValues":["-1","1"]`, func(f *facts) bool { return f.Info.AlertedMCS != 0 }},
		{`"source":["SHARK","SMS"]`, func(f *facts) bool { return f.Info.Source == "SHARK" || f.Info.Source == "SMS" }},
		{`"device":["MOBILE"]`, func(f *facts) bool { return f.Info.Device == "MOBILE" }},
		{`"latestConversationQueueState":"IN_QUEUE"`, func(f *facts) bool { return f.Info.LatestQueueState == "IN_QUEUE" }},
	} {
		t.Run(c.filter, func(t *testing.T) {
			var want []facts
			for i := range all {
				if c.keep(&all[i]) {
					want = append(want, all[i])
				}
			}
			require.NotEmpty(t, want)
			require.Less(t, len(want), len(all))
			require.Equal(t, want, read(","+c.filter))
		})
	}
	t.Run("latestUpdateTime", func(t *testing.T) {
		at := down(ms(sandboxtest.Now.Add(-2 * time.Hour)))
		got := map[string]bool{}
		for _, f := range read(fmt.Sprintf(`,"latestUpdateTime":{"from":%d}`, at+60_000)) {
			got[f.Info.ConversationID] = true
		}
		require.NotEmpty(t, got)
		require.Less(t, len(got), len(all))
		for _, f := range all {
			if f.Info.ConversationEndTimeL >= at || f.Info.FullDialogEndTimeL >= at {
				require.True(t, got[f.Info.ConversationID], "what ended since was updated since")
			}
		}
	})
}

// TestCallsAtOnceSeeTheSame is for the race detector: pages of two queries and of the
// lists, all at once.
func TestCallsAtOnceSeeTheSame(t *testing.T) {
	r := sandboxtest.Start(t, sandbox.Config{Conversations: 20_000})
	from := sandboxtest.Now.Add(-300 * time.Hour)
	bodies := []string{startBody(from, from.Add(240*time.Hour), ""), startBody(from, from.Add(240*time.Hour), `,"status":["CLOSE"]`)}
	want := make([]string, len(bodies))
	for i, b := range bodies {
		want[i] = string(do(t, r, "POST", r.URL+searchPath+"?source=t&limit=20", b, good).body)
	}
	var wait sync.WaitGroup
	for i := range 24 {
		wait.Go(func() {
			a, err := try(r, "POST", r.URL+searchPath+"?source=t&limit=20", bodies[i%2], good)
			if err != nil || string(a.body) != want[i%2] {
				t.Errorf("call %d: %v, or another answer", i, err)
			}
			if a, err = try(r, "GET", r.URL+usersPath+"?v=4.0", "", good); err != nil || a.status != 200 {
				t.Errorf("list %d: %v, status %d", i, err, a.status)
			}
		})
	}
	wait.Wait()
}

// TestRecordedConversationsAreFoundByTheirIds uses a recorded consumer and an agent.
func TestRecordedConversationsAreFoundByTheirIds(t *testing.T) {
	dir := t.TempDir()
	record := `{"conversationHistoryRecords":[{"info":{"conversationId":"c1","startTimeL":1700000000000,"status":"OPEN","isPartial":false,` +
		`"endTimeL":-1,"latestAgentId":"7","latestSkillId":-1},"consumerParticipants":[{"participantId":"p1"}],"interactions":[{"assignedAgentId":"7"}]}]}`
	require.NoError(t, os.WriteFile(filepath.Join(dir, "one.json"), []byte(record), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "skills.json"), []byte(`[{"id":-1,"deleted":"true","name":"x"},{"id":2,"name":"y"}]`), 0o600))
	r := sandboxtest.Start(t, sandbox.Config{Records: dir, Now: func() time.Time { return time.UnixMilli(1_700_000_000_000) }})
	for _, c := range []struct {
		name, path, body string
		status, count    int
	}{
		{"by id", byIDPath, `{"conversationId":"c1"}`, 200, 1},
		{"by another id", byIDPath, `{"conversationId":"c2"}`, 204, 0},
		{"by consumer", consumerPath, `{"consumer":"p1","status":["OPEN"]}`, 200, 1},
		{"by consumer, closed", consumerPath, `{"consumer":"p1","status":["CLOSE"]}`, 200, 0},
		{"by agent", searchPath, `{"start":{"from":1700000000000,"to":-1},"agentIds":[7],"latestAgentIds":["7"]}`, 200, 1},
		{"by another agent", searchPath, `{"start":{"from":1700000000000,"to":-1},"agentIds":[8]}`, 200, 0},
		{"by end, which has not come", searchPath, `{"start":{"from":1700000000000,"to":-1},"end":{"from":0,"to":1}}`, 200, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := do(t, r, "POST", r.URL+c.path+"?source=t", c.body, good)
			require.Equal(t, c.status, a.status, "%s", a.body)
			if c.status == 200 {
				require.Equal(t, c.count, decode(t, a.body).Metadata.Count)
			}
		})
	}
	require.NoError(t, r.SetFaults(sandbox.Fault{Path: searchPath, Kind: sandbox.PartialRecord}))
	require.True(t, search(t, r, "", `{"start":{"from":1700000000000,"to":-1}}`).Records[0].Info.IsPartial)
	require.Len(t, entities(t, r, listsPath+"skills?v=4.0"), 1, "deleted as text counts")
	require.Empty(t, entities(t, r, listsPath+"users?v=4.0"), "a list that was not recorded is empty")
}
