package transform

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/sandbox/history"
	"transporter/internal/sandbox/world"
	"transporter/internal/source"
)

// handleTimes are measured segments of the conversations' agents, that end where segments do,
// near, or far away; some without a measure, some of agents who never had the conversation.
func handleTimes(t testing.TB, records [][]byte) (out [][]byte) {
	t.Helper()
	g := newVaried(77)
	for _, raw := range records {
		var r struct {
			Info struct {
				ConversationID string
				StartTimeL     int64
			}
			Interactions []struct {
				AssignedAgentID  string
				InteractionTimeL int64
			}
		}
		require.NoError(t, json.Unmarshal(raw, &r))
		tell := func(agent string, end int64) {
			took := fmt.Sprintf(`"totalHandleTimeMillis":%d,`, g.IntN(100_000))
			if g.chance(10) {
				took = ""
			}
			out = append(out, fmt.Appendf(nil, `{"segmentId":"%d","conversationId":%q,"agentId":%s,%s"endTimeL":%d}`, len(out), r.Info.ConversationID, agent, took, end))
		}
		for _, in := range r.Interactions {
			for g.chance(60) && in.AssignedAgentID != "" && in.AssignedAgentID != "null" {
				tell(in.AssignedAgentID, one(g, g.moment(r.Info.StartTimeL), in.InteractionTimeL+int64(g.IntN(10*grid)), in.InteractionTimeL))
			}
		}
		if g.chance(30) {
			tell(one(g, agentIDs...), g.moment(r.Info.StartTimeL))
		}
	}
	return out
}

// Every segment of a human has the handle time that the world says, and no other has one; those
// that the source does not tell of are null, also where the same agent had the conversation twice.
func TestHandleTimesOfAssignmentsEqualTheWorld(t *testing.T) {
	account := world.NewAccount(rand.Int64(), "12345678", 20_000)
	to := worldNow - 40*time.Hour.Milliseconds()
	from := to - 48*time.Hour.Milliseconds()
	in := memory{}
	for c := range account.Conversations(worldNow) {
		if end := c.Facts.ConversationEnd; c.Facts.Closed && end >= from && end < to {
			in.with(t, "messaging_interactions", account.Conversation(c.ID(), worldNow).Append(nil, 0, history.View{Sections: everySection, Whole: true}))
		}
	}
	type segment struct {
		conversation, agent string
		end                 int64
	}
	known, unknown := map[segment]int64{}, 0
	for i, s := range account.AgentSegments(from-31*24*time.Hour.Milliseconds(), worldNow, worldNow) {
		agent := account.Person(s.Agent).ID
		if i%5 == 0 {
			unknown++
			continue
		}
		known[segment{s.Conversation, fmt.Sprint(agent), s.End}] = s.Handle
		in["handle_time"] = append(in["handle_time"], source.Record{Order: s.End, ID: s.ID, Raw: fmt.Appendf(nil,
			`{"segmentId":%q,"conversationId":%q,"agentId":%d,"endTimeL":%d,"totalHandleTimeMillis":%d}`, s.ID, s.Conversation, agent, s.End, s.Handle)})
	}
	job := newJob(t, "msg.assignments", FormatJSONL, map[string]any{"handle_time": true})
	job.Also = []string{"handle_time"}
	out, res := render(t, job, in)
	require.Empty(t, res.Quarantined)
	require.EqualValues(t, len(in["messaging_interactions"]), res.Entries, "what is looked up is no record of its own")
	filled, empty := 0, 0
	for _, row := range rowsOf(t, out.bodies[0]) {
		end, err := time.Parse(time.RFC3339, row["ended_at"].(string))
		require.NoError(t, err)
		took, told := known[segment{row["conversation_id"].(string), row["agent_id"].(string), end.UnixMilli()}]
		if !told {
			empty++
			require.Nil(t, row["handle_time_ms"], "%v", row)
			continue
		}
		filled++
		require.EqualValues(t, took, row["handle_time_ms"], "%v", row)
	}
	require.Greater(t, filled, 50)
	require.Positive(t, min(empty, unknown))
	t.Logf("%d segments with a handle time, %d without", filled, empty)

	job.Also = nil // the source was not asked
	out, _ = render(t, job, in)
	for _, row := range rowsOf(t, out.bodies[0]) {
		require.Nil(t, row["handle_time_ms"])
	}
}
