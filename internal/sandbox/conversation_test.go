package sandbox_test

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/sandbox/live"
	"transporter/internal/sandbox/sandboxtest"
)

func claimsOf(t *testing.T, token string) map[string]any {
	t.Helper()
	parts := strings.Split(token, ".")
	require.Len(t, parts, 3)
	b, err := base64.RawURLEncoding.DecodeString(parts[1])
	require.NoError(t, err)
	return decoded(t, b).(map[string]any)
}

func TestAConsumerIsTheSameForTheSameExternalID(t *testing.T) {
	c := startChannel(t)
	require.Regexp(t, "^[0-9a-f]{64}$", c.id)
	require.Equal(t, c.id, c.as("consumer-1").id)
	require.NotEqual(t, c.id, c.as("consumer-2").id)
	require.Equal(t, map[string]any{"account_id": sandboxtest.AccountID, "ext_consumer_id": "consumer-1", "lp_consumer_id": c.id}, claimsOf(t, c.consumer))
}

func TestHeadersAreChecked(t *testing.T) {
	c := startChannel(t)
	id := c.open()
	elsewhere := c.elsewhere()
	for name, one := range map[string]struct {
		change  func(*channel)
		code    int
		headers bool // of the consumer matter
	}{
		"AppJWT missing":           {func(c *channel) { c.app = "" }, 40105, false},
		"AppJWT as a bearer":       {func(c *channel) { c.app = "Bearer " + c.app }, 40102, false},
		"AppJWT of another scope":  {func(c *channel) { c.app = c.appToken(sandboxtest.App) }, 40102, false},
		"AppJWT is a ConsumerJWS":  {func(c *channel) { c.app = c.consumer }, 40102, false},
		"AppJWT elsewhere":         {func(c *channel) { c.app = elsewhere.app }, 40102, false},
		"ConsumerJWS elsewhere":    {func(c *channel) { c.consumer = elsewhere.consumer }, 40103, true},
		"ConsumerJWS missing":      {func(c *channel) { c.consumer = "" }, 40104, true},
		"ConsumerJWS is an AppJWT": {func(c *channel) { c.consumer = c.app }, 40103, true},
		"ConsumerJWS changed":      {func(c *channel) { c.consumer = c.consumer[:len(c.consumer)-8] + "AAAAAAAA" }, 40103, true},
	} {
		t.Run(name, func(t *testing.T) {
			changed := c.in(t)
			one.change(changed)
			for path, body := range map[string]string{
				conversationPath:               `[]`,
				sendPath:                       publishBody(id, id, text("no"), ""),
				accountAPI + "/consumer?v=1.0": `{"ext_consumer_id":"x"}`,
			} {
				if one.headers && strings.Contains(path, "/consumer?") {
					continue
				}
				status, answer := changed.call("POST", path, body)
				require.Equal(t, 401, status, path)
				require.EqualValues(t, one.code, at[float64](t, answer, "body", "errorCode"), path)
			}
		})
	}
	require.Empty(t, c.record(id).Events)
}

func TestPropertiesThatCannotBeRead(t *testing.T) {
	c := startChannel(t)
	id := c.open()
	c.clientProperties = `{"features":`
	status, answer := c.call("POST", sendPath, publishBody(id, id, text("hello"), ""))
	require.Equal(t, 400, status)
	require.Contains(t, at[string](t, answer, "body", "details"), "Client-Properties")
	require.Empty(t, c.record(id).Events)
}

func TestAnAppTokenIsGoodForAnHourAndAConsumersForever(t *testing.T) {
	c := startChannel(t)
	id := c.open()
	c.clock.add(59 * time.Minute)
	c.publish(id, id, text("in time"), "")
	c.clock.add(2 * time.Minute)
	status, answer := c.call("POST", sendPath, publishBody(id, id, text("too late"), ""))
	require.Equal(t, 401, status)
	require.EqualValues(t, 40102, at[float64](t, answer, "body", "errorCode"))
	c.app = c.appToken(connectorApp)
	require.Equal(t, 1, c.publish(id, id, text("again"), ""))
	c.EndSessions()
	status, _ = c.call("POST", sendPath, publishBody(id, id, text("stale"), ""))
	require.Equal(t, 401, status, "the platform started again")
}

