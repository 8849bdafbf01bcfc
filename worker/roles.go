package main

import (
	"runtime"
	"slices"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"transporter/internal/contract"
	"transporter/workflows"
)

// Slots of the roles. They are fixed: each step knows what it needs, and the memory
// budget holds back what would not fit.
const (
	workflowTasks   = 200 // a task is short and holds little
	smallActivities = 64  // plan, record, task.*: calls to the store and the server
	fetches         = 16  // each reads a few slices at once
	deliveries      = 32  // mostly waiting for the network
	backfills       = 32  // each follows runs that are counted above
	conversations   = 256 // small calls that somebody waits for; dead callbacks hold some of them
)

// beatEvery is how often a step's heartbeat reaches the server at most: so old may what
// people read of a long step be.
const beatEvery = 3 * time.Second

// longestTurn is how long a workflow may take signals without yielding before it counts as hung. A conversation
// takes all that came since its last turn at once, up to 10,000 of a flood, on a machine that has much else to
// do: after a second, the SDK's default, that turn would fail, and fail again with more to take. It is below
// the 10 s that the server waits for a turn.
const longestTurn = 8 * time.Second

// role is what one task queue's worker does.
type role struct {
	queue      string
	activities int // slots
	workflows  bool
}

var roles = map[string]role{
	"workflows": {contract.QueueWorkflows, smallActivities, true},
	"fetch":     {contract.QueueFetch, fetches, false},
	"transform": {contract.QueueTransform, runtime.NumCPU(), false},
	"deliver":   {contract.QueueDeliver, deliveries, false},
	"backfill":  {contract.QueueBackfill, backfills, false},
	"connector": {contract.QueueConnector, conversations, false},
}

// allRoles lists the roles in the order of a run.
func allRoles() []string {
	return []string{"workflows", "fetch", "transform", "deliver", "backfill", "connector"}
}

// newWorker makes the worker of a role: of the steps it registers those of its queue.
func newWorker(c client.Client, r role, cfg *options, steps map[string]any, fatal func(error)) worker.Worker {
	w := worker.New(c, r.queue, worker.Options{
		DisableRegistrationAliasing:            true,
		DisableWorkflowWorker:                  !r.workflows,
		DeadlockDetectionTimeout:               longestTurn,
		MaxConcurrentWorkflowTaskExecutionSize: workflowTasks,
		MaxConcurrentActivityExecutionSize:     r.activities,
		MaxHeartbeatThrottleInterval:           beatEvery,
		WorkerStopTimeout:                      cfg.stopTimeout,
		OnFatalError:                           fatal,
		DeploymentOptions: worker.DeploymentOptions{
			UseVersioning: cfg.buildID != "",
			Version:       worker.WorkerDeploymentVersion{DeploymentName: cfg.deployment, BuildID: cfg.buildID},
		},
	})
	if r.workflows {
		registerWorkflows(w, workflows.Options{Heartbeat: cfg.heartbeat})
	}
	known := workflows.Steps()
	for name, step := range steps {
		if known[name].Queue == r.queue {
			w.RegisterActivityWithOptions(step, activity.RegisterOptions{Name: name})
		}
	}
	return w
}

// registerWorkflows pins every execution to the version it began on, where versioning is
// in use; the account moves on when it continues as new.
func registerWorkflows(w worker.WorkflowRegistry, o workflows.Options) {
	for name, fn := range o.All() {
		w.RegisterWorkflowWithOptions(fn, workflow.RegisterOptions{
			Name: name, VersioningBehavior: workflow.VersioningBehaviorPinned,
		})
	}
}

// unique keeps the first of equal roles.
func unique(names []string) []string {
	var out []string
	for _, n := range names {
		if !slices.Contains(out, n) {
			out = append(out, n)
		}
	}
	return out
}
