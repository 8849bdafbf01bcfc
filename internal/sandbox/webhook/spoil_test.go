package webhook_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"transporter/internal/sandbox/live"
	"transporter/internal/sandbox/webhook"
)

// Under any faults of order and number, everything arrives that is not dropped, nothing is
// overtaken by more later ones than allowed, and twice come only what is counted as such.
func TestFaultsKeepTheirBounds(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		f := webhook.Faults{
			Seed:      rapid.Uint64().Draw(rt, "seed"),
			Duplicate: rapid.Float64Range(0, 1).Draw(rt, "duplicate"),
			Drop:      rapid.Float64Range(0, 0.5).Draw(rt, "drop"),
			Reorder:   rapid.IntRange(0, 12).Draw(rt, "reorder"),
			DelayMS:   rapid.IntRange(0, 50).Draw(rt, "delay"),
		}
		told := rapid.IntRange(1, 60).Draw(rt, "told")
		together := rapid.IntRange(1, 5).Draw(rt, "together")
		inWorld(t, webhooks("", both, ""), webhook.Settings{Faults: f, Changes: together}, func(w *world) {
			w.answers(after(10*time.Millisecond, 200))
			for range told {
				w.tell("c", live.TypeContent)
			}
			w.pass(time.Minute)
			got, s := numbers(w.took()), w.status()
			require.Equal(rt, told, s.Delivered+s.Dropped)
			first := map[int]int{}
			for at, n := range got {
				if _, again := first[n]; !again {
					first[n] = at
				}
			}
			require.Len(rt, first, s.Delivered)
			for n, at := range first {
				later := map[int]bool{}
				for _, other := range got[:at] {
					if other > n {
						later[other] = true
					}
				}
				require.LessOrEqual(rt, len(later), f.Reorder, "%d in %v", n, got)
			}
			for n := 1; n <= told; n++ {
				require.LessOrEqual(rt, count(got, n), 2)
			}
		})
	})
}

func count(list []int, n int) int {
	c := 0
	for _, v := range list {
		if v == n {
			c++
		}
	}
	return c
}

// The shares are met, and the same seed hits the same.
func TestFaultsHitTheirShare(t *testing.T) {
	run := func(f webhook.Faults) (got []int, s webhook.Status) {
		inWorld(t, webhooks(`,"max_retries":5`, both, ""), webhook.Settings{Faults: f}, func(w *world) {
			for i := range 2000 {
				w.tell(fmt.Sprint(i%20), live.TypeContent)
			}
			w.pass(time.Hour)
			got, s = numbers(w.took()), w.status()
		})
		return got, s
	}
	got, s := run(webhook.Faults{Seed: 7, Drop: 0.1})
	require.InDelta(t, 200, s.Dropped, 50)
	require.Len(t, got, 2000-s.Dropped)
	again, _ := run(webhook.Faults{Seed: 7, Drop: 0.1})
	require.Equal(t, slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(again)))
	other, _ := run(webhook.Faults{Seed: 8, Drop: 0.1})
	require.NotEqual(t, slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(other)))
	got, s = run(webhook.Faults{Duplicate: 0.1})
	require.Equal(t, 2000, s.Delivered)
	require.InDelta(t, 2200, len(got), 50)
	got, s = run(webhook.Faults{Fail: 0.05})
	require.InDelta(t, 105, s.Failed, 40)
	require.Equal(t, 2000, s.Delivered)
	require.Len(t, got, 2000+s.Failed, "what is judged failed arrived, and arrives again")
	got, _ = run(webhook.Faults{Reorder: 10})
	require.False(t, slices.IsSorted(got))
}

// What comes once more is nobody's concern: when it fails the app is as well as before.
func TestDuplicatesThatFail(t *testing.T) {
	inWorld(t, webhooks("", both, retention), webhook.Settings{Faults: webhook.Faults{Duplicate: 1}}, func(w *world) {
		posts := 0
		w.answers(func(arrival) int {
			posts++
			return map[bool]int{true: 200, false: 500}[posts%2 == 1]
		})
		for range 3 {
			w.tell("c", live.TypeContent)
		}
		w.pass(time.Minute)
		require.Equal(t, []int{1, 1, 2, 2, 3, 3}, numbers(w.took()))
		s := w.status()
		require.Equal(t, webhook.Up, s.State)
		require.Equal(t, []int{3, 0, 0}, []int{s.Delivered, s.Failed, s.Dropped})
	})
}

