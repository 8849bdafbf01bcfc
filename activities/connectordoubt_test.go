package activities

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"transporter/internal/connector"
	"transporter/internal/contract"
	"transporter/internal/conversation"
	"transporter/internal/fault"
	"transporter/internal/journal"
	"transporter/internal/sandbox"
	"transporter/internal/temporalx"
	"transporter/internal/temporalx/temporaltest"
	"transporter/workflows"
)

// spoken is a conversation on a Temporal server over a sandbox, with the consumer's side of it.
type spoken struct {
	*talking
	kept  *Conversations
	ref   contract.ConversationRef
	later *atomic.Int64 // by how much the steps' clock is ahead
	// send sends a text under the key, signal tells the conversation of something.
	send   func(key string) (contract.SendOut, error)
	signal func(name string, in any)
}

func startSpoken(t *testing.T) *spoken {
	t.Helper()
	s := temporaltest.Start(t, temporaltest.Options{})
	k, later := startTalking(t), new(atomic.Int64)
	k.Now = func() time.Time { return time.Now().Add(time.Duration(later.Load())) }
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
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	t.Cleanup(cancel)
	ref := k.open1(t)
	start := temporalx.ConversationStart(ref)
	signal := func(name string, in any) {
		_, err := c.SignalWithStartWorkflow(ctx, start.ID, name, in, start,
			contract.WorkflowConversation, contract.ConversationIn{Account: ref.Account, App: ref.App, Conversation: ref.Conversation})
		require.NoError(t, err)
	}
	signal(contract.SignalOpened, contract.Opened{Consumer: "kim", At: time.Now()})
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
	return &spoken{talking: k, kept: kept, ref: ref, later: later, send: send, signal: signal}
}

// journal returns the entries once there are so many, or more.
func (k *spoken) journal(t *testing.T, n int) (entries []conversation.Entry) {
	t.Helper()
	require.Eventually(t, func() bool {
		entries = nil
		for e, err := range k.kept.Journal.Entries(t.Context(), k.ref, 0) {
			require.NoError(t, err)
			entries = append(entries, e)
		}
		return len(entries) >= n
	}, 2*time.Minute, 50*time.Millisecond)
	return entries
}

// historyRefuses has nobody know what the platform has taken.
var historyRefuses = sandbox.Fault{Path: "/messaging_history/", Kind: sandbox.Forbidden, Forever: true}

// The answer to a message is lost and the history refuses to be asked, so that the request ends in
// doubt. No webhook comes. The same request again, under the same key, sends nothing: it finds the
// message, and the journal has it once, and none that failed.
func TestARepeatUnderTheKeyLooksFirst(t *testing.T) {
	k := startSpoken(t)
	require.NoError(t, k.SetFaults(sandbox.Fault{Path: pathSend, Kind: sandbox.LostAnswer}, historyRefuses))
	for range 2 {
		_, err := k.send("m-1")
		require.ErrorContains(t, err, "whether the platform took it is not known")
		require.Len(t, k.record(t).Events, 1)
	}
	require.NoError(t, k.SetFaults())
	out, err := k.send("m-1")
	require.NoError(t, err)
	require.Equal(t, 0, out.Sequence)
	require.Len(t, k.record(t).Events, 1)
	out, err = k.send("m-2")
	require.NoError(t, err)
	require.Equal(t, 1, out.Sequence, "another key is another message")
	for i, e := range k.journal(t, 2) {
		require.Nil(t, e.Failed)
		require.Equal(t, i, e.Event.Sequence)
	}
}

// The conversation is closed before the request is repeated: it is answered if the platform had taken it, and
// said to have failed if not. Nothing is sent.
func TestARepeatAfterTheCloseLooks(t *testing.T) {
	k := startSpoken(t)
	for key, kind := range map[string]sandbox.Kind{"taken": sandbox.LostAnswer, "lost": sandbox.ServerError} {
		require.NoError(t, k.SetFaults(sandbox.Fault{Path: pathSend, Kind: kind}, historyRefuses))
		_, err := k.send(key)
		require.ErrorContains(t, err, "whether the platform took it is not known", key)
	}
	require.NoError(t, k.SetFaults(historyRefuses))
	require.NoError(t, k.platform.Change(t.Context(), connector.Consumer{ID: "kim"}, connector.Place{Conversation: k.ref.Conversation, Dialog: k.ref.Conversation}, connector.CloseStage()))
	k.signal(contract.SignalEvents, contract.EventsIn{Events: []conversation.Event{{
		Key: conversation.DetailsKey(1), Kind: conversation.Details, Sequence: conversation.Unnumbered, State: &conversation.Snapshot{Updated: 1, Stage: "CLOSE", State: "CLOSE"},
	}}})
	k.journal(t, 1)
	said := k.record(t).Events
	_, err := k.send("lost")
	require.ErrorContains(t, err, "whether the platform took it is not known")

	require.NoError(t, k.SetFaults())
	k.later.Store(int64(2 * historyLag))
	out, err := k.send("taken")
	require.NoError(t, err)
	require.Equal(t, contract.SendOut{Dialog: k.ref.Conversation, Sequence: 0}, out)
	_, err = k.send("lost")
	require.ErrorContains(t, err, "the conversation is closed, and the message was looked for and is not there")
	_, err = k.send("fresh")
	require.ErrorContains(t, err, "the conversation is closed (open another one)")
	require.Equal(t, said, k.record(t).Events)
	var keys []string
	for more := 3; len(keys) < 2; more++ { // the history may have told of the close as well
		keys = nil
		for _, e := range k.journal(t, more) {
			switch {
			case e.Failed != nil:
				keys = append(keys, e.Failed.IdemKey+" failed")
			case e.Event.Kind.Numbered():
				keys = append(keys, e.Event.External)
			}
		}
	}
	require.Equal(t, []string{"taken", "lost failed"}, keys)
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
	look := false
	send := func(key string) contract.SendOut {
		out, err := k.call(t.Context(), k.attempt(1, tried{}), contract.CallIn{
			ConversationRef: ref, Consumer: "kim", Dialog: ref.Conversation, Send: &contract.SendIn{IdemKey: key, Text: "x"}, Forgotten: true, Look: look,
		})
		require.NoError(t, err)
		return out
	}
	require.Equal(t, contract.SendOut{Dialog: ref.Conversation, Sequence: 1}, send("m-1"))
	require.Empty(t, k.record(t).Events)
	require.Equal(t, contract.SendOut{Dialog: ref.Conversation, Sequence: 0}, send("m-2"))
	require.Len(t, k.record(t).Events, 1)

	look = true // nobody can speak there any more
	require.Equal(t, contract.SendOut{Dialog: ref.Conversation, Sequence: 1}, send("m-1"))
	require.True(t, send("m-3").Absent)
	require.Len(t, k.record(t).Events, 1)
}

