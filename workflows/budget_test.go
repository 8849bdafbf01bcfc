package workflows_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/workflows"
)

// lender is a Budget in virtual time.
type lender struct {
	*testsuite.TestWorkflowEnvironment
	t   *testing.T
	seq int64
}

func newLender(t *testing.T) *lender {
	var suite testsuite.WorkflowTestSuite
	l := &lender{TestWorkflowEnvironment: suite.NewTestWorkflowEnvironment(), t: t}
	l.RegisterWorkflowWithOptions(workflows.Options{}.Budget, workflow.RegisterOptions{Name: contract.WorkflowBudget})
	l.SetStartWorkflowOptions(client.StartWorkflowOptions{ID: contract.BudgetID("12345678", "api.example.com"), TaskQueue: contract.QueueWorkflows})
	return l
}

// leased is the answer to one update; read it after the workflow has run.
type leased struct {
	contract.LeaseOut
	err  error
	done bool
}

// ask sends an update at a time; the sequence follows the order of the calls.
func (l *lender) ask(at time.Duration, in contract.LeaseIn) *leased {
	l.seq++
	if in.Seq == 0 {
		in.Seq = l.seq
	}
	if in.Cap == 0 {
		in.Cap = 6
	}
	answer := &leased{}
	l.RegisterDelayedCallback(func() {
		l.UpdateWorkflow(contract.UpdateLease, "", &testsuite.TestUpdateCallback{
			OnAccept: func() {},
			OnReject: func(err error) { answer.done, answer.err = true, err },
			OnComplete: func(out any, err error) {
				answer.done, answer.err = true, err
				answer.LeaseOut, _ = out.(contract.LeaseOut)
			},
		}, in)
	}, at)
	return answer
}

// at looks into the budget at a time.
func (l *lender) at(when time.Duration, look func(contract.BudgetState)) {
	l.RegisterDelayedCallback(func() {
		var state contract.BudgetState
		value, err := l.QueryWorkflow(contract.QueryHolders)
		require.NoError(l.t, err)
		require.NoError(l.t, value.Get(&state))
		look(state)
	}, when)
}

func (l *lender) run() { l.ExecuteWorkflow(contract.WorkflowBudget, contract.BudgetState{}) }

func scheduled(n int) contract.Turns { return contract.Turns{contract.TurnScheduled: n} }
func backfill(n int) contract.Turns  { return contract.Turns{contract.TurnBackfill: n} }

// A backfill has every slot; when a scheduled run comes, the next renewal takes them back, and
// the other process has them as soon as the backfill's requests have ended.
func TestBudgetBackfillYields(t *testing.T) {
	l := newLender(t)
	all := l.ask(0, contract.LeaseIn{Process: "a", Wants: backfill(9)})
	nothing := l.ask(1*time.Second, contract.LeaseIn{Process: "b", Wants: scheduled(4)})
	fewer := l.ask(2*time.Second, contract.LeaseIn{Process: "a", Holds: 6, Wants: backfill(9)})
	still := l.ask(3*time.Second, contract.LeaseIn{Process: "b", Wants: scheduled(4)})
	ended := l.ask(4*time.Second, contract.LeaseIn{Process: "a", Holds: 3, Wants: backfill(9)})
	some := l.ask(5*time.Second, contract.LeaseIn{Process: "b", Wants: scheduled(4)})
	l.ask(6*time.Second, contract.LeaseIn{Process: "a", Holds: 2, Wants: backfill(9)})
	rest := l.ask(7*time.Second, contract.LeaseIn{Process: "b", Holds: 3, Wants: scheduled(4)})
	back := l.ask(8*time.Second, contract.LeaseIn{Process: "b", Holds: 0})
	again := l.ask(9*time.Second, contract.LeaseIn{Process: "a", Holds: 2, Wants: backfill(9)})
	l.run()
	require.Equal(t, contract.LeaseOut{Slots: 6, For: 20 * time.Second, Again: 2 * time.Second}, all.LeaseOut)
	require.Equal(t, contract.LeaseOut{Again: 2 * time.Second}, nothing.LeaseOut, "every slot is taken")
	require.Equal(t, contract.LeaseOut{Slots: 2, For: 20 * time.Second, Again: 2 * time.Second}, fewer.LeaseOut)
	require.Zero(t, still.Slots, "the backfill's requests go on")
	require.Equal(t, 2, ended.Slots)
	require.Equal(t, 3, some.Slots, "three of them have ended")
	require.Equal(t, 4, rest.Slots)
	require.Zero(t, back.Slots)
	require.Equal(t, 6, again.Slots)
	require.NoError(t, l.GetWorkflowError())
}

