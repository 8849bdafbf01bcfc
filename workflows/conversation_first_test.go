package workflows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/contract"
	"transporter/internal/conversation"
)

// With automatic messages the first message must follow the opening within ten seconds.
func TestConversationFirstMessage(t *testing.T) {
	for name, c := range map[string]struct {
		features []string
		speaks   time.Duration
		silent   bool
	}{
		"in time":               {[]string{"AUTO_MESSAGES"}, 5 * time.Second, false},
		"too late":              {[]string{"AUTO_MESSAGES"}, 15 * time.Second, true},
		"no automatic messages": {nil, 15 * time.Second, false},
	} {
		t.Run(name, func(t *testing.T) {
			k := newTalker(t)
			k.opened(0, c.features...)
			k.say(c.speaks, contract.UpdateSend, contract.SendIn{IdemKey: "k", Text: "x"})
			k.look(12*time.Second, func(v conversation.View) { require.Equal(t, c.silent, v.Silent) })
			k.tell(20*time.Second, closing(1))
			k.runTalk(nil)
			require.NoError(t, k.GetWorkflowError())
		})
	}
}

// Word of the first message may come late, or from who opened the conversation: it was in time, and a
// conversation is not silent for being long.
func TestConversationFirstMessageToldLate(t *testing.T) {
	opened := func(k *talker, first *contract.First) {
		k.SignalWorkflow(contract.SignalOpened, contract.Opened{
			Consumer: "kim", Participant: "consumer", Features: []string{"AUTO_MESSAGES"}, At: k.Now().Add(-20 * time.Second), First: first,
		})
	}
	for name, tell := range map[string]func(k *talker){
		"by its echo": func(k *talker) {
			e := text(0)
			e.At = k.Now().Add(-15 * time.Second).UnixMilli()
			k.SignalWorkflow(contract.SignalEvents, contract.EventsIn{Events: []conversation.Event{e}})
		},
		"by who opened it": func(k *talker) {
			opened(k, &contract.First{IdemKey: "k", Text: "hello", At: k.Now().Add(-15 * time.Second)})
		},
	} {
		t.Run(name, func(t *testing.T) {
			k := newTalker(t)
			k.opened(0, "AUTO_MESSAGES")
			k.look(11*time.Second, func(v conversation.View) { require.True(t, v.Silent) })
			k.at(20*time.Second, func() { tell(k) })
			k.look(21*time.Second, func(v conversation.View) { require.False(t, v.Silent) })
			k.at(30*time.Second, func() {
				var agents []conversation.Event
				for n := range 300 {
					e := text(1)
					e.Sequence, e.Key = n+1, conversation.NumberedKey("main", n+1)
					agents = append(agents, e)
				}
				k.SignalWorkflow(contract.SignalEvents, contract.EventsIn{Events: agents})
			})
			k.look(time.Minute, func(v conversation.View) {
				require.False(t, v.Silent)
				require.Equal(t, int64(301), v.Counts.Messages)
			})
			k.tell(2*time.Minute, closing(1))
			k.runTalk(nil)
			require.NoError(t, k.GetWorkflowError())
			require.Equal(t, 0, k.numbers()[0])
		})
	}
}