// A conversation was opened and its first message was refused. A repeat sends the message while that is possible; of a
// conversation that was closed meanwhile it says so, for good, and opens no other one.
func TestAKeyWhoseFirstMessageWasRefused(t *testing.T) {
	for name, shut := range map[string]bool{"open": false, "closed": true} {
		t.Run(name, func(t *testing.T) {
			k := startTalking(t)
			require.NoError(t, k.SetFaults(sandbox.Fault{Path: pathSend, Kind: sandbox.Closed}))
			in := contract.OpenIn{Account: "acme", App: "app", Consumer: "kim", IdemKey: "o-1", Message: "hello"}
			first := k.attempt(1, tried{})
			_, err := k.open(t.Context(), first, in)
			require.ErrorContains(t, err, "conversation "+k.record(t).ID+" was opened, but: ")
			left := first.left()
			require.Equal(t, k.record(t).ID, left.Opened.Conversation)
			require.Zero(t, left.Maybe)
			if shut {
				at := connector.Place{Conversation: left.Opened.Conversation, Dialog: left.Opened.Conversation}
				require.NoError(t, k.platform.Change(t.Context(), connector.Consumer{ID: "kim"}, at, connector.CloseStage()))
			}
			again := newAttempt(1, time.Now(), &left, time.Now)
			again.keep = func(tried) {}
			out, err := k.open(t.Context(), again, in)
			require.Len(t, k.Live().List(platformAccount), 1)
			if !shut {
				require.NoError(t, err)
				require.Equal(t, 0, *out.Sequence)
				require.Len(t, k.record(t).Events, 1)
				return
			}
			require.ErrorContains(t, err, "conversation "+left.Opened.Conversation+", which was opened under this key, was closed before its first message was sent")
			var final *temporal.ApplicationError
			require.ErrorAs(t, again.failed(err), &final)
			require.True(t, final.NonRetryable())
			require.Equal(t, string(fault.Conflict), final.Type())
			var known contract.Doubt
			require.NoError(t, final.Details(&known))
			require.Equal(t, left.Opened, known.Opened, "the key stays that one's")
			require.Empty(t, k.record(t).Events)
		})
	}
}

// The answer to an opening is lost, and the conversation is closed before anybody looks for it: it is the one
// that was opened under the key, and no other one is. Its first message was not sent, and a repeat says so.
func TestAnOpeningInDoubtThatIsClosedIsFound(t *testing.T) {
	for name, message := range map[string]string{"with a message": "hello", "without": ""} {
		t.Run(name, func(t *testing.T) {
			k := startTalking(t)
			require.NoError(t, k.SetFaults(sandbox.Fault{Path: pathOpen, Kind: sandbox.LostAnswer}))
			in := contract.OpenIn{Account: "acme", App: "app", Consumer: "kim", IdemKey: "o-1", Message: message}
			first := k.attempt(1, tried{})
			_, err := k.open(t.Context(), first, in)
			require.Error(t, err)
			id := k.record(t).ID
			at := connector.Place{Conversation: id, Dialog: id}
			require.NoError(t, k.platform.Change(t.Context(), connector.Consumer{ID: "kim"}, at, connector.CloseStage()))

			left := first.left()
			later := func() time.Time { return time.Now().Add(2 * historyLag) }
			again := newAttempt(1, later(), &left, later)
			again.keep = func(tried) {}
			out, err := k.open(t.Context(), again, in)
			require.Len(t, k.Live().List(platformAccount), 1)
			require.Empty(t, k.record(t).Events)
			if message == "" {
				require.NoError(t, err)
				require.Equal(t, id, out.Conversation)
				return
			}
			require.ErrorContains(t, err, "conversation "+id+", which was opened under this key, was closed before its first message was sent")
		})
	}
}
