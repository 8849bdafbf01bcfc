package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"transporter/internal/contract"
)

const (
	// leaseFor is how long slots stay a process's own without a renewal: ten renewals may be
	// lost to a server that restarts, and the slots of a process that died are back soon.
	leaseFor = 20 * time.Second
	// renewEvery is how soon a process hears that it has to give slots back, and another that
	// there are some.
	renewEvery = 2 * time.Second
	// budgetUpdates end an execution: a server takes 2,000 updates of one, and each is five
	// events of its history.
	budgetUpdates = 500
	// budgetIdle ends a budget that nobody asks; by then every lease is over.
	budgetIdle = 5 * time.Minute
)

// budget is one Budget: its state, and how many updates this execution has answered.
type budget struct {
	contract.BudgetState
	updates int
	last    time.Time // of the last update
}

// Budget is the entity that lends the slots for requests to one host of a platform account
// to worker processes, so that all of them together never have more requests under way than
// the account's cap. An update is answered at once; a lease that is not renewed ends. It
// lives while somebody asks, as a chain of continued executions.
func (o Options) Budget(ctx workflow.Context, state contract.BudgetState) error {
	b := &budget{BudgetState: state, last: workflow.Now(ctx)}
	b.notAhead(b.last)
	holders := func() (contract.BudgetState, error) { return b.BudgetState, nil }
	err := workflow.SetQueryHandlerWithOptions(ctx, contract.QueryHolders, holders,
		workflow.QueryHandlerOptions{Description: "who holds how many slots"})
	if err != nil {
		return err
	}
	err = workflow.SetUpdateHandlerWithOptions(ctx, contract.UpdateLease, b.lease, workflow.UpdateHandlerOptions{
		Validator: func(in contract.LeaseIn) error { return refusal(b.check(in)) }, Description: "ask for slots, renew them or give them back",
	})
	if err != nil {
		return err
	}
	b.show(ctx)
	return b.run(ctx)
}

// run waits until the history is long enough to begin a new one, or nobody asks any more.
// The handler never yields, so nothing is lost between its end and the return.
func (b *budget) run(ctx workflow.Context) error {
	full := func() bool { return b.updates >= budgetUpdates || continueSuggested(ctx) }
	for !full() {
		idle := budgetIdle - workflow.Now(ctx).Sub(b.last)
		if idle <= 0 {
			return nil
		}
		if _, err := workflow.AwaitWithTimeout(ctx, idle, full); err != nil {
			return err
		}
	}
	if err := workflow.Await(ctx, func() bool { return workflow.AllHandlersFinished(ctx) }); err != nil {
		return err
	}
	options := workflow.ContinueAsNewErrorOptions{InitialVersioningBehavior: workflow.ContinueAsNewVersioningBehaviorAutoUpgrade}
	return workflow.NewContinueAsNewErrorWithOptions(ctx, options, contract.WorkflowBudget, b.BudgetState)
}
