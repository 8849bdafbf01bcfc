package liveperson

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/fault"
	"transporter/internal/sandbox"
	"transporter/internal/sandbox/sandboxtest"
	"transporter/internal/source"
	"transporter/internal/source/liveperson/answer"
)

// TestAgentsNow reads who is logged in: as many as the summary says, each once, all of them
// of one moment.
func TestAgentsNow(t *testing.T) {
	c := startCloud(t, 1_000_000)
	now := sandboxtest.Now
	summary, _, err := c.live(t, AgentSummary, now.Add(-5*time.Minute), now)
	require.NoError(t, err)
	require.Len(t, summary, 1)
	var said struct {
		SummaryResults struct{ NumOnlineAgents, NumAwayAgents, NumBackSoonAgents, OpenAssignedConversations int }
	}
	require.NoError(t, json.Unmarshal(summary[0].Response, &said))
	agents, sink, err := c.live(t, AgentStatus, now.Add(-5*time.Minute), now)
	require.NoError(t, err)
	status, moments, open := map[string]int{}, map[time.Time]bool{}, 0
	for _, a := range agents {
		var one struct {
			CurrentStatus             string
			OpenAssignedConversations int
		}
		require.NoError(t, json.Unmarshal(a.Response, &one))
		status[one.CurrentStatus]++
		open += one.OpenAssignedConversations
		moments[a.RequestedAt] = true
	}
	require.Len(t, moments, 1)
	require.Positive(t, open)
	require.Greater(t, status["ONLINE"], 50)
	require.Equal(t, said.SummaryResults.NumOnlineAgents, status["ONLINE"])
	require.Equal(t, said.SummaryResults.NumAwayAgents, status["AWAY"])
	require.Equal(t, said.SummaryResults.NumBackSoonAgents, status["BACK_SOON"])
	require.Equal(t, said.SummaryResults.OpenAssignedConversations, open)
	byID, _ := sink.records()
	require.Len(t, byID, len(agents))
}

// TestARosterIsWholeOrRed loses an entry once, then every time; and reads a list in pages.
func TestARosterIsWholeOrRed(t *testing.T) {
	c := startCloud(t, 400_000)
	all, _, err := c.live(t, AgentStatus, sandboxtest.Now.Add(-5*time.Minute), sandboxtest.Now)
	require.NoError(t, err)
	const path = "/messaging_history/api/account/" + sandboxtest.AccountID + "/agent-view/"
	require.NoError(t, c.SetFaults(sandbox.Fault{Path: path, Kind: sandbox.MissingRows}))
	again, sink, err := c.live(t, AgentStatus, sandboxtest.Now.Add(-5*time.Minute), sandboxtest.Now)
	require.NoError(t, err)
	require.Len(t, again, len(all))
	require.EqualValues(t, 2, sink.counts().Calls)
	for kind, want := range map[sandbox.Kind]fault.Kind{sandbox.MissingRows: fault.CountMismatch, sandbox.PartialResult: fault.PartialData} {
		require.NoError(t, c.SetFaults(sandbox.Fault{Path: path, Kind: kind, Forever: true}))
		_, sink, err = c.live(t, AgentStatus, sandboxtest.Now.Add(-5*time.Minute), sandboxtest.Now)
		require.True(t, fault.Is(err, want), "%v", err)
		require.Empty(t, sink.commits)
	}
	require.NoError(t, c.SetFaults())
	paged, st := agentStatus, staged{slice: source.Slice{Key: "all"}, sink: newMemory()}
	paged.limit = 7
	require.True(t, st.begin(t.Context()))
	s := rosterReader{holder: holder{session: session{Client: c.client(t)}}, roster: paged}
	defer s.settle(&s.buf)
	count, err := s.pages(t.Context(), &liveWindow{clock: func() int64 { return c.now }}, &st)
	require.NoError(t, err)
	require.EqualValues(t, len(all), count)
	require.EqualValues(t, len(all), st.counts.Fetched)
	require.Greater(t, s.calls, int64(1))
}

// TestQueuesOfBothChannels has a record for each skill of each channel, with the numbers of
// the two answers.
func TestQueuesOfBothChannels(t *testing.T) {
	c := startCloud(t, 400_000)
	from, to := sandboxtest.Now.Add(-5*time.Minute), sandboxtest.Now
	sink := newMemory()
	require.NoError(t, c.client(t).Fetch(t.Context(), source.Query{Resource: QueuesNow, From: from.UnixMilli(), To: to.UnixMilli(), Now: c.now}, sink))
	byID, _ := sink.records()
	have := map[string]map[string]json.RawMessage{answer.Messaging: {}, answer.Chat: {}}
	for id, record := range byID {
		var q struct {
			Channel, SkillID string
			Metrics          json.RawMessage
		}
		require.NoError(t, json.Unmarshal(record.Raw, &q))
		require.Equal(t, id, q.Channel+":"+q.SkillID)
		have[q.Channel][q.SkillID] = q.Metrics
	}
	for _, channel := range queueChannels {
		resource := map[string]string{answer.Messaging: QueueHealthNow, answer.Chat: ChatQueueState}[channel.name]
		member := map[string]string{answer.Messaging: "skillsMetrics", answer.Chat: "skills"}[channel.name]
		raw, _, err := c.live(t, resource, from, to)
		require.NoError(t, err)
		var now map[string]map[string]map[string]float64
		members := map[string]json.RawMessage{}
		require.NoError(t, json.Unmarshal(raw[0].Response, &members))
		require.NoError(t, json.Unmarshal([]byte(`{"skills":`+string(members[member])+`}`), &now))
		require.NotEmpty(t, now["skills"])
		require.Len(t, have[channel.name], len(now["skills"]))
		for skill, want := range now["skills"] {
			var got map[string]float64
			require.NoError(t, json.Unmarshal(have[channel.name][skill], &got))
			require.Equal(t, want["currentQueueSize"], got["currentQueueSize"])
			require.Equal(t, want["unassignedConversations"], got["unassignedConversations"])
		}
	}
	only := source.Query{Resource: QueuesNow, From: from.UnixMilli(), To: to.UnixMilli(), Now: c.now, Params: map[string]json.RawMessage{"channels": json.RawMessage(`["chat"]`)}}
	sink = newMemory()
	require.NoError(t, c.client(t).Fetch(t.Context(), only, sink))
	byID, _ = sink.records()
	require.Len(t, byID, len(have[answer.Chat]))
	require.False(t, slices.ContainsFunc(sink.commits["all"].records, func(r source.Record) bool { return !strings.HasPrefix(r.ID, "chat:") }))
}
