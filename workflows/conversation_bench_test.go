package workflows_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"transporter/internal/contract"
	"transporter/internal/conversation"
	"transporter/internal/fault"
	"transporter/workflows"
)

var talkRef = contract.ConversationRef{Account: "acme", App: "app", Conversation: "main"}

// outside is what a Conversation's steps reach: a journal, a callback, the platform and its
// history. It keeps the rules of each.
type outside struct {
	mu       sync.Mutex
	settings contract.AppSettings
	stored   *conversation.State
	saves    int
	over     []int64 // where the journal ended when the conversation was said to be over
	journal  []conversation.Entry
	posted   []int64 // positions, as the callback got them
	dead     bool    // the callback
	deaf     bool    // the history
	history  []conversation.Event
	asked    []contract.HistoryIn
	calls    []contract.CallIn
	refuse   fault.Kind     // what calls are answered with
	lost     func() error   // what calls end with whose answer was lost
	next     map[string]int // numbers that the platform gives
	there    map[string]int // numbers of the messages that are found when they are looked for, by key
	appends  func()         // before each batch is written
	relays   func() error   // before each step of the relay
}

func newOutside() *outside {
	return &outside{next: map[string]int{}, settings: contract.AppSettings{
		Retry: time.Hour, Relays: true, Idle: 24 * time.Hour,
		Subscribed: []conversation.Kind{conversation.Content, conversation.Rich, conversation.Status, conversation.Typing, conversation.Details},
	}}
}

func (o *outside) load(_ context.Context, in contract.LoadIn) (contract.LoadOut, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	out := contract.LoadOut{Settings: o.settings}
	if in.SettingsOnly {
		return out, nil
	}
	state := &conversation.State{}
	if o.stored != nil {
		text, _ := json.Marshal(o.stored)
		_ = json.Unmarshal(text, state)
	}
	conversation.Replay(state, o.journal...)
	out.State = state
	return out, nil
}

func (o *outside) append(_ context.Context, in contract.AppendIn) (contract.AppendOut, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.appends != nil {
		o.appends()
	}
	first := in.Entries[0].Position
	if first > int64(len(o.journal)) {
		return contract.AppendOut{}, temporal.NewNonRetryableApplicationError(fmt.Sprint("a hole before ", first), "Hole", nil)
	}
	if first < int64(len(o.journal)) {
		there, _ := json.Marshal(o.journal[first:min(first+int64(len(in.Entries)), int64(len(o.journal)))])
		if again, _ := json.Marshal(in.Entries); string(again) == string(there) {
			return contract.AppendOut{Next: first + int64(len(in.Entries))}, nil
		}
		return contract.AppendOut{}, temporal.NewNonRetryableApplicationError("other entries", string(fault.Conflict), nil)
	}
	o.journal = append(o.journal, in.Entries...)
	settings := o.settings
	return contract.AppendOut{Next: int64(len(o.journal)), Settings: &settings}, nil
}

func (o *outside) save(_ context.Context, in contract.SaveIn) (contract.SaveOut, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.stored, o.saves = &in.State, o.saves+1
	if in.Over {
		o.over = append(o.over, in.State.Next)
	}
	return contract.SaveOut{}, nil
}

