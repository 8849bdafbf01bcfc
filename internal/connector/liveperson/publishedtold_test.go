package liveperson

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/conversation"
	"transporter/internal/webhook"
)

// telling is what is read of one change of a published notification.
type telling struct {
	conversation, key string
	kind              conversation.Kind
	role              string
	at                int64
	status, typing    string
	of                []int
	state, stage      string
}

const (
	talk1, talk2 = "5491244f-e462-4c63-bf4e-faf4b2d3e7b5", "b8b83fe9-75f0-46f2-baaa-2930f7192cfb"
	talk3, talk4 = "b3aea67d-01ca-4bf7-af4f-9897cf6b77a7", "69d7026e-67e7-47ab-8dcb-ec14dfcdd31d"
	talk5        = "f66ad121-8dcb-4430-9fc2-731e961f6eae"
	yours        = "__YOUR_CONVERSATION_ID__"
	survey       = "PwT_YK91Sum3vu5H6T3YnA"
)

// notified are the published notifications, read by hand. An empty key is a hash: nothing names a chat
// state.
var notified = map[string][]telling{
	"webhook_content_consumer_text.json":                      {{talk1, talk1 + "/0", "content", "CONSUMER", 1528371161893, "", "", nil, "", ""}},
	"webhook_content_consumer_text_with_conversation_id.json": {{talk4, talk4 + "/4", "content", "CONSUMER", 1544190529528, "", "", nil, "", ""}},
	"webhook_content_agent_text.json":                         {{talk1, talk1 + "/2", "content", "ASSIGNED_AGENT", 1528371199686, "", "", nil, "", ""}},
	"webhook_content_agent_text_next.json":                    {{talk1, talk1 + "/3", "content", "ASSIGNED_AGENT", 1528372178604, "", "", nil, "", ""}},
	"webhook_accept_agent_read.json":                          {{talk1, talk1 + "/1", "status", "ASSIGNED_AGENT", 1528371196009, "READ", "", []int{0}, "", ""}},
	"webhook_accept_agent_read_demo_app.json":                 {{talk5, talk5 + "/9", "status", "ASSIGNED_AGENT", 1537343869240, "READ", "", []int{6}, "", ""}},
	"ms_agent_accept.json":                                    {{yours, yours + "/4", "status", "ASSIGNED_AGENT", 1538493548705, "ACCEPT", "", []int{4}, "", ""}},
	"webhook_chatstate_agent_active.json":                     {{talk1, "", "typing", "ASSIGNED_AGENT", 0, "", "ACTIVE", nil, "", ""}},
	"webhook_chatstate_agent_composing.json":                  {{talk1, "", "typing", "ASSIGNED_AGENT", 0, "", "COMPOSING", nil, "", ""}},
	"webhook_chatstate_consumer_active.json":                  {{talk3, "", "typing", "CONSUMER", 0, "", "ACTIVE", nil, "", ""}},
	"webhook_chatstate_consumer_pause.json":                   {{talk2, "", "typing", "CONSUMER", 0, "", "PAUSE", nil, "", ""}},
	"webhook_exconv_conversation_created.json":                {{talk1, "details/1528371161882", "details", "", 1528371161882, "", "", nil, "OPEN", ""}},
	"webhook_exconv_agent_assigned.json":                      {{talk1, "details/1528371195521", "details", "", 1528371195521, "", "", nil, "OPEN", ""}},
	"webhook_exconv_closed.json":                              {{talk2, "details/1545399379370", "details", "", 1545399379370, "", "", nil, "CLOSE", "CLOSE"}},
	"exconv_main_closed_survey_open.json":                     {{yours, "details/1538499227108", "details", "", 1538499227108, "", "", nil, "CLOSE", "OPEN"}},
	"ms_survey_question_quick_replies.json": {
		{survey, survey + "/0", "content", "AGENT", 1538499227634, "", "", nil, "", ""},
		{survey, survey + "/1", "content", "AGENT", 1538499229625, "", "", nil, "", ""},
	},
	"agent_publish_rich_content_event.json": {{"MY_DIALOG_ID", "MY_DIALOG_ID/5", "rich", "", 0, "", "", nil, "", ""}},
}

func TestPublishedNotifications(t *testing.T) {
	for name, want := range notified {
		t.Run(name, func(t *testing.T) {
			raw := published(t, name)
			if name == "agent_publish_rich_content_event.json" { // its event appears unchanged in the change
				raw = []byte(`{"type":"ms.MessagingEventNotification","body":{"changes":[{"sequence":5,` + string(raw[1:len(raw)-2]) + `}]}}`)
			}
			changes, err := webhook.Decode(raw, webhook.Limits{})
			require.NoError(t, err)
			require.Len(t, changes, len(want))
			for i, c := range changes {
				e := c.Event
				got := telling{conversation: c.Conversation, key: e.Key, kind: e.Kind, role: e.Role, at: e.At, typing: e.Typing}
				if e.Kind == conversation.Typing {
					require.Contains(t, e.Key, "hash/")
					got.key = ""
				}
				if e.Status != nil {
					got.status, got.of = e.Status.Status, e.Status.Sequences
				}
				if e.State != nil {
					got.state, got.stage = e.State.State, e.State.Stage
				}
				require.Equal(t, want[i], got)
				require.JSONEq(t, string(changeOf(t, raw, i, e.Kind)), string(e.Body), "it is kept as it came")
			}
		})
	}
}

// changeOf returns the change, or its event, with the standard library.
func changeOf(t *testing.T, raw []byte, i int, kind conversation.Kind) json.RawMessage {
	t.Helper()
	var n struct {
		Body struct{ Changes []json.RawMessage }
	}
	require.NoError(t, json.Unmarshal(raw, &n))
	if kind == conversation.Details {
		return n.Body.Changes[i]
	}
	var c struct{ Event json.RawMessage }
	require.NoError(t, json.Unmarshal(n.Body.Changes[i], &c))
	return c.Event
}
