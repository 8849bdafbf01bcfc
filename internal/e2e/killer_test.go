//go:build soak

package e2e

import (
	"context"
	"fmt"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"transporter/internal/contract"
)

// runSteps are the steps in the order of a run.
var runSteps = []string{
	contract.ActivityPlan, contract.ActivityFetch, contract.ActivityTransform, contract.ActivityEncrypt, contract.ActivityUpload,
	contract.ActivityVerify, contract.ActivityPublish, contract.ActivityReceipt, contract.ActivityRecord, contract.ActivityClean,
}

// shares say how many of every twenty kills go to a step: more to the long ones. Each
// further kill of one step doubles the wait before its next attempt.
var shares = []struct {
	step  string
	share int
}{
	{contract.ActivityFetch, 4},
	{contract.ActivityTransform, 3},
	{contract.ActivityEncrypt, 3},
	{contract.ActivityUpload, 4},
	{contract.ActivityVerify, 2},
	{contract.ActivityPublish, 2},
	{contract.ActivityReceipt, 2},
}

// targets spreads the kills over the steps, in their order.
func targets(kills int) []string {
	sum, given, list := 0, 0, []string{}
	for _, s := range shares {
		sum += s.share
		for ; given < kills*sum/20; given++ {
			list = append(list, s.step)
		}
	}
	return list
}

const (
	// look is how often Temporal is asked what the run does: the short steps take milliseconds.
	look = 2 * time.Millisecond
	// longestDelay is how long after it was seen in its step the worker is killed.
	longestDelay = 250 * time.Millisecond
	// A braked worker runs a twelfth of the time, so that short steps can be hit too.
	runsFor  = 2 * time.Millisecond
	restsFor = 22 * time.Millisecond
)

// killer kills the worker of one run.
type killer struct {
	*crash
	temporal client.Client
	workflow string
	last     moment
}

// moment is where a run is: in an attempt of a step.
type moment struct {
	step    string
	attempt int32
}

func (m moment) String() string { return fmt.Sprintf("%s, attempt %d", m.step, m.attempt) }

// kill waits until the run is in the step, or past it, in another attempt than at the
// last kill, then kills the program a random while later and starts it again. It returns
// where the run was.
func (k *killer) kill(t *testing.T, step string, victim program) moment {
	t.Helper()
	release := func() {}
	braked := false
	wanted := slices.Index(runSteps, step)
	require.Eventually(t, func() bool {
		at, running := k.at(t)
		comes := slices.Index(runSteps, at.step)
		if comes >= wanted-1 && !braked { // the step before is short too
			release, braked = brake(k.Worker.PID()), true
		}
		return running && at != k.last && comes >= wanted
	}, crashLimit, look, "the run comes to %s after %s", step, k.last)
	time.Sleep(time.Duration(k.random.Int64N(int64(longestDelay)))) // the random moment
	k.last, _ = k.at(t)
	victim.kill()
	release()
	require.NoError(t, victim.start(context.Background()))
	return k.last
}

// at asks Temporal, which knows also while the worker is dead, for the step that the run
// has come to; running tells whether a worker has taken it.
func (k *killer) at(t *testing.T) (at moment, running bool) {
	t.Helper()
	d, err := k.temporal.DescribeWorkflowExecution(context.Background(), k.workflow, "")
	require.NoError(t, err)
	require.Equal(t, enums.WORKFLOW_EXECUTION_STATUS_RUNNING, d.GetWorkflowExecutionInfo().GetStatus(), "the run is over after %s", k.last)
	furthest := -1
	for _, p := range d.GetPendingActivities() {
		if i := slices.Index(runSteps, p.GetActivityType().GetName()); i > furthest {
			furthest, at = i, moment{runSteps[i], p.GetAttempt()}
			running = p.GetState() == enums.PENDING_ACTIVITY_STATE_STARTED
		}
	}
	return at, running
}

// brake slows a process down by stopping it most of the time, until it is released.
func brake(pid int) (release func()) {
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			_ = syscall.Kill(pid, syscall.SIGSTOP) // it may be dead: that is what it is braked for
			select {
			case <-stop:
				_ = syscall.Kill(pid, syscall.SIGCONT)
				return
			case <-time.After(restsFor):
			}
			_ = syscall.Kill(pid, syscall.SIGCONT)
			time.Sleep(runsFor)
		}
	}()
	return func() { close(stop); <-done }
}
