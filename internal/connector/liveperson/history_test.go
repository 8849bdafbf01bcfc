package liveperson

import (
	"encoding/json"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"transporter/internal/connector"
	"transporter/internal/conversation"
	"transporter/internal/fault"
	"transporter/internal/lenient"
	"transporter/internal/sandbox/live"
)

// publishedSamples holds what the platform documents, where it is at hand.
const publishedSamples = "../../../../shared/samples/liveperson/connector"

func published(t *testing.T, name string) []byte {
	t.Helper()
	raw, err := os.ReadFile(publishedSamples + "/" + name)
	if err != nil {
		t.Skip("the published samples are not here")
	}
	return raw
}

func recordOf(t *testing.T, raw []byte) record {
	t.Helper()
	require.True(t, json.Valid(raw))
	var r record
	lenient.Into(raw, &r)
	return r
}

// The expected numbers were read off the published sample by hand: messages 0 and 2; an ACCEPT
// between them, an ACCEPT and a READ after them.
func TestThePublishedHistory(t *testing.T) {
	var page struct {
		Records []json.RawMessage `json:"conversationHistoryRecords"`
	}
	require.NoError(t, json.Unmarshal(published(t, "history_search_response.json"), &page))
	r := recordOf(t, page.Records[0])
	const id, person, staff = "e5c58e49-e4a5-40a8-8a18-d6580d1d5630", "f92c9890-2c95-428b-8a32-083528620d31", "3677470410"
	message := func(n int, at int64, text string) conversation.Event {
		return conversation.Event{
			Key: conversation.NumberedKey(id, n), Kind: conversation.Content, Dialog: id, Sequence: n, From: person, Role: "CONSUMER", At: at,
			Via: conversation.ViaHistory, Body: said(text),
		}
	}
	status := func(n int, at int64, word string, of int) conversation.Event {
		return conversation.Event{
			Key: conversation.NumberedKey(id, n), Kind: conversation.Status, Dialog: id, Sequence: n, From: staff, Role: "ASSIGNED_AGENT", At: at,
			Via: conversation.ViaHistory, Status: &conversation.StatusOf{Status: word, Sequences: []int{of}},
			Body: encode(map[string]any{"type": "AcceptStatusEvent", "status": word, "sequenceList": []int{of}}),
		}
	}
	require.Equal(t, []conversation.Event{
		message(0, 1472483659564, "Hi there #4"), status(1, 1472483659626, "ACCEPT", 0), message(2, 1472483742568, "I love your service"),
		status(3, 1472483742609, "ACCEPT", 2), status(4, 1472483758272, "READ", 0),
	}, r.numbered(id))

	state := r.details(page.Records[0]).State
	require.Equal(t, &conversation.Snapshot{
		Updated: 1498127364726, Stage: "OPEN", State: "OPEN", Skill: "-1", Brand: "qa26409991", Started: 1472481024565,
		Participants: []conversation.Participant{{ID: person, Role: "CONSUMER"}},
	}, state)
}

