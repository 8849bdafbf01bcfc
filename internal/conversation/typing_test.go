package conversation

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestStaleTyping(t *testing.T) {
	now := time.UnixMilli(1_800_000_000_000)
	state := func(from, typing string, age time.Duration) Entry {
		return Entry{At: now.Add(-age).UnixMilli(), Event: &Event{Kind: Typing, Dialog: "d", From: from, Typing: typing}}
	}
	said := Entry{At: now.UnixMilli(), Event: &Event{Kind: Content, Dialog: "d", From: "a"}}
	waited := state("a", "COMPOSING", 0) // in a signal, while no worker ran
	waited.Event.Seen = now.Add(-time.Hour).UnixMilli()
	gap := Entry{Gap: &Gap{}}
	for name, c := range map[string]struct {
		entries []Entry
		told    []int
	}{
		"the last of several":             {[]Entry{state("a", "COMPOSING", 4*time.Second), state("a", "PAUSE", 2*time.Second), state("a", "COMPOSING", 0)}, []int{2}},
		"each participant's own":          {[]Entry{state("a", "COMPOSING", 0), state("b", "PAUSE", 0)}, []int{0, 1}},
		"nobody types after an outage":    {[]Entry{state("a", "COMPOSING", time.Hour), said, gap}, []int{1, 2}},
		"the end of typing, however old":  {[]Entry{state("a", "PAUSE", time.Hour), said, state("a", "COMPOSING", 2*time.Minute)}, []int{0, 1}},
		"nobody types after a wait":       {[]Entry{waited, said}, []int{1}},
		"what is said between is told":    {[]Entry{state("a", "COMPOSING", time.Second), said, state("a", "ACTIVE", 0), gap}, []int{1, 2, 3}},
		"another dialog is another state": {[]Entry{state("a", "COMPOSING", 0), {At: now.UnixMilli(), Event: &Event{Kind: Typing, Dialog: "s", From: "a", Typing: "GONE"}}}, []int{0, 1}},
	} {
		t.Run(name, func(t *testing.T) {
			for i := range c.entries {
				c.entries[i].Position = int64(10 + i)
			}
			stale := StaleTyping(c.entries, now)
			var told []int
			for i, e := range c.entries {
				if !stale[e.Position] {
					told = append(told, i)
				}
			}
			require.Equal(t, c.told, told)
		})
	}
}
