package connector

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/conversation"
)

// What is too much to hold is left out, and said so; what can be held is not.
func TestWhatIsTooMuchIsLeftOut(t *testing.T) {
	c := newTranscript(conversation.Closing{Conversation: "a"})
	for n, size := range []int{maxBodies / 2, maxBodies/2 - 1000, 1000, 10} {
		body := fmt.Sprintf(`{"type":"ContentEvent","message":"%s"}`, strings.Repeat("x", size))
		c.add(conversation.Entry{Position: int64(n), Event: &conversation.Event{
			Kind: conversation.Content, Dialog: "a", Sequence: n, Body: json.RawMessage(body), Metadata: json.RawMessage(`[]`),
		}})
	}
	r := c.finish()
	require.True(t, r.LeftOut)
	require.Len(t, r.Messages, 4)
	require.Len(t, *r.Messages[0].Text, maxBodies/2)
	require.Nil(t, r.Messages[2].Text)
	require.Nil(t, r.Messages[2].Metadata)
	require.Equal(t, "xxxxxxxxxx", *r.Messages[3].Text)
	_, err := json.Marshal(r)
	require.NoError(t, err)
}

// A body that is no object, or no JSON at all, is kept as it came.
func TestStrangeBodiesAreKept(t *testing.T) {
	for body, want := range map[string]struct {
		event string
		text  *string
	}{
		``:                                   {"", nil},
		`"just a text"`:                      {`"just a text"`, nil},
		`{"message":`:                        {`"{\"message\":"`, nil},
		`{"message":null}`:                   {`{"message":null}`, nil},
		`{"message":{"caption":"c"}}`:        {`{"message":{"caption":"c"}}`, nil},
		`{"message":"m","contentType":7}`:    {`{"message":"m","contentType":7}`, ptr("m")},
		`{"message":"m","type":"New"}`:       {"", ptr("m")},
		`{"message":"m","quickReplies":{}}`:  {`{"message":"m","quickReplies":{}}`, ptr("m")},
		`{"message":"","contentType":"a/b"}`: {"", ptr("")},
	} {
		c := newTranscript(conversation.Closing{Conversation: "a"})
		c.add(conversation.Entry{Event: &conversation.Event{Kind: conversation.Content, Sequence: 0, Body: json.RawMessage(body)}})
		m := c.finish().Messages[0]
		require.Equal(t, want.event, string(m.Event), body)
		require.Equal(t, want.text, m.Text, body)
	}
}

func ptr(s string) *string { return &s }