// The slots of a process that died come back when its lease is over, not before.
func TestBudgetExpiry(t *testing.T) {
	l := newLender(t)
	l.ask(0, contract.LeaseIn{Process: "dead", Wants: scheduled(6)})
	early := l.ask(19*time.Second, contract.LeaseIn{Process: "b", Wants: scheduled(6)})
	late := l.ask(20*time.Second, contract.LeaseIn{Process: "b", Wants: scheduled(6)})
	l.at(21*time.Second, func(s contract.BudgetState) { require.Len(t, s.Holders, 1) })
	l.run()
	require.Zero(t, early.Slots)
	require.Equal(t, 6, late.Slots)
}

// A 429 halves what there is, once for a burst; then one slot more comes back at a time. The
// pause that the platform asked for is everybody's.
func TestBudgetAfterRefusals(t *testing.T) {
	l := newLender(t)
	l.ask(0, contract.LeaseIn{Process: "a", Wants: scheduled(9)})
	first := l.ask(1*time.Second, contract.LeaseIn{Process: "a", Holds: 6, Wants: scheduled(9), Refused: 4, Quiet: 10 * time.Second})
	burst := l.ask(3*time.Second, contract.LeaseIn{Process: "a", Holds: 3, Wants: scheduled(9), Refused: 2})
	other := l.ask(4*time.Second, contract.LeaseIn{Process: "b", Cap: 64, Wants: scheduled(1)})
	l.ask(5*time.Second, contract.LeaseIn{Process: "b", Cap: 64})
	var later []*leased
	for s := 12; s <= 42; s += 10 {
		later = append(later, l.ask(time.Duration(s)*time.Second, contract.LeaseIn{Process: "a", Holds: 1, Wants: scheduled(9)}))
	}
	again := l.ask(43*time.Second, contract.LeaseIn{Process: "a", Holds: 6, Wants: scheduled(9), Refused: 1})
	worse := l.ask(48*time.Second, contract.LeaseIn{Process: "a", Holds: 3, Wants: scheduled(9), Refused: 1})
	l.run()
	require.Equal(t, 3, first.Slots)
	require.Equal(t, 10*time.Second, first.Quiet)
	require.Equal(t, 3, burst.Slots, "one burst is one burst")
	require.Zero(t, other.Slots, "the smaller of two settings holds for both, and it is used up")
	require.Equal(t, 7*time.Second, other.Quiet)
	var slots []int
	for _, a := range later {
		slots = append(slots, a.Slots)
	}
	require.Equal(t, []int{3, 4, 5, 6}, slots, "one more every 10 s")
	require.Equal(t, 3, again.Slots)
	require.Equal(t, 1, worse.Slots)
}

// An update that a later one has overtaken takes nothing away.
func TestBudgetIgnoresWhatWasOvertaken(t *testing.T) {
	l := newLender(t)
	l.ask(0, contract.LeaseIn{Process: "a", Seq: 7, Wants: scheduled(6)})
	l.ask(1*time.Second, contract.LeaseIn{Process: "a", Seq: 6})
	b := l.ask(2*time.Second, contract.LeaseIn{Process: "b", Seq: 1, Wants: scheduled(6)})
	l.run()
	require.Zero(t, b.Slots)
}