func TestAnotherVersionIsNotFound(t *testing.T) {
	c := startChannel(t)
	for _, path := range []string{
		accountAPI + "/messaging/consumer/conversation?v=2", accountAPI + "/messaging/consumer/conversation/send",
		accountAPI + "/consumer?v=2.0",
	} {
		status, _ := c.call("POST", path, `{}`)
		require.Equal(t, 404, status, path)
	}
}

func TestSequencesAreTheDialogs(t *testing.T) {
	c := startChannel(t)
	id := c.open()
	require.Equal(t, 0, c.publish(id, id, text("one"), ""))
	require.Equal(t, 0, c.publish(id, id, `{"type":"ChatStateEvent","chatState":"COMPOSING"}`, ""))
	require.Equal(t, 1, c.publish(id, id, text("two"), ""))
	c.act(id, live.Act{Act: "accept"}, live.Act{Act: "mark", Status: "ACCEPT"}, live.Act{Act: "type"}, live.Act{Act: "say", Text: "three"})
	require.Equal(t, 4, c.publish(id, id, `{"type":"AcceptStatusEvent","status":"READ","sequenceList":[3]}`, ""))
	require.Equal(t, 5, c.publish(id, id, text("four"), `[{"type":"ExternalId","id":"x"}]`))
	events := c.record(id).Events
	require.Len(t, events, 8)
	next := 0
	for _, e := range events {
		if strings.Contains(string(e.Event), "ChatStateEvent") {
			require.Nil(t, e.Sequence)
			continue
		}
		require.Equal(t, next, *e.Sequence)
		next++
	}
	require.JSONEq(t, `{"type":"AcceptStatusEvent","status":"ACCEPT","sequenceList":[0,1]}`, string(events[3].Event))
	require.JSONEq(t, `[{"type":"ExternalId","id":"x"}]`, string(events[7].Metadata))
}

func TestOnlyTheConsumerSpeaksInItsConversation(t *testing.T) {
	c := startChannel(t)
	id := c.open()
	other := c.as("consumer-2")
	for name, body := range map[string]string{
		"publish": publishBody(id, id, text("not mine"), ""),
		"close":   `{"kind":"req","id":1,"type":"cm.UpdateConversationField","body":{"conversationId":"` + id + `","conversationField":{"field":"Stage","conversationState":"CLOSE"}}}`,
	} {
		status, answer := other.call("POST", sendPath, body)
		require.Equal(t, 401, status, name)
		require.EqualValues(t, 40103, at[float64](t, answer, "body", "errorCode"), name)
	}
	r := c.record(id)
	require.Equal(t, "OPEN", r.State)
	require.Empty(t, r.Events)
}

