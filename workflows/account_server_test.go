package workflows_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
	"google.golang.org/protobuf/proto"

	"transporter/internal/account"
	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/temporalx"
	"transporter/internal/temporalx/temporaltest"
	"transporter/workflows"
)

// entityOnServer is one Account entity on a real server; its task steps are recorded
// instead of done.
type entityOnServer struct {
	t      *testing.T
	server *temporaltest.Server
	client client.Client

	mu      sync.Mutex
	applied []string // tasks, in order of their steps
}

func (e *entityOnServer) apply(in contract.TaskApplyIn) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.applied = append(e.applied, in.Task.ID)
	return nil
}

func onServer(t *testing.T, o temporaltest.Options) *entityOnServer {
	s := temporaltest.Start(t, o)
	e := &entityOnServer{t: t, server: s, client: s.Client()}
	s.Worker(e.client, contract.QueueWorkflows, func(r worker.Registry) {
		r.RegisterWorkflowWithOptions(workflows.Options{}.Account, workflow.RegisterOptions{Name: contract.WorkflowAccount})
		r.RegisterActivityWithOptions(e.apply, activity.RegisterOptions{Name: contract.ActivityTaskApply})
		r.RegisterActivityWithOptions(func(contract.TaskRemoveIn) error { return nil }, activity.RegisterOptions{Name: contract.ActivityTaskRemove})
	})
	return e
}

// create starts the entity by update-with-start, as the API does.
func (e *entityOnServer) create(ctx context.Context, in contract.CreateIn) error {
	start := e.client.NewWithStartWorkflowOperation(client.StartWorkflowOptions{
		ID: contract.AccountID(in.Account), TaskQueue: contract.QueueWorkflows,
		WorkflowIDConflictPolicy: enumspb.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
	}, contract.WorkflowAccount, contract.AccountState{})
	handle, err := e.client.UpdateWithStartWorkflow(ctx, client.UpdateWithStartWorkflowOptions{
		StartWorkflowOperation: start,
		UpdateOptions: client.UpdateWorkflowOptions{
			UpdateName: contract.UpdateCreate, Args: []any{in}, WaitForStage: client.WorkflowUpdateStageCompleted,
		},
	})
	if err != nil {
		return err
	}
	return handle.Get(ctx, nil)
}

func (e *entityOnServer) update(ctx context.Context, id, name string, in any) (out contract.Written, err error) {
	handle, err := e.client.UpdateWorkflow(ctx, client.UpdateWorkflowOptions{
		WorkflowID: contract.AccountID(id), UpdateName: name, Args: []any{in}, WaitForStage: client.WorkflowUpdateStageCompleted,
	})
	if err == nil {
		err = handle.Get(ctx, &out)
	}
	return out, err
}

func (e *entityOnServer) runID(ctx context.Context, id string) string {
	d, err := e.client.DescribeWorkflowExecution(ctx, contract.AccountID(id), "")
	require.NoError(e.t, err)
	return d.WorkflowExecutionInfo.Execution.RunId
}

