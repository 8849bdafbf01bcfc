package httpapi_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/httpapi"
	"transporter/internal/temporalx"
	"transporter/internal/temporalx/temporaltest"
	"transporter/workflows"
)

// openings are the real workflow of openings on a Temporal server, over a step that does as the test says.
type openings struct {
	*httpapi.Temporal
	client client.Client

	mu    sync.Mutex
	asked []contract.OpenIn
	step  func() (contract.OpenOut, error)
}

// does has the step do so from now on.
func (o *openings) does(step func() (contract.OpenOut, error)) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.step = step
}

func startOpenings(t *testing.T) *openings {
	t.Helper()
	s, o := temporaltest.Start(t, temporaltest.Options{}), &openings{}
	o.client = s.Client()
	data := temporalx.DataConverter(s.Keys, s.Namespace)
	o.Temporal = httpapi.NewTemporal(httpapi.TemporalConfig{Client: o.client, Namespace: s.Namespace, Data: data, Failure: temporalx.FailureConverter(data)})
	s.Worker(o.client, contract.QueueWorkflows, func(r worker.Registry) {
		r.RegisterWorkflowWithOptions(workflows.Options{}.OpenConversation, workflow.RegisterOptions{Name: contract.WorkflowOpenConversation})
	})
	s.Worker(o.client, contract.QueueConnector, func(r worker.Registry) {
		r.RegisterActivityWithOptions(func(_ context.Context, in contract.OpenIn) (contract.OpenOut, error) {
			o.mu.Lock()
			o.asked = append(o.asked, in)
			step := o.step
			o.mu.Unlock()
			return step()
		}, activity.RegisterOptions{Name: contract.ActivityConnectorOpen})
	})
	return o
}

// ends runs an opening that an operator terminates, or cancels, while its step works.
func (o *openings) ends(t *testing.T, in contract.OpenIn, end func(ctx context.Context, id string) error) {
	t.Helper()
	began, over := make(chan struct{}, 1), make(chan struct{})
	o.does(func() (contract.OpenOut, error) {
		began <- struct{}{}
		<-over
		return contract.OpenOut{}, temporal.NewNonRetryableApplicationError("it cannot say", "x", nil)
	})
	answered := make(chan error, 1)
	go func() {
		_, err := o.OpenConversation(t.Context(), in)
		answered <- err
	}()
	<-began
	require.NoError(t, end(t.Context(), contract.OpenID(in.Account, in.IdemKey)))
	close(over)
	require.Error(t, <-answered)
}

var anOpening = contract.OpenIn{Account: "acme", App: "app", Consumer: "kim", IdemKey: "o-1", Message: "hello"}

// What the first run of a key left is known to the one after a run that an operator ended: that one has nothing
// to say of it.
func TestAnOpeningRemembersTheFirstDoubt(t *testing.T) {
	for name, end := range map[string]func(*openings) func(context.Context, string) error{
		"terminated": func(o *openings) func(context.Context, string) error {
			return func(ctx context.Context, id string) error { return o.client.TerminateWorkflow(ctx, id, "", "enough") }
		},
		"cancelled": func(o *openings) func(context.Context, string) error {
			return func(ctx context.Context, id string) error { return o.client.CancelWorkflow(ctx, id, "") }
		},
	} {
		t.Run(name, func(t *testing.T) {
			o := startOpenings(t)
			left := contract.Doubt{Since: time.Now().Add(-time.Hour).UnixMilli(), Maybe: time.Now().Add(-time.Minute).UnixMilli(), Opened: &contract.OpenOut{Conversation: "c-1"}}
			o.does(func() (contract.OpenOut, error) {
				return contract.OpenOut{}, temporal.NewNonRetryableApplicationError("lost", string(fault.Upstream), nil, left)
			})
			_, err := o.OpenConversation(t.Context(), anOpening)
			require.ErrorContains(t, err, "lost")
			first := time.Now().UnixMilli()
			for range 2 {
				o.ends(t, anOpening, end(o))
			}
			o.does(func() (contract.OpenOut, error) {
				return contract.OpenOut{Conversation: "c-1", Sequence: new(int)}, nil
			})
			out, err := o.OpenConversation(t.Context(), anOpening)
			require.NoError(t, err)
			require.Equal(t, "c-1", out.Conversation)
			require.Len(t, o.asked, 4)
			last := o.asked[3].Doubt
			require.Equal(t, o.asked[1].Doubt.Since, last.Since)
			require.Equal(t, left.Opened, last.Opened)
			require.GreaterOrEqual(t, last.Maybe, first)
			require.True(t, last.Unknown)
		})
	}
}

// A key is one opening's: another one under it is refused, whether the first is under way or done, and a message that
// was not sent is not taken for one that was.
func TestAKeyIsOfOneOpening(t *testing.T) {
	o := startOpenings(t)
	began, goOn := make(chan struct{}), make(chan struct{})
	o.does(func() (contract.OpenOut, error) {
		close(began)
		<-goOn
		return contract.OpenOut{Conversation: "c-1"}, nil
	})
	silent := anOpening
	silent.Message = ""
	first := make(chan error, 1)
	go func() {
		_, err := o.OpenConversation(t.Context(), silent)
		first <- err
	}()
	<-began
	others := func() {
		for field, change := range map[string]func(*contract.OpenIn){
			"body.consumer": func(in *contract.OpenIn) { in.Consumer = "lee" }, "body.app": func(in *contract.OpenIn) { in.App = "other" },
		} {
			in := anOpening
			change(&in)
			_, err := o.OpenConversation(t.Context(), in)
			require.True(t, fault.Is(err, fault.Conflict), "%v", err)
			require.ErrorContains(t, err, field)
		}
	}
	others()
	close(goOn)
	require.NoError(t, <-first)
	others()
	out, err := o.OpenConversation(t.Context(), silent)
	require.NoError(t, err)
	require.Equal(t, "c-1", out.Conversation)
	_, err = o.OpenConversation(t.Context(), anOpening)
	require.True(t, fault.Is(err, fault.Conflict), "%v", err)
	require.ErrorContains(t, err, "conversation c-1 was opened without a first message under this Idempotency-Key (send the message in that conversation")
	require.Len(t, o.asked, 1)
}
