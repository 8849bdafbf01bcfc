package webhook_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/sandbox/live"
	"transporter/internal/sandbox/webhook"
)

func TestRetriesAreCounted(t *testing.T) {
	for name, c := range map[string]struct {
		webhook string
		answer  func(arrival) int
		at      []int
		status  webhook.Status
	}{
		"200":                    {`,"max_retries":5`, always(200), []int{0}, webhook.Status{Delivered: 1}},
		"201":                    {``, always(201), []int{0}, webhook.Status{Delivered: 1}},
		"204 is a failure":       {``, always(204), []int{0}, webhook.Status{Dropped: 1}},
		"a redirect is too":      {`,"max_retries":1`, always(307), []int{0, 30}, webhook.Status{Failed: 1, Dropped: 1}},
		"five retries":           {`,"max_retries":5`, always(500), []int{0, 30, 60, 90, 120, 150}, webhook.Status{Failed: 5, Dropped: 1}},
		"none is the default":    {``, always(500), []int{0}, webhook.Status{Dropped: 1}},
		"no answer in 10 s":      {`,"max_retries":1`, always(0), []int{0, 40}, webhook.Status{Failed: 1, Dropped: 1}},
		"the second one arrives": {`,"max_retries":5`, func(a arrival) int { return map[bool]int{true: 500, false: 200}[a.after < time.Second] }, []int{0, 30}, webhook.Status{Failed: 1, Delivered: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, webhooks(c.webhook, both, ""), webhook.Settings{}, func(w *world) {
				w.answers(c.answer)
				w.tell("c", live.TypeContent)
				w.pass(time.Hour)
				require.Equal(t, c.at, seconds(w.took()))
				c.status.Account, c.status.App, c.status.Enabled, c.status.State = account, w.app, true, webhook.Up
				require.Equal(t, c.status, w.status())
			})
		})
	}
}

// A counted retry does not hold up what comes after it, and the order is lost.
func TestCountedRetriesKeepNoOrder(t *testing.T) {
	inWorld(t, webhooks(`,"max_retries":1`, both, ""), webhook.Settings{}, func(w *world) {
		w.answers(func(a arrival) int {
			if a.numbers[0] == 1 && a.after < time.Second {
				return 503
			}
			return 200
		})
		for range 3 {
			w.tell("c", live.TypeContent)
		}
		w.pass(time.Minute)
		require.Equal(t, []int{1, 2, 3, 1}, numbers(w.took()))
	})
}

// While one endpoint fails, everything of the app is stored, tried after 2, 4, 8 … seconds, at most
// 5 minutes apart, and then replayed in the order of each conversation.
func TestAFailedAppIsStoredAndReplayedInOrder(t *testing.T) {
	inWorld(t, webhooks("", elsewhere, retention), webhook.Settings{}, func(w *world) {
		w.answers(func(a arrival) int {
			if a.url == both {
				return 500
			}
			return 200
		})
		w.tell("c", live.TypeContent)
		require.Equal(t, webhook.Down, w.status().State)
		w.tell("d", live.TypeConversation) // its endpoint is well
		w.tell("c", live.TypeContent)
		w.tell("c", live.TypeConversation)
		w.pass(20 * time.Minute)
		require.Equal(t, []int{0, 2, 6, 14, 30, 62, 126, 254, 510, 810, 1110}, seconds(w.took()))
		require.Equal(t, 4, w.status().Stored)
		w.answers(always(200))
		w.pass(5 * time.Minute)
		got := w.took()
		require.ElementsMatch(t, []int{1, 2, 3, 4}, numbers(got))
		require.Equal(t, []int{1, 3, 4}, numbers(of(got, "c")))
		require.Equal(t, 1, got[0].numbers[0], "the try")
		s := w.status()
		require.Equal(t, webhook.Up, s.State)
		require.Equal(t, []int{0, 4, 0}, []int{s.Stored, s.Delivered, s.Dropped})
	})
}

func of(list []arrival, conversation string) []arrival {
	var mine []arrival
	for _, a := range list {
		if a.conversation == conversation {
			mine = append(mine, a)
		}
	}
	return mine
}

