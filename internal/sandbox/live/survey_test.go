package live

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// lastState is the conversation's as it was told last.
func (r *rig) lastState(t *testing.T, id string) result {
	t.Helper()
	states := r.record(t, id).States
	var s stateChange
	require.NoError(t, json.Unmarshal(states[len(states)-1], &s))
	return s.Result
}

// surveyed opens a conversation that an agent had, and closes its main dialog.
func (r *rig) surveyed(t *testing.T, by Caller) (id, dialog string) {
	t.Helper()
	id = r.opened(t, by)
	r.says(t, by, id, id, "hello")
	require.NoError(t, r.Act(testAccount, id, Act{Act: "accept"}))
	require.NoError(t, closeMain(r, by, id))
	d := r.lastState(t, id).Details.Dialogs
	require.Len(t, d, 2)
	return id, d[1].DialogID
}

func closeMain(r *rig, by Caller, id string) error {
	var f Field
	raw := `{"field":"DialogChange","type":"UPDATE","dialog":{"dialogId":"` + id + `","state":"CLOSE","closedCause":"Closed by consumer"}}`
	if err := json.Unmarshal([]byte(raw), &f); err != nil {
		return err
	}
	_, err := r.Update(by, id, []Field{f})
	return err
}

func TestTheSurveyFollowsTheMainDialog(t *testing.T) {
	r, by := newRig(), caller(FeatureMultiDialog)
	id, dialog := r.surveyed(t, by)
	open := r.lastState(t, id).Details
	require.Equal(t, []string{"CLOSE", "OPEN", "CONSUMER"}, []string{open.State, open.Stage, open.CloseReason})
	require.Equal(t, []string{typeMain, "CLOSE", "CONSUMER", "Closed by consumer"}, []string{open.Dialogs[0].DialogType, open.Dialogs[0].State, open.Dialogs[0].ClosedBy, open.Dialogs[0].ClosedCause})
	require.Equal(t, []string{typePostSurvey, "OPEN"}, []string{open.Dialogs[1].DialogType, open.Dialogs[1].State})
	require.NotEqual(t, id, dialog)
	require.Zero(t, open.EndTs)
	agent := ParticipantID(testAccount, defaultAgent)
	require.Contains(t, open.Dialogs[1].Participants, Participant{agent, RoleReader})

	answer := func(text string, question int) int {
		metadata := json.RawMessage(`[{"type":"Answer","questionId":"q","id":"a","provider":"AC"}]`)
		_, err := r.Publish(by, Publication{
			Conversation: id, Dialog: dialog, Metadata: metadata,
			Event: encode(acceptEvent{eventAccept, "ACTION", []int{question}}),
		})
		require.NoError(t, err)
		n, err := r.Publish(by, Publication{Conversation: id, Dialog: dialog, Metadata: metadata, Event: encode(textEvent{Type: eventContent, Message: text, ContentType: contentText})})
		require.NoError(t, err)
		return n
	}
	_, err := r.Publish(by, Publication{Conversation: id, Dialog: dialog, Event: encode(chatStateEvent{eventChatState, "COMPOSING"})})
	require.NoError(t, err, "is let pass and ignored")
	require.Equal(t, 3, answer("4", 1), "greeting 0, question 1, ACTION 2")
	require.Equal(t, 6, answer("perhaps", 4), "question 4")
	require.Equal(t, 9, answer("Yes", 7), "the question again, as 7")

	done := r.lastState(t, id).Details
	require.Equal(t, []string{"CLOSE", "CLOSE", "CONSUMER"}, []string{done.State, done.Stage, done.CloseReason})
	require.Equal(t, []string{"AGENT", "Completed"}, []string{done.Dialogs[1].ClosedBy, done.Dialogs[1].ClosedCause})
	require.Equal(t, done.MetaDataLastUpdateTs, done.EndTs)
	yes := true
	require.Equal(t, &CSAT{Rate: 4, Resolution: &yes, Status: csatFilled}, done.CSAT)
	var said []string
	for _, e := range r.record(t, id).Events {
		if e.DialogID == dialog && e.parsed.Type == eventContent {
			said = append(said, e.parsed.text())
		}
		require.NotEqual(t, eventChatState, e.parsed.Type)
	}
	require.Equal(t, []string{greeting, "How would you rate your overall experience?", "4", "Did we resolve your issue?", "perhaps", "Did we resolve your issue?", "Yes", thanks}, said)
}