func TestFormsOfMessages(t *testing.T) {
	for name, c := range map[string]struct{ record, event string }{
		"text":               {`{"type":"TEXT_PLAIN","messageData":{"msg":{"text":"x"}}}`, `{"type":"ContentEvent","contentType":"text/plain","message":"x"}`},
		"an empty text":      {`{"type":"TEXT_PLAIN","messageData":{"msg":{"text":""}}}`, `{"type":"ContentEvent","contentType":"text/plain","message":""}`},
		"a file":             {`{"type":"HOSTED_FILE","messageData":{"file":{"relativePath":"/a","fileType":"PNG"}}}`, `{"type":"ContentEvent","contentType":"hosted/file","message":{"relativePath":"/a","fileType":"PNG"}}`},
		"structured content": {`{"type":"RICH_CONTENT","messageData":{"richContent":{"content":"{\"type\":\"text\"}"}}}`, `{"type":"RichContentEvent","content":{"type":"text"}}`},
		"quick replies": {
			`{"type":"TEXT_PLAIN","messageData":{"msg":{"text":"x"},"quickReplies":{"content":"{\"replies\":[]}"}}}`,
			`{"type":"ContentEvent","contentType":"text/plain","message":"x","quickReplies":{"replies":[]}}`,
		},
		"a newer form": {`{"type":"HOLOGRAM","messageData":{"depth":3}}`, `{"type":"ContentEvent","contentType":"HOLOGRAM","message":{"depth":3}}`},
		"no data":      {`{"type":"TEXT_PLAIN"}`, `{"type":"ContentEvent","contentType":"TEXT_PLAIN","message":null}`},
	} {
		t.Run(name, func(t *testing.T) {
			var m message
			lenient.Into([]byte(c.record), &m)
			require.JSONEq(t, c.event, string(m.event()))
		})
	}
	r := recordOf(t, []byte(`{"messageRecords":[{"type":"TEXT_PLAIN","seq":"3","dialogId":"d","audience":"AGENTS_AND_MANAGERS","sentBy":"Agent",
		"contextData":{"rawMetadata":"[{\"type\":\"ExternalId\",\"id\":\"m-1\"}]"}}]}`))
	e := r.numbered("c")[0]
	require.Equal(t, "m-1", e.External)
	require.Equal(t, conversation.Staff, e.Audience)
	require.Equal(t, "d/3", e.Key)
}

// dialogue draws what happened in a dialog, and what the history tells of it.
func dialogue(t *rapid.T) (truth map[int]string, r record) {
	truth = map[int]string{}
	at := int64(1_700_000_000_000)
	for n := range rapid.IntRange(1, 30).Draw(t, "events") {
		at += rapid.Int64Range(1, 5000).Draw(t, "later")
		seq, when := integer(int64(n)), integer(at)
		if rapid.Bool().Draw(t, "message") {
			truth[n] = "message"
			r.Messages = append(r.Messages, message{Seq: seq, TimeL: when})
		} else {
			truth[n] = rapid.SampledFrom([]string{"ACCEPT", "READ"}).Draw(t, "status")
			r.Statuses = append(r.Statuses, messageStatus{Seq: integer(0), TimeL: when, Status: lenient.Text(truth[n])})
		}
	}
	return truth, r
}

func integer(n int64) lenient.Integer { return lenient.Integer{Value: &n} }

func wordOf(e conversation.Event) string {
	if e.Kind == conversation.Status {
		return e.Status.Status
	}
	return "message"
}

// Every status gets the number that it had, if the history tells all.
func TestNumbersAreFound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		truth, r := dialogue(t)
		r.Messages = rapid.Permutation(r.Messages).Draw(t, "order")
		all := r.numbered("c")
		require.Len(t, all, len(truth))
		for i, e := range all {
			require.Equal(t, i, e.Sequence)
			require.Equal(t, truth[i], wordOf(e), "number %d", i)
		}
	})
}

// Where the history leaves a status out, no status before the last message gets another's number.
func TestNoNumberIsGuessed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		truth, r := dialogue(t)
		if len(r.Statuses) == 0 || len(r.Messages) == 0 {
			t.Skip("there is nothing to leave out")
		}
		gone := rapid.IntRange(0, len(r.Statuses)-1).Draw(t, "gone")
		r.Statuses = append(append(lenient.List[messageStatus]{}, r.Statuses[:gone]...), r.Statuses[gone+1:]...)
		last := int(*r.Messages[len(r.Messages)-1].Seq.Value)
		for _, e := range r.numbered("c") {
			if e.Sequence <= last {
				require.Equal(t, truth[e.Sequence], wordOf(e), "number %d", e.Sequence)
			}
		}
	})
}

func TestHistoryOfAnUnknownConversation(t *testing.T) {
	c := startCloud(t)
	_, err := c.History(t.Context(), consumer1(), "nobody-knows")
	require.True(t, fault.Is(err, fault.NotFound), "%v", err)
	id, _, err := c.Opened(t.Context(), consumer1(), 0, c.now().UnixMilli())
	require.NoError(t, err)
	require.Empty(t, id)
}

