package workflows_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/workflow"

	"transporter/internal/account"
	"transporter/internal/contract"
)

// continued runs the bench, has the server suggest a new execution after the last update,
// and returns the state that was carried over.
func continued(t *testing.T, b *bench, state contract.AccountState) contract.AccountState {
	t.Helper()
	b.RegisterDelayedCallback(func() { b.SetContinueAsNewSuggested(true) }, b.next+time.Second)
	b.sendAt(b.next+2*time.Second, contract.UpdateProbe, contract.ProbeIn{}) // refused: only wakes it up
	b.ExecuteWorkflow(contract.WorkflowAccount, state)
	return carried(t, b)
}

func carried(t *testing.T, b *bench) contract.AccountState {
	t.Helper()
	require.True(t, b.IsWorkflowCompleted())
	var next *workflow.ContinueAsNewError
	require.True(t, errors.As(b.GetWorkflowError(), &next), "%v", b.GetWorkflowError())
	require.Equal(t, contract.WorkflowAccount, next.WorkflowType.Name)
	var state contract.AccountState
	require.NoError(t, converter.GetDefaultDataConverter().FromPayloads(next.Input, &state))
	return state
}

func TestContinueAsNewCarriesEverything(t *testing.T) {
	b := newBench(t)
	put := contract.PutTaskIn{Write: contract.Write{IdemKey: "req-1"}, ID: "new", Spec: spec()}
	first := b.send(contract.UpdatePutTask, put)
	state := continued(t, b, filled())
	require.Contains(t, state.Tasks, "new")
	require.Equal(t, filled().Sources, state.Sources)

	b = newBench(t)
	again := b.send(contract.UpdatePutTask, put)
	b.run(state)
	require.NoError(t, again.err)
	require.Equal(t, first.out, again.out, "the answer is remembered across executions")
	require.Empty(t, b.applied)
}

// A new execution is due while writes wait for the lock and for their activities: all of
// them end first, and none is lost.
func TestContinueAsNewWaitsForHandlers(t *testing.T) {
	b := newBench(t)
	b.step = 0
	b.SetContinueAsNewSuggested(true)
	state := filled()
	state.Limits = account.Limits{Tasks: 100, PerReport: 100}
	var all []*sent
	for i := range 40 {
		all = append(all, b.send(contract.UpdatePutTask, contract.PutTaskIn{ID: fmt.Sprint("t", i), Spec: spec()}))
		all = append(all, b.send(contract.UpdatePutSettings, contract.PutSettingsIn{
			Write: anyVersion, Settings: account.Settings{Zone: fmt.Sprint("Zone/", i)},
		}))
	}
	b.ExecuteWorkflow(contract.WorkflowAccount, state)
	next := carried(t, b)
	done := 0
	for i, s := range all {
		if !s.done { // admitted after the end: the server gives it to the next execution
			continue
		}
		require.NoError(t, s.err)
		done++
		if i%2 == 0 {
			require.Contains(t, next.Tasks, fmt.Sprint("t", i/2), "a write that was answered is in the state")
		}
	}
	require.NotZero(t, done)
	require.Equal(t, int64(done), next.Writes)
	require.Len(t, next.Tasks, 1+len(b.applied), "ledger, schedule and registry agree")
}
