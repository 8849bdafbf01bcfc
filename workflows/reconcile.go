package workflows

import (
	"fmt"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"transporter/internal/contract"
	"transporter/internal/human"
)

const (
	// accountsPage is how many accounts are listed at once: their ids fit into one small result.
	accountsPage = 400
	// accountsAtOnce bounds the accounts that are worked on side by side, so that live runs
	// find the store and the server free.
	accountsAtOnce = 4
)

// Reconcile holds what Temporal and the store say against the ledgers of every task, and
// brings them together: pauses made in the Temporal UI go to the ledger, schedules that
// were edited or deleted there are made anew, windows that nothing has worked on are
// backfilled, runs that were ended from outside get their record. It starts exactly what
// is missing, never what is red. A failing account stops no other; the run is red then.
func (o Options) Reconcile(ctx workflow.Context) (contract.Reconciled, error) {
	return overAccounts(o.bind(ctx), contract.ActivityReconcileAccount,
		func(sum, one contract.Reconciled) contract.Reconciled { return sum.Add(one) },
		func(sum contract.Reconciled, accounts, failed int) contract.Reconciled {
			sum.Accounts, sum.Failed = accounts, failed
			return sum
		})
}

// Maintain is the daily work: boundaries that are past are frozen, what is past its
// retention is removed. A failing account stops no other; the run is red then.
func (o Options) Maintain(ctx workflow.Context) (contract.Maintained, error) {
	return overAccounts(o.bind(ctx), contract.ActivityMaintainAccount,
		func(sum, one contract.Maintained) contract.Maintained { return sum.Add(one) },
		func(sum contract.Maintained, accounts, failed int) contract.Maintained {
			sum.Accounts, sum.Failed = accounts, failed
			return sum
		})
}

// Revise starts the checks for late data that are due: one run for each delivered window, which
// delivers the next revision if the source has changed its rows. A failing account stops no
// other; the run is red then.
func (o Options) Revise(ctx workflow.Context) (contract.Revised, error) {
	return overAccounts(o.bind(ctx), contract.ActivityReviseAccount,
		func(sum, one contract.Revised) contract.Revised { return sum.Add(one) },
		func(sum contract.Revised, accounts, failed int) contract.Revised {
			sum.Accounts, sum.Failed = accounts, failed
			return sum
		})
}

// overAccounts runs the activity for every account, some side by side, and sums its answers.
func overAccounts[Out any](ctx workflow.Context, name string, add func(sum, one Out) Out, finish func(sum Out, accounts, failed int) Out) (Out, error) {
	var sum Out
	accounts, failed, firstErr := 0, 0, error(nil)
	for page := (contract.AccountsIn{Limit: accountsPage}); ; {
		list, err := exec[contract.AccountsOut](summarise(ctx, "list the accounts"), contract.ActivityListAccounts, page)
		if err != nil {
			return sum, err
		}
		group, slots := workflow.NewWaitGroup(ctx), workflow.NewSemaphore(ctx, accountsAtOnce)
		for _, id := range list.Accounts {
			if err := slots.Acquire(ctx, 1); err != nil {
				return sum, err
			}
			group.Add(1)
			workflow.Go(ctx, func(ctx workflow.Context) {
				defer group.Done()
				defer slots.Release(1)
				one, err := exec[Out](summarise(ctx, "account %s", id), name, contract.ReconcileIn{Account: id})
				accounts++
				if err != nil {
					failed++
					if firstErr == nil {
						firstErr = temporal.NewNonRetryableApplicationError("account "+id+": "+message(err), string(kindOf(err)), nil)
					}
					return
				}
				sum = add(sum, one)
			})
		}
		group.Wait(ctx)
		if !list.More || len(list.Accounts) == 0 {
			break
		}
		page.After = list.Accounts[len(list.Accounts)-1]
	}
	sum = finish(sum, accounts, failed)
	workflow.SetCurrentDetails(ctx, fmt.Sprintf("%s, %s failed: %+v", human.Count(accounts, "account"), human.Number(int64(failed)), sum))
	return sum, firstErr
}