// The states in their order: with answers that take a second one can look at each of them.
func TestTheStatesOfAnApp(t *testing.T) {
	inWorld(t, webhooks("", both, retention), webhook.Settings{}, func(w *world) {
		w.answers(always(500))
		for range 4 {
			w.tell("c", live.TypeContent) // 1 to 4
		}
		require.Equal(t, webhook.Down, w.status().State)
		w.took()
		w.answers(after(time.Second, 200))
		w.pass(2500 * time.Millisecond)
		require.Equal(t, webhook.Down, w.status().State, "the try is under way")
		w.pass(time.Second)
		require.Equal(t, webhook.Transition, w.status().State)
		w.tell("c", live.TypeContent)   // 5: behind the stored ones
		w.tell("new", live.TypeContent) // 6: at once
		require.Equal(t, []int{1, 2, 6}, numbers(w.took()))
		w.pass(3 * time.Second)
		require.Equal(t, webhook.Recovered, w.status().State, "5 is drained")
		w.pass(time.Second)
		require.Equal(t, webhook.Up, w.status().State)
		require.Equal(t, []int{3, 4, 5}, numbers(w.took()))
	})
}

// The store is replayed from its oldest on, and new conversations go before it.
func TestReplayBeginsWithTheOldest(t *testing.T) {
	inWorld(t, webhooks("", both, retention), webhook.Settings{}, func(w *world) {
		w.answers(always(500))
		for i := range 200 {
			w.tell(fmt.Sprint(i), live.TypeContent) // 1 to 200
		}
		require.Equal(t, webhook.Down, w.status().State)
		w.answers(after(time.Second, 200))
		w.took()
		w.pass(3500 * time.Millisecond) // 2 s until the try of the first, and then 64 at once
		w.tell("new", live.TypeContent) // 201
		got := numbers(w.took())
		require.Equal(t, upTo(65), slices.Sorted(slices.Values(got)))
		w.pass(time.Second)
		got = numbers(w.took())
		require.Len(t, got, 64)
		require.Contains(t, got, 201)
		require.Equal(t, 128, slices.Max(slices.DeleteFunc(got, func(n int) bool { return n == 201 })))
		w.pass(time.Minute)
		require.Len(t, numbers(w.took()), 201-65-64)
	})
}

func upTo(n int) []int {
	var list []int
	for i := range n {
		list = append(list, i+1)
	}
	return list
}

// An event of a conversation that is drained waits 4 seconds for its turn; then its order is given up.
func TestOrderIsGivenUpWhileDraining(t *testing.T) {
	inWorld(t, webhooks("", both, retention), webhook.Settings{}, func(w *world) {
		w.answers(always(500))
		w.tell("c", live.TypeContent) // 1
		w.tell("c", live.TypeContent) // 2
		w.took()
		w.answers(after(2*time.Second, 200))
		w.pass(4500 * time.Millisecond)
		require.Equal(t, webhook.Transition, w.status().State, "2 is replayed")
		for range 5 {
			w.tell("c", live.TypeContent) // 3 to 7: stored meanwhile
		}
		w.pass(2 * time.Second)
		require.Equal(t, webhook.Recovered, w.status().State, "3 is under way")
		w.tell("c", live.TypeContent) // 8: five are before it, 2 s each
		w.pass(time.Hour)
		require.Equal(t, []int{1, 2, 3, 4, 5, 8, 6, 7}, numbers(w.took()))
		require.Equal(t, webhook.Up, w.status().State)
	})
}

// A failure while the store is replayed puts the app down again, and nothing is lost nor moved.
func TestAFailureDuringReplay(t *testing.T) {
	inWorld(t, webhooks("", both, retention), webhook.Settings{}, func(w *world) {
		posts := 0
		w.answers(func(arrival) int {
			posts++
			if posts == 1 || posts == 4 {
				return 500
			}
			return 200
		})
		for range 5 {
			w.tell("c", live.TypeContent)
		}
		w.pass(time.Minute)
		require.Equal(t, []int{1, 1, 2, 3, 3, 4, 5}, numbers(w.took()))
		require.Equal(t, webhook.Up, w.status().State)
	})
}