// With a retention, what is judged failed comes again before what follows it.
func TestJudgedFailuresWithRetention(t *testing.T) {
	inWorld(t, webhooks("", both, retention), webhook.Settings{Faults: webhook.Faults{Fail: 0.3}}, func(w *world) {
		for range 30 {
			w.tell("c", live.TypeContent)
		}
		w.pass(time.Hour)
		got := numbers(w.took())
		require.Greater(t, len(got), 30)
		require.True(t, slices.IsSorted(got), "%v", got)
		require.Len(t, slices.Compact(got), 30)
	})
}

func TestDelay(t *testing.T) {
	inWorld(t, webhooks("", both, ""), webhook.Settings{Faults: webhook.Faults{DelayMS: 5000}}, func(w *world) {
		w.tell("c", live.TypeContent)
		w.pass(time.Second)
		w.tell("c", live.TypeContent)
		w.pass(time.Minute)
		require.Equal(t, []int{5, 6}, seconds(w.took()))
	})
}

// What waits of one conversation and type goes in one delivery, when that is switched on.
func TestSeveralChangesGoTogether(t *testing.T) {
	inWorld(t, webhooks("", both, ""), webhook.Settings{Changes: 3}, func(w *world) {
		w.answers(after(time.Second, 200))
		for range 5 {
			w.tell("c", live.TypeContent) // 1 to 5
		}
		w.tell("c", live.TypeConversation) // 6
		w.tell("d", live.TypeContent)      // 7
		w.pass(time.Minute)
		got := w.took()
		var together [][]int
		for _, a := range of(got, "c") {
			together = append(together, a.numbers)
		}
		require.Equal(t, [][]int{{1}, {2, 3, 4}, {5}, {6}}, together)
		require.Equal(t, []int{0, 1, 2, 3}, seconds(of(got, "c")))
		require.Len(t, of(got, "d"), 1)
	})
}

// Posts to one app run side by side, but not more of them than the bound.
func TestPostsOfOneAppAreBounded(t *testing.T) {
	inWorld(t, webhooks("", both, ""), webhook.Settings{}, func(w *world) {
		w.answers(after(time.Second, 200))
		for i := range 130 {
			w.tell(fmt.Sprint(i), live.TypeContent)
		}
		require.Equal(t, 64, w.status().UnderWay)
		w.pass(time.Minute)
		at := seconds(w.took())
		require.Equal(t, []int{64, 64, 2}, []int{count(at, 0), count(at, 1), count(at, 2)})
	})
}

// What is stored for one app is bounded; what comes then is dropped.
func TestTheStoreIsBounded(t *testing.T) {
	inWorld(t, webhooks("", both, retention), webhook.Settings{}, func(w *world) {
		w.answers(always(500))
		w.tell("c", live.TypeContent)
		change := append([]byte(`{"of":"c","n":0,"x":"`), make([]byte, 1<<20)...)
		for range 300 {
			w.sender.Notify(live.Notification{Account: account, App: w.app, Conversation: "c", Type: live.TypeContent, Change: change})
		}
		s := w.status()
		require.Equal(t, []int{256, 45}, []int{s.Stored, s.Dropped})
	})
}

func TestWrongSettingsAreNamed(t *testing.T) {
	inWorld(t, webhooks("", both, ""), webhook.Settings{Hash: webhook.SHA256}, func(w *world) {
		for says, s := range map[string]webhook.Settings{
			"hash":             {Hash: "md5"},
			"encoding":         {Encoding: "base32"},
			"changes":          {Changes: 101},
			"speed":            {Speed: -1},
			"hosts: e=ftp://x": {Hosts: map[string]string{"e": "ftp://x"}},
			"hosts: e=http://": {Hosts: map[string]string{"e": "http://x/path"}},
			"faults.drop":      {Faults: webhook.Faults{Drop: 1.1}},
			"faults.reorder":   {Faults: webhook.Faults{Reorder: -1}},
			"faults.delayMs":   {Faults: webhook.Faults{DelayMS: 600_001}},
		} {
			require.ErrorContains(t, w.sender.Set(s), says)
		}
		require.Equal(t, webhook.SHA256, w.sender.Settings().Hash, "the old ones stay")
		require.Equal(t, webhook.Base64, w.sender.Settings().Encoding)
	})
}

// What an app does not want, or nobody, is passed over.
func TestNotificationsForNobody(t *testing.T) {
	inWorld(t, webhooks("", both, ""), webhook.Settings{}, func(w *world) {
		w.tell("c", live.TypeChatState)
		w.sender.Notify(live.Notification{Account: "b", App: w.app, Conversation: "c", Type: live.TypeContent, Change: []byte(`{}`)})
		w.sender.Notify(live.Notification{Account: account, App: "x", Conversation: "c", Type: live.TypeContent, Change: []byte(`{}`)})
		w.pass(time.Minute)
		require.Empty(t, w.took())
		require.Empty(t, w.sender.Status())
	})
}