// What the history tells of a live conversation has the numbers that the platform gave.
func TestHistoryAgreesWithThePlatform(t *testing.T) {
	c := startCloud(t)
	who := consumer1()
	at := c.open(t, who)
	act := func(acts ...live.Act) {
		c.add(time.Second)
		require.NoError(t, c.Live().Act(account, at.Conversation, acts...))
	}
	say := func(text string) {
		c.add(time.Second)
		_, err := c.Publish(t.Context(), who, at, said(text), nil)
		require.NoError(t, err)
	}
	say("one")
	act(live.Act{Act: "accept"})
	act(live.Act{Act: "mark", Status: "ACCEPT"})
	act(live.Act{Act: "say", Text: "two", Replies: []string{"yes", "no"}})
	_, err := c.Publish(t.Context(), who, at, connector.Status("READ", []int{2}), nil)
	require.NoError(t, err)
	act(live.Act{Act: "rich", Content: json.RawMessage(`{"type":"text","text":"three"}`)})
	say("four")
	act(live.Act{Act: "say", Text: "staff only", Private: true})
	act(live.Act{Act: "mark", Status: "READ"})

	got, err := c.History(t.Context(), who, at.Conversation)
	require.NoError(t, err)
	is := c.record(t, at.Conversation)
	require.Len(t, got, len(is.Events)+1)
	for i, e := range is.Events {
		require.NotNil(t, e.Sequence)
		require.Equal(t, *e.Sequence, got[i].Sequence)
		require.Equal(t, conversation.NumberedKey(at.Conversation, *e.Sequence), got[i].Key)
		require.Equal(t, e.Originator.ID, got[i].From)
		require.Equal(t, e.At, got[i].At)
		require.JSONEq(t, string(e.Event), string(got[i].Body), "number %d", *e.Sequence)
		if got[i].Kind != conversation.Status {
			require.Equal(t, e.Audience, got[i].Audience)
		}
	}
	state := got[len(got)-1].State
	require.Equal(t, "OPEN", state.State)
	require.Len(t, state.Participants, 2)

	require.NoError(t, c.Change(t.Context(), who, at, connector.CloseConversation()))
	got, err = c.History(t.Context(), who, at.Conversation)
	require.NoError(t, err)
	closed := got[len(got)-1]
	is = c.record(t, at.Conversation)
	require.Equal(t, "CLOSE", closed.State.Stage)
	var last struct {
		Details struct {
			Updated int64 `json:"metaDataLastUpdateTs"`
		} `json:"conversationDetails"`
	}
	require.NoError(t, json.Unmarshal(is.Current, &last))
	require.NotZero(t, last.Details.Updated)
	require.Equal(t, last.Details.Updated, closed.State.Updated, "it is the statement of the close")
}

// The consumer's newest conversation of a time is found, whether it is open or closed, and none of before or after.
func TestTheConversationThatWasOpenedIsFound(t *testing.T) {
	c := startCloud(t)
	who := consumer1()
	first := c.open(t, who)
	c.add(time.Minute)
	between := c.now().UnixMilli()
	c.add(time.Minute)
	second := c.open(t, who)
	c.open(t, connector.Consumer{ID: "another"})
	before, after := c.now().Add(-time.Hour).UnixMilli(), c.now().Add(time.Hour).UnixMilli()
	found := func(from, to int64) string {
		id, participant, err := c.Opened(t.Context(), who, from, to)
		require.NoError(t, err)
		require.Equal(t, c.record(t, first.Conversation).Consumer, participant)
		return id
	}
	for _, closed := range []bool{false, true} {
		if closed {
			for _, at := range []connector.Place{first, second} {
				require.NoError(t, c.Change(t.Context(), who, at, connector.CloseConversation()))
			}
		}
		require.Equal(t, second.Conversation, found(before, after))
		require.Equal(t, first.Conversation, found(before, between))
		require.Equal(t, second.Conversation, found(between, after))
		require.Empty(t, found(c.now().Add(time.Second).UnixMilli(), after))
	}
}
