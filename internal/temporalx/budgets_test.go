package temporalx_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"transporter/internal/budget"
	"transporter/internal/contract"
	"transporter/internal/temporalx"
	"transporter/internal/temporalx/temporaltest"
	"transporter/workflows"
)

const (
	site, siteHost = "12345678", "api.example.com"
	// oneRequest is how long a request of these tests takes.
	oneRequest = 300 * time.Millisecond
)

// lenders starts a server with a worker for budgets.
func lenders(t testing.TB) client.Client {
	t.Helper()
	s := temporaltest.Start(t, temporaltest.Options{})
	c := s.Client()
	s.Worker(c, contract.QueueWorkflows, func(r worker.Registry) {
		r.RegisterWorkflowWithOptions(workflows.Options{}.Budget, workflow.RegisterOptions{Name: contract.WorkflowBudget})
	})
	return c
}

// timed notes how long the lender takes to answer.
type timed struct {
	budget.Lender
	took atomic.Int64
}

func (l *timed) Lease(ctx context.Context, account, host string, in contract.LeaseIn) (contract.LeaseOut, error) {
	began := time.Now()
	defer func() { l.took.Add(int64(time.Since(began))) }()
	return l.Lender.Lease(ctx, account, host, in)
}

// site6 is the budget of one process, with a cap of six.
func site6(t testing.TB, c client.Client, process string) (*budget.Budget, *timed) {
	t.Helper()
	lender := &timed{Lender: temporalx.NewBudgets(c)}
	all := &budget.Budgets{Lender: lender, Process: process}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		all.Close(ctx)
	})
	return all.Of(site, siteHost, budget.Limits{Concurrent: 6, PerSecond: 1000}, time.Now()), lender
}

func asking(turn contract.Turn) budget.Request {
	return budget.Request{Turn: turn, Now: time.Now, Sleep: func(context.Context, time.Duration) error { return nil }}
}

// A process of a backfill has all slots and always more to ask. When another process has a
// scheduled run, the backfill begins no request in the slots of that run after its next
// renewal, and the run has them a renewal later.
func TestBackfillYields(t *testing.T) {
	c := lenders(t)
	busy, lender := site6(t, c, "busy")
	live, another := site6(t, c, "live")
	answered := func() time.Duration { return time.Duration(lender.took.Load() + another.took.Load()) }
	stop := make(chan struct{})
	var wg sync.WaitGroup
	var running, most, begun atomic.Int64
	enter := func() {
		now := running.Add(1)
		for m := most.Load(); now > m && !most.CompareAndSwap(m, now); m = most.Load() {
		}
	}
	for range 12 {
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				_, end, err := busy.Acquire(t.Context(), asking(contract.TurnBackfill))
				if err != nil {
					return
				}
				begun.Add(1)
				enter()
				time.Sleep(oneRequest)
				running.Add(-1)
				end()
			}
		})
	}
	require.Eventually(t, func() bool { return begun.Load() > 30 }, 2*time.Minute, time.Millisecond)
	require.Equal(t, int64(6), most.Load())

	asked, before := time.Now(), answered()
	got := make(chan func(), 6)
	for range cap(got) {
		go func() {
			if _, end, err := live.Acquire(t.Context(), asking(contract.TurnScheduled)); err == nil {
				enter()
				got <- end
			}
		}()
	}
	var ends []func()
	for range cap(got) {
		ends = append(ends, <-got)
	}
	took, server := time.Since(asked), answered()-before
	t.Logf("six slots changed hands in %s, of which the lender took %s to answer", took.Round(time.Millisecond), server.Round(time.Millisecond))
	const renewal, busyness = 2 * time.Second, 4 * time.Second // and what a busy machine takes
	require.Less(t, took-server, 2*renewal+oneRequest+renewal+busyness)
	had := begun.Load()
	time.Sleep(2 * renewal)
	require.Equal(t, had, begun.Load(), "the scheduled run has every slot: the backfill waits")
	for _, end := range ends {
		running.Add(-1)
		end()
	}
	require.Eventually(t, func() bool { return begun.Load() > had }, 2*time.Minute, time.Millisecond, "and goes on after it")
	close(stop)
	wg.Wait()
	require.Equal(t, int64(6), most.Load(), "never a seventh")
}

// A budget that ended, as one does that nobody asks, is made anew by the next who asks; one
// that nobody answers for is an error within seconds.
func TestBudgetsMakeTheirEntity(t *testing.T) {
	c := lenders(t)
	b := temporalx.NewBudgets(c)
	ask := contract.LeaseIn{Process: "a", Seq: 1, Cap: 6, Wants: contract.Turns{contract.TurnScheduled: 2}}
	for range 2 {
		out, err := b.Lease(t.Context(), site, siteHost, ask)
		require.NoError(t, err)
		require.Equal(t, 2, out.Slots)
		require.NoError(t, c.TerminateWorkflow(t.Context(), contract.BudgetID(site, siteHost), "", "test"))
	}
	ask.Cap = 0
	_, err := b.Lease(t.Context(), site, siteHost, ask)
	require.ErrorContains(t, err, "cap")
	d, err := c.DescribeWorkflowExecution(t.Context(), contract.BudgetID(site, siteHost), "")
	require.NoError(t, err)
	require.Equal(t, enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING, d.WorkflowExecutionInfo.Status, "a refused update leaves an empty one, which ends by itself")
}
