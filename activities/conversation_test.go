package activities_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	sdkactivity "go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"

	"transporter/activities"
	"transporter/internal/account"
	"transporter/internal/contract"
	"transporter/internal/conversation"
	"transporter/internal/fault"
	"transporter/internal/journal"
	"transporter/internal/seal"
	"transporter/internal/store"
	"transporter/internal/task"
)

// oneAccount is the account that there is.
type oneAccount struct {
	snapshot account.Snapshot
	err      error
}

func (o *oneAccount) Snapshot(_ context.Context, id string) (account.Snapshot, error) {
	if id != o.snapshot.ID {
		return account.Snapshot{}, fault.New(fault.NotFound, "no account %q", id)
	}
	return o.snapshot, o.err
}

// callback takes entries; from a position on it refuses.
type callback struct {
	took    []int64
	refuses int64
	why     func() string // it refuses; nil: 503
}

func (c *callback) Post(_ context.Context, _ string, _ account.App, _ contract.ConversationRef, e conversation.Entry) (bool, error) {
	if c.refuses > 0 && e.Position >= c.refuses {
		why := "503"
		if c.why != nil {
			why = c.why()
		}
		return true, fault.New(fault.Upstream, "%s", why)
	}
	c.took = append(c.took, e.Position)
	return e.Position%2 == 0, nil
}

// talks is the steps of conversations over a real journal.
type talks struct {
	*activities.Conversations
	accounts *oneAccount
	callback *callback
	env      *testsuite.TestActivityEnvironment
	told     []contract.RelayFails
}

func (k *talks) RelayFails(_ context.Context, _ contract.ConversationRef, f contract.RelayFails) error {
	k.told = append(k.told, f)
	return nil
}

var talkRef = contract.ConversationRef{Account: "acme", App: "app", Conversation: "c1"}

func newTalks(t *testing.T) *talks {
	st, err := store.Open(t.Context(), "file://"+t.TempDir())
	require.NoError(t, err)
	ring, err := seal.GenerateRing("records")
	require.NoError(t, err)
	k := &talks{callback: &callback{}, accounts: &oneAccount{snapshot: account.Snapshot{ID: "acme", Apps: map[string]account.App{"app": {
		Retry: task.Duration(time.Hour), Callback: &account.Callback{URL: "https://channel.example.com"},
		Webhooks: map[conversation.Kind]account.WebhookPlace{conversation.Content: {}, conversation.Details: {}},
	}}}}}
	k.Conversations = &activities.Conversations{Accounts: k.accounts, Journal: journal.New(st, seal.NewBox(ring)), Callback: k.callback, Trouble: k, Now: time.Now}
	var suite testsuite.WorkflowTestSuite
	k.env = suite.NewTestActivityEnvironment()
	for name, fn := range map[string]any{"load": k.Load, "append": k.Append, "save": k.Save, "relay": k.Relay} {
		k.env.RegisterActivityWithOptions(fn, sdkactivity.RegisterOptions{Name: name})
	}
	return k
}

// written appends messages with these numbers, as a workflow does.
func (k *talks) written(t *testing.T, state *conversation.State, numbers ...int) {
	for _, n := range numbers {
		state.Apply(conversation.Event{
			Key: conversation.NumberedKey("c1", n), Kind: conversation.Content, Dialog: "c1", Sequence: n,
			Body: json.RawMessage(fmt.Sprintf(`{"message":"%d"}`, n)),
		}, 1000)
	}
	_, err := k.env.ExecuteActivity("append", contract.AppendIn{ConversationRef: talkRef, Entries: state.Take()})
	require.NoError(t, err)
}

func (k *talks) loaded(t *testing.T, in contract.LoadIn) (out contract.LoadOut) {
	value, err := k.env.ExecuteActivity("load", in)
	require.NoError(t, err)
	require.NoError(t, value.Get(&out))
	return out
}

