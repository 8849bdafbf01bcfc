package liveperson

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/connector"
	"transporter/internal/conversation"
)

// sending is how the client comes to send a published request, and where it goes. What is sent is
// compared value by value, but for ids that differ from exchange to exchange.
type sending struct {
	do   func(t *testing.T, c *onSamples, sample any) error
	path string
	// silent is a request that leaves out the conversation of a dialog; we always name it.
	silent bool
	part   func(any) any // of what was sent
}

const toSend, toOpen = "/conversation/send", "/consumer/conversation"

func inMain() connector.Place {
	return connector.Place{Conversation: "{conversationId}", Dialog: "{conversationId}"}
}

func inSurvey() connector.Place {
	return connector.Place{Conversation: "__YOUR_CONVERSATION_ID__", Dialog: "__YOUR_POST_SURVEY_DIALOG_ID__"}
}

// publishes sends the event to the place, with the sample's metadata.
func publishes(at connector.Place, event json.RawMessage) func(*testing.T, *onSamples, any) error {
	return func(t *testing.T, c *onSamples, sample any) error {
		var metadata json.RawMessage
		if given := member(sample, "metadata"); given != nil {
			metadata = encode(given)
		}
		_, err := c.Publish(t.Context(), connector.Consumer{ID: "John_Doe_facebook12345"}, at, event, metadata)
		return err
	}
}

// changes sends the change of a field.
func changes(id string, field json.RawMessage) func(*testing.T, *onSamples, any) error {
	return func(t *testing.T, c *onSamples, _ any) error {
		return c.Change(t.Context(), consumer1(), connector.Place{Conversation: id}, field)
	}
}

// opens opens a conversation with the sample's profile.
func opens(o connector.Opening) func(*testing.T, *onSamples, any) error {
	return func(t *testing.T, c *onSamples, sample any) error {
		o.Profile = encode(member(sample.([]any)[0], "body"))
		_, _, err := c.Open(t.Context(), consumer1(), o)
		return err
	}
}

func member(of any, name string) any {
	o, _ := of.(map[string]any)
	return o[name]
}

var requested = map[string]sending{
	"consumerjws_request.json": {do: func(t *testing.T, c *onSamples, _ any) error {
		_, err := c.consumerToken(t.Context(), "John_Doe_facebook12345")
		return err
	}, path: "/consumer"},
	"client_properties_header_auto_messages.json": {do: func(t *testing.T, c *onSamples, _ any) error {
		_, _, err := c.Open(t.Context(), connector.Consumer{ID: "x", Features: []string{"AUTO_MESSAGES"}}, connector.Opening{})
		return err
	}, path: "Client-Properties"},
	"create_conversation_request_campaign_context.json": {do: opens(connector.Opening{
		Skill: "-1", Urgency: "NORMAL", Campaign: "99999", Engagement: "888888",
		Context: json.RawMessage(`{"visitorId":"A3ZTY3Zjk1MDExZTczYTU4","sessionId":"ys2wSqaSRSOJGki7VhEDKQ","interactionContextId":"2","type":"SharkContext","lang":"en-US"}`),
	}), path: toOpen},
	"create_conversation_request_sdes.json":  {do: opens(connector.Opening{Urgency: "NORMAL"}), path: toOpen},
	"create_conversation_request_skill.json": {do: opens(connector.Opening{Urgency: "NORMAL", Skill: "2736637412"}), path: toOpen},
	"set_user_profile_full_request.json": {do: func(t *testing.T, c *onSamples, sample any) error {
		return opens(connector.Opening{})(t, c, []any{sample})
	}, path: toOpen, part: func(batch any) any { return batch.([]any)[0] }},

	"send_text_request.json":                 {do: publishes(inMain(), connector.Text("Hi from Send Message only - Send a line")), path: toSend, silent: true},
	"send_hosted_file_request.json":          {do: publishes(inMain(), connector.HostedFile("{relativePath}", "JPEG", "File logo", "data:image/png;base64,{imageData}")), path: toSend, silent: true},
	"send_accept_status_request.json":        {do: publishes(inMain(), connector.Status("ACCEPT", []int{1, 2})), path: toSend, silent: true},
	"send_chat_state_composing_request.json": {do: publishes(inMain(), connector.Typing("COMPOSING")), path: toSend, silent: true},
	"send_survey_action_request.json":        {do: publishes(inSurvey(), connector.Status("ACTION", []int{1})), path: toSend},
	"send_survey_answer_request.json":        {do: publishes(inSurvey(), connector.Text("1")), path: toSend},
	"send_close_conversation_request.json":   {do: changes("{conversationId}", connector.CloseConversation()), path: toSend},
	"send_close_dialog_request.json":         {do: changes("Conversation ID", connector.CloseDialog("Dialog ID")), path: toSend},
	"send_close_stage_request.json":          {do: changes("__YOUR_CONVERSATION_ID__", connector.CloseStage()), path: toSend},
	"send_ttr_request.json":                  {do: changes("hello", connector.TTR(conversation.TTR{Type: "URGENT", Seconds: 300})), path: toSend},
	"send_csat_request.json": {do: changes("{conversationId}",
		json.RawMessage(`{"field":"CSATRate","csatRate":5,"csatResolutionConfirmation":true,"status":"FILLED"}`)), path: toSend},
	"send_generate_upload_url_request.json": {do: func(t *testing.T, c *onSamples, _ any) error {
		c.answer[toSend] = "send_generate_upload_url_response.json"
		_, err := c.Upload(t.Context(), consumer1(), "PNG", 1000, strings.NewReader(strings.Repeat("x", 1000)))
		return err
	}, path: toSend},
	"send_generate_download_url_request.json": {do: func(t *testing.T, c *onSamples, sample any) error {
		c.answer[toSend] = "send_generate_download_url_response.json"
		body, err := c.Download(t.Context(), consumer1(), member(member(sample, "body"), "relativePath").(string))
		if err == nil {
			err = body.Close()
		}
		return err
	}, path: toSend},
}

func TestPublishedRequests(t *testing.T) {
	for name, r := range requested {
		t.Run(name, func(t *testing.T) {
			c := startSamples(t)
			var want, got any
			require.NoError(t, json.Unmarshal(published(t, name), &want))
			require.NoError(t, r.do(t, c, want))
			raw := []byte(c.wire.all[len(c.wire.all)-1].header.Get(r.path))
			if strings.HasPrefix(r.path, "/") {
				raw = c.wire.to(r.path)[0].body
			}
			require.NoError(t, json.Unmarshal(raw, &got), "%s", raw)
			if r.part != nil {
				got = r.part(got)
			}
			if r.silent {
				require.Equal(t, member(member(got, "body"), "dialogId"), member(member(got, "body"), "conversationId"))
				delete(member(got, "body").(map[string]any), "conversationId")
			}
			require.Equal(t, withoutIDs(want), withoutIDs(got))
		})
	}
}

// withoutIDs takes the ids of envelopes and the account out of a request; a list of one change is
// the change, as the protocol says, and a request without a kind is one.
func withoutIDs(v any) any {
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = withoutIDs(v[i])
		}
	case map[string]any:
		if v["type"] != nil && v["body"] != nil {
			delete(v, "id")
			v["kind"] = "req"
		}
		body, _ := v["body"].(map[string]any)
		if list, ok := body["conversationField"].([]any); ok && len(list) == 1 {
			body["conversationField"] = list[0]
		}
		if body["brandId"] != nil {
			body["brandId"] = "<account>"
		}
	}
	return v
}
