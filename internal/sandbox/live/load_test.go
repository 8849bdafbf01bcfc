package live

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// BenchmarkPublish is one message of a consumer in each of 500 conversations after the other.
func BenchmarkPublish(b *testing.B) {
	r := newRig()
	r.Engine = New(Config{Now: r.clock, Notify: func(Notification) {}})
	const conversations = 500
	ids := make([]string, conversations)
	for i := range ids {
		ids[i] = r.opened(b, caller())
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		id := ids[i%conversations]
		r.says(b, caller(), id, id, "How long will it take until my order is here?")
	}
}

func TestALongConversationStaysQuick(t *testing.T) {
	r := newRig()
	id := r.opened(t, caller())
	require.NoError(t, r.Act(testAccount, id, Act{Act: "accept"}))
	begin := time.Now()
	for range 10_000 {
		r.says(t, caller(), id, id, "question")
		require.NoError(t, r.Act(testAccount, id, Act{Act: "mark"}, Act{Act: "say", Text: "answer"}))
	}
	require.Less(t, time.Since(begin), 10*time.Second, "0.3 s, and 19 s when every mark looked at all events")
}
