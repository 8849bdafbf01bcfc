package httpapi_test

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"transporter/activities"
	"transporter/internal/account"
	"transporter/internal/contract"
	"transporter/internal/conversation"
	"transporter/internal/fault"
	"transporter/internal/httpapi"
	"transporter/internal/temporalx"
	"transporter/workflows"
)

// channelSide is an app's callback, which refuses what it is told while it is shut.
type channelSide struct {
	mu   sync.Mutex
	shut bool
	full int64 // what it takes before it is down for a while; 0: everything
	took []int64
}

func (c *channelSide) Post(_ context.Context, _ string, _ account.App, ref contract.ConversationRef, e conversation.Entry) (bool, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.shut {
		return true, fault.New(fault.PermissionDenied, "the callback may not be called")
	}
	if c.full > 0 && e.Position >= c.full {
		return true, fault.New(fault.Upstream, "the callback answers 503")
	}
	if ref.App == "app" {
		c.took = append(c.took, e.Position)
	}
	return true, nil
}

func (c *channelSide) set(shut bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.shut = shut
}

func (c *channelSide) has() []int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]int64{}, c.took...)
}

// Snapshot is of an account whose app has a callback.
func (c *channelSide) Snapshot(context.Context, string) (account.Snapshot, error) {
	return account.Snapshot{ID: seedAccount, Created: true, Apps: map[string]account.App{"app": {Callback: &account.Callback{}}}}, nil
}

// holds lets the stack hold conversations over its journal; platform are the steps that ask a platform.
func (s *stack) holds(c *channelSide, platform map[string]any) {
	steps := &activities.Conversations{Accounts: c, Journal: s.journal, Callback: c, Trouble: temporalx.NewConversations(s.client), Now: time.Now}
	all := map[string]any{
		contract.ActivityConversationLoad: steps.Load, contract.ActivityConversationAppend: steps.Append,
		contract.ActivityConversationSave: steps.Save, contract.ActivityRelay: steps.Relay,
	}
	maps.Copy(all, platform)
	s.server.Worker(s.client, contract.QueueConnector, func(r worker.Registry) {
		for name, f := range all {
			r.RegisterActivityWithOptions(f, activity.RegisterOptions{Name: name})
		}
	})
	s.stop()
	s.server.Worker(s.client, contract.QueueWorkflows, func(r worker.Registry) {
		flows := workflows.Options{}
		r.RegisterWorkflowWithOptions(flows.Account, workflow.RegisterOptions{Name: contract.WorkflowAccount})
		r.RegisterWorkflowWithOptions(flows.Conversation, workflow.RegisterOptions{Name: contract.WorkflowConversation})
	})
}

func (s *stack) stopped(t *testing.T, account string) (ids []string) {
	got := s.call(t, http.MethodGet, "/v1/accounts/"+account+"/conversations?relayStopped=true", "")
	require.Equal(t, http.StatusOK, got.status, string(got.body))
	var list httpapi.List[httpapi.ConversationLine]
	got.into(t, &list)
	for _, l := range list.Items {
		require.True(t, l.Stopped)
		ids = append(ids, l.ID)
	}
	return ids
}