func TestBadRequestsSayWhatIsWrong(t *testing.T) {
	c := startChannel(t)
	id := c.open()
	c.publish(id, id, text("hello"), "")
	send := func(event string) string { return publishBody(id, id, event, "") }
	field := func(f string) string {
		return `{"kind":"req","id":1,"type":"cm.UpdateConversationField","body":{"conversationId":"` + id + `","conversationField":` + f + `}}`
	}
	profile := `{"kind":"req","id":"1","type":"userprofile.SetUserProfile","body":{}}`
	opening := func(body string) string {
		return `[` + profile + `,{"kind":"req","id":"2","type":"cm.ConsumerRequestConversation","body":` + body + `}]`
	}
	for _, one := range []struct{ name, path, body, says string }{
		{"no JSON", sendPath, `{`, "EOF"},
		{"unknown type", sendPath, `{"kind":"req","id":1,"type":"ms.Other","body":{}}`, "type"},
		{"no id", sendPath, `{"kind":"req","type":"ms.PublishEvent","body":{}}`, "id"},
		{"metadata no list", sendPath, publishBody(id, id, text("x"), `{}`), "metadata"},
		{"metadata of no type", sendPath, publishBody(id, id, text("x"), `[{"id":"1"}]`), "metadata[0]"},
		{"a long id in metadata", sendPath, publishBody(id, id, text("x"), `[{"type":"ExternalId","id":"`+strings.Repeat("x", 65)+`"}]`), "metadata[0]"},
		{"no dialog", sendPath, publishBody(id, "", text("x"), ""), "dialogId"},
		{"unknown dialog", sendPath, publishBody(id, "other", text("x"), ""), "dialogId"},
		{"unknown conversation", sendPath, publishBody("other", "other", text("x"), ""), "conversationId"},
		{"no event", sendPath, `{"kind":"req","id":1,"type":"ms.PublishEvent","body":{"dialogId":"` + id + `"}}`, "event"},
		{"empty text", sendPath, send(text("")), "event.message"},
		{"unknown content", sendPath, send(`{"type":"ContentEvent","contentType":"text/html","message":"x"}`), "event.contentType"},
		{"no such sequence", sendPath, send(`{"type":"AcceptStatusEvent","status":"READ","sequenceList":[1]}`), "sequence 1"},
		{"unknown status", sendPath, send(`{"type":"AcceptStatusEvent","status":"SEEN","sequenceList":[0]}`), "event.status"},
		{"unknown chat state", sendPath, send(`{"type":"ChatStateEvent","chatState":"ASLEEP"}`), "event.chatState"},
		{"a file that never came", sendPath, send(`{"type":"ContentEvent","contentType":"hosted/file","message":{"relativePath":"/v1/x","fileType":"PNG"}}`), "no file"},
		{"an invitation by the consumer", sendPath, send(`{"type":"ContentEvent","contentType":"forms/secure-invitation","message":{"invitationId":"1"}}`), "agents"},
		{"unknown field", sendPath, field(`{"field":"Colour"}`), "Colour"},
		{"agents' field", sendPath, field(`{"field":"ParticipantsChange","type":"ADD","role":"MANAGER"}`), "agents"},
		{"negative TTR", sendPath, field(`{"field":"TTRField","ttrType":"CUSTOM","value":-1}`), "value"},
		{"one of two fields is wrong", sendPath, field(`[{"field":"Skill","type":"UPDATE","skill":"5"},{"field":"TTRField","ttrType":"SOON","value":1}]`), "ttrType"},
		{"rate of six", sendPath, field(`{"field":"CSATRate","csatRate":6,"status":"FILLED"}`), "csatRate"},
		{"a batch of one", conversationPath, `[` + profile + `]`, "batch"},
		{"the profile second", conversationPath, `[{"kind":"req","id":"1","type":"cm.ConsumerRequestConversation","body":{}},` + profile + `]`, "batch"},
		{"no brand", conversationPath, opening(`{}`), "Brand Id is missing"},
		{"another brand", conversationPath, opening(`{"brandId":"1"}`), "brandId"},
		{"a long skill", conversationPath, opening(`{"brandId":"` + sandboxtest.AccountID + `","skillId":12345678901}`), "skillId"},
		{"an unknown TTR", conversationPath, opening(`{"brandId":"` + sandboxtest.AccountID + `","ttrDefName":"SOON"}`), "ttrDefName"},
	} {
		t.Run(one.name, func(t *testing.T) {
			status, answer := c.call("POST", one.path, one.body)
			require.Equal(t, 400, status)
			require.Equal(t, ".ReqBody$ErrorResp", at[string](t, answer, "type"))
			require.Contains(t, at[string](t, answer, "body", "details"), one.says)
		})
	}
	r := c.record(id)
	require.Len(t, r.Events, 1)
	require.Len(t, r.States, 1)
	require.Len(t, c.Live().List(sandboxtest.AccountID), 1)
}

func TestAClosedConversationTakesNothing(t *testing.T) {
	for name, field := range map[string]string{
		"state": `{"field":"ConversationStateField","conversationState":"CLOSE"}`,
		"stage": `[{"field":"Stage","conversationState":"CLOSE"}]`,
	} {
		t.Run(name, func(t *testing.T) {
			c := startChannel(t)
			id := c.open()
			status, answer := c.update(id, field)
			require.Equal(t, 200, status)
			require.Equal(t, "OK Conversation resolved successfully", at[string](t, answer, "body", "msg"))
			require.Equal(t, "1", at[string](t, answer, "reqId"))
			details := at[map[string]any](t, c.state(id), "result", "conversationDetails")
			require.Equal(t, []any{"CLOSE", "CLOSE", "CONSUMER"}, []any{details["state"], details["stage"], details["closeReason"]})
			require.EqualValues(t, -1, at[float64](t, c.state(id), "result", "effectiveTTR"))
			status, _ = c.call("POST", sendPath, publishBody(id, id, text("late"), ""))
			require.Equal(t, 400, status)
			status, _ = c.update(id, field)
			require.Equal(t, 400, status)
			require.Empty(t, c.record(id).Events)
		})
	}
}