func TestConversationLoad(t *testing.T) {
	in := contract.LoadIn{ConversationRef: talkRef}
	t.Run("a new one", func(t *testing.T) {
		out := newTalks(t).loaded(t, in)
		require.Nil(t, out.State)
		require.Equal(t, contract.AppSettings{
			Retry: time.Hour, Relays: true, Idle: 24 * time.Hour, Subscribed: []conversation.Kind{conversation.Content, conversation.Details},
		}, out.Settings)
	})
	t.Run("a state that was saved, and what was written since", func(t *testing.T) {
		k := newTalks(t)
		state := &conversation.State{Consumer: "kim"}
		k.written(t, state, 0, 1)
		_, err := k.env.ExecuteActivity("save", contract.SaveIn{ConversationRef: talkRef, State: *state})
		require.NoError(t, err)
		k.written(t, state, 2, 3, 4)
		out := k.loaded(t, in)
		require.Equal(t, "kim", out.State.Consumer)
		require.Equal(t, int64(5), out.State.Next)
		require.Equal(t, 5, out.State.Readings[0].Next)
		require.Len(t, out.State.Messages, 5)
	})
	t.Run("an execution that was terminated before it saved anything", func(t *testing.T) {
		k := newTalks(t)
		k.written(t, &conversation.State{}, 0, 1)
		require.Equal(t, int64(2), k.loaded(t, in).State.Next)
	})
	t.Run("settings only", func(t *testing.T) {
		k := newTalks(t)
		k.written(t, &conversation.State{}, 0)
		out := k.loaded(t, contract.LoadIn{ConversationRef: talkRef, SettingsOnly: true})
		require.Nil(t, out.State)
		require.True(t, out.Settings.Relays)
	})
	t.Run("the app was deleted", func(t *testing.T) {
		k := newTalks(t)
		k.accounts.snapshot.Apps = nil
		out := k.loaded(t, in)
		require.Equal(t, contract.AppSettings{Retry: 2 * time.Minute, Idle: 24 * time.Hour}, out.Settings)
	})
	t.Run("what is repeated by number", func(t *testing.T) {
		k, twice, often := newTalks(t), 2, 5
		app := k.accounts.snapshot.Apps["app"]
		app.Retry = 0
		k.accounts.snapshot.Apps["app"] = app
		require.Equal(t, 2*time.Minute, k.loaded(t, in).Settings.Retry, "the platform's default is not to; the history is behind")
		app.Webhooks = map[conversation.Kind]account.WebhookPlace{conversation.Content: {Retries: &often}, conversation.Details: {Retries: &twice}}
		k.accounts.snapshot.Apps["app"] = app
		require.Equal(t, 150*time.Second, k.loaded(t, in).Settings.Retry)
	})
}

// Another batch in the place of one is a conflict that no further attempt can mend.
func TestConversationAppendConflicts(t *testing.T) {
	k := newTalks(t)
	k.written(t, &conversation.State{}, 0, 1)
	k.written(t, &conversation.State{}, 0, 1) // a repeat
	state := &conversation.State{}
	state.Apply(conversation.Event{Key: "c1/0", Kind: conversation.Content, Dialog: "c1", Body: json.RawMessage(`{}`)}, 1000)
	_, err := k.env.ExecuteActivity("append", contract.AppendIn{ConversationRef: talkRef, Entries: state.Take()})
	var app *temporal.ApplicationError
	require.ErrorAs(t, err, &app)
	require.Equal(t, string(fault.Conflict), app.Type())
	require.True(t, app.NonRetryable())
}

// What was written says how the app is set now; what is not known does not keep it.
func TestConversationAppendTellsTheSettings(t *testing.T) {
	k, state := newTalks(t), &conversation.State{}
	told := func(n int) (out contract.AppendOut) {
		state.Apply(conversation.Event{Key: conversation.NumberedKey("c1", n), Kind: conversation.Content, Dialog: "c1", Sequence: n}, 1000)
		value, err := k.env.ExecuteActivity("append", contract.AppendIn{ConversationRef: talkRef, Entries: state.Take()})
		require.NoError(t, err)
		require.NoError(t, value.Get(&out))
		require.EqualValues(t, n+1, out.Next)
		return out
	}
	require.True(t, told(0).Settings.Relays)
	app := k.accounts.snapshot.Apps["app"]
	app.Callback = nil
	k.accounts.snapshot.Apps["app"] = app
	require.False(t, told(1).Settings.Relays)
	k.accounts.err = fault.New(fault.Upstream, "no worker answers")
	require.Nil(t, told(2).Settings)
}

