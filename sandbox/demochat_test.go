package main

import (
	"encoding/base64"
	"encoding/json"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// send calls the send endpoint and returns the body of the answer.
func (d *demoApp) send(request string) object {
	d.t.Helper()
	v, _ := d.call(200, "POST", "https://"+d.hosts["asyncMessagingEnt"]+"/api/account/"+demoAccount+"/messaging/consumer/conversation/send?v=3", request,
		"Content-Type", "application/json", "Authorization", d.tokens[0], "X-LP-ON-BEHALF", d.tokens[1], "Client-Properties", demoProperties)
	require.Equal(d.t, "OK", v.(object)["code"])
	require.NotEmpty(d.t, v.(object)["reqId"])
	return v.(object)["body"].(object)
}

const demoProperties = `{"type":".ClientProperties","features":["AUTO_MESSAGES","RICH_CONTENT","QUICK_REPLIES","MULTI_DIALOG"]}`

// publish sends an event to the main dialog and returns its sequence.
func (d *demoApp) publish(conversation, event string) int {
	d.t.Helper()
	body := d.send(`{"kind":"req","id":"3","type":"ms.PublishEvent","body":{"dialogId":"` + conversation + `","conversationId":"` + conversation + `","event":` + event + `}}`)
	return int(body["sequence"].(float64))
}

func number(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	require.NoError(t, err)
	return string(b)
}

// converse opens a conversation and has everything in it that the demo app can do.
func (d *demoApp) converse(app object) (conversation string) {
	v, _ := d.call(200, "POST", "https://"+d.hosts["sentinel"]+"/sentinel/api/account/"+demoAccount+"/app/token?v=1.0&grant_type=client_credentials&client_id="+app["client_id"].(string)+"&client_secret="+app["client_secret"].(string), "",
		"Content-Type", "application/x-www-form-urlencoded")
	require.Equal(d.t, "Bearer", v.(object)["token_type"])
	appJWT := v.(object)["access_token"].(string)
	v, _ = d.call(201, "POST", "https://"+d.hosts["idp"]+"/api/account/"+demoAccount+"/consumer?v=1.0", `{"ext_consumer_id":"0.7386158839651426"}`,
		"Content-Type", "application/json", "Authorization", appJWT)
	d.tokens = []string{appJWT, v.(object)["token"].(string)}
	v, _ = d.call(200, "POST", "https://"+d.hosts["asyncMessagingEnt"]+"/api/account/"+demoAccount+"/messaging/consumer/conversation?v=3",
		`[{"kind":"req","id":"2,","type":"userprofile.SetUserProfile","body":{"authenticatedData":{"lp_sdes":[{"type":"ctmrinfo","info":{"socialId":"1234567890","ctype":"vip"}},{"type":"personal","personal":{"firstname":"Kim","lastname":"","gender":"MALE"}}]}}},
		{"kind":"req","id":"1,","type":"cm.ConsumerRequestConversation","body":{"ttrDefName":"NORMAL","campaignInfo":{"campaignId":"2894629312","engagementId":"2894629412"},
		"conversationContext":{"visitorId":"A3ZTY3Zjk1MDExZTczYTU4","sessionId":"ys2wSqaSRSOJGki7VhEDKQ","interactionContextId":"2","type":"SharkContext","lang":"en-US","features":["AUTO_MESSAGES"]},
		"channelType":"MESSAGING","brandId":"`+demoAccount+`","skillId":"-1"}}]`,
		"Content-Type", "application/json", "Authorization", appJWT, "X-LP-ON-BEHALF", d.tokens[1], "Client-Properties", demoProperties)
	require.Equal(d.t, "2,", v.([]any)[0].(object)["reqId"])
	require.Equal(d.t, "1,", v.([]any)[1].(object)["reqId"])
	conversation = v.([]any)[1].(object)["body"].(object)["conversationId"].(string)
	require.Zero(d.t, d.publish(conversation, `{"type":"ChatStateEvent","chatState":"COMPOSING"}`))
	require.Zero(d.t, d.publish(conversation, `{"type":"ContentEvent","contentType":"text/plain","message":"grüß Gott 😀"}`))
	d.upload(conversation)
	return conversation
}

// upload puts a file from the browser, shares and reads it.
func (d *demoApp) upload(conversation string) {
	image, err := base64.StdEncoding.DecodeString("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")
	require.NoError(d.t, err)
	size, err := json.Marshal(len(image))
	require.NoError(d.t, err)
	address := func(request string) (relative, target string) {
		b := d.send(request)
		q := b["queryParams"].(object)
		relative = b["relativePath"].(string)
		return relative, "https://" + d.hosts["swift"] + relative + "?temp_url_sig=" + q["temp_url_sig"].(string) + "&temp_url_expires=" + q["temp_url_expires"].(string)
	}
	relative, target := address(`{"kind":"req","id":3,"type":"ms.GenerateURLForUploadFile","body":{"fileSize":"` + string(size) + `","fileType":"PNG"}}`)
	origin := []string{"Origin", "https://demo.example"}
	_, header := d.call(204, "OPTIONS", target, "", append(origin, "Access-Control-Request-Method", "PUT")...)
	require.Contains(d.t, header.Get("Access-Control-Allow-Methods"), "PUT")
	v, header := d.call(201, "PUT", target, string(image), origin...)
	require.Nil(d.t, v, "the browser takes nothing else than an empty answer")
	require.Equal(d.t, "*", header.Get("Access-Control-Allow-Origin"))
	require.Positive(d.t, d.publish(conversation, `{"type":"ContentEvent","contentType":"hosted/file","message":{"caption":"a dot","relativePath":"`+relative+`","fileType":"PNG"}}`))
	_, target = address(`{"kind":"req","id":3,"type":"ms.GenerateURLForDownloadFile","body":{"relativePath":"` + relative + `"}}`)
	v, _ = d.call(200, "GET", target, "")
	require.Equal(d.t, string(image), v)
}

// readHistory draws the conversation again, as after a reload.
func (d *demoApp) readHistory(conversation string) {
	d.t.Helper()
	v, _ := d.call(200, "POST", "https://"+d.hosts["msgHist"]+"/messaging_history/api/account/"+demoAccount+"/conversations/conversation/search?offset=0&limit=100&sort=start%3Adesc&NC=true&__d=2013",
		`{"conversationId":"`+conversation+`","contentToRetrieve":["campaign","messageRecords","agentParticipants","agentParticipantsLeave","agentParticipantsActive","consumerParticipants","transfers","messageScores","messageStatuses"]}`,
		"Content-Type", "application/json", "Authorization", "Bearer "+d.bearer)
	record := v.(object)["conversationHistoryRecords"].([]any)[0].(object)
	require.Equal(d.t, "OPEN", record["info"].(object)["status"])
	var drawn []string
	for _, m := range record["messageRecords"].([]any) {
		m := m.(object)
		data := m["messageData"].(object)
		require.NotZero(d.t, m["timeL"])
		switch m["type"] {
		case "TEXT_PLAIN":
			drawn = append(drawn, m["sentBy"].(string)+": "+data["msg"].(object)["text"].(string))
		case "HOSTED_FILE":
			drawn = append(drawn, m["sentBy"].(string)+": file "+data["file"].(object)["caption"].(string))
		}
	}
	require.Subset(d.t, drawn, []string{"Consumer: grüß Gott 😀", "Consumer: file a dot", "Agent: how can I help?"})
	statuses := record["messageStatuses"].([]any) // the demo app goes through them unasked
	read := slices.ContainsFunc(statuses, func(s any) bool { return s.(object)["messageDeliveryStatus"] == "READ" })
	require.True(d.t, read, "%v", statuses)
}
