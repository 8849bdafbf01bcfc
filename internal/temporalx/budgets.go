package temporalx

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"golang.org/x/sync/semaphore"

	"transporter/internal/contract"
)

const (
	// updatesAtOnce of a process wait for their answers: an entity takes ten at a time, and
	// past that a client backs off by seconds.
	updatesAtOnce = 8
	// leaseWithin is how long an update may take: it is answered at once, or nobody is there
	// to answer.
	leaseWithin = 5 * time.Second
)

// Budgets asks Budget entities for slots.
type Budgets struct {
	client client.Client
	turns  *semaphore.Weighted
}

// NewBudgets returns them over the client. It is for one process: all its updates share one
// queue.
func NewBudgets(c client.Client) *Budgets {
	return &Budgets{client: c, turns: semaphore.NewWeighted(updatesAtOnce)}
}

// Lease sends the update to the budget of the platform account at the host, and makes that if
// there is none. An error says nothing of whether the update was done: the next one, with a
// higher sequence, puts it right.
func (b *Budgets) Lease(ctx context.Context, account, host string, in contract.LeaseIn) (out contract.LeaseOut, err error) {
	ctx, cancel := context.WithTimeout(ctx, leaseWithin)
	defer cancel()
	if err := b.turns.Acquire(ctx, 1); err != nil {
		return out, wrap("wait for a turn to ask for slots", err)
	}
	defer b.turns.Release(1)
	update := client.UpdateWorkflowOptions{
		WorkflowID: contract.BudgetID(account, host), UpdateName: contract.UpdateLease, Args: []any{in},
		WaitForStage: client.WorkflowUpdateStageCompleted,
	}
	handle, err := b.client.UpdateWorkflow(ctx, update)
	if missing := new(serviceerror.NotFound); errors.As(err, &missing) {
		handle, err = b.start(ctx, account, host, update)
	}
	if err == nil {
		err = handle.Get(ctx, &out)
	}
	return out, wrap("ask for slots of platform account "+account, err)
}

func (b *Budgets) start(ctx context.Context, account, host string, update client.UpdateWorkflowOptions) (client.WorkflowUpdateHandle, error) {
	start := b.client.NewWithStartWorkflowOperation(client.StartWorkflowOptions{
		ID: update.WorkflowID, TaskQueue: contract.QueueWorkflows,
		WorkflowIDConflictPolicy: enumspb.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
		StaticSummary:            fmt.Sprintf("slots for requests of platform account %s at %s", account, host),
	}, contract.WorkflowBudget, contract.BudgetState{})
	return b.client.UpdateWithStartWorkflow(ctx, client.UpdateWithStartWorkflowOptions{
		StartWorkflowOperation: start, UpdateOptions: update,
	})
}

// ProcessName names this life of this process, as people find it: pid@host and the moment
// at which it began.
func ProcessName(began time.Time) string {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	return fmt.Sprintf("%d@%s since %s", os.Getpid(), host, began.UTC().Format(contract.MillisLayout))
}
