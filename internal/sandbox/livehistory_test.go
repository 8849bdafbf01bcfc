package sandbox_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/sandbox/live"
	"transporter/internal/sandbox/sandboxtest"
)

// eventful opens a conversation in which everything happens that a history tells.
func (c *channel) eventful() string {
	c.t.Helper()
	c.clientProperties = `{"features":["MULTI_DIALOG"]}`
	id := c.open()
	c.publish(id, id, text("hello"), "")
	c.act(id, live.Act{Act: "accept"}, live.Act{Act: "mark", Status: "ACCEPT"}, live.Act{Act: "mark"}, live.Act{Act: "say", Text: "secret", Private: true},
		live.Act{Act: "rich", Content: []byte(`{"type":"vertical","elements":[{"type":"text","text":"t","tooltip":"x","style":{"bold":true,"size":"large"}}]}`)},
		live.Act{Act: "file", Text: "look"}, live.Act{Act: "form", Text: "Card"}, live.Act{Act: "transfer", Skill: "2"}, live.Act{Act: "accept", Agent: "agent-2"})
	c.publish(id, id, `{"type":"AcceptStatusEvent","status":"READ","sequenceList":[3,4]}`, "")
	c.publish(id, id, `{"type":"ContentEvent","contentType":"forms/secure-submission","message":{"invitationId":"1"}}`, "")
	status, _ := c.update(id, `{"field":"DialogChange","type":"UPDATE","dialog":{"dialogId":"`+id+`","state":"CLOSE"}}`)
	require.Equal(c.t, 200, status)
	dialog := at[string](c.t, c.state(id), "result", "conversationDetails", "dialogs", 1, "dialogId")
	c.publish(id, dialog, text("5"), "")
	c.publish(id, dialog, text("Yes"), "")
	return id
}

const everySection = `"contentToRetrieve":["messageRecords","agentParticipants","agentParticipantsLeave","agentParticipantsActive",
	"consumerParticipants","transfers","interactions","dialogs","messageStatuses","conversationSurveys"]`

// richHistory is the record of an eventful conversation. Agents wrote no summary and messages are
// not scored here; the sample has two lists under their older names.
func richHistory(c *channel, sample *any) any {
	got := c.history(`{"conversationId":"` + c.eventful() + `",` + everySection + `}`)
	record := at[map[string]any](c.t, *sample, "conversationHistoryRecords", 0)
	record["consumerParticipants"] = record["consumerParticipant"]
	for _, name := range []string{"consumerParticipant", "messageScore", "summary"} {
		delete(record, name)
	}
	return got
}

func ownHistory(c *channel, _ *any) any { return c.own(c.eventful()) }

// own asks for the consumer's own history.
func (c *channel) own(id string) any {
	c.t.Helper()
	status, got := c.ownHistory(id)
	require.Equal(c.t, 200, status, got)
	return got
}

func (c *channel) ownHistory(id string) (int, any) {
	c.t.Helper()
	asConsumer := *c
	asConsumer.app = "Bearer " + c.consumer
	return asConsumer.call("GET", "/messaging_history/api/account/"+sandboxtest.AccountID+"/conversations/conversation/content/search?conversationId="+id, "")
}

func TestTheHistoryHasWhatTheRecordHas(t *testing.T) {
	c := startChannel(t)
	id := c.eventful()
	got := at[map[string]any](t, c.history(`{"conversationId":"`+id+`",`+everySection+`}`), "conversationHistoryRecords", 0)
	var messages, statuses, described int
	for _, e := range c.record(id).Events {
		switch at[string](t, decoded(t, e.Event), "type") {
		case "ContentEvent", "RichContentEvent":
			m := at[map[string]any](t, got, "messageRecords", messages)
			require.EqualValues(t, *e.Sequence, m["seq"])
			require.Equal(t, []any{e.DialogID, e.Originator.ID, e.Audience}, []any{m["dialogId"], m["participantId"], m["audience"]})
			require.EqualValues(t, e.At, m["timeL"])
			if e.Metadata != nil {
				require.JSONEq(t, string(e.Metadata), at[string](t, m, "contextData", "rawMetadata"))
				described++
			}
			messages++
		case "AcceptStatusEvent":
			statuses += len(at[[]any](t, decoded(t, e.Event), "sequenceList"))
		}
	}
	require.Len(t, got["messageRecords"], messages)
	require.Positive(t, described, "messages with metadata")
	require.Len(t, got["messageStatuses"], statuses)
	require.Equal(t, []any{"CLOSE", "CLOSE", 5.0}, []any{at[any](t, got, "info", "status"), at[any](t, got, "info", "fullDialogStatus"), at[any](t, got, "info", "csatRate")})
	require.Len(t, got["dialogs"], 2)
	require.Len(t, got["transfers"], 1)
	require.Equal(t, []string{"TEXT_PLAIN", "TEXT_PLAIN", "RICH_CONTENT", "HOSTED_FILE", "SECURE_FORM_INVITATION", "SECURE_FORM_SUBMIT"}, func() (kinds []string) {
		for _, m := range got["messageRecords"].([]any)[:6] {
			kinds = append(kinds, at[string](t, m, "type"))
		}
		return kinds
	}())
}

