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

// A message costs the same after twenty thousand others; it once cost seventy times as much, when
// every mark looked at all events. The quickest of ten batches is compared with the quickest of
// the first ten, so that a machine that stands still for a while does not count.
func TestALongConversationStaysQuick(t *testing.T) {
	r := newRig()
	id := r.opened(t, caller())
	require.NoError(t, r.Act(testAccount, id, Act{Act: "accept"}))
	quickest := func(batches int) time.Duration {
		least := time.Hour
		for range batches {
			begin := time.Now()
			for range 100 {
				r.says(t, caller(), id, id, "question")
				require.NoError(t, r.Act(testAccount, id, Act{Act: "mark"}, Act{Act: "say", Text: "answer"}))
			}
			least = min(least, time.Since(begin))
		}
		return least
	}
	early := quickest(10)
	quickest(80)
	require.Less(t, quickest(10), 10*early)
}
