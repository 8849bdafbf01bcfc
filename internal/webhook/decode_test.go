package webhook

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/conversation"
	"transporter/internal/fault"
)

// ms returns a delivery of ms.MessagingEventNotification with the changes as they are.
func ms(changes string) string {
	return `{"kind":"notification","type":"ms.MessagingEventNotification","body":{"changes":` + changes + `}}`
}

// ex returns a delivery of cqm.ExConversationChangeNotification.
func ex(changes string) string {
	return `{"kind":"notification","type":"cqm.ExConversationChangeNotification","body":{"changes":` + changes + `}}`
}

// decode reads a delivery that has the number of changes.
func decode(t *testing.T, body string, n int) []Change {
	t.Helper()
	all, err := Decode([]byte(body), Limits{})
	require.NoError(t, err)
	require.Len(t, all, n)
	return all
}

func TestDecodeContent(t *testing.T) {
	got := decode(t, ms(`[{"sequence":2,"originatorId":"agent","originatorMetadata":{"id":"agent","role":"ASSIGNED_AGENT"},"serverTimestamp":1528371199686,
		"event":{"type":"ContentEvent","message":"Hello\n","contentType":"text/plain","new":1},"conversationId":"c1","dialogId":"d1",
		"messageAudience":"AGENTS_AND_MANAGERS","metadata":[{"type":"BotResponse"},{"type":"ExternalId","id":"m-1"}],"later":true}]`), 1)[0]
	require.Equal(t, Change{"c1", conversation.Event{
		Key: "d1/2", Kind: conversation.Content, Dialog: "d1", Sequence: 2, From: "agent", Role: "ASSIGNED_AGENT", Audience: conversation.Staff,
		At: 1528371199686, Via: conversation.ViaWebhook, External: "m-1",
		Body:     []byte(`{"type":"ContentEvent","message":"Hello\n","contentType":"text/plain","new":1}`),
		Metadata: []byte(`[{"type":"BotResponse"},{"type":"ExternalId","id":"m-1"}]`),
	}}, got)
}

