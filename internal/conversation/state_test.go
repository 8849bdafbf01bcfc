package conversation

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// every is an app that subscribes to every kind.
var every = []Kind{Content, Rich, Status, Typing, Details}

func numbered(dialog string, n int) Event {
	e := Event{
		Key: fmt.Sprintf("%s/%d", dialog, n), Kind: Content, Dialog: dialog, Sequence: n, From: "agent", Role: RoleAgent,
		At: int64(1000 + n), Body: json.RawMessage(fmt.Sprintf(`{"message":"%s %d"}`, dialog, n)),
	}
	if n%3 == 0 {
		e.From, e.Role, e.External = "consumer", RoleConsumer, fmt.Sprintf("%s-key-%d", dialog, n)
	}
	if n%3 == 2 {
		e.Kind, e.Status = Status, &StatusOf{Status: "READ", Sequences: []int{n - 1, n - 2}}
		e.From, e.Role = "consumer", RoleConsumer
	}
	return e
}

// reader drives a state as the workflow does: one clock, a history that is asked when the state
// wants it, a journal.
type reader struct {
	*State
	journal []Entry
	history []Event // all that it knows
	deaf    bool    // the history does not answer
	at      int64
	asked   int
}

func (r *reader) wait(ms int64) {
	for end := r.at + ms; ; {
		next := end
		for _, due := range []int64{r.AskAt(), r.GiveUpAt()} {
			if due > 0 && due < next {
				next = max(due, r.at)
			}
		}
		r.at = next
		r.ask()
		r.GiveUp(r.at)
		if next == end {
			return
		}
	}
}

func (r *reader) ask() {
	if due := r.AskAt(); due == 0 || due > r.at {
		return
	}
	r.asked++
	q := r.Missing()
	if r.deaf {
		r.Answered(q, nil, false, r.at)
		return
	}
	r.Answered(q, r.answer(q), true, r.at)
}

func (r *reader) answer(q Question) (known []Event) {
	for _, e := range r.history {
		if after, ok := q.After[e.Dialog]; !ok || e.Sequence > after {
			e.Via = ViaHistory
			known = append(known, e)
		}
	}
	return known
}

func (r *reader) write() { r.journal = append(r.journal, r.Take()...) }

func (r *reader) finish() {
	r.wait(60 * 60_000)
	for len(r.Outbox) > 0 {
		r.write()
	}
}

func (r *reader) numbers(dialog string) (numbers []int) {
	for _, e := range r.journal {
		if e.Event != nil && e.Event.Dialog == dialog && e.Event.numbered() {
			numbers = append(numbers, e.Event.Sequence)
		}
	}
	return numbers
}

// delivery is a conversation as webhooks bring it: some lost, some twice, in disorder.
type delivery struct{ sent, arrives []Event }

func drawDelivery(t *rapid.T, lost bool) delivery {
	var d delivery
	for i, n := range rapid.SliceOfN(rapid.IntRange(1, 60), 1, 2).Draw(t, "dialogs") {
		for seq := range n {
			d.sent = append(d.sent, numbered(fmt.Sprint("d", i), seq))
		}
	}
	type placed struct {
		e     Event
		place int
	}
	var all []placed
	distance := rapid.IntRange(0, 80).Draw(t, "distance")
	for i, e := range d.sent {
		copies := rapid.SampledFrom([]int{1, 1, 1, 2, 3, 0}).Draw(t, "copies")
		if copies == 0 && !lost {
			copies = 1
		}
		for range copies {
			all = append(all, placed{e, i + rapid.IntRange(0, distance).Draw(t, "moved")})
		}
	}
	slices.SortStableFunc(all, func(a, b placed) int { return a.place - b.place })
	for _, p := range all {
		d.arrives = append(d.arrives, p.e)
	}
	return d
}

