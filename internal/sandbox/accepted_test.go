package sandbox_test

import (
	"bytes"
	"encoding/json"
	"image"
	"image/png"
	"net/http"
	"net/url"
	"strconv"

	"github.com/stretchr/testify/require"

	"transporter/internal/sandbox/live"
	"transporter/internal/sandbox/sandboxtest"
)

// accepted says of the samples that the cloud must take how it is seen that the sandbox does.
var accepted = map[string]func(*channel, string){
	"consumerjws_request.json": func(c *channel, name string) {
		status, _ := c.call("POST", accountAPI+"/consumer?v=1.0", published(c.t, name))
		require.Equal(c.t, 201, status)
	},
	"client_properties_header_auto_messages.json":       acceptProperties("AUTO_MESSAGES"),
	"client_properties_header_pcs.json":                 acceptProperties("MULTI_DIALOG"),
	"create_conversation_request_minimal.json":          acceptOpening(""),
	"create_conversation_request_sdes.json":             acceptOpening(`"John"`),
	"create_conversation_request_skill.json":            acceptOpening(`"2736637412"`),
	"create_conversation_request_campaign_context.json": acceptOpening(`"SharkContext"`),
	"set_user_profile_full_request.json": acceptSend(func(c *channel, id string) {
		require.Contains(c.t, string(c.record(id).Profile), `"socialId":"1234567890"`)
	}),
	"send_text_request.json": acceptSend(func(c *channel, id string) {
		require.Contains(c.t, string(c.last(id).Event), "Send a line")
	}),
	"send_hosted_file_request.json": acceptSend(func(c *channel, id string) {
		require.Contains(c.t, string(c.last(id).Event), "File logo")
	}),
	"send_accept_status_request.json": acceptSend(func(c *channel, id string) {
		require.Contains(c.t, string(c.last(id).Event), `"sequenceList":[1,2]`)
	}),
	"send_chat_state_composing_request.json": acceptSend(func(c *channel, id string) {
		require.Contains(c.t, string(c.last(id).Event), "COMPOSING")
	}),
	"send_survey_action_request.json": acceptSurvey(func(c *channel, id string) {
		require.Contains(c.t, string(c.last(id).Event), "ACTION")
	}),
	"send_survey_answer_request.json": acceptSurvey(func(c *channel, id string) {
		require.Contains(c.t, string(c.last(id).Event), "Did we resolve your issue?", "the next question")
	}),
	"send_close_conversation_request.json": acceptSend(func(c *channel, id string) {
		require.Equal(c.t, "CLOSE", c.record(id).Stage)
	}),
	"send_close_stage_request.json": acceptSend(func(c *channel, id string) {
		require.Equal(c.t, "CLOSE", c.record(id).Stage)
	}),
	"send_close_dialog_request.json": acceptSend(func(c *channel, id string) {
		require.Contains(c.t, string(c.record(id).Current), "Closed by consumer")
	}),
	"send_csat_request.json": acceptSend(func(c *channel, id string) {
		require.Contains(c.t, string(c.record(id).Current), `"csatRate":5`)
	}),
	"send_ttr_request.json": acceptSend(func(c *channel, id string) {
		require.Contains(c.t, string(c.record(id).Current), `"ttr":{"ttrType":"URGENT","value":300}`)
	}),
	"send_generate_upload_url_request.json":   acceptSend(func(*channel, string) {}),
	"send_generate_download_url_request.json": acceptSend(func(*channel, string) {}),
	"history_search_request_demo_app.json": func(c *channel, name string) {
		id := c.open()
		c.publish(id, id, text("hello"), "")
		got := c.history(published(c.t, name, "conv-1", id))
		require.Equal(c.t, "hello", at[string](c.t, got, "conversationHistoryRecords", 0, "messageRecords", 0, "messageData", "msg", "text"))
	},
}

func (c *channel) last(id string) live.Event {
	c.t.Helper()
	events := c.record(id).Events
	require.NotEmpty(c.t, events)
	return events[len(events)-1]
}

func acceptProperties(feature string) func(*channel, string) {
	return func(c *channel, name string) {
		var header bytes.Buffer
		require.NoError(c.t, json.Compact(&header, []byte(published(c.t, name))))
		c.clientProperties = header.String()
		id := c.open()
		require.Contains(c.t, c.record(id).Features, feature)
		c.publish(id, id, text("hello"), "")
		require.Contains(c.t, c.record(id).Events[0].Features, feature)
	}
}