func TestDecodeForms(t *testing.T) {
	const content = `{"type":"ContentEvent","message":"x"}`
	for name, c := range map[string]struct {
		body, conversation, dialog string
		sequence                   int
		kind                       conversation.Kind
	}{
		"a bare change":                  {ms(`{"sequence":1,"dialogId":"d","event":` + content + `}`), "d", "d", 1, conversation.Content},
		"no dialog":                      {ms(`[{"sequence":1,"conversationId":"c","event":` + content + `}]`), "c", "c", 1, conversation.Content},
		"an older one":                   {ms(`[{"sequence":0,"dialogId":"d","event":` + content + `}]`), "d", "d", 0, conversation.Content},
		"ids that are numbers":           {ms(`[{"sequence":"7","conversationId":12345678901234567890,"dialogId":5,"event":` + content + `}]`), "12345678901234567890", "5", 7, conversation.Content},
		"a number as a fraction":         {ms(`[{"sequence":3.0,"conversationId":"c","event":` + content + `}]`), "c", "c", 3, conversation.Content},
		"no whole number":                {ms(`[{"sequence":3.5,"conversationId":"c","event":` + content + `}]`), "c", "c", conversation.Unnumbered, conversation.Content},
		"a negative number":              {ms(`[{"sequence":-2,"conversationId":"c","event":` + content + `}]`), "c", "c", conversation.Unnumbered, conversation.Content},
		"structured content":             {ms(`[{"sequence":1,"conversationId":"c","event":{"type":"RichContentEvent","content":{}}}]`), "c", "c", 1, conversation.Rich},
		"a chat state that has a number": {ms(`[{"sequence":0,"conversationId":"c","event":{"type":"ChatStateEvent","chatState":"GONE"}}]`), "c", "c", conversation.Unnumbered, conversation.Typing},
		"an event of a newer type":       {ms(`[{"sequence":4,"conversationId":"c","event":{"type":"HologramEvent"}}]`), "c", "c", 4, conversation.Other},
		"an event that is a list":        {ms(`[{"sequence":4,"conversationId":"c","event":[1]}]`), "c", "c", 4, conversation.Other},
		"no event":                       {ms(`[{"sequence":4,"conversationId":"c"}]`), "c", "c", 4, conversation.Other},
		"a newer notification":           {`{"type":"x.New","body":{"changes":[{"result":{"convId":"c"},"dialogId":"d"}]}}`, "c", "d", conversation.Unnumbered, conversation.Other},
		"a newer one without changes":    {`{"type":"x.New","body":{"convId":"c"}}`, "c", "", conversation.Unnumbered, conversation.Other},
		"nothing that is known":          {`{}`, "", "", conversation.Unnumbered, conversation.Other},
		"metadata that is no list":       {ms(`[{"sequence":1,"conversationId":"c","metadata":null,"event":` + content + `}]`), "c", "c", 1, conversation.Content},
		"an id that is a path":           {ms(`[{"sequence":1,"conversationId":"../c","event":` + content + `}]`), "", "../c", 1, conversation.Content},
		"an id that is an object":        {ms(`[{"sequence":1,"conversationId":{"id":"c"},"dialogId":"d","event":` + content + `}]`), "d", "d", 1, conversation.Content},
		"details without a conversation": {ex(`[{"result":{}}]`), "", "", conversation.Unnumbered, conversation.Details},
	} {
		t.Run(name, func(t *testing.T) {
			got := decode(t, c.body, 1)[0]
			require.Equal(t, c.conversation, got.Conversation)
			require.Equal(t, c.dialog, got.Event.Dialog)
			require.Equal(t, c.sequence, got.Event.Sequence)
			require.Equal(t, c.kind, got.Event.Kind)
			require.NotEmpty(t, got.Event.Key)
			require.NotEmpty(t, got.Event.Body)
		})
	}
}

func TestDecodeEveryChange(t *testing.T) {
	got := decode(t, ms(`[{"sequence":0,"conversationId":"a","event":{"type":"ContentEvent"}},
		{"conversationId":"b","event":{"type":"ChatStateEvent","chatState":"DANCING"}},
		{"sequence":1,"conversationId":"a","metadata":{"type":"ExternalId","id":7},"event":{"type":"AcceptStatusEvent","status":"PRINTED","sequenceList":3}},
		{"sequence":2,"conversationId":"a","event":{"type":"AcceptStatusEvent","status":"READ","sequenceList":[0,"1",null,{}]}}]`), 4)
	require.Equal(t, []string{"a", "b", "a", "a"}, []string{got[0].Conversation, got[1].Conversation, got[2].Conversation, got[3].Conversation})
	require.Equal(t, "DANCING", got[1].Event.Typing)
	require.Equal(t, &conversation.StatusOf{Status: "PRINTED", Sequences: []int{3}}, got[2].Event.Status)
	require.Equal(t, "7", got[2].Event.External)
	require.Equal(t, []int{0, 1}, got[3].Event.Status.Sequences)
	require.Empty(t, decode(t, ms(`[]`), 0))
	require.Empty(t, decode(t, ms(`null`), 0))
}

