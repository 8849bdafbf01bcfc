package workflows

import (
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/contract"
	"transporter/internal/conversation"
)

// What an operator reads in the Temporal UI says what waits, what is missing and what stopped, and
// nothing of what was said.
func TestConversationDetails(t *testing.T) {
	c := &talk{
		ConversationRef: contract.ConversationRef{Account: "acme", App: "app", Conversation: "main"},
		State: &conversation.State{
			Silent: true, Stalled: "nobody | answers", Relayed: 1,
			Latest: conversation.Snapshot{Stage: "OPEN", State: "OPEN", Skill: "12", Due: 1_795_000_000_000},
		},
		settings: contract.AppSettings{Relays: true, Subscribed: []conversation.Kind{conversation.Content}}, appended: 2,
	}
	say := func(n int) {
		c.Apply(conversation.Event{
			Key: conversation.NumberedKey("main", n), Kind: conversation.Content, Dialog: "main", Sequence: n, Body: []byte(`{"message":"secret"}`),
		}, 1_794_000_000_000)
	}
	say(0)
	say(2)
	c.GiveUp(1_794_001_000_000)
	say(5)
	c.Fail("k", "refused", 1)
	require.Equal(t, `**open**, waits for an agent of skill 12

- answer due 2026-11-18T11:06:40Z
- 2 messages, 4 lines in the journal
- **no message followed the opening within 10 s**: the platform ends a conversation with automatic messages then
- 1 event of dialog main wait for number 3 since 2026-11-06T21:20:00Z; the history was asked 0 times
- **1 gap passed**, 1 number still missing; 0 events came late
- **1 message could not be sent**
- **relay stopped** at line 1 of 2: nobody \| answers (starter conversation relay starts it again)
`, c.details())

	c.Latest.Stage, c.Latest.State, c.Latest.CloseReason = "CLOSE", "CLOSE", "CONSUMER"
	c.Stalled = ""
	require.Contains(t, c.details(), "- relayed: 1 of 2 lines\n")

	c.Failing = &conversation.Failing{Since: 1_795_000_000_000, Error: "it answers | 503"}
	require.Contains(t, c.details(), "- relayed: 1 of 2 lines\n- **the callback fails** since 2026-11-18T11:06:40Z, with 1 line to tell: it answers \\| 503\n")

	c.settings.Subscribed = nil // the app was deleted
	require.Contains(t, c.details(), "**no webhooks**")
	c.settings.Relays, c.trouble = false, "the journal cannot be written: no space"
	require.Contains(t, c.details(), "**closed**\n\n- closed by consumer\n")
	require.Contains(t, c.details(), "- no callback: nothing is relayed\n- **trouble**: the journal cannot be written: no space\n")
}