func TestTheSurveyIsSkipped(t *testing.T) {
	for name, one := range map[string]struct {
		answers []string
		status  string
	}{
		"at once":         {[]string{"skip"}, csatSkipped},
		"after an answer": {[]string{"2", " SKIP "}, csatPartly},
	} {
		t.Run(name, func(t *testing.T) {
			r, by := newRig(), caller(FeatureMultiDialog)
			id, dialog := r.surveyed(t, by)
			for _, a := range one.answers {
				r.says(t, by, id, dialog, a)
			}
			done := r.lastState(t, id).Details
			require.Equal(t, "CLOSE", done.Stage)
			require.Equal(t, one.status, done.CSAT.Status)
		})
	}
}

func TestNoSurveyWithout(t *testing.T) {
	t.Run("the feature", func(t *testing.T) {
		r, by := newRig(), caller()
		id := r.opened(t, by)
		require.NoError(t, r.Act(testAccount, id, Act{Act: "accept"}))
		require.NoError(t, closeMain(r, by, id))
		require.Equal(t, "CLOSE", r.lastState(t, id).Details.Stage)
	})
	t.Run("an agent", func(t *testing.T) {
		r, by := newRig(), caller(FeatureMultiDialog)
		id := r.opened(t, by)
		require.NoError(t, closeMain(r, by, id))
		require.Equal(t, "CLOSE", r.lastState(t, id).Details.Stage)
	})
	t.Run("a stage", func(t *testing.T) {
		r, by := newRig(), caller(FeatureMultiDialog)
		id := r.opened(t, by)
		require.NoError(t, r.Act(testAccount, id, Act{Act: "accept"}))
		_, err := r.Update(by, id, []Field{{Field: "Stage", ConversationState: "CLOSE"}})
		require.NoError(t, err)
		require.Len(t, r.lastState(t, id).Details.Dialogs, 1)
		require.Equal(t, "CLOSE", r.lastState(t, id).Details.Stage)
	})
}

func TestTheStageClosesARunningSurvey(t *testing.T) {
	r, by := newRig(), caller(FeatureMultiDialog)
	id, dialog := r.surveyed(t, by)
	_, err := r.Update(by, id, []Field{{Field: "Stage", ConversationState: "CLOSE"}})
	require.NoError(t, err)
	require.Equal(t, "CLOSE", r.lastState(t, id).Details.Stage)
	_, err = r.Publish(by, Publication{Conversation: id, Dialog: dialog, Event: encode(textEvent{Type: eventContent, Message: "4", ContentType: contentText})})
	require.ErrorIs(t, err, ErrClosed)
}

func TestAutoMessagesFollowAFirstMessageWithinTenSeconds(t *testing.T) {
	with := caller(FeatureAutoMessages)
	for name, one := range map[string]struct {
		opens, sends Caller
		after        time.Duration
		auto         bool
	}{
		"at once":            {with, with, 0, true},
		"just in time":       {with, with, 9999 * time.Millisecond, true},
		"too late":           {with, with, 10 * time.Second, false},
		"not in the call":    {with, caller(), 0, false},
		"not at the opening": {caller(), with, 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig()
			id := r.opened(t, one.opens)
			r.pass(one.after, one.after)
			for range 2 {
				r.says(t, one.sends, id, id, "hello")
			}
			events := r.record(t, id).Events
			if !one.auto {
				require.Len(t, events, 2)
				return
			}
			require.Len(t, events, 3, "after the first message only")
			require.Equal(t, RoleController, events[1].Originator.Role)
			require.Equal(t, 1, *events[1].Sequence)
		})
	}
}

func TestASilentDialogEndsAfterAWeek(t *testing.T) {
	r, by := newRig(), caller(FeatureMultiDialog)
	id := r.opened(t, by)
	r.pass(3*24*time.Hour, time.Hour)
	r.says(t, by, id, id, "still there")
	r.pass(7*24*time.Hour-time.Hour, time.Hour)
	require.Equal(t, "OPEN", r.lastState(t, id).Details.State)
	r.pass(time.Hour, time.Hour)
	done := r.lastState(t, id).Details
	require.Equal(t, []string{"CLOSE", "CLOSE", bySystem}, []string{done.State, done.Stage, done.CloseReason})
}