// A conversation whose callback was given up is found, whether it is over or not, and what it has
// not got is told when somebody asks for it, also when its workflow has ended long ago.
func TestARelayThatGaveUpGoesOnAfterTheConversationIsOver(t *testing.T) {
	s, side := newStack(t), &channelSide{shut: true}
	s.holds(side, nil)
	acme := s.make(t, "/v1/accounts", `{"description":"Support","zone":"Europe/Madrid"}`)
	ref := contract.ConversationRef{Account: acme, App: "app", Conversation: talk.Conversation}
	relay := "/v1/accounts/" + acme + "/conversations/" + ref.Conversation + "/relay"
	require.Equal(t, http.StatusNotFound, s.call(t, http.MethodPost, relay, "").status)

	soon := func(what string, is func() bool) {
		require.Eventually(t, is, 2*time.Minute, 100*time.Millisecond, what)
	}
	told := temporalx.NewConversations(s.client)
	require.NoError(t, told.Deliver(t.Context(), ref, messages(3)))
	soon("the relay stops", func() bool { return len(s.stopped(t, acme)) == 1 })

	// It ends as one does that is over: its state and its closing are kept.
	state, err := s.journal.Load(t.Context(), ref)
	require.NoError(t, err)
	if state == nil {
		state = &conversation.State{}
	}
	for e, err := range s.journal.Entries(t.Context(), ref, 0) {
		require.NoError(t, err)
		conversation.Replay(state, e)
	}
	state.Stalled, state.Latest.Stage = "the callback may not be called", "CLOSE"
	require.NoError(t, s.journal.Save(t.Context(), ref, *state))
	require.NoError(t, s.journal.Close(t.Context(), conversation.Closing{Account: acme, App: "app", Conversation: ref.Conversation, Next: state.Next}, time.Now))
	require.NoError(t, s.client.TerminateWorkflow(t.Context(), contract.ConversationID(acme, ref.Conversation), "", "it is over"))
	require.Equal(t, []string{ref.Conversation}, s.stopped(t, acme))
	require.Empty(t, side.has())

	side.set(false)
	answer := s.call(t, http.MethodPost, relay, "")
	require.Equal(t, http.StatusAccepted, answer.status, string(answer.body))
	soon("what was missed", func() bool { return len(side.has()) == 3 })
	require.Equal(t, []int64{0, 1, 2}, side.has())
	soon("nothing is stopped any more", func() bool { return len(s.stopped(t, acme)) == 0 })
}

// messages are events of a conversation's main dialog.
func messages(n int) (all []conversation.Event) {
	for i := range n {
		all = append(all, conversation.Event{
			Key: conversation.NumberedKey(talk.Conversation, i), Kind: conversation.Content, Dialog: talk.Conversation, Sequence: i,
			Role: conversation.RoleAgent, Body: json.RawMessage(`{"message":"hello"}`),
		})
	}
	return all
}

// A callback that does not take what it is sent is shown while it is tried again: since when, how much waits and
// why. When it takes it nothing of that is shown any more.
func TestACallbackThatFailsIsShown(t *testing.T) {
	s, side := newStack(t), &channelSide{full: 1}
	s.holds(side, nil)
	acme := s.make(t, "/v1/accounts", `{"description":"Support","zone":"Europe/Madrid"}`)
	began := time.Now()
	ref := contract.ConversationRef{Account: acme, App: "app", Conversation: talk.Conversation}
	require.NoError(t, temporalx.NewConversations(s.client).Deliver(t.Context(), ref, messages(3)))
	shown := func(what string, is func(v httpapi.ConversationView) bool) (v httpapi.ConversationView) {
		require.Eventually(t, func() bool {
			v = httpapi.ConversationView{}
			got := s.call(t, http.MethodGet, "/v1/accounts/"+acme+"/conversations/"+ref.Conversation, "")
			return got.status == http.StatusOK && json.Unmarshal(got.body, &v) == nil && is(v)
		}, 2*time.Minute, 200*time.Millisecond, what)
		return v
	}
	v := shown("it fails", func(v httpapi.ConversationView) bool { return v.Failing != nil })
	require.Equal(t, "the callback answers 503", v.Failing.Error)
	require.WithinRange(t, time.UnixMilli(v.Failing.Since), began.Truncate(time.Millisecond), time.Now())
	require.EqualValues(t, 2, v.Unrelayed)
	require.Empty(t, v.Stalled)

	side.mu.Lock()
	side.full = 0
	side.mu.Unlock()
	shown("it goes on", func(v httpapi.ConversationView) bool { return v.Failing == nil && v.Unrelayed == 0 })
	require.Equal(t, []int64{0, 1, 2}, side.has())
}
