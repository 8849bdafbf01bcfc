package activities

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"transporter/internal/contract"
	"transporter/internal/sandbox"
	"transporter/internal/temporalx/temporaltest"
	"transporter/workflows"
)

// What an attempt knows reaches the next through the server: after a refusal it opens at once, and
// after an answer that was lost it finds what is open. Had the word of the attempt before been
// lost, each would have waited for a minute.
func TestTheNextAttemptKnows(t *testing.T) {
	s := temporaltest.Start(t, temporaltest.Options{})
	k := startTalking(t)
	c := s.Client()
	s.Worker(c, contract.QueueWorkflows, func(r worker.Registry) {
		r.RegisterWorkflowWithOptions(workflows.Options{}.OpenConversation, workflow.RegisterOptions{Name: contract.WorkflowOpenConversation})
	})
	s.Worker(c, contract.QueueConnector, func(r worker.Registry) {
		r.RegisterActivityWithOptions(k.Open, activity.RegisterOptions{Name: contract.ActivityConnectorOpen})
	})
	open := func(consumer string, fault sandbox.Fault) contract.OpenOut {
		ctx, cancel := context.WithTimeout(t.Context(), 55*time.Second)
		defer cancel()
		require.NoError(t, k.SetFaults(fault))
		run, err := c.ExecuteWorkflow(ctx, client.StartWorkflowOptions{ID: contract.OpenID("acme", consumer), TaskQueue: contract.QueueWorkflows},
			contract.WorkflowOpenConversation, contract.OpenIn{Account: "acme", App: "app", Consumer: consumer, IdemKey: consumer, Message: "hello"})
		require.NoError(t, err)
		var out contract.OpenOut
		require.NoError(t, run.Get(ctx, &out))
		return out
	}
	for consumer, fault := range map[string]sandbox.Fault{
		"refused": {Path: pathOpen, Kind: sandbox.TooManyRequests},
		"lost":    {Path: pathOpen, Kind: sandbox.LostAnswer},
		"unsaid":  {Path: pathSend, Kind: sandbox.LostAnswer},
	} {
		out := open(consumer, fault)
		is, ok := k.Live().Record(platformAccount, out.Conversation)
		require.True(t, ok, consumer)
		require.Len(t, is.Events, 1, consumer)
		require.Equal(t, 0, *out.Sequence, consumer)
	}
	require.Len(t, k.Live().List(platformAccount), 3)
}
