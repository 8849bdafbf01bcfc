package sandbox_test

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/sandbox"
	"transporter/internal/sandbox/live"
	"transporter/internal/sandbox/sandboxtest"
)

// production makes what a sample shows. Both are compared value by value, but for ids, times and
// what is undetermined; with shape, the sandbox must have what the sample has, in the same kinds.
type production struct {
	got          func(c *channel, sample *any) any // may take out of the sample what is not of the sandbox's making
	extra        []string                          // members that the sample is too old to have
	undetermined []string
	shape        bool
}

var (
	olderMessage = []string{"conversationId", "messageAudience"}
	olderState   = []string{"effectiveTTR", "skillId", "dialogs", "stage"}
	audience     = []string{"messageAudience"}
)

var produced = map[string]production{
	"domain_api_response.json": {got: func(c *channel, _ *any) any {
		_, got := c.call("GET", accountAPI+"/service/baseURI.json?version=1.0", "")
		return got
	}, shape: true},
	"appjwt_response.json": {got: func(c *channel, _ *any) any { return c.appAnswer(connectorApp) }, undetermined: []string{"access_token"}},
	"appjwt_decoded.json": {
		got:          func(c *channel, _ *any) any { return decodedToken(c.t, c.app) },
		undetermined: []string{"aud", "azp", "exp", "iat"},
	},
	"consumerjws_response.json": {
		got:          func(c *channel, _ *any) any { return c.consumerAnswer("x") },
		undetermined: []string{"token"},
	},
	"consumerjws_decoded.json": {
		got:          func(c *channel, _ *any) any { return decodedToken(c.t, c.consumer) },
		undetermined: []string{"account_id", "ext_consumer_id", "lp_consumer_id"},
	},
	"create_conversation_response.json": {got: func(c *channel, _ *any) any {
		_, got := c.call("POST", conversationPath, published(c.t, "create_conversation_request_minimal.json", "{accountid}", sandboxtest.AccountID))
		return got
	}},
	"send_response_publish_event.json": {got: func(c *channel, _ *any) any {
		_, got := c.call("POST", sendPath, published(c.t, "send_text_request.json", "{conversationId}", c.open()))
		return got
	}},
	"send_generate_upload_url_response.json": {got: func(c *channel, _ *any) any {
		_, got := c.call("POST", sendPath, published(c.t, "send_generate_upload_url_request.json"))
		requireSigned(c.t, got)
		return got
	}, undetermined: []string{"relativePath", "temp_url_sig", "temp_url_expires"}},
	"send_generate_download_url_response.json": {got: func(c *channel, _ *any) any {
		_, got := c.call("POST", sendPath, published(c.t, "send_generate_download_url_request.json", "{{relativePath}}", c.upload(pixels())))
		requireSigned(c.t, got)
		return got
	}, undetermined: []string{"relativePath", "temp_url_sig", "temp_url_expires"}},
	// The sample's code contradicts the table of codes, which says 40105.
	"error_401_appjwt_missing.json": {got: func(c *channel, _ *any) any {
		c.app = ""
		_, got := c.call("POST", sendPath, `{}`)
		return got
	}, undetermined: []string{"errorCode"}},
	"error_502_unified.json": {got: func(c *channel, _ *any) any {
		require.NoError(c.t, c.SetFaults(sandbox.Fault{Path: accountAPI, Kind: sandbox.BadGateway}))
		_, got := c.call("POST", sendPath, `{}`)
		return got
	}, undetermined: []string{"reqId"}},
	"history_search_response.json":           {got: richHistory, shape: true},
	"consumer_history_content_response.json": {got: ownHistory, shape: true},

	"agent_publish_rich_content_event.json": {got: func(c *channel, sample *any) any {
		content, err := json.Marshal(at[any](c.t, *sample, "event", "content"))
		require.NoError(c.t, err)
		s := startStage(c.t)
		s.act(live.Act{Act: "accept"}, live.Act{Act: "rich", Content: content})
		return map[string]any{"dialogId": s.id, "event": at[any](c.t, s.change(live.TypeRichContent, -1), "event")}
	}},
	"webhook_exconv_conversation_created.json": {got: telling(live.TypeConversation, 0, nil), extra: olderState},
	"webhook_exconv_agent_assigned.json":       {got: telling(live.TypeConversation, -1, (*stage).hello), extra: olderState},
	"webhook_exconv_closed.json": {got: func(c *channel, sample *any) any {
		s := startStage(c.t, live.FeatureAutoMessages)
		s.update(`{"field":"ConversationStateField","conversationState":"CLOSE"}`)
		return s.notification(live.TypeConversation, -1)
	}},
	"exconv_main_closed_survey_open.json": {got: func(c *channel, sample *any) any {
		delete(at[map[string]any](c.t, *sample, "body"), "subscriptionId") // of the WebSocket that it was seen on
		s := startStage(c.t, live.FeatureAutoMessages, live.FeatureMultiDialog)
		s.hello()
		s.closeMain()
		return s.notification(live.TypeConversation, -1)
	}, extra: []string{"skillId"}},
	"webhook_content_consumer_text.json":   {got: telling(live.TypeContent, 0, (*stage).hello), extra: olderMessage},
	"webhook_accept_agent_read.json":       {got: telling(live.TypeAcceptStatus, 0, (*stage).hello), extra: olderMessage},
	"webhook_content_agent_text.json":      {got: telling(live.TypeContent, 1, (*stage).hello), extra: olderMessage},
	"webhook_content_agent_text_next.json": {got: telling(live.TypeContent, 2, (*stage).hello), extra: olderMessage},
	"webhook_content_consumer_text_with_conversation_id.json": {got: telling(live.TypeContent, -1, func(s *stage) {
		s.hello()
		s.says(text("ae"))
	}), extra: audience},
	"webhook_accept_agent_read_demo_app.json": {got: telling(live.TypeAcceptStatus, 0, (*stage).hello), shape: true},
	"ms_agent_accept.json":                    {got: telling(live.TypeAcceptStatus, 0, (*stage).hello), shape: true}, // its numbers meet none of the others' rules
	"webhook_chatstate_agent_composing.json": {got: telling(live.TypeChatState, -1, func(s *stage) {
		s.act(live.Act{Act: "accept"}, live.Act{Act: "type"})
	}), extra: olderMessage},
	"webhook_chatstate_agent_active.json": {got: telling(live.TypeChatState, -1, func(s *stage) {
		s.act(live.Act{Act: "accept"}, live.Act{Act: "type", ChatState: "ACTIVE"})
	}), extra: olderMessage},
	"webhook_chatstate_consumer_active.json": {got: telling(live.TypeChatState, -1, func(s *stage) {
		s.says(`{"type":"ChatStateEvent","chatState":"ACTIVE"}`)
	})},
	"webhook_chatstate_consumer_pause.json": {got: telling(live.TypeChatState, -1, func(s *stage) {
		s.says(`{"type":"ChatStateEvent","chatState":"PAUSE"}`)
	})},
	"ms_survey_question_quick_replies.json": {got: func(c *channel, _ *any) any {
		s := startStage(c.t, live.FeatureMultiDialog)
		s.act(live.Act{Act: "accept"})
		s.closeMain()
		first := s.notification(live.TypeContent, 0)
		changes := at[[]any](c.t, first, "body", "changes")
		at[map[string]any](c.t, first, "body")["changes"] = append(changes, s.change(live.TypeContent, 1))
		return first
	}, extra: olderMessage},
}

