package workflows_test

import (
	"context"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"

	"transporter/internal/contract"
	"transporter/internal/conversation"
	"transporter/internal/fault"
	"transporter/internal/temporalx"
	"transporter/workflows"
)

// conversations records one that is opened, spoken in, repaired from the history, refused a
// message and continued as new, and its next execution up to where it waits to end.
func (r *recorder) conversations(ctx context.Context) {
	o := newOutside()
	o.history = texts(0, 12)
	w := worker.New(r.client, contract.QueueConnector, worker.Options{DisableRegistrationAliasing: true, Identity: "recorder"})
	o.register(w)
	for _, name := range []string{contract.ActivityConnectorOpen, contract.ActivityConnectorFetch} {
		w.RegisterActivityWithOptions(answer(workflows.Steps()[name]), activity.RegisterOptions{Name: name})
	}
	require.NoError(r.t, w.Start())
	r.t.Cleanup(w.Stop)
	start := temporalx.ConversationStart(talkRef)
	signal := func(name string, in any) string {
		run, err := r.client.SignalWithStartWorkflow(ctx, start.ID, name, in, start, contract.WorkflowConversation,
			contract.ConversationIn{Account: talkRef.Account, App: talkRef.App, Conversation: talkRef.Conversation})
		require.NoError(r.t, err)
		return run.GetRunID()
	}
	tell := func(events ...conversation.Event) string {
		return signal(contract.SignalEvents, contract.EventsIn{Events: events})
	}
	say := func(update string, in any) error {
		handle, err := r.client.UpdateWorkflow(ctx, client.UpdateWorkflowOptions{
			WorkflowID: start.ID, UpdateName: update, Args: []any{in}, WaitForStage: client.WorkflowUpdateStageCompleted,
		})
		if err == nil {
			err = handle.Get(ctx, nil)
		}
		return err
	}
	first := signal(contract.SignalOpened, contract.Opened{Consumer: "kim", Participant: "consumer", Features: []string{"AUTO_MESSAGES"}, At: time.Now()})
	tell(stands(1, "OPEN", "OPEN"))
	require.NoError(r.t, say(contract.UpdateSend, contract.SendIn{IdemKey: "k0", Text: "hello"}))
	tell(text(0), text(1))
	o.setNext("main", 2)
	require.NoError(r.t, say(contract.UpdateMark, contract.MarkIn{IdemKey: "k1", Status: "READ", Sequences: []int{1}}))
	require.NoError(r.t, say(contract.UpdateTyping, contract.TypingIn{State: "COMPOSING"}))
	o.setRefuse(fault.PermissionDenied)
	require.Error(r.t, say(contract.UpdateSend, contract.SendIn{IdemKey: "k2", Text: "refused"}))
	o.setRefuse("")
	n := 4 // 3 is missing, and asked for
	for ; n < 20 && tell(text(n)) == first; n++ {
		r.pause(ctx, 200*time.Millisecond)
	}
	r.save(ctx, "conversation-continued", start.ID, first)
	second := tell(text(n+1), closing(2))
	require.Eventually(r.t, func() bool {
		value, err := r.client.QueryWorkflow(ctx, start.ID, "", contract.QueryConversation)
		var v conversation.View
		return err == nil && value.Get(&v) == nil && v.Looked
	}, 2*time.Minute, time.Second/10)
	require.NotEqual(r.t, first, second)
	r.save(ctx, "conversation-closed", start.ID, second)
}

// pause lets what was told be written before more is.
func (r *recorder) pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

func (o *outside) setNext(dialog string, n int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.next[dialog] = n
}

func (o *outside) setRefuse(kind fault.Kind) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.refuse = kind
}