// history returns the raw events of an execution, the newest if run is empty, as the
// server stores them.
func (e *entityOnServer) history(ctx context.Context, id, run string) *historypb.History {
	var h historypb.History
	it := e.client.GetWorkflowHistory(ctx, id, run, false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for it.HasNext() {
		event, err := it.Next()
		require.NoError(e.t, err)
		h.Events = append(h.Events, event)
	}
	return &h
}

func TestAccountOnServer(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	const canary = "Zanzibar-canary-7461"
	e := onServer(t, temporaltest.Options{})
	accounts := temporalx.NewAccounts(e.client)

	_, err := accounts.Snapshot(ctx, "acme")
	require.True(t, fault.Is(err, fault.NotFound), "%v", err)

	in := contract.CreateIn{Write: contract.Write{IdemKey: "c1"}, Account: "acme", Description: canary}
	require.NoError(t, e.create(ctx, in))
	require.NoError(t, e.create(ctx, in), "a repeat is harmless")
	_, err = e.update(ctx, "acme", contract.UpdatePutSource, contract.PutSourceIn{
		Source: account.Source{Meta: account.Meta{ID: "src", Description: canary}, Secret: sealed(canary)},
	})
	require.NoError(t, err)

	_, err = e.update(ctx, "acme", contract.UpdatePutSource, contract.PutSourceIn{
		Write: contract.Write{IfVersion: 9}, Source: account.Source{Meta: account.Meta{ID: "src"}},
	})
	require.Equal(t, fault.Conflict, kindOf(t, err), "the kind survives the way to the caller: %v", err)
	require.ErrorContains(t, err, "version 1, not 9")

	s, err := accounts.Snapshot(ctx, "acme")
	require.NoError(t, err)
	require.Equal(t, canary, s.Sources["src"].Description)

	t.Run("history is unreadable without keys", func(t *testing.T) {
		h := e.history(ctx, contract.AccountID("acme"), "")
		raw, err := proto.Marshal(h)
		require.NoError(t, err)
		require.NotContains(t, string(raw), canary)
		require.Contains(t, string(raw), contract.UpdatePutSource, "control: names are in clear")
		var got contract.CreateIn
		for _, event := range h.Events {
			if a := event.GetWorkflowExecutionUpdateAcceptedEventAttributes(); a != nil && a.AcceptedRequest.Input.Name == contract.UpdateCreate {
				dc := temporalx.DataConverter(e.server.Keys, e.server.Namespace)
				require.NoError(t, dc.FromPayloads(a.AcceptedRequest.Input.Args, &got))
			}
		}
		require.Equal(t, canary, got.Description, "control: with the keys it is there")
	})
	t.Run("closing ends it", func(t *testing.T) {
		_, err := e.update(ctx, "acme", contract.UpdateClose, contract.CloseIn{})
		require.NoError(t, err)
		require.NoError(t, e.client.GetWorkflow(ctx, contract.AccountID("acme"), "").Get(ctx, nil))
		_, err = accounts.Snapshot(ctx, "acme")
		require.True(t, fault.Is(err, fault.NotFound), "%v", err)
	})
}

// Many callers write while the entity continues as new again and again, every other write
// waiting for an activity: every answered write is in the state, and none is applied twice.
func TestContinueAsNewUnderLoad(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	e := onServer(t, temporaltest.Options{Dynamic: []string{"limit.historyCount.suggestContinueAsNew=60"}})
	const callers, each = 6, 24 // below the ten updates that one execution takes at once
	e.furnish(ctx, account.Limits{Tasks: callers * each, PerReport: callers * each})
	first := e.runID(ctx, "acme")

	var wg sync.WaitGroup
	for c := range callers {
		wg.Go(func() {
			for i := range each {
				if err := e.putOne(ctx, fmt.Sprintf("%d-%d", c, i), i%2 == 0); err != nil {
					t.Errorf("%d-%d: %v", c, i, err)
				}
			}
		})
	}
	wg.Wait()
	s, err := temporalx.NewAccounts(e.client).Snapshot(ctx, "acme")
	require.NoError(t, err)
	require.Len(t, s.Tasks, callers*each/2)
	require.Len(t, s.Destinations, 1+callers*each/2)
	for id, d := range s.Destinations {
		require.Equal(t, 1, d.Version, "%s was applied twice", id)
	}
	for id, d := range s.Tasks {
		require.Equal(t, 1, d.Version, "%s was applied twice", id)
		require.Contains(t, e.applied, id)
	}
	require.Len(t, e.applied, len(s.Tasks), "each task's ledger and schedule were written once")
	require.NotEqual(t, first, e.runID(ctx, "acme"), "the load was to cause a new execution")
}

// furnish makes an account that can hold tasks of spec.
func (e *entityOnServer) furnish(ctx context.Context, most account.Limits) {
	require.NoError(e.t, e.create(ctx, contract.CreateIn{Account: "acme"}))
	for _, w := range []struct {
		name string
		in   any
	}{
		{contract.UpdatePutPlan, contract.PutPlanIn{Plan: account.PlanPremium, Limits: most}},
		{contract.UpdatePutSource, contract.PutSourceIn{Source: account.Source{Meta: account.Meta{ID: "src"}, Secret: sealed("s")}}},
		{contract.UpdatePutDestination, contract.PutDestinationIn{Destination: account.Destination{Meta: account.Meta{ID: "lake"}}}},
		{contract.UpdatePutKey, contract.PutKeyIn{Key: account.Key{Meta: account.Meta{ID: "key"}, Armored: "a", Fingerprint: "F"}}},
	} {
		_, err := e.update(ctx, "acme", w.name, w.in)
		require.NoError(e.t, err, w.name)
	}
}

// putOne makes a task, whose write waits for an activity, or a destination.
func (e *entityOnServer) putOne(ctx context.Context, id string, aTask bool) error {
	head := contract.Write{IdemKey: id}
	if aTask {
		return e.insist(ctx, contract.UpdatePutTask, contract.PutTaskIn{Write: head, ID: id, Spec: spec()})
	}
	return e.insist(ctx, contract.UpdatePutDestination, contract.PutDestinationIn{
		Write: head, Destination: account.Destination{Meta: account.Meta{ID: id}},
	})
}

// insist repeats a write with the same key until it is answered, as the API does when an
// execution ends under it.
func (e *entityOnServer) insist(ctx context.Context, name string, in any) error {
	for {
		_, err := e.update(ctx, "acme", name, in)
		if err == nil || ctx.Err() != nil {
			return err
		}
		e.t.Logf("again after: %v", err)
	}
}