// stage is a conversation of an engine of its own, and all that the engine told.
type stage struct {
	t    *testing.T
	e    *live.Engine
	by   live.Caller
	id   string
	told []live.Notification
}

func startStage(t *testing.T, features ...string) *stage {
	t.Helper()
	s := &stage{t: t, by: live.Caller{Account: sandboxtest.AccountID, App: "app", Consumer: "consumer", Features: features}}
	s.e = live.New(live.Config{Now: func() time.Time { return sandboxtest.Now }, Notify: func(n live.Notification) { s.told = append(s.told, n) }})
	var err error
	s.id, err = s.e.Open(s.by, live.Opening{})
	require.NoError(t, err)
	return s
}

func (s *stage) act(acts ...live.Act) {
	s.t.Helper()
	require.NoError(s.t, s.e.Act(s.by.Account, s.id, acts...))
}

func (s *stage) says(event string) {
	s.t.Helper()
	_, err := s.e.Publish(s.by, live.Publication{Dialog: s.id, Event: json.RawMessage(event)})
	require.NoError(s.t, err)
}

func (s *stage) update(field string) {
	s.t.Helper()
	var f live.Field
	require.NoError(s.t, json.Unmarshal([]byte(field), &f))
	_, err := s.e.Update(s.by, s.id, []live.Field{f})
	require.NoError(s.t, err)
}

func (s *stage) closeMain() {
	s.t.Helper()
	s.update(`{"field":"DialogChange","type":"UPDATE","dialog":{"dialogId":"` + s.id + `","state":"CLOSE"}}`)
}

// hello is the course of the published samples.
func (s *stage) hello() {
	s.says(text("Hello from Consumer"))
	s.act(live.Act{Act: "accept"}, live.Act{Act: "mark"}, live.Act{Act: "say", Text: "Hello from the Agent\n"}, live.Act{Act: "say", Text: "Hello from Agent\n"})
}

// change is the i-th that was told of the type, from the end when i is negative.
func (s *stage) change(kind string, i int) any {
	s.t.Helper()
	var list []json.RawMessage
	for _, n := range s.told {
		if n.Type == kind {
			list = append(list, n.Change)
		}
	}
	if i < 0 {
		i += len(list)
	}
	require.Less(s.t, i, len(list))
	return decoded(s.t, list[i])
}

// notification is the change as a delivery has it.
func (s *stage) notification(kind string, i int) any {
	s.t.Helper()
	if kind != live.TypeConversation {
		return delivery("ms.MessagingEventNotification", s.change(kind, i))
	}
	return delivery(kind, s.change(kind, i))
}

func delivery(kind string, change any) any {
	return map[string]any{"kind": "notification", "body": map[string]any{"changes": []any{change}}, "type": kind}
}

func telling(kind string, i int, course func(*stage)) func(*channel, *any) any {
	return func(c *channel, _ *any) any {
		s := startStage(c.t)
		if course != nil {
			course(s)
		}
		return s.notification(kind, i)
	}
}

func decodedToken(t *testing.T, token string) any {
	t.Helper()
	head, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[0])
	require.NoError(t, err)
	return map[string]any{"header": decoded(t, head), "payload": claimsOf(t, token)}
}

func requireSigned(t *testing.T, answer any) {
	t.Helper()
	require.Regexp(t, `^/v1/AUTH_async-images/`+sandboxtest.AccountID+`/[0-9a-f]{64}_uuid_[0-9a-f-]{36}_\d\d-\d\d-\d{4}_\d\d-\d\d-\d\d-\d{3}\.PNG$`, at[string](t, answer, "body", "relativePath"))
	require.Regexp(t, `^[0-9a-f]{40}$`, at[string](t, answer, "body", "queryParams", "temp_url_sig"))
	require.Regexp(t, `^\d{10}$`, at[string](t, answer, "body", "queryParams", "temp_url_expires"))
}
