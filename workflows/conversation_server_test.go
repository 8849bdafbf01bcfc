package workflows_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"transporter/internal/contract"
	"transporter/internal/conversation"
	"transporter/internal/temporalx"
	"transporter/internal/temporalx/temporaltest"
	"transporter/workflows"
)

// talkOnServer is a Conversation on a real server.
type talkOnServer struct {
	*outside
	t      *testing.T
	server *temporaltest.Server
	client client.Client

	ran sync.Map // ids of executions
}

func talkingOnServer(t *testing.T, o temporaltest.Options) *talkOnServer {
	s := temporaltest.Start(t, o)
	k := &talkOnServer{outside: newOutside(), t: t, server: s, client: s.Client()}
	s.Worker(k.client, contract.QueueWorkflows, func(r worker.Registry) {
		r.RegisterWorkflowWithOptions(workflows.Options{}.Conversation, workflow.RegisterOptions{Name: contract.WorkflowConversation})
	})
	s.Worker(k.client, contract.QueueConnector, func(r worker.Registry) { k.register(r) })
	return k
}

// signal reaches the conversation as the API does, until the server has taken it.
func (k *talkOnServer) signal(ctx context.Context, name string, in any) {
	start := temporalx.ConversationStart(talkRef)
	for {
		run, err := k.client.SignalWithStartWorkflow(ctx, start.ID, name, in, start, contract.WorkflowConversation,
			contract.ConversationIn{Account: talkRef.Account, App: talkRef.App, Conversation: talkRef.Conversation})
		if err == nil {
			k.ran.Store(run.GetRunID(), true)
			return
		}
		if ctx.Err() != nil {
			k.t.Errorf("signal %s: %v", name, err)
			return
		}
	}
}

func (k *talkOnServer) executions() (n int) {
	k.ran.Range(func(any, any) bool { n++; return true })
	return n
}

// view asks until it is answered: an execution that has just begun cannot be asked yet.
func (k *talkOnServer) view(ctx context.Context) (v conversation.View) {
	require.Eventually(k.t, func() bool {
		value, err := k.client.QueryWorkflow(ctx, contract.ConversationID(talkRef.Account, talkRef.Conversation), "", contract.QueryConversation)
		return err == nil && value.Get(&v) == nil
	}, 2*time.Minute, 50*time.Millisecond)
	return v
}

// complete waits until the journal has so many messages and all of it is relayed.
func (k *talkOnServer) complete(messages int) {
	require.Eventually(k.t, func() bool {
		k.mu.Lock()
		defer k.mu.Unlock()
		return k.messages() >= messages && len(k.posted) >= len(k.journal)
	}, 2*time.Minute, 50*time.Millisecond)
}

// messages counts those of the journal. The caller holds the lock.
func (o *outside) messages() (n int) {
	for _, e := range o.journal {
		if e.Event != nil && e.Event.Kind == conversation.Content {
			n++
		}
	}
	return n
}

// disturbed cuts events into deliveries: some twice, out of order by up to ten places.
func disturbed(rnd *rand.Rand, all []conversation.Event) (deliveries [][]conversation.Event) {
	mixed := append([]conversation.Event(nil), all...)
	for i := range mixed {
		j := min(i+rnd.IntN(10), len(mixed)-1)
		mixed[i], mixed[j] = mixed[j], mixed[i]
	}
	for i := 0; i < len(mixed); {
		n := min(1+rnd.IntN(3), len(mixed)-i)
		deliveries = append(deliveries, mixed[i:i+n])
		if rnd.IntN(5) == 0 {
			deliveries = append(deliveries, mixed[i:i+n])
		}
		i += n
	}
	return deliveries
}

// Events flood a conversation from many sides while it continues as new again and again, the
// history cannot be asked, and messages are sent: the journal has each once, in order, without a
// gap, so no signal was lost between two executions.
func TestConversationFloodOnServer(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	k := talkingOnServer(t, temporaltest.Options{Dynamic: []string{"limit.historyCount.suggestContinueAsNew=20"}})
	k.deaf = true
	const messages, sides, sends = 300, 6, 20
	k.next["side"] = 0
	k.signal(ctx, contract.SignalOpened, contract.Opened{Consumer: "kim", Participant: "consumer", At: time.Now()})
	deliveries := disturbed(rand.New(rand.NewPCG(7, 7)), texts(0, messages))
	var wg sync.WaitGroup
	var turn sync.Mutex
	at := 0
	for range sides {
		wg.Go(func() {
			for {
				turn.Lock()
				i := at
				at++
				turn.Unlock()
				if i >= len(deliveries) {
					return
				}
				k.signal(ctx, contract.SignalEvents, contract.EventsIn{Events: deliveries[i]})
			}
		})
	}
	wg.Go(func() {
		for i := range sends {
			k.insist(ctx, contract.UpdateSend, contract.SendIn{IdemKey: fmt.Sprint("k", i), Dialog: "side", Text: "x"})
		}
	})
	wg.Wait()
	k.complete(messages + sends)
	// A flood can keep an execution from ending. What comes one by one meets the end of several.
	last := messages
	for ends := k.executions() + 5; k.executions() < ends; last++ {
		k.signal(ctx, contract.SignalEvents, contract.EventsIn{Events: texts(last, last+1)})
		k.complete(last + 1 + sends)
	}
	v := k.view(ctx)
	require.Zero(t, v.Counts.Gaps+v.Counts.Late)
	k.mu.Lock()
	defer k.mu.Unlock()
	for i, n := range k.numbers(t) {
		require.Equal(t, i, n)
	}
	require.Len(t, k.numbers(t), last)
	require.LessOrEqual(t, len(k.calls), sends, "a repeat of a message is not sent again")
	require.True(t, inOrder(k.posted))
	t.Logf("%d deliveries over %d executions", len(deliveries), k.executions())
}

// insist repeats an update with the same key until it is answered, as the API does when an
// execution ends under it.
func (k *talkOnServer) insist(ctx context.Context, name string, in any) {
	for {
		handle, err := k.client.UpdateWorkflow(ctx, client.UpdateWorkflowOptions{
			WorkflowID: contract.ConversationID(talkRef.Account, talkRef.Conversation), UpdateName: name, Args: []any{in},
			WaitForStage: client.WorkflowUpdateStageCompleted,
		})
		if err == nil {
			err = handle.Get(ctx, nil)
		}
		if err == nil {
			return
		}
		if ctx.Err() != nil {
			k.t.Errorf("update %s: %v", name, err)
			return
		}
	}
}

// numbers are those of the main dialog; positions are checked. The caller holds the lock.
func (o *outside) numbers(t *testing.T) (numbers []int) {
	for i, e := range o.journal {
		require.Equal(t, int64(i), e.Position)
		if e.Event != nil && e.Event.Kind.Numbered() && e.Event.Dialog == "main" {
			numbers = append(numbers, e.Event.Sequence)
		}
	}
	return numbers
}

// inOrder reports that every position was posted, and none before the one before it had been.
func inOrder(posted []int64) bool {
	next := int64(0)
	for _, p := range posted {
		if p > next {
			return false
		}
		next = max(next, p+1)
	}
	return true
}
