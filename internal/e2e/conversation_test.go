package e2e

import (
	"bytes"
	"context"
	"image"
	"image/png"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/apiclient"
	"transporter/internal/httpapi"
	"transporter/internal/relay"
	"transporter/internal/sandbox/live"
	"transporter/internal/task"
)

const day = task.Duration(24 * time.Hour)

// TestConversation holds one conversation from both sides, through every step of its life, while
// worker and api are stopped and started again in the middle of it.
func TestConversation(t *testing.T) {
	s := startTalking(t, options{sandbox: []string{"--webhook-speed", "20"}})
	id := s.open(t, "consumer-1", "Where is my order?", "RICH_CONTENT", "QUICK_REPLIES", "MULTI_DIALOG")

	follow, stop := context.WithCancel(t.Context())
	defer stop()
	seen := make(chan httpapi.EntryView, 1000)
	go func() {
		defer close(seen)
		for e, err := range s.conversations.Events(follow, id, 0) {
			if err != nil {
				t.Error(err)
				return
			}
			seen <- e
		}
	}()

	s.act(t, id, live.Act{Act: "accept"}, live.Act{Act: "type"}, live.Act{Act: "say", Text: "Let me look: emoji 🧡, quotes \" and \u2028"},
		live.Act{Act: "mark"}, live.Act{Act: "rich", Content: []byte(`{"type":"vertical","elements":[{"type":"text","text":"Your order"}]}`)},
		live.Act{Act: "say", Text: "Is it this one?", Replies: []string{"yes", "no"}},
		live.Act{Act: "join", Agent: "manager-1"}, live.Act{Act: "say", Agent: "manager-1", Text: "for staff only", Private: true},
		live.Act{Act: "file", Text: "The receipt"})
	eventually(t, "four messages at the channel", func() bool { return len(s.channel.heard(id, relay.TypeMessage)) == 4 })
	require.NotEmpty(t, s.channel.heard(id, relay.TypeTyping))
	require.NotEmpty(t, s.channel.heard(id, relay.TypeStatus))

	s.sawFile(t, id)

	first := s.say(t, id, "m-1", "yes")
	require.Equal(t, first, s.say(t, id, "m-1", "yes"), "a repeat is sent once")
	sent, err := s.conversations.SendFile(t.Context(), id, "image/png", "mine", "", pixel(), apiclient.Write{Key: "m-2"})
	require.NoError(t, err)
	require.NotNil(t, sent.Sequence)

	s.channel.set(true) // a dead callback holds up nothing but itself
	s.act(t, id, live.Act{Act: "say", Text: "while the callback is dead"})
	s.say(t, id, "m-4", "still there?")
	require.Len(t, s.channel.heard(id, relay.TypeMessage), 4)
	s.channel.set(false)

	s.Worker.Kill() // webhooks are taken without one
	s.act(t, id, live.Act{Act: "say", Text: "while no worker runs"})
	s.API.Kill() // and repeated until there is an api
	s.act(t, id, live.Act{Act: "say", Text: "while no api runs"})
	require.NoError(t, s.StartAPI(t.Context()))
	require.NoError(t, s.StartWorker(t.Context()))
	eventually(t, "what was said meanwhile", func() bool { return len(s.channel.heard(id, relay.TypeMessage)) == 7 })

	marked, err := s.conversations.Mark(t.Context(), id, httpapi.StatusRequest{Status: "READ", Sequences: []int{first}}, apiclient.Write{Key: "r-1"})
	require.NoError(t, err)
	require.NotNil(t, marked.Sequence)
	_, err = s.conversations.Close(t.Context(), id, httpapi.CloseRequest{What: "conversation"}, apiclient.Write{Key: "c-1"})
	require.NoError(t, err)
	eventually(t, "the close at the channel", func() bool {
		states := s.channel.heard(id, relay.TypeConversation)
		return len(states) > 0 && states[len(states)-1].State.Stage == "CLOSE"
	})
	_, err = s.conversations.Send(t.Context(), id, httpapi.MessageRequest{Text: "too late"}, apiclient.Write{Key: "m-3"})
	require.ErrorContains(t, err, "closed")

	s.sameTranscript(t, id)
	stop()
	s.sawAll(t, id, seen)
	require.Empty(t, s.channel.disorder)
	for _, m := range s.channel.heard(id, relay.TypeMessage) {
		require.NotContains(t, string(m.Event), "for staff only")
		require.NotEqual(t, "CONSUMER", m.From.Role)
	}
}

// sawAll says that a follower got every entry once, in order, across restarts.
func (s *talking) sawAll(t *testing.T, id string, seen <-chan httpapi.EntryView) {
	t.Helper()
	next := int64(0)
	for e := range seen {
		require.Equal(t, next, e.Position)
		next++
	}
	require.LessOrEqual(t, len(s.entries(t, id))-int(next), 3, "what came just before it stopped may be missing")
	require.Positive(t, next)
}

// pixel is the smallest picture.
func pixel() io.Reader {
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 1, 1))); err != nil {
		panic(err) // a buffer takes everything
	}
	return &b
}

// sawFile fetches the file that the agent sent, twice.
func (s *talking) sawFile(t *testing.T, id string) {
	t.Helper()
	messages := s.channel.heard(id, relay.TypeMessage)
	position := messages[len(messages)-1].Position
	require.Contains(t, string(messages[len(messages)-1].Event), "relativePath")
	for range 2 {
		file, err := s.conversations.File(t.Context(), id, position)
		require.NoError(t, err)
		_, _, err = image.Decode(file)
		require.NoError(t, err)
		require.NoError(t, file.Close())
	}
	_, err := s.conversations.File(t.Context(), id, messages[0].Position)
	require.ErrorContains(t, err, "no file was sent")
}
