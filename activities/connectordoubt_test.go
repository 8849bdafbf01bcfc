package activities

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"transporter/internal/connector"
	"transporter/internal/contract"
	"transporter/internal/conversation"
	"transporter/internal/journal"
	"transporter/internal/sandbox"
	"transporter/internal/temporalx"
	"transporter/internal/temporalx/temporaltest"
	"transporter/workflows"
)

// The answer to a message is lost and the history refuses to be asked, so that the request ends in
// doubt. No webhook comes. The same request again, under the same key, sends nothing: it finds the
// message, and the journal has it once, and none that failed.
func TestARepeatUnderTheKeyLooksFirst(t *testing.T) {
	s := temporaltest.Start(t, temporaltest.Options{})
	k := startTalking(t)
	kept := &Conversations{Accounts: k, Journal: k.Bodies.(*journal.Journal), Now: time.Now}
	c := s.Client()
	s.Worker(c, contract.QueueWorkflows, func(r worker.Registry) {
		r.RegisterWorkflowWithOptions(workflows.Options{}.Conversation, workflow.RegisterOptions{Name: contract.WorkflowConversation})
	})
	s.Worker(c, contract.QueueConnector, func(r worker.Registry) {
		for name, step := range map[string]any{
			contract.ActivityConversationLoad: kept.Load, contract.ActivityConversationAppend: kept.Append, contract.ActivityConversationSave: kept.Save,
			contract.ActivityConnectorHistory: k.History, contract.ActivityConnectorCall: k.Call,
		} {
			r.RegisterActivityWithOptions(step, activity.RegisterOptions{Name: name})
		}
	})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	ref := k.open1(t)
	start := temporalx.ConversationStart(ref)
	_, err := c.SignalWithStartWorkflow(ctx, start.ID, contract.SignalOpened, contract.Opened{Consumer: "kim", At: time.Now()}, start,
		contract.WorkflowConversation, contract.ConversationIn{Account: ref.Account, App: ref.App, Conversation: ref.Conversation})
	require.NoError(t, err)
	send := func(key string) (out contract.SendOut, err error) {
		handle, err := c.UpdateWorkflow(ctx, client.UpdateWorkflowOptions{
			WorkflowID: start.ID, UpdateName: contract.UpdateSend, WaitForStage: client.WorkflowUpdateStageCompleted,
			Args: []any{contract.SendIn{IdemKey: key, Text: "hello"}},
		})
		if err == nil {
			err = handle.Get(ctx, &out)
		}
		return out, err
	}
	history := sandbox.Fault{Path: "/messaging_history/", Kind: sandbox.Forbidden, Forever: true}
	require.NoError(t, k.SetFaults(sandbox.Fault{Path: pathSend, Kind: sandbox.LostAnswer}, history))
	for range 2 {
		_, err = send("m-1")
		require.ErrorContains(t, err, "whether the platform took it is not known")
		require.Len(t, k.record(t).Events, 1)
	}
	require.NoError(t, k.SetFaults())
	out, err := send("m-1")
	require.NoError(t, err)
	require.Equal(t, 0, out.Sequence)
	require.Len(t, k.record(t).Events, 1)
	out, err = send("m-2")
	require.NoError(t, err)
	require.Equal(t, 1, out.Sequence, "another key is another message")

	var entries []conversation.Entry
	require.Eventually(t, func() bool {
		entries = nil
		for e, err := range kept.Journal.Entries(ctx, ref, 0) {
			require.NoError(t, err)
			entries = append(entries, e)
		}
		return len(entries) == 2
	}, 10*time.Second, 50*time.Millisecond)
	for i, e := range entries {
		require.Nil(t, e.Failed)
		require.Equal(t, i, e.Event.Sequence)
	}
}

// The history tells no metadata: of two messages that say the same, the one that is known under
// another key is not the one in doubt.
func TestAnotherKeysMessageIsNotTheOneInDoubt(t *testing.T) {
	in := contract.CallIn{Dialog: "d", Send: &contract.SendIn{IdemKey: "m-1", Text: "hello"}, Taken: []int{3}}
	said := func(number int) conversation.Event {
		return conversation.Event{Kind: conversation.Content, Dialog: "d", Sequence: number, Role: conversation.RoleConsumer, At: 10, Body: connector.Text("hello")}
	}
	_, found := sentBefore([]conversation.Event{said(3)}, in, 0)
	require.False(t, found)
	e, found := sentBefore([]conversation.Event{said(3), said(5)}, in, 0)
	require.True(t, found)
	require.Equal(t, 5, e.Sequence)
}

// What a request left is known to the next one before its first attempt, and a kill between them
// loses neither the conversation nor when it all began.
func TestADoubtIsHandedOn(t *testing.T) {
	opened := &contract.OpenOut{Conversation: "c"}
	began := at.Add(-time.Hour).UnixMilli()
	a := newAttempt(1, at, &contract.Doubt{Since: began, Maybe: began + 1, Opened: opened}, func() time.Time { return at })
	a.doubt()
	require.Equal(t, tried{Attempt: 1, Maybe: began + 1, Opened: opened}, a.last)
	require.Equal(t, began, a.began)
	a = newAttempt(2, at, &contract.Doubt{Since: began, Opened: opened}, func() time.Time { return at })
	a.doubt()
	require.Equal(t, tried{Attempt: 2, Maybe: at.UnixMilli(), Unknown: true, Opened: opened}, a.last)
}

// A message under a key that nobody remembers any more is found in the journal, and not sent again; one
// that only seems to be known is sent.
func TestAMessageOfLongAgoIsNotSentAgain(t *testing.T) {
	k := startTalking(t)
	ref := k.open1(t)
	old := conversation.Event{
		Kind: conversation.Content, Dialog: ref.Conversation, Sequence: 1, Role: conversation.RoleConsumer, External: "m-1", Key: conversation.NumberedKey(ref.Conversation, 1),
	}
	other := old
	other.Sequence, other.External = 0, "m-0"
	_, err := k.Journal.Append(t.Context(), ref, []conversation.Entry{{Position: 0, Event: &other}, {Position: 1, Event: &old}})
	require.NoError(t, err)
	send := func(key string) contract.SendOut {
		out, err := k.call(t.Context(), k.attempt(1, tried{}), contract.CallIn{
			ConversationRef: ref, Consumer: "kim", Dialog: ref.Conversation, Send: &contract.SendIn{IdemKey: key, Text: "x"}, Forgotten: true,
		})
		require.NoError(t, err)
		return out
	}
	require.Equal(t, contract.SendOut{Dialog: ref.Conversation, Sequence: 1}, send("m-1"))
	require.Empty(t, k.record(t).Events)
	require.Equal(t, contract.SendOut{Dialog: ref.Conversation, Sequence: 0}, send("m-2"))
	require.Len(t, k.record(t).Events, 1)
}