func (r *reader) take(t *rapid.T, d delivery) {
	for _, e := range d.arrives {
		r.Apply(e, r.at)
		r.wait(int64(rapid.SampledFrom([]int{0, 0, 0, 1, 500, 5_000, 70_000}).Draw(t, "ms")))
		if rapid.Bool().Draw(t, "written") {
			r.write()
		}
	}
	r.finish()
}

func newReader(subscribed []Kind) *reader {
	return &reader{State: &State{Subscribed: subscribed}, at: 1_000_000}
}

func (r *reader) contiguous(t require.TestingT) {
	for i, e := range r.journal {
		require.Equal(t, int64(i), e.Position)
	}
	require.Equal(t, int64(len(r.journal)), r.Next)
}

// However webhooks disturb a conversation, if the history knows it the journal has every event
// once, in order, and says of none that it is late. The last of a dialog may be lost without a
// trace: the look after the close finds it.
func TestDisorderEndsInOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := drawDelivery(t, true)
		r := newReader(every)
		r.history = d.sent
		r.take(t, d)
		r.Answered(r.Rest(), r.answer(r.Rest()), true, r.at)
		r.finish()
		r.contiguous(t)
		want := map[string]int{}
		for _, e := range d.sent {
			want[e.Dialog]++
		}
		for dialog, n := range want {
			got := r.numbers(dialog)
			require.Len(t, got, n)
			for i, seq := range got {
				require.Equal(t, i, seq, "%s", dialog)
			}
		}
		require.Zero(t, r.Counts.Gaps+r.Counts.Late)
	})
}

// Without a history nothing that arrived is lost or twice: numbers that do not come in time are
// marked, and what comes after that is marked late.
func TestDeafHistoryLosesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := drawDelivery(t, true)
		r := newReader(every)
		r.deaf = true
		r.take(t, d)
		r.contiguous(t)
		arrived, seen, marked, highest := map[string]bool{}, map[string]bool{}, map[string]bool{}, map[string]int{}
		for _, e := range d.arrives {
			arrived[e.Key] = true
		}
		for _, e := range r.journal {
			if e.Gap != nil {
				require.Equal(t, highest[e.Gap.Dialog], e.Gap.From)
				for n := e.Gap.From; n <= e.Gap.To; n++ {
					marked[fmt.Sprintf("%s/%d", e.Gap.Dialog, n)] = true
				}
				highest[e.Gap.Dialog] = e.Gap.To + 1
				continue
			}
			require.False(t, seen[e.Event.Key], "%s is there twice", e.Event.Key)
			seen[e.Event.Key] = true
			require.Equal(t, e.Event.Sequence < highest[e.Event.Dialog], e.Late)
			require.Equal(t, marked[e.Event.Key], e.Late, "late is what was marked before")
			if !e.Late {
				require.Equal(t, highest[e.Event.Dialog], e.Event.Sequence, "nothing is passed without a mark")
				highest[e.Event.Dialog]++
			}
		}
		require.Equal(t, arrived, seen)
	})
}

// Kinds that webhooks do not bring are no gaps: nothing waits for them longer than one question.
func TestUnsubscribedKindsAreNoGaps(t *testing.T) {
	for name, historyKnows := range map[string]bool{"history knows them": true, "history does not": false} {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				d := drawDelivery(t, false)
				status := func(e Event) bool { return e.Kind == Status }
				r := newReader([]Kind{Content})
				d.arrives = slices.DeleteFunc(d.arrives, status)
				r.history = slices.Clone(d.sent)
				if !historyKnows {
					r.history = slices.DeleteFunc(r.history, status)
				}
				for _, e := range d.arrives { // all within a second
					r.Apply(e, r.at)
				}
				r.wait(2 * askSparse)
				for i := range r.Readings {
					require.Empty(t, r.Readings[i].Held)
				}
				r.finish()
				require.Zero(t, r.Counts.Gaps)
				for dialog := range map[string]bool{"d0": true, "d1": true} {
					got := r.numbers(dialog)
					require.True(t, slices.IsSorted(got))
					for i, n := range got {
						require.True(t, historyKnows && n == i || !historyKnows && n%3 != 2)
					}
				}
			})
		})
	}
}

