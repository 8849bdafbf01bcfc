package live

import (
	"encoding/json"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const testAccount = "12345678"

// rig is an engine on a clock that the test moves, and what it told.
type rig struct {
	*Engine
	mu   sync.Mutex
	now  time.Time
	told []Notification
}

func newRig() *rig {
	r := &rig{now: time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)}
	r.Engine = New(Config{Seed: 1, Now: r.clock, Notify: func(n Notification) { r.told = append(r.told, n) }})
	return r
}

func (r *rig) clock() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.now
}

// pass lets time go by in steps, each with what is due.
func (r *rig) pass(d, step time.Duration) {
	for ; d > 0; d -= step {
		r.mu.Lock()
		r.now = r.now.Add(min(d, step))
		r.mu.Unlock()
		r.Tick()
	}
}

func caller(features ...string) Caller {
	return Caller{Account: testAccount, App: "app", Consumer: "consumer", Features: features}
}

func (r *rig) opened(t testing.TB, by Caller) string {
	t.Helper()
	id, err := r.Open(by, Opening{})
	require.NoError(t, err)
	return id
}

func (r *rig) says(t testing.TB, by Caller, conversation, dialog, text string) int {
	t.Helper()
	n, err := r.Publish(by, Publication{Conversation: conversation, Dialog: dialog, Event: encode(textEvent{Type: eventContent, Message: text, ContentType: contentText})})
	require.NoError(t, err)
	return n
}

func (r *rig) record(t testing.TB, id string) Record {
	t.Helper()
	one, ok := r.Record(testAccount, id)
	require.True(t, ok)
	return one
}

// changes are the conversation's, as they were told.
func (r *rig) changes(id string) []messageChange {
	var list []messageChange
	for _, n := range r.told {
		var c messageChange
		if n.Conversation == id && n.Type != TypeConversation && json.Unmarshal(n.Change, &c) == nil {
			list = append(list, c)
		}
	}
	return list
}

func TestWhatIsToldIsWhatIsRecorded(t *testing.T) {
	r := newRig()
	by := caller()
	id := r.opened(t, by)
	r.says(t, by, id, id, "Grüße 👋 <b>")
	require.NoError(t, r.Act(testAccount, id, Act{Act: "accept"}, Act{Act: "type"}, Act{Act: "say", Text: "a", Replies: []string{"Yes", "No"}},
		Act{Act: "mark"}, Act{Act: "form", Text: "Your card"}, Act{Act: "file"}, Act{Act: "rich", Content: []byte(card), Replies: []string{"Ok"}}, Act{Act: "close"}))
	record, changes := r.record(t, id), r.changes(id)
	require.Len(t, changes, len(record.Events))
	for i, e := range record.Events {
		require.Equal(t, e.Sequence, changes[i].Sequence)
		require.Equal(t, string(e.Event), string(changes[i].Event))
		require.Equal(t, e.Originator, changes[i].OriginatorMetadata)
		require.Equal(t, []string{id, id}, []string{changes[i].ConversationID, changes[i].DialogID})
	}
	var states []json.RawMessage
	for _, n := range r.told {
		require.Equal(t, []string{testAccount, "app", id}, []string{n.Account, n.App, n.Conversation})
		if n.Type == TypeConversation {
			states = append(states, n.Change)
		}
	}
	require.Equal(t, record.States, states)
	types := []string{}
	for _, n := range r.told {
		types = append(types, n.Type)
	}
	require.Equal(t, []string{
		TypeConversation, TypeContent, TypeConversation, TypeChatState, TypeContent, TypeAcceptStatus, TypeContent, TypeContent,
		TypeRichContent, TypeConversation,
	}, types)
	require.Contains(t, string(changes[0].Event), `"Grüße 👋 <b>"`, "texts are not escaped")
}

func TestEnginesOfOneSeedDoTheSame(t *testing.T) {
	run := func() []Notification {
		r := newRig()
		require.NoError(t, r.SetAgents(Agents{Automatic: true}))
		by := caller(FeatureAutoMessages, FeatureMultiDialog)
		id := r.opened(t, by)
		r.says(t, by, id, id, "hello")
		r.pass(10*time.Second, 50*time.Millisecond)
		r.says(t, by, id, id, "bye")
		r.pass(10*time.Second, 50*time.Millisecond)
		return r.told
	}
	require.Equal(t, run(), run())
}

func TestManyAtOnce(t *testing.T) {
	r := newRig()
	var all sync.WaitGroup
	const conversations, messages = 20, 30
	ids := make([]string, conversations)
	for i := range ids {
		by := caller()
		by.Consumer += string(rune('a' + i))
		ids[i] = r.opened(t, by)
		require.NoError(t, r.Act(testAccount, ids[i], Act{Act: "accept"}))
		for range 2 { // two senders of the same consumer, and an agent
			all.Go(func() {
				for range messages {
					r.says(t, by, ids[i], ids[i], "m")
				}
			})
		}
		all.Go(func() {
			for range messages {
				_ = r.Act(testAccount, ids[i], Act{Act: "say", Text: "a"})
				r.Tick()
				r.List(testAccount)
			}
		})
	}
	all.Wait()
	for _, id := range ids {
		var sequences []int
		for _, c := range r.changes(id) {
			sequences = append(sequences, *c.Sequence)
		}
		require.Len(t, sequences, 3*messages)
		require.True(t, slices.IsSorted(sequences), "told in order")
		require.Equal(t, 3*messages-1, sequences[len(sequences)-1])
		require.Len(t, r.record(t, id).Events, 3*messages)
	}
}