// acceptOpening opens with the sample and finds the words in what was understood.
func acceptOpening(says string) func(*channel, string) {
	return func(c *channel, name string) {
		status, answer := c.call("POST", conversationPath, published(c.t, name, "{accountid}", sandboxtest.AccountID))
		require.Equal(c.t, 200, status, answer)
		r := c.record(at[string](c.t, answer, 1, "body", "conversationId"))
		b, err := json.Marshal(r)
		require.NoError(c.t, err)
		require.Contains(c.t, string(b), says)
	}
}

// acceptSend sends the sample in a conversation of three messages.
func acceptSend(done func(*channel, string)) func(*channel, string) {
	return func(c *channel, name string) {
		id := c.open()
		for range 3 {
			c.publish(id, id, text("hello"), "")
		}
		body := published(c.t, name, "__YOUR_CONVERSATION_ID__", id, "{conversationId}", id, "Conversation ID", id, "Dialog ID", id,
			`"conversationId": "hello"`, `"conversationId": "`+id+`"`, "{{relativePath}}", c.upload(pixels()), "{relativePath}", c.upload(pixels()), "{imageData}", "AAAA")
		status, answer := c.call("POST", sendPath, body)
		require.Equal(c.t, 200, status, answer)
		require.Equal(c.t, "OK", at[string](c.t, answer, "code"))
		done(c, id)
	}
}

// acceptSurvey sends the sample to a survey.
func acceptSurvey(done func(*channel, string)) func(*channel, string) {
	return func(c *channel, name string) {
		id, dialog := c.survey()
		status, answer := c.call("POST", sendPath, published(c.t, name, "__YOUR_CONVERSATION_ID__", id, "__YOUR_POST_SURVEY_DIALOG_ID__", dialog))
		require.Equal(c.t, 200, status, answer)
		done(c, id)
	}
}

// survey opens a conversation and brings it to its survey.
func (c *channel) survey() (id, dialog string) {
	c.t.Helper()
	c.clientProperties = `{"type":".ClientProperties","features":["MULTI_DIALOG","RICH_CONTENT","QUICK_REPLIES"]}`
	id = c.open()
	c.act(id, live.Act{Act: "accept"})
	status, _ := c.update(id, `{"field":"DialogChange","type":"UPDATE","dialog":{"dialogId":"`+id+`","state":"CLOSE"}}`)
	require.Equal(c.t, 200, status)
	return id, at[string](c.t, c.state(id), "result", "conversationDetails", "dialogs", 1, "dialogId")
}

// upload uploads a file as a client does and returns its path.
func (c *channel) upload(content []byte) string {
	c.t.Helper()
	status, answer := c.call("POST", sendPath, `{"kind":"req","id":3,"type":"ms.GenerateURLForUploadFile","body":{"fileSize":"`+strconv.Itoa(len(content))+`","fileType":"PNG"}}`)
	require.Equal(c.t, 200, status, answer)
	res := c.storage(http.MethodPut, answer, content)
	require.Equal(c.t, 201, res.status)
	require.Empty(c.t, res.body)
	return at[string](c.t, answer, "body", "relativePath")
}

// storage calls the address that the answer gives.
func (c *channel) storage(method string, signed any, content []byte) answer {
	c.t.Helper()
	q := url.Values{
		"temp_url_sig":     {at[string](c.t, signed, "body", "queryParams", "temp_url_sig")},
		"temp_url_expires": {at[string](c.t, signed, "body", "queryParams", "temp_url_expires")},
	}
	return do(c.t, c.Running, method, c.URL+at[string](c.t, signed, "body", "relativePath")+"?"+q.Encode(), string(content), signer{})
}

// history asks for conversations as the demo application does.
func (c *channel) history(body string) any {
	c.t.Helper()
	login := do(c.t, c.Running, "POST", c.URL+accountAPI+"/login", `{"username":"`+sandboxtest.User.Name+`","password":"`+sandboxtest.User.Password+`"}`, signer{})
	bearer := at[string](c.t, decoded(c.t, login.body), "bearer")
	got := doWithHeader(c.t, c.Running, c.URL+byIDPath+"?offset=0&limit=100&sort=start%3Adesc&NC=true&__d=2013", body, "Bearer "+bearer)
	require.Equal(c.t, 200, got.status, "%s", got.body)
	return decoded(c.t, got.body)
}

// pixels is a small image.
func pixels() []byte {
	var b bytes.Buffer
	_ = png.Encode(&b, image.NewGray(image.Rect(0, 0, 4, 4)))
	return b.Bytes()
}
