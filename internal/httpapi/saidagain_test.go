package httpapi_test

import (
	"context"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"

	"transporter/internal/contract"
	"transporter/internal/conversation"
	"transporter/internal/fault"
	"transporter/internal/httpapi"
	"transporter/internal/temporalx"
)

// platformSide takes what the consumer does, and numbers it; of what it loses nobody knows whether it did.
type platformSide struct {
	mu    sync.Mutex
	calls []contract.CallIn
	loses bool
}

func (p *platformSide) call(_ context.Context, in contract.CallIn) (contract.SendOut, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calls = append(p.calls, in)
	if p.loses {
		return contract.SendOut{}, temporal.NewNonRetryableApplicationError("lost", string(fault.Upstream), nil, contract.Doubt{Maybe: time.Now().UnixMilli()})
	}
	return contract.SendOut{Dialog: in.Dialog, Sequence: len(p.calls) - 1}, nil
}

func (p *platformSide) lose(loses bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.loses = loses
}

func (p *platformSide) asked() []contract.CallIn {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]contract.CallIn{}, p.calls...)
}

// Whatever was done under a key is answered as it was the first time, also when the conversation's workflow
// has ended; what may have been done is looked for, and anything else is told that the conversation is closed.
func TestWhatWasSaidIsAnsweredAfterTheEnd(t *testing.T) {
	s, platform := newStack(t), &platformSide{}
	nothing := func(context.Context, contract.HistoryIn) (contract.HistoryOut, error) {
		return contract.HistoryOut{}, nil
	}
	s.holds(&channelSide{}, map[string]any{contract.ActivityConnectorCall: platform.call, contract.ActivityConnectorHistory: nothing})
	acme := s.make(t, "/v1/accounts", `{"description":"Support","zone":"Europe/Madrid"}`)
	ref := contract.ConversationRef{Account: acme, App: "app", Conversation: talk.Conversation}
	told := temporalx.NewConversations(s.client)
	require.NoError(t, told.Opened(t.Context(), ref, contract.Opened{Consumer: "kim", Participant: "p", At: time.Now()}))

	at := "/v1/accounts/" + acme + "/conversations/" + ref.Conversation
	requests := map[string]struct{ path, body, kind string }{
		"message": {"/messages", `{"text":"hello"}`, "application/json"},
		"mark":    {"/statuses", `{"status":"READ","sequences":[1]}`, "application/json"},
		"file":    {"/files", "GIF89a", "image/gif"},
		"close":   {"/close", `{}`, "application/json"},
	}
	say := func(name, key string) answer {
		r := requests[name]
		return s.call(t, http.MethodPost, at+r.path, r.body, "Idempotency-Key", key, "Content-Type", r.kind)
	}
	first := map[string]httpapi.Sent{}
	for _, name := range []string{"message", "mark", "file"} {
		got := say(name, name)
		require.Equal(t, http.StatusOK, got.status, string(got.body))
		var sent httpapi.Sent
		got.into(t, &sent)
		require.NotNil(t, sent.Sequence)
		first[name] = sent
	}
	platform.lose(true)
	require.Equal(t, http.StatusServiceUnavailable, say("message", "lost").status)
	platform.lose(false)
	got := say("close", "close")
	require.Equal(t, http.StatusOK, got.status, string(got.body))
	var sent httpapi.Sent
	got.into(t, &sent)
	first["close"] = sent

	closed := conversation.Event{
		Key: conversation.DetailsKey(1), Kind: conversation.Details, Sequence: conversation.Unnumbered,
		State: &conversation.Snapshot{Updated: 1, Stage: "CLOSE", State: "CLOSE"},
	}
	require.NoError(t, told.Deliver(t.Context(), ref, []conversation.Event{closed}))
	s.ended(t, ref)
	calls := len(platform.asked())
	for name, want := range first {
		got := say(name, name)
		require.Equal(t, http.StatusOK, got.status, "%s: %s", name, got.body)
		var again httpapi.Sent
		got.into(t, &again)
		require.Equal(t, want, again, name)
	}
	require.Len(t, platform.asked(), calls, "the platform is not asked again")

	s.ended(t, ref)
	for name := range requests {
		got := say(name, "new-"+name)
		require.Equal(t, http.StatusConflict, got.status, "%s: %s", name, got.body)
		require.Contains(t, got.problem(t).Detail, "the conversation is closed")
	}
	require.Len(t, platform.asked(), calls)

	s.ended(t, ref)
	require.Equal(t, http.StatusOK, say("message", "lost").status)
	look := platform.asked()[calls]
	require.True(t, look.Look)
	require.NotNil(t, look.Doubt)

	s.ended(t, ref)
	require.NoError(t, s.journal.Close(t.Context(), conversation.Closing{Account: acme, App: "app", Conversation: ref.Conversation, Next: 1}, time.Now))
	got = s.call(t, http.MethodPost, at+"/typing", `{"state":"ACTIVE"}`)
	require.Equal(t, http.StatusConflict, got.status, string(got.body))
	require.Contains(t, got.problem(t).Detail, "the conversation is closed")
	about, err := s.client.DescribeWorkflowExecution(t.Context(), contract.ConversationID(acme, ref.Conversation), "")
	require.NoError(t, err)
	require.NotEqual(t, enums.WORKFLOW_EXECUTION_STATUS_RUNNING, about.WorkflowExecutionInfo.Status, "no workflow is begun for it")

	at = "/v1/accounts/" + acme + "/conversations/nobody-knows"
	require.Equal(t, http.StatusNotFound, say("message", "message").status)
}

// ended has the conversation's workflow end, with everything kept that it knows.
func (s *stack) ended(t *testing.T, ref contract.ConversationRef) {
	t.Helper()
	id := contract.ConversationID(ref.Account, ref.Conversation)
	require.NoError(t, s.client.CancelWorkflow(t.Context(), id, ""))
	require.Eventually(t, func() bool {
		d, err := s.client.DescribeWorkflowExecution(t.Context(), id, "")
		return err == nil && d.GetWorkflowExecutionInfo().GetStatus() != enums.WORKFLOW_EXECUTION_STATUS_RUNNING
	}, 2*time.Minute, 50*time.Millisecond)
}