func TestWhatIsOlderThanTheRetentionIsDropped(t *testing.T) {
	inWorld(t, webhooks("", both, `,"retry":{"retention_time":60}`), webhook.Settings{}, func(w *world) {
		w.answers(always(500))
		w.tell("c", live.TypeContent)
		w.pass(50 * time.Second)
		w.tell("c", live.TypeContent)
		w.answers(always(200))
		w.took()
		w.pass(time.Hour)
		got := w.took()
		require.Equal(t, []int{2}, numbers(got))
		require.Equal(t, []int{62}, seconds(got))
		s := w.status()
		require.Equal(t, []int{1, 1, 0}, []int{s.Delivered, s.Dropped, s.Stored})
	})
}

// With max_retries 0 said of a type its failures are dropped, but while the app is down for
// another's sake its events are stored too.
func TestATypeThatIsExceptedFromRetention(t *testing.T) {
	inWorld(t, webhooks(`,"max_retries":0`, elsewhere, retention), webhook.Settings{}, func(w *world) {
		w.answers(always(500))
		w.tell("c", live.TypeContent)
		s := w.status()
		require.Equal(t, webhook.Up, s.State)
		require.Equal(t, []int{1, 0}, []int{s.Dropped, s.Stored})
		w.tell("c", live.TypeConversation)
		w.tell("c", live.TypeContent)
		s = w.status()
		require.Equal(t, webhook.Down, s.State)
		require.Equal(t, 2, s.Stored)
		w.answers(always(200))
		w.took()
		w.pass(2 * time.Second)
		require.Equal(t, []int{2, 3}, numbers(w.took()))
	})
}

// An app whose endpoint is slow for more than 2 minutes is disabled, one that is quick between is not.
func TestSlowEndpointsAreDisabled(t *testing.T) {
	for name, c := range map[string]struct {
		takes   func(n int) time.Duration
		enabled bool
	}{
		"slow":          {func(int) time.Duration { return 2600 * time.Millisecond }, false},
		"just in time":  {func(int) time.Duration { return 2500 * time.Millisecond }, true},
		"quick between": {func(n int) time.Duration { return time.Duration(n%20) * 150 * time.Millisecond }, true},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, webhooks("", both, ""), webhook.Settings{}, func(w *world) {
				n := 0
				w.answers(func(arrival) int {
					n++
					time.Sleep(c.takes(n))
					return 200
				})
				enabled := func() bool {
					i, _ := w.apps.Get(account, w.app)
					return i.Usable()
				}
				for range 40 {
					w.tell("c", live.TypeContent)
					w.pass(3 * time.Second)
				}
				require.True(t, enabled(), "2 minutes are not more than 2 minutes")
				for range 40 {
					w.tell("c", live.TypeContent)
					w.pass(3 * time.Second)
				}
				require.Equal(t, c.enabled, enabled())
				w.took()
				w.tell("c", live.TypeContent)
				w.pass(time.Minute)
				require.Equal(t, c.enabled, len(w.took()) == 1, "a disabled app is told nothing")
			})
		})
	}
}

// What is stored for an app that is disabled, or for an endpoint that is taken away, is dropped.
func TestStoredDeliveriesOfADisabledApp(t *testing.T) {
	inWorld(t, webhooks("", both, retention), webhook.Settings{}, func(w *world) {
		w.answers(always(500))
		w.tell("c", live.TypeContent)
		w.tell("d", live.TypeContent)
		w.apps.Disable(account, w.app)
		w.took()
		w.pass(time.Hour)
		require.Empty(t, w.took())
		s := w.status()
		require.Equal(t, webhook.Up, s.State)
		require.False(t, s.Enabled)
		require.Equal(t, []int{2, 0}, []int{s.Dropped, s.Stored})
	})
}

// The waits follow the speed, what is promised does not.
func TestSpeed(t *testing.T) {
	inWorld(t, webhooks("", both, retention), webhook.Settings{Speed: 1000}, func(w *world) {
		w.answers(always(500))
		w.tell("c", live.TypeContent)
		w.pass(15 * time.Millisecond)
		require.Len(t, w.took(), 4, "at 0, 2, 6 and 14 ms")
	})
}
