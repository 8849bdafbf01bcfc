package live

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// step is something that happens in a conversation; what cannot be done is refused.
type step func(r *rig, t *rapid.T, by Caller, id string) error

var steps = []step{
	func(r *rig, t *rapid.T, by Caller, id string) error {
		_, err := r.Publish(by, Publication{Conversation: id, Dialog: r.anyDialog(t, id), Event: encode(textEvent{
			Type: eventContent, ContentType: contentText, Message: rapid.SampledFrom([]string{"hello", "5", "Yes", "skip", "bye", "transfer"}).Draw(t, "text"),
		})})
		return err
	},
	func(r *rig, t *rapid.T, by Caller, id string) error {
		_, err := r.Publish(by, Publication{Conversation: id, Dialog: r.anyDialog(t, id), Event: encode(acceptEvent{
			eventAccept, rapid.SampledFrom(deliveryStatuses).Draw(t, "status"), rapid.SliceOfN(rapid.IntRange(0, 12), 1, 3).Draw(t, "sequences"),
		})})
		return err
	},
	func(r *rig, t *rapid.T, by Caller, id string) error {
		_, err := r.Publish(by, Publication{Conversation: id, Dialog: r.anyDialog(t, id), Event: encode(chatStateEvent{eventChatState, "COMPOSING"})})
		return err
	},
	func(r *rig, t *rapid.T, _ Caller, id string) error {
		return r.Act(testAccount, id, Act{
			Act: rapid.SampledFrom(actNames).Draw(t, "act"), Agent: rapid.SampledFrom([]string{"", "agent-1", "agent-2", "manager-1"}).Draw(t, "agent"),
			Text: "text", Content: []byte(card), Skill: rapid.SampledFrom([]string{"", "7"}).Draw(t, "skill"), Private: rapid.Bool().Draw(t, "private"),
			To:  rapid.SampledFrom([]string{"", "agent-2", "agent-3"}).Draw(t, "to"),
			TTR: &TTR{"URGENT", 300}, AfterMS: rapid.SampledFrom([]int64{0, 0, 700}).Draw(t, "after"),
		})
	},
	func(r *rig, t *rapid.T, by Caller, id string) error {
		value := int64(60)
		f := Field{Field: rapid.SampledFrom([]string{"ConversationStateField", "Stage", "TTRField", "Skill", "CSATRate", "ParticipantsChange"}).Draw(t, "field")}
		f.ConversationState, f.Type, f.Skill, f.TTRType, f.Value, f.CSATRate, f.Status = "CLOSE", "UPDATE", "9", "CUSTOM", &value, 4, csatFilled
		_, err := r.Update(by, id, []Field{f})
		return err
	},
	func(r *rig, _ *rapid.T, by Caller, id string) error { return closeMain(r, by, id) },
	func(r *rig, t *rapid.T, _ Caller, _ string) error {
		r.pass(time.Duration(rapid.IntRange(0, 5000).Draw(t, "ms"))*time.Millisecond, 500*time.Millisecond)
		return nil
	},
}

// anyDialog is the id of one of the conversation's dialogs.
func (r *rig) anyDialog(t *rapid.T, id string) string {
	var now result
	one, _ := r.Record(testAccount, id)
	require.NoError(t, json.Unmarshal(one.Current, &now))
	return rapid.SampledFrom(now.Details.Dialogs).Draw(t, "dialog").DialogID
}

func TestWhateverHappensTheRecordHolds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := newRig()
		require.NoError(t, r.SetAgents(Agents{Automatic: rapid.Bool().Draw(t, "automatic")}))
		by := caller(rapid.SampledFrom([][]string{nil, {FeatureMultiDialog}, {FeatureAutoMessages, FeatureMultiDialog}}).Draw(t, "features")...)
		id, err := r.Open(by, Opening{})
		require.NoError(t, err)
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			told := len(r.told)
			if err := rapid.SampledFrom(steps).Draw(t, "step")(r, t, by, id); err != nil {
				require.True(t, errors.Is(err, ErrClosed) || errors.Is(err, ErrInvalid), err)
				require.Len(t, r.told, told, "what is refused changes nothing")
			}
		}
		requireWhole(t, r, id)
	})
}

// requireWhole holds the conversation's record against what was told of it, and both against the
// platform's rules.
func requireWhole(t *rapid.T, r *rig, id string) {
	record, _ := r.Record(testAccount, id)
	next, states, events := map[string]int{}, 0, 0
	ended := map[string]int64{} // dialogs
	var updated int64
	for _, n := range r.told {
		if n.Type == TypeConversation {
			require.JSONEq(t, string(record.States[states]), string(n.Change))
			states++
			var s stateChange
			require.NoError(t, json.Unmarshal(n.Change, &s))
			require.Greater(t, s.Result.Details.MetaDataLastUpdateTs, updated)
			updated = s.Result.Details.MetaDataLastUpdateTs
			requireState(t, &s.Result)
			for _, d := range s.Result.Details.Dialogs {
				require.True(t, ended[d.DialogID] == 0 || ended[d.DialogID] == d.EndTs, "a closed dialog stays as it is")
				ended[d.DialogID] = d.EndTs
			}
			continue
		}
		var c messageChange
		require.NoError(t, json.Unmarshal(n.Change, &c))
		require.Equal(t, string(record.Events[events].Event), string(c.Event))
		events++
		require.Zero(t, ended[c.DialogID], "nothing is said in a closed dialog")
		if c.Sequence != nil {
			require.Equal(t, next[c.DialogID], *c.Sequence, "numbers without a gap")
			next[c.DialogID]++
		}
	}
	require.Len(t, record.Events, events)
	require.Len(t, record.States, states)
}

func requireState(t *rapid.T, s *result) {
	d := s.Details
	require.Equal(t, d.State, d.Dialogs[0].State)
	open, assigned := false, 0
	for _, one := range d.Dialogs {
		open = open || one.State == stateOpen
		require.Equal(t, one.State == stateClose, one.EndTs != 0)
	}
	for _, p := range d.Dialogs[0].Participants {
		if p.Role == RoleAssignedAgent {
			assigned++
		}
	}
	require.LessOrEqual(t, assigned, 1)
	require.Equal(t, open, d.Stage == stateOpen)
	require.Equal(t, !open, d.EndTs != 0)
	require.Equal(t, d.State == stateClose, d.CloseReason != "")
	if d.State == stateClose {
		require.EqualValues(t, nothingDue, s.EffectiveTTR)
	}
}