func TestEveryStateIsNewer(t *testing.T) {
	c := startChannel(t)
	id := c.open()
	c.act(id, live.Act{Act: "accept"}, live.Act{Act: "transfer", Skill: "77"}, live.Act{Act: "accept", Agent: "agent-2"},
		live.Act{Act: "join", Agent: "manager-1"}, live.Act{Act: "say", Agent: "manager-1", Text: "careful", Private: true},
		live.Act{Act: "leave", Agent: "manager-1"}, live.Act{Act: "transfer", To: "agent-3"}, live.Act{Act: "close"})
	var last float64
	for i, raw := range c.record(id).States {
		ts := at[float64](t, decoded(t, raw), "result", "conversationDetails", "metaDataLastUpdateTs")
		require.Greater(t, ts, last, "state %d, on a clock that stands still", i)
		last = ts
	}
	require.Equal(t, "AGENT", at[string](t, c.state(id), "result", "conversationDetails", "closeReason"))
	require.Equal(t, "AGENTS_AND_MANAGERS", c.record(id).Events[0].Audience)
	require.Equal(t, "MANAGER", c.record(id).Events[0].Originator.Role)
	require.Equal(t, "77", c.record(id).Skill)
}

func TestEffectiveTTRIsWhenAnAnswerIsDue(t *testing.T) {
	c := startChannel(t)
	id := c.open()
	due := func() int64 { return int64(at[float64](t, decoded(t, c.record(id).Current), "effectiveTTR")) }
	require.EqualValues(t, -1, due())
	c.publish(id, id, text("hello"), "")
	require.Equal(t, c.clock.read().UnixMilli()+600_000, due())
	status, _ := c.update(id, `[{"field":"TTRField","ttrType":"URGENT","value":300}]`)
	require.Equal(t, 200, status)
	require.Equal(t, c.clock.read().UnixMilli()+300_000, due())
	c.act(id, live.Act{Act: "accept"}, live.Act{Act: "say", Text: "psst", Private: true})
	require.Equal(t, c.clock.read().UnixMilli()+300_000, due(), "the consumer saw no answer")
	c.act(id, live.Act{Act: "say", Text: "hello"})
	require.EqualValues(t, -1, due())
}

func TestAnOpeningIsAnsweredInItsOrder(t *testing.T) {
	c := startChannel(t)
	c.clientProperties = `{"type":".ClientProperties","features":["RICH_CONTENT"]}`
	status, answer := c.call("POST", conversationPath, fmt.Sprintf(`[{"kind":"req","id":"2,","type":"userprofile.SetUserProfile","body":{"firstName":"A"}},
		{"kind":"req","id":1,"type":"cm.ConsumerRequestConversation","unknown":1,"body":{"brandId":%q,"skillId":5,"ttrDefName":null,
		"conversationContext":{"features":["MULTI_DIALOG"],"clientProperties":{"features":["QUICK_REPLIES"]}}}}]`, sandboxtest.AccountID))
	require.Equal(t, 200, status)
	require.Equal(t, []any{"2,", "1"}, []any{at[string](t, answer, 0, "reqId"), at[string](t, answer, 1, "reqId")})
	r := c.record(at[string](t, answer, 1, "body", "conversationId"))
	require.Equal(t, []string{"RICH_CONTENT", "MULTI_DIALOG", "QUICK_REPLIES"}, r.Features)
	require.Equal(t, "5", r.Skill)
	require.Equal(t, connectorApp.ID, r.App)
	require.JSONEq(t, `{"firstName":"A"}`, string(r.Profile))
}
