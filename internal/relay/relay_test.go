package relay_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/account"
	"transporter/internal/contract"
	"transporter/internal/conversation"
	"transporter/internal/fault"
	"transporter/internal/relay"
	"transporter/internal/signature"
)

var (
	noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	ref  = contract.ConversationRef{Account: "acme", App: "app", Conversation: "5491244f"}
)

// bodies holds one body.
type bodies string

func (b bodies) Body(context.Context, contract.ConversationRef, conversation.Blob) ([]byte, error) {
	return []byte(b), nil
}

func unseal(string, account.Sealed) ([]byte, error) { return []byte("key"), nil }

// callback answers with a status and keeps the last request.
func callback(t *testing.T, status *int) (account.App, func() (*http.Request, []byte)) {
	var last *http.Request
	var body []byte
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		last = r
		body, _ = io.ReadAll(r.Body)
		w.Header().Set("Retry-After", "7")
		w.WriteHeader(*status)
	}))
	t.Cleanup(s.Close)
	app := account.App{Meta: account.Meta{ID: "app"}, Callback: &account.Callback{URL: s.URL + "/hook"}}
	return app, func() (*http.Request, []byte) { return last, body }
}

func agentSays(text string) conversation.Entry {
	return conversation.Entry{Position: 4, At: noon.UnixMilli(), Event: &conversation.Event{
		Kind: conversation.Content, Dialog: "5491244f", Sequence: 2, From: "agent-1", Role: conversation.RoleAgent,
		At: noon.Add(-time.Second).UnixMilli(), Body: json.RawMessage(text),
	}}
}

func TestPost(t *testing.T) {
	status := http.StatusNoContent
	app, last := callback(t, &status)
	r := relay.New(http.DefaultClient, bodies(""), unseal, func() time.Time { return noon })
	concerns, err := r.Post(t.Context(), "acme", app, ref, agentSays(`{"type":"ContentEvent","message":"hello"}`))
	require.NoError(t, err)
	require.True(t, concerns)
	req, body := last()
	require.Equal(t, "5491244f/4", req.Header.Get("Idempotency-Key"))
	require.Equal(t, signature.Sign([]byte("key"), noon, body), req.Header.Get(signature.Header))
	require.JSONEq(t, `{"id":"5491244f/4","type":"message","account":"acme","app":"app","conversation":"5491244f","dialog":"5491244f",
		"position":4,"sequence":2,"from":{"id":"agent-1","role":"ASSIGNED_AGENT"},"at":"2026-11-21T11:59:59Z",
		"event":{"type":"ContentEvent","message":"hello"}}`, string(body))
}

func TestLargeBodiesTravelWhole(t *testing.T) {
	status := http.StatusOK
	app, last := callback(t, &status)
	r := relay.New(http.DefaultClient, bodies(`{"message":"long"}`), unseal, func() time.Time { return noon })
	e := agentSays("")
	e.Event.Body, e.Event.Blob = nil, &conversation.Blob{Key: "k"}
	_, err := r.Post(t.Context(), "acme", app, ref, e)
	require.NoError(t, err)
	_, body := last()
	require.Contains(t, string(body), `"event":{"message":"long"}`)
}

func TestEveryOtherAnswerIsRepeated(t *testing.T) {
	for _, status := range []int{301, 400, 404, 410, 429, 500, 503} {
		app, _ := callback(t, &status)
		r := relay.New(http.DefaultClient, bodies(""), unseal, func() time.Time { return noon })
		_, err := r.Post(t.Context(), "acme", app, ref, agentSays(`{}`))
		var refused *fault.Error
		require.True(t, errors.As(err, &refused), status)
		require.Equal(t, fault.Upstream, refused.Kind)
		require.Equal(t, 7*time.Second, refused.RetryAfter)
		require.NotContains(t, err.Error(), "/hook", "the path of a callback may be a secret")
	}
	app := account.App{Callback: &account.Callback{URL: "http://127.0.0.1:1/secret-path"}}
	r := relay.New(http.DefaultClient, bodies(""), unseal, func() time.Time { return noon })
	_, err := r.Post(t.Context(), "acme", app, ref, agentSays(`{}`))
	require.Equal(t, fault.Upstream, fault.KindOf(err))
	require.False(t, strings.Contains(err.Error(), "secret-path"))
}

func TestWhatTheChannelIsTold(t *testing.T) {
	app := account.App{Meta: account.Meta{ID: "app"}}
	event := func(e conversation.Event) conversation.Entry { return conversation.Entry{Event: &e} }
	for name, tc := range map[string]struct {
		entry conversation.Entry
		want  string
	}{
		"agent's message":       {event(conversation.Event{Kind: conversation.Content, Role: "ASSIGNED_AGENT"}), relay.TypeMessage},
		"rich message of a bot": {event(conversation.Event{Kind: conversation.Rich, Role: "AGENT", Audience: "ALL"}), relay.TypeMessage},
		"a manager's":           {event(conversation.Event{Kind: conversation.Content, Role: "MANAGER"}), relay.TypeMessage},
		"automatic message":     {event(conversation.Event{Kind: conversation.Content, Role: "CONTROLLER"}), relay.TypeMessage},
		"among staff":           {event(conversation.Event{Kind: conversation.Content, Role: "MANAGER", Audience: conversation.Staff}), ""},
		"echo":                  {event(conversation.Event{Kind: conversation.Content, Role: conversation.RoleConsumer}), ""},
		"what we sent":          {event(conversation.Event{Kind: conversation.Content, Via: conversation.ViaSend}), ""},
		"read by the agent":     {event(conversation.Event{Kind: conversation.Status, Role: "ASSIGNED_AGENT"}), relay.TypeStatus},
		"read by the consumer":  {event(conversation.Event{Kind: conversation.Status, Role: conversation.RoleConsumer}), ""},
		"agent types":           {event(conversation.Event{Kind: conversation.Typing, Role: "ASSIGNED_AGENT", Typing: "COMPOSING"}), relay.TypeTyping},
		"consumer types":        {event(conversation.Event{Kind: conversation.Typing, Role: conversation.RoleConsumer}), ""},
		"closed":                {event(conversation.Event{Kind: conversation.Details, State: &conversation.Snapshot{Stage: "CLOSE"}}), relay.TypeConversation},
		"unknown":               {event(conversation.Event{Kind: conversation.Other}), ""},
		"gap":                   {conversation.Entry{Gap: &conversation.Gap{Dialog: "d", From: 3, To: 4}}, relay.TypeGap},
		"failed":                {conversation.Entry{Failed: &conversation.Failed{IdemKey: "k"}}, relay.TypeFailed},
	} {
		m, ok := relay.MessageOf(app, ref, tc.entry)
		require.Equal(t, tc.want != "", ok, name)
		if ok {
			require.Equal(t, tc.want, m.Type, name)
		}
	}
}