func (o *outside) relay(ctx context.Context, in contract.RelayIn) (contract.RelayOut, error) {
	if o.relays != nil {
		if err := o.relays(); err != nil {
			return contract.RelayOut{}, err
		}
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.dead {
		return contract.RelayOut{}, temporal.NewApplicationError("nobody answers", string(fault.Upstream))
	}
	for at := in.From; at < in.To; at++ {
		o.posted = append(o.posted, at)
	}
	return contract.RelayOut{Next: in.To}, nil
}

func (o *outside) ask(_ context.Context, in contract.HistoryIn) (contract.HistoryOut, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.asked = append(o.asked, in)
	if o.deaf {
		return contract.HistoryOut{}, temporal.NewNonRetryableApplicationError("no history", string(fault.Upstream), nil)
	}
	settings := o.settings
	out := contract.HistoryOut{Settings: &settings}
	for _, e := range o.history {
		if after, ok := in.After[e.Dialog]; ok && e.Sequence <= after {
			continue
		}
		const most = 3 // so that More is met
		if len(out.Events) == most {
			out.More = true
			break
		}
		e.Via = conversation.ViaHistory
		out.Events = append(out.Events, e)
	}
	return out, nil
}

func (o *outside) call(_ context.Context, in contract.CallIn) (contract.SendOut, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.calls = append(o.calls, in)
	if o.refuse != "" {
		return contract.SendOut{}, temporal.NewNonRetryableApplicationError("refused", string(o.refuse), nil, contract.Doubt{})
	}
	if o.lost != nil {
		return contract.SendOut{}, o.lost()
	}
	if in.Look {
		n, found := o.there[in.Send.IdemKey]
		return contract.SendOut{Dialog: in.Dialog, Sequence: n, Absent: !found}, nil
	}
	if in.Send == nil && in.Mark == nil {
		return contract.SendOut{Dialog: in.Dialog, Sequence: conversation.Unnumbered}, nil
	}
	n := o.next[in.Dialog]
	o.next[in.Dialog]++
	return contract.SendOut{Dialog: in.Dialog, Sequence: n}, nil
}

func (o *outside) register(r worker.Registry) {
	for name, fn := range map[string]any{
		contract.ActivityConversationLoad: o.load, contract.ActivityConversationAppend: o.append, contract.ActivityConversationSave: o.save,
		contract.ActivityRelay: o.relay, contract.ActivityConnectorHistory: o.ask, contract.ActivityConnectorCall: o.call,
	} {
		r.RegisterActivityWithOptions(fn, activity.RegisterOptions{Name: name})
	}
}

// talker is a Conversation in virtual time.
type talker struct {
	*testsuite.TestWorkflowEnvironment
	*outside
	t *testing.T
}

func newTalker(t *testing.T) *talker { return againTalker(t, newOutside()) }

// againTalker is another execution over what there is.
func againTalker(t *testing.T, o *outside) *talker {
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(quiet())
	k := &talker{TestWorkflowEnvironment: suite.NewTestWorkflowEnvironment(), outside: o, t: t}
	k.SetTestTimeout(time.Minute)
	k.RegisterWorkflowWithOptions(workflows.Options{}.Conversation, workflow.RegisterOptions{Name: contract.WorkflowConversation})
	k.SetStartWorkflowOptions(client.StartWorkflowOptions{ID: contract.ConversationID("acme", "main"), TaskQueue: contract.QueueWorkflows})
	k.register(k)
	return k
}

// at does something at a time.
func (k *talker) at(when time.Duration, do func()) { k.RegisterDelayedCallback(do, when) }

// tell has webhooks bring events at a time.
func (k *talker) tell(when time.Duration, events ...conversation.Event) {
	k.at(when, func() { k.SignalWorkflow(contract.SignalEvents, contract.EventsIn{Events: events}) })
}

func (k *talker) opened(when time.Duration, features ...string) {
	k.at(when, func() {
		k.SignalWorkflow(contract.SignalOpened, contract.Opened{Consumer: "kim", Participant: "consumer", Features: features, At: k.Now()})
	})
}

// said is the answer to an update; read it after the workflow has run.
type said struct {
	contract.SendOut
	err  error
	done bool
}

func (k *talker) say(when time.Duration, update string, in any) *said {
	answer := &said{}
	k.at(when, func() {
		k.UpdateWorkflow(update, "", &testsuite.TestUpdateCallback{
			OnAccept: func() {},
			OnReject: func(err error) { answer.done, answer.err = true, err },
			OnComplete: func(out any, err error) {
				answer.done, answer.err = true, err
				answer.SendOut, _ = out.(contract.SendOut)
			},
		}, in)
	})
	return answer
}

// look reads the view at a time.
func (k *talker) look(when time.Duration, see func(conversation.View)) {
	k.at(when, func() {
		var v conversation.View
		value, err := k.QueryWorkflow(contract.QueryConversation)
		require.NoError(k.t, err)
		require.NoError(k.t, value.Get(&v))
		see(v)
	})
}

func (k *talker) runTalk(state *conversation.State) {
	in := contract.ConversationIn{Account: talkRef.Account, App: talkRef.App, Conversation: talkRef.Conversation, State: state}
	if state != nil {
		in.Settings = &k.settings
	}
	k.ExecuteWorkflow(contract.WorkflowConversation, in)
}

// continues returns what was carried to the next execution.
func (k *talker) continues() contract.ConversationIn {
	k.t.Helper()
	var next *workflow.ContinueAsNewError
	require.True(k.t, errors.As(k.GetWorkflowError(), &next), "%v", k.GetWorkflowError())
	var in contract.ConversationIn
	require.NoError(k.t, converter.GetDefaultDataConverter().FromPayloads(next.Input, &in))
	return in
}

// numbers are those of the main dialog, as the journal has them; positions are checked.
func (k *talker) numbers() []int { return k.outside.numbers(k.t) }

// text is a message of the main dialog: even numbers are the consumer's.
func text(n int) conversation.Event {
	e := conversation.Event{
		Key: conversation.NumberedKey("main", n), Kind: conversation.Content, Dialog: "main", Sequence: n,
		From: "agent", Role: conversation.RoleAgent, Via: conversation.ViaWebhook, Body: json.RawMessage(fmt.Sprintf(`{"message":"%d"}`, n)),
	}
	if n%2 == 0 {
		e.From, e.Role = "consumer", conversation.RoleConsumer
	}
	return e
}

func texts(from, to int) (all []conversation.Event) {
	for n := from; n < to; n++ {
		all = append(all, text(n))
	}
	return all
}

// stands is a full statement of the conversation.
func stands(updated int64, stage, state string, dialogs ...conversation.Dialog) conversation.Event {
	return conversation.Event{
		Key: conversation.DetailsKey(updated), Kind: conversation.Details, Sequence: conversation.Unnumbered,
		State: &conversation.Snapshot{
			Updated: updated, Stage: stage, State: state, Skill: "12", Dialogs: dialogs,
			Participants: []conversation.Participant{{ID: "consumer", Role: conversation.RoleConsumer}},
		},
	}
}

func closing(updated int64) conversation.Event { return stands(updated, "CLOSE", "CLOSE") }

// sizeOf is how large a value is as JSON.
func sizeOf(t *testing.T, v any) int {
	text, err := json.Marshal(v)
	require.NoError(t, err)
	return len(text)
}
