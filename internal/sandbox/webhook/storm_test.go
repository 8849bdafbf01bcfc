package webhook_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"transporter/internal/sandbox/live"
	"transporter/internal/sandbox/webhook"
)

// Whatever the endpoints answer for a while, an app with a retention is told everything once, in
// the order of each conversation, and is up at the end.
func TestNothingIsLostInAStorm(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		conversations := rapid.IntRange(1, 100).Draw(rt, "conversations")
		bursts := rapid.SliceOfN(rapid.IntRange(1, 120), 1, 10).Draw(rt, "told at once")
		lull := time.Duration(rapid.IntRange(0, 20_000).Draw(rt, "lull")) * time.Millisecond
		failing := rapid.SliceOfN(rapid.Bool(), 1, 30).Draw(rt, "posts that fail")
		latency := time.Duration(rapid.IntRange(0, 50).Draw(rt, "latency")) * time.Millisecond
		together := rapid.IntRange(1, 5).Draw(rt, "together")
		inWorld(t, webhooks("", elsewhere, retention), webhook.Settings{Changes: together}, func(w *world) {
			var mu sync.Mutex
			posts, taken := 0, map[string][]int{}
			w.answers(func(a arrival) int {
				time.Sleep(latency)
				mu.Lock()
				defer mu.Unlock()
				posts++
				if a.after < 10*time.Minute && failing[posts%len(failing)] {
					return 500
				}
				taken[a.conversation] = append(taken[a.conversation], a.numbers...)
				return 200
			})
			told, all := map[string][]int{}, 0
			for _, burst := range bursts {
				for range burst {
					c := fmt.Sprint(all * 7 % conversations)
					told[c] = append(told[c], w.tell(c, []string{live.TypeContent, live.TypeConversation}[all%2]))
					all++
				}
				w.pass(lull)
			}
			w.pass(20 * time.Minute)
			mu.Lock()
			defer mu.Unlock()
			s := w.status()
			require.Equal(rt, []any{webhook.Up, 0, 0, all}, []any{s.State, s.Stored, s.Dropped, s.Delivered})
			for c, want := range told {
				require.True(rt, slices.Equal(want, taken[c]), "of %s: told %v, taken %v", c, want, taken[c])
			}
		})
	})
}