func TestRelay(t *testing.T) {
	relayed := func(t *testing.T, k *talks, in contract.RelayIn) (out contract.RelayOut, err error) {
		in.ConversationRef = talkRef
		value, err := k.env.ExecuteActivity("relay", in)
		if err == nil {
			require.NoError(t, value.Get(&out))
		}
		return out, err
	}
	filled := func(t *testing.T) *talks {
		k := newTalks(t)
		state := &conversation.State{}
		k.written(t, state, 0, 1, 2)
		k.written(t, state, 3, 4, 5)
		return k
	}
	t.Run("in order, as far as it is to go", func(t *testing.T) {
		k := filled(t)
		out, err := relayed(t, k, contract.RelayIn{From: 1, To: 5})
		require.NoError(t, err)
		require.Equal(t, contract.RelayOut{Next: 5, Sent: 2}, out)
		require.Equal(t, []int64{1, 2, 3, 4}, k.callback.took)
	})
	t.Run("the next attempt goes on where one stopped", func(t *testing.T) {
		k := filled(t)
		k.callback.refuses = 3
		_, err := relayed(t, k, contract.RelayIn{To: 6})
		var app *temporal.ApplicationError
		require.ErrorAs(t, err, &app)
		require.False(t, app.NonRetryable())
		k.callback.refuses = 0
		k.env.SetHeartbeatDetails(contract.RelayOut{Next: 3, Sent: 2})
		out, err := relayed(t, k, contract.RelayIn{To: 6})
		require.NoError(t, err)
		require.Equal(t, contract.RelayOut{Next: 6, Sent: 3}, out)
		require.Equal(t, []int64{0, 1, 2, 3, 4, 5}, k.callback.took)
	})
	t.Run("never past what is there", func(t *testing.T) {
		k := filled(t)
		_, err := relayed(t, k, contract.RelayIn{To: 7})
		require.ErrorContains(t, err, "the journal ends at 6, before 7")
	})
	t.Run("nobody is told that somebody typed", func(t *testing.T) {
		k := newTalks(t)
		now := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
		k.Now = func() time.Time { return now }
		state := &conversation.State{}
		for i, typing := range []string{"COMPOSING", "PAUSE", "COMPOSING", "ACTIVE", "COMPOSING"} {
			at := now.Add(time.Duration(i-60) * time.Minute).UnixMilli()
			state.Apply(conversation.Event{Kind: conversation.Typing, Sequence: conversation.Unnumbered, Dialog: "c1", From: "a", Typing: typing, Seen: at}, at)
			k.written(t, state, i)
		}
		out, err := relayed(t, k, contract.RelayIn{To: 10})
		require.NoError(t, err)
		require.Equal(t, int64(10), out.Next)
		require.Equal(t, []int64{1, 3, 5, 6, 7, 9}, k.callback.took, "each message, and that nobody types any more")
	})
	t.Run("no callback any more", func(t *testing.T) {
		k := filled(t)
		k.accounts.snapshot.Apps = map[string]account.App{"app": {}}
		out, err := relayed(t, k, contract.RelayIn{To: 6})
		require.NoError(t, err)
		require.Equal(t, contract.RelayOut{Next: 6}, out)
		require.Empty(t, k.callback.took)
	})
}

// A conversation that is over is in the index of closed ones, as far as its journal goes; one that
// only saves its state is not.
func TestConversationSaveNotesWhatIsOver(t *testing.T) {
	k := newTalks(t)
	kept := k.Journal.(*journal.Journal)
	at := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	k.Now = func() time.Time { return at }
	state := &conversation.State{Consumer: "kim", Participant: "p", Opened: 7, Unverified: "no history"}
	k.written(t, state, 0, 1)
	save := func(over bool) {
		at = at.Add(time.Minute)
		_, err := k.env.ExecuteActivity("save", contract.SaveIn{ConversationRef: talkRef, State: *state, Over: over})
		require.NoError(t, err)
	}
	closed := func() (times []int64) {
		for c, err := range kept.Closed(t.Context(), "acme", at.Add(-time.Hour).UnixMilli(), at.Add(time.Minute).UnixMilli()) {
			require.NoError(t, err)
			require.Equal(t, "c1", c.Conversation)
			times = append(times, c.At)
		}
		return times
	}
	save(false)
	require.Empty(t, closed())
	save(true)
	save(true) // nothing new
	require.Equal(t, []int64{at.Add(-time.Minute).UnixMilli()}, closed())
	c, err := kept.Closing(t.Context(), talkRef, at.UnixMilli())
	require.NoError(t, err)
	require.Equal(t, conversation.Closing{
		At: at.Add(-time.Minute).UnixMilli(), Account: "acme", App: "app", Conversation: "c1", Next: 2,
		Consumer: "kim", Participant: "p", Opened: 7, Unverified: "no history", Indexed: true,
	}, *c)
	k.written(t, state, 2)
	save(true)
	require.Len(t, closed(), 2)
}