// essence is what a state owes to the journal alone.
func essence(s State) string {
	for i := range s.Readings {
		r := &s.Readings[i]
		*r = Reading{Dialog: r.Dialog, Next: r.Next, Passed: r.Passed}
	}
	s.Readings = slices.DeleteFunc(s.Readings, func(r Reading) bool { return r.Next == 0 })
	slices.SortFunc(s.Readings, func(a, b Reading) int { return strings.Compare(a.Dialog, b.Dialog) })
	s.Counts.Duplicates, s.Counts.Stale, s.Subscribed = 0, 0, nil
	text, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	return string(text)
}

// The journal is the truth: an execution that was terminated is brought back from any state that
// was stored, and goes on as if it had not been.
func TestReplayBringsBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := drawDelivery(t, true)
		r := newReader(every)
		r.history = d.sent
		stored := &State{}
		for _, e := range d.arrives {
			r.Apply(e, r.at)
			if rapid.IntRange(0, 9).Draw(t, "typing") == 0 {
				r.Apply(Event{Key: "t", Kind: Typing, From: "agent"}, r.at)
			}
			r.wait(int64(rapid.SampledFrom([]int{0, 500, 15_000}).Draw(t, "ms")))
			for len(r.Outbox) > 0 {
				r.write()
			}
			if rapid.IntRange(0, 9).Draw(t, "stored") == 0 {
				text, err := json.Marshal(r.State)
				require.NoError(t, err)
				stored = &State{}
				require.NoError(t, json.Unmarshal(text, stored))
			}
		}
		Replay(stored, r.journal...)
		require.JSONEq(t, essence(*r.State), essence(*stored))

		stored.Subscribed = every
		again := &reader{State: stored, journal: r.journal, history: d.sent, at: r.at}
		again.Settle(r.at)
		for _, e := range d.arrives { // the platform repeats everything
			again.Apply(e, again.at)
		}
		again.finish()
		again.Answered(again.Rest(), again.answer(again.Rest()), true, again.at)
		again.finish()
		again.contiguous(t)
		require.Len(t, again.numbers("d0"), len(slices.DeleteFunc(slices.Clone(d.sent), func(e Event) bool { return e.Dialog != "d0" })))
	})
}

// Twenty thousand messages and the statuses between them, some lost, some twice, in disorder: the
// state that is carried stays small, whether or not webhooks bring the statuses.
func TestStateIsBounded(t *testing.T) {
	for name, subscribed := range map[string][]Kind{"every kind": every, "content only": {Content}} {
		t.Run(name, func(t *testing.T) {
			rnd := rand.New(rand.NewPCG(1, 2))
			r := newReader(subscribed)
			r.deaf = true
			body, _ := json.Marshal(map[string]string{"message": strings.Repeat("x", 600)})
			largest := 0
			for n := range 48_000 {
				e := numbered("main", n^rnd.IntN(8))
				if subscribed[len(subscribed)-1] == Content && e.Kind == Status || rnd.IntN(20) == 0 {
					continue
				}
				e.Body = body
				r.Apply(e, r.at)
				r.Apply(Event{Key: fmt.Sprintf("other/%064d", n), Kind: Other, Sequence: Unnumbered}, r.at)
				r.Apply(Event{Kind: Typing, From: "agent"}, r.at)
				r.wait(100)
				if n%7 == 0 {
					for len(r.Outbox) > 0 {
						r.Take()
					}
				}
				if n%500 == 0 {
					require.True(t, r.Light() || len(r.Outbox) > 0)
					for !r.Light() {
						r.Take()
					}
					largest = max(largest, sizeOf(r.State))
				}
			}
			t.Logf("the largest state has %d bytes", largest)
			require.LessOrEqual(t, largest, 256<<10)
			require.Greater(t, r.Counts.Messages, int64(15_000))
		})
	}
}