func TestTheConsumersHistoryIsItsOwn(t *testing.T) {
	c := startChannel(t)
	id := c.eventful()
	for _, e := range at[[]any](t, c.own(id), "messageEventRecords") {
		require.NotContains(t, pretty(t, e), "secret", "agents' own words")
	}
	status, _ := c.as("consumer-2").ownHistory(id)
	require.Equal(t, 401, status)
	stranger := *c
	stranger.consumer = "x.y.z"
	status, _ = stranger.ownHistory(id)
	require.Equal(t, 401, status)
}

func TestFilesAreStoredForAMinute(t *testing.T) {
	c := startChannel(t)
	content := pixels()
	signed := func(body string) any {
		status, answer := c.call("POST", sendPath, `{"kind":"req","id":3,`+body+`}`)
		require.Equal(t, 200, status, answer)
		return answer
	}
	announce := `"type":"ms.GenerateURLForUploadFile","body":{"fileSize":100,"fileType":"PNG"}`
	late := signed(announce)
	require.Equal(t, 401, c.storage(http.MethodGet, late, nil).status, "signed for PUT")
	c.clock.add(time.Minute)
	require.Equal(t, 401, c.storage(http.MethodPut, late, content).status)

	path := c.upload(content)
	download := signed(`"type":"ms.GenerateURLForDownloadFile","body":{"relativePath":"` + path + `"}`)
	got := c.storage(http.MethodGet, download, nil)
	require.Equal(t, 200, got.status)
	require.Equal(t, content, got.body)
	require.Equal(t, []string{"image/png", "*"}, []string{got.header.Get("Content-Type"), got.header.Get("Access-Control-Allow-Origin")})
	at[map[string]any](t, download, "body")["relativePath"] = path + "x"
	require.Equal(t, 401, c.storage(http.MethodGet, download, nil).status, "another path")

	asked := do(t, c.Running, http.MethodOptions, c.URL+path, "", signer{})
	require.Equal(t, 204, asked.status)
	require.Contains(t, asked.header.Get("Access-Control-Allow-Methods"), "PUT")
}

func TestFilesThatAreRefused(t *testing.T) {
	c := startChannel(t)
	id := c.open()
	for name, body := range map[string]string{
		"too large": `{"fileSize":"3000001","fileType":"PNG"}`, "of no size": `{"fileSize":0,"fileType":"PNG"}`,
		"no number": `{"fileSize":"big","fileType":"PNG"}`, "of another type": `{"fileSize":"10","fileType":"EXE"}`,
	} {
		status, _ := c.call("POST", sendPath, `{"kind":"req","id":3,"type":"ms.GenerateURLForUploadFile","body":`+body+`}`)
		require.Equal(t, 400, status, name)
	}
	for name, content := range map[string][]byte{"announced larger": pixels(), "no image": make([]byte, 1000)} {
		_, answer := c.call("POST", sendPath, `{"kind":"req","id":3,"type":"ms.GenerateURLForUploadFile","body":{"fileSize":"1000","fileType":"PNG"}}`)
		require.Equal(t, 201, c.storage(http.MethodPut, answer, content).status)
		path := at[string](t, answer, "body", "relativePath")
		status, _ := c.call("POST", sendPath, publishBody(id, id, `{"type":"ContentEvent","contentType":"hosted/file","message":{"caption":"","relativePath":"`+path+`","fileType":"PNG"}}`, ""))
		require.Equal(t, 400, status, name)
	}
	_, answer := c.call("POST", sendPath, `{"kind":"req","id":3,"type":"ms.GenerateURLForUploadFile","body":{"fileSize":"1000","fileType":"PNG"}}`)
	require.Equal(t, 413, c.storage(http.MethodPut, answer, make([]byte, live.MostFileBytes+1)).status)
	require.Empty(t, c.record(id).Events)
}
