package live

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// course lists what was told of a conversation in short.
func (r *rig) course(id string) []string {
	var list []string
	for _, n := range r.told {
		if n.Conversation != id {
			continue
		}
		var c messageChange
		_ = json.Unmarshal(n.Change, &c)
		ev, _ := readEvent(c.Event)
		switch {
		case n.Type == TypeConversation:
			list = append(list, "state")
		case ev.Type == eventContent:
			list = append(list, c.OriginatorMetadata.Role+" "+ev.ContentType)
		case ev.Type == eventAccept:
			list = append(list, ev.Status)
		default:
			list = append(list, ev.ChatState+string(ev.Content[:min(len(ev.Content), 4)]))
		}
	}
	return list
}

func TestAutomaticAgentsAcceptReadTypeAndAnswer(t *testing.T) {
	r := newRig()
	require.NoError(t, r.SetAgents(Agents{Automatic: true}))
	by := caller()
	id := r.opened(t, by)
	r.says(t, by, id, id, "hello")
	r.pass(acceptAfter-time.Millisecond, 50*time.Millisecond)
	require.Equal(t, []string{"state", "CONSUMER text/plain"}, r.course(id))
	r.pass(10*time.Second, 50*time.Millisecond)
	require.Equal(t, []string{"state", "CONSUMER text/plain", "state", "ACCEPT", "READ", "COMPOSING", "ACTIVE", "ASSIGNED_AGENT text/plain"}, r.course(id))
	require.EqualValues(t, nothingDue, r.record(t, id).summaryDue(t))
}

func (r Record) summaryDue(t *testing.T) int64 {
	t.Helper()
	var now result
	require.NoError(t, json.Unmarshal(r.Current, &now))
	return now.EffectiveTTR
}

func TestWordsSteerAutomaticAgents(t *testing.T) {
	for word, want := range map[string]string{
		"options": `"replies"`, "card": `"RichContentEvent"`, "picture": `"hosted/file"`, "form": `"forms/secure-invitation"`,
	} {
		t.Run(word, func(t *testing.T) {
			r := newRig()
			require.NoError(t, r.SetAgents(Agents{Automatic: true, Speed: 1000}))
			by := caller()
			id := r.opened(t, by)
			r.pass(time.Second, time.Millisecond)
			r.says(t, by, id, id, "Your "+word+", please")
			r.pass(time.Second, time.Millisecond)
			var all string
			for _, e := range r.record(t, id).Events[1:] {
				all += string(e.Event)
			}
			require.Contains(t, all, want)
			require.Empty(t, r.record(t, id).Failures)
		})
	}
}

func TestAnAutomaticAgentTransfersAndCloses(t *testing.T) {
	r := newRig()
	require.NoError(t, r.SetAgents(Agents{Automatic: true, Speed: 1000}))
	by := caller()
	id := r.opened(t, by)
	r.pass(time.Second, time.Millisecond)
	r.says(t, by, id, id, "transfer me")
	r.pass(time.Second, time.Millisecond)
	require.NotEmpty(t, r.record(t, id).Agent, "another took it up")
	r.says(t, by, id, id, "bye")
	r.pass(time.Second, time.Millisecond)
	require.Equal(t, "CLOSE", r.record(t, id).Stage)
	require.Empty(t, r.record(t, id).Failures, "nothing is left to do in a closed conversation")
}

func TestActsThatCannotBeDoneSaySo(t *testing.T) {
	for name, one := range map[string]struct {
		acts []Act
		says string
	}{
		"nobody there":        {[]Act{{Act: "say", Text: "x"}}, "does not take part"},
		"accepted twice":      {[]Act{{Act: "accept"}, {Act: "accept", Agent: "agent-2"}}, "has the conversation"},
		"nothing said":        {[]Act{{Act: "accept"}, {Act: "say"}}, "text"},
		"no content":          {[]Act{{Act: "accept"}, {Act: "rich"}}, "content"},
		"an unknown act":      {[]Act{{Act: "sing"}}, "act"},
		"a manager's own act": {[]Act{{Act: "join"}}, "agent: is required"},
		"an unknown role":     {[]Act{{Act: "join", Agent: "m", Role: "KING"}}, "role"},
		"a reader's word":     {[]Act{{Act: "join", Agent: "r", Role: RoleReader}, {Act: "say", Agent: "r", Text: "x"}}, "reader"},
		"transfer nowhere":    {[]Act{{Act: "accept"}, {Act: "transfer"}}, "to, an agent, or skill"},
		"no such sequence":    {[]Act{{Act: "accept"}, {Act: "mark", Sequences: []int{9}}}, "sequence 9"},
		"no image":            {[]Act{{Act: "accept"}, {Act: "file", Data: []byte("text")}}, "data"},
		"no TTR":              {[]Act{{Act: "ttr"}}, "ttr"},
		"after the close":     {[]Act{{Act: "accept"}, {Act: "close"}, {Act: "accept"}}, "closed"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig()
			id := r.opened(t, caller())
			require.ErrorContains(t, r.Act(testAccount, id, one.acts...), one.says)
		})
	}
}

func TestActsHappenWhenTheyAreDue(t *testing.T) {
	r := newRig()
	id := r.opened(t, caller())
	require.NoError(t, r.Act(testAccount, id, Act{Act: "say", Text: "b", AfterMS: 200}, Act{Act: "accept", AfterMS: 100}, Act{Act: "say", Agent: "nobody", Text: "c", AfterMS: 300}))
	require.Empty(t, r.record(t, id).Agent)
	r.pass(100*time.Millisecond, 10*time.Millisecond)
	require.Equal(t, defaultAgent, r.record(t, id).Agent)
	require.Empty(t, r.record(t, id).Events)
	r.pass(time.Second, time.Second)
	require.Len(t, r.record(t, id).Events, 1)
	require.Len(t, r.record(t, id).Failures, 1)
	require.Contains(t, r.record(t, id).Failures[0], "nobody")
}