func TestDecodeDetails(t *testing.T) {
	got := decode(t, ex(`{"type":"UPSERT","result":{"convId":"c","effectiveTTR":-1,"conversationDetails":{"skillId":-1,"brandId":42257269,"state":"CLOSE","stage":"OPEN",
		"closeReason":"CONSUMER","startTs":1545398580042,"endTs":"1545399379370","metaDataLastUpdateTs":1545399379371,"ttr":{"ttrType":"PRIORITIZED","value":600},
		"participants":{"id":"p","role":"CONSUMER"},"dialogs":{"dialogId":"c","dialogType":"MAIN","state":"CLOSE","creationTs":1,"endTs":2,"closedBy":"CONSUMER",
		"closedCause":"x","participantsDetails":[{"id":"p","role":"CONSUMER"},{"id":"k","role":"NEW"}]}}}}`), 1)[0]
	require.Equal(t, "c", got.Conversation)
	require.Equal(t, "details/1545399379371", got.Event.Key)
	require.Equal(t, &conversation.Snapshot{
		Updated: 1545399379371, Stage: "OPEN", State: "CLOSE", CloseReason: "CONSUMER", Skill: "-1", Brand: "42257269",
		Started: 1545398580042, Ended: 1545399379370, TTR: &conversation.TTR{Type: "PRIORITIZED", Seconds: 600}, Due: -1,
		Participants: []conversation.Participant{{ID: "p", Role: "CONSUMER"}},
		Dialogs: []conversation.Dialog{{
			ID: "c", Type: "MAIN", State: "CLOSE", Created: 1, Ended: 2, ClosedBy: "CONSUMER", ClosedCause: "x",
			Participants: []conversation.Participant{{ID: "p", Role: "CONSUMER"}, {ID: "k", Role: "NEW"}},
		}},
	}, got.Event.State)
	gone := decode(t, ex(`[{"type":"DELETE","result":{"convId":"c","conversationDetails":{}}}]`), 1)[0].Event
	require.True(t, gone.State.Deleted)
	require.True(t, strings.HasPrefix(gone.Key, "hash/"), gone.Key)
}

func TestDecodeRefuses(t *testing.T) {
	for name, c := range map[string]struct{ body, text string }{
		"nothing":            {``, "no JSON"},
		"cut off":            {`{"kind":"notification"`, "no JSON"},
		"two values":         {`{}{}`, "no JSON"},
		"a list":             {`[]`, "no JSON object"},
		"a word":             {`"x"`, "no JSON object"},
		"too deep":           {`{"body":` + strings.Repeat("[", 200) + strings.Repeat("]", 200) + `}`, "deeper than 100"},
		"ten megabytes deep": {strings.Repeat(`{"a":`, 2<<20), "deeper than 100"},
		"too many changes":   {ms(`[` + strings.Repeat(`{},`, 10_000) + `{}]`), "10001 changes, more than 10000"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Decode([]byte(c.body), Limits{})
			require.True(t, fault.Is(err, fault.InvalidSpec), "%v", err)
			require.ErrorContains(t, err, c.text)
		})
	}
	brackets := ms(`[{"sequence":1,"conversationId":"c","event":{"type":"ContentEvent","message":"` + strings.Repeat(`[{\"`, 500) + `"}}]`)
	require.Equal(t, conversation.Content, decode(t, brackets, 1)[0].Event.Kind, "brackets in a text nest nothing")
}

// The same event has the same key however it is written; another one has another.
func TestKeys(t *testing.T) {
	typing := decode(t, ms(`[{"conversationId":"c","event":{"type":"ChatStateEvent","chatState":"GONE"}}]`), 1)[0].Event.Key
	spaced := decode(t, strings.ReplaceAll(ms(`[{"conversationId":"c", "event" : {"type":"ChatStateEvent","chatState":"GONE"}}]`), ",", ",\n"), 1)[0].Event.Key
	other := decode(t, ms(`[{"conversationId":"c","event":{"type":"ChatStateEvent","chatState":"PAUSE"}}]`), 1)[0].Event.Key
	require.Equal(t, typing, spaced)
	require.NotEqual(t, typing, other)
}

func TestBytesThatAreNoText(t *testing.T) {
	got := decode(t, ms("[{\"sequence\":1,\"conversationId\":\"c\",\"event\":{\"type\":\"ContentEvent\",\"message\":\"\xff!\"}}]"), 1)[0]
	require.JSONEq(t, `{"type":"ContentEvent","message":"�!"}`, string(got.Event.Body))
}
