package workflows_test

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/workflows"
)

// keeping is a Reconcile or Maintain under test: the accounts that there are, and what
// became of the calls.
type keeping struct {
	*testsuite.TestWorkflowEnvironment
	accounts int
	lists    func(n int) error // what the n-th list answers
	work     func(account string, n int) error

	mu     sync.Mutex // accounts are worked on beside each other
	listed []contract.AccountsIn
	tries  map[string]int
	at     int // accounts that are worked on now
	most   int
}

func newKeeping(accounts int) *keeping {
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(log.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	k := &keeping{
		TestWorkflowEnvironment: suite.NewTestWorkflowEnvironment(), accounts: accounts, tries: map[string]int{},
		lists: func(int) error { return nil }, work: func(string, int) error { return nil },
	}
	k.SetStartTime(day)
	for name, flow := range (workflows.Options{}).All() {
		k.RegisterWorkflowWithOptions(flow, workflow.RegisterOptions{Name: name})
	}
	named := func(name string, f any) { k.RegisterActivityWithOptions(f, activity.RegisterOptions{Name: name}) }
	named(contract.ActivityListAccounts, k.list)
	named(contract.ActivityReconcileAccount, func(_ context.Context, in contract.ReconcileIn) (contract.Reconciled, error) {
		return contract.Reconciled{Tasks: 3, Missing: 1, Recreated: 1}, k.one(in.Account)
	})
	named(contract.ActivityMaintainAccount, func(_ context.Context, in contract.ReconcileIn) (contract.Maintained, error) {
		return contract.Maintained{Frozen: 2, Removed: 1, Bytes: 10}, k.one(in.Account)
	})
	named(contract.ActivityReviseAccount, func(_ context.Context, in contract.ReconcileIn) (contract.Revised, error) {
		return contract.Revised{Tasks: 1, Started: 2, Waiting: 1}, k.one(in.Account)
	})
	return k
}

func accountName(n int) string { return fmt.Sprintf("a%04d", n) }

// list answers as the port does: so many names after one, in order.
func (k *keeping) list(_ context.Context, in contract.AccountsIn) (out contract.AccountsOut, err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.listed = append(k.listed, in)
	if err := k.lists(len(k.listed)); err != nil {
		return out, err
	}
	for n := range k.accounts {
		switch id := accountName(n); {
		case id <= in.After:
		case len(out.Accounts) == in.Limit:
			out.More = true
			return out, nil
		default:
			out.Accounts = append(out.Accounts, id)
		}
	}
	return out, nil
}

func (k *keeping) one(account string) error {
	k.mu.Lock()
	k.tries[account]++
	n := k.tries[account]
	k.at++
	k.most = max(k.most, k.at)
	k.mu.Unlock()
	defer func() {
		k.mu.Lock()
		k.at--
		k.mu.Unlock()
	}()
	return k.work(account, n)
}

var errAway = temporal.NewApplicationError("the store is away", string(fault.Upstream))

func TestReconcileGoesThroughEveryPageOfAccounts(t *testing.T) {
	const accounts = 901 // more than two pages
	k := newKeeping(accounts)
	k.ExecuteWorkflow(contract.WorkflowReconcile)
	var out contract.Reconciled
	require.NoError(t, k.GetWorkflowResult(&out))
	require.Equal(t, contract.Reconciled{Accounts: accounts, Tasks: 3 * accounts, Missing: accounts, Recreated: accounts}, out)
	require.Len(t, k.tries, accounts)
	for account, tries := range k.tries {
		require.Equal(t, 1, tries, account)
	}
	require.Len(t, k.listed, 3)
	require.Empty(t, k.listed[0].After)
	require.Equal(t, accountName(399), k.listed[1].After)
	require.Equal(t, accountName(799), k.listed[2].After)
	require.LessOrEqual(t, k.most, 4, "live runs find the store free")
}

func TestMaintainSumsItsAccounts(t *testing.T) {
	k := newKeeping(5)
	k.ExecuteWorkflow(contract.WorkflowMaintain)
	var out contract.Maintained
	require.NoError(t, k.GetWorkflowResult(&out))
	require.Equal(t, contract.Maintained{Accounts: 5, Frozen: 10, Removed: 5, Bytes: 50}, out)
}

func TestReviseSumsItsAccounts(t *testing.T) {
	k := newKeeping(3)
	k.ExecuteWorkflow(contract.WorkflowRevise)
	var out contract.Revised
	require.NoError(t, k.GetWorkflowResult(&out))
	require.Equal(t, contract.Revised{Accounts: 3, Tasks: 3, Started: 6, Waiting: 3}, out)
}

func TestMaintenanceWithTroubles(t *testing.T) {
	for name, c := range map[string]struct {
		set   func(*keeping)
		says  string        // in the error; empty: green
		tries int           // of account a0001
		took  time.Duration // at least, and less than the next hour's
	}{
		"nobody is there": {set: func(k *keeping) { k.accounts = 0 }},
		"an account that answers after a while": {
			set: func(k *keeping) {
				k.work = func(account string, n int) error {
					if account == accountName(1) && n < 4 {
						return errAway
					}
					return nil
				}
			},
			tries: 4, took: 14 * time.Second,
		},
		"an account that cannot be reconciled": {
			set: func(k *keeping) {
				k.work = func(account string, _ int) error {
					if account == accountName(1) {
						return temporal.NewNonRetryableApplicationError("entry 2 is missing", string(fault.Corrupt), nil)
					}
					return nil
				}
			},
			says: "account a0001: entry 2 is missing", tries: 1,
		},
		"an account that is away for longer": {
			set: func(k *keeping) {
				k.work = func(account string, _ int) error {
					if account == accountName(1) {
						return errAway
					}
					return nil
				}
			},
			says: "account a0001: the store is away", tries: 10, took: 13 * time.Minute, // the environment tries no oftener
		},
		"a list that fails at first": {
			set: func(k *keeping) {
				k.lists = func(n int) error {
					if n < 3 {
						return errAway
					}
					return nil
				}
			},
			tries: 1, took: 6 * time.Second,
		},
		"no list at all": {
			set: func(k *keeping) {
				k.lists = func(int) error {
					return temporal.NewNonRetryableApplicationError("no access", string(fault.PermissionDenied), nil)
				}
			},
			says: "no access",
		},
	} {
		t.Run(name, func(t *testing.T) {
			k := newKeeping(3)
			c.set(k)
			k.ExecuteWorkflow(contract.WorkflowReconcile)
			require.True(t, k.IsWorkflowCompleted())
			took := k.Now().Sub(day)
			require.GreaterOrEqual(t, took, c.took)
			require.Less(t, took, time.Hour, "the next reconciliation must not be skipped")
			require.Equal(t, c.tries, k.tries[accountName(1)])
			if c.says != "" {
				require.ErrorContains(t, k.GetWorkflowError(), c.says)
			} else {
				require.NoError(t, k.GetWorkflowError())
			}
			if c.tries > 0 {
				require.NotZero(t, k.tries[accountName(0)], "one that fails stops no other")
				require.NotZero(t, k.tries[accountName(2)], "one that fails stops no other")
			}
		})
	}
}