func TestBudgetRefusesNonsense(t *testing.T) {
	for name, c := range map[string]struct {
		in   contract.LeaseIn
		says string
	}{
		"no name":          {contract.LeaseIn{}, "process"},
		"negative seq":     {contract.LeaseIn{Process: "a", Seq: -1}, "seq"},
		"no cap":           {contract.LeaseIn{Process: "a", Cap: -1}, "cap"},
		"negative holds":   {contract.LeaseIn{Process: "a", Holds: -1}, "holds"},
		"negative wants":   {contract.LeaseIn{Process: "a", Wants: backfill(-1)}, "wants"},
		"negative refused": {contract.LeaseIn{Process: "a", Refused: -1}, "refused"},
		"endless quiet":    {contract.LeaseIn{Process: "a", Quiet: time.Hour}, "quiet: 1h0m0s must be 0s to 15m0s"},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLender(t)
			got := l.ask(0, c.in)
			l.run()
			require.True(t, got.done)
			require.Equal(t, fault.InvalidSpec, kindOf(t, got.err))
			require.ErrorContains(t, got.err, c.says)
		})
	}
}

// After so many updates the entity continues as new and loses nothing, not even an update of
// the same moment; left alone it ends.
func TestBudgetContinuesAsNew(t *testing.T) {
	l := newLender(t)
	var all []*leased
	for i := range 520 {
		all = append(all, l.ask(time.Duration(i/2)*time.Second, contract.LeaseIn{Process: fmt.Sprint("p", i%2), Holds: min(i/2, 1), Wants: scheduled(1)}))
	}
	l.run()
	var next *workflow.ContinueAsNewError
	require.True(t, errors.As(l.GetWorkflowError(), &next), "%v", l.GetWorkflowError())
	var state contract.BudgetState
	require.NoError(t, converter.GetDefaultDataConverter().FromPayloads(next.Input, &state))
	answered := 0
	for _, a := range all {
		if a.done {
			require.NoError(t, a.err)
			require.Equal(t, 1, a.Slots)
			answered++
		}
	}
	require.GreaterOrEqual(t, answered, 500)
	require.Len(t, state.Holders, 2)
	require.Equal(t, int64(answered), max(state.Holders[0].Seq, state.Holders[1].Seq), "what was answered is in the state")

	l = newLender(t)
	l.ExecuteWorkflow(contract.WorkflowBudget, state)
	require.NoError(t, l.GetWorkflowError(), "nobody asks: it ends")
}

// A clock of the server that was set back leaves nobody without slots: what the execution before wrote down
// of times to come counts as of now.
func TestBudgetOutlivesAClockSetBack(t *testing.T) {
	l := newLender(t)
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	ahead := now.Add(time.Hour)
	l.SetStartTime(now)
	dead := contract.BudgetHolder{Process: "dead", Seq: 9, Cap: 6, Holds: 6, Wants: scheduled(6), At: ahead, Until: ahead.Add(20 * time.Second)}
	early := l.ask(19*time.Second, contract.LeaseIn{Process: "b", Wants: scheduled(6)})
	late := l.ask(20*time.Second, contract.LeaseIn{Process: "b", Wants: scheduled(6)})
	whole := l.ask(45*time.Second, contract.LeaseIn{Process: "b", Holds: 5, Wants: scheduled(6)})
	l.ExecuteWorkflow(contract.WorkflowBudget, contract.BudgetState{
		Holders: []contract.BudgetHolder{dead}, Room: 3, Cut: ahead, Refused: ahead, QuietUntil: ahead.Add(10 * time.Minute),
	})
	require.NoError(t, l.GetWorkflowError())
	require.Zero(t, early.Slots, "its lease may still be used")
	require.Equal(t, 5, late.Slots, "two more than after the refusal, 20 s later")
	require.Equal(t, 6, whole.Slots)
	require.LessOrEqual(t, late.Quiet, 15*time.Minute, "what a fetcher heeds at most, and says again")
}

func TestBudgetTellsPeople(t *testing.T) {
	l := newLender(t)
	l.ask(0, contract.LeaseIn{Process: "1@a", Wants: backfill(4)})
	l.ask(time.Second, contract.LeaseIn{Process: "2@b", Wants: scheduled(1), Refused: 1, Quiet: time.Minute})
	l.at(2*time.Second, func(s contract.BudgetState) {
		require.Equal(t, []string{"1@a", "2@b"}, []string{s.Holders[0].Process, s.Holders[1].Process})
		require.Equal(t, 4, s.Holders[0].Holds)
	})
	l.run()
	require.NoError(t, l.GetWorkflowError())
}
