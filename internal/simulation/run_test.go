package simulation

import (
	"context"
	"fmt"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"transporter/activities"
	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/workflows"
)

const (
	sourceBudget = 24 * time.Hour // as of package workflows
	legBudget    = 7 * 24 * time.Hour
)

// runSteps are the steps that a run may die in.
var runSteps = []string{
	contract.ActivityPlan, contract.ActivityFetch, contract.ActivityTransform, contract.ActivityEncrypt, contract.ActivityUpload,
	contract.ActivityVerify, contract.ActivityPublish, contract.ActivityReceipt, contract.ActivityRecord,
}

// execution is one run as the server knows it.
type execution struct {
	*world
	id             string
	number         int
	in             contract.RunInput
	nominal        time.Time
	started, ended time.Time
	terminated     bool
	outcome        string

	troubled bool   // its trouble is decided
	failsAt  string // a step that answers with a final error
	diesAt   string // a step during which it is terminated
	late     bool   // after the work of that step is done
	halt     string // a step that cannot be done now
	halted   bool   // it came there: nothing more happens
}

func (e *execution) runID() string { return fmt.Sprint("run-", e.number) }

// goOn lets the worker do what can be done of the run. The next time it begins anew and
// finds what is done, as the attempts of its steps do.
func (e *execution) goOn() {
	if !e.ended.IsZero() || !e.up(partServer, partWorker) {
		return
	}
	e.trouble()
	e.halted = false
	env := e.workflows()
	env.SetStartWorkflowOptions(client.StartWorkflowOptions{ID: e.id})
	env.RegisterWorkflowWithOptions(workflows.Options{}.ReportRun, workflow.RegisterOptions{Name: contract.WorkflowReportRun})
	e.register(env, e.run)
	_ = env.SetTypedSearchAttributesOnStart(temporal.NewSearchAttributes(
		temporal.NewSearchAttributeKeyTime("TemporalScheduledStartTime").ValueSet(e.nominal)))
	env.ExecuteWorkflow(contract.WorkflowReportRun, e.in)
	switch {
	case e.halted && e.terminated:
		e.end("")
	case e.halted:
		e.note("runs that waited")
	default:
		e.end(e.outcome)
	}
}

// waits reports that what the run waits for is still down, and that it has not given up yet.
func (e *execution) waits() bool {
	switch waited := e.now.Sub(e.started); e.halt {
	case contract.ActivityFetch:
		return !e.up(partSource) && waited <= sourceBudget
	case contract.ActivityUpload:
		return !e.up(partDestination) && waited <= legBudget
	}
	return false
}

func (e *execution) end(outcome string) {
	e.ended, e.outcome = e.now, outcome
	delete(e.server.open, e.id)
	if e.terminated {
		outcome = "terminated"
	}
	if outcome == contract.OutcomeFailed || e.terminated {
		e.people.red[e.in.Task] = true
	}
	e.note("runs that ended %s", outcome)
}

// trouble decides what becomes of the run, once, and what it has to wait for, each time.
func (e *execution) trouble() {
	step := runSteps[e.random.IntN(len(runSteps))]
	if !e.troubled && !e.calm {
		if e.chance(15) {
			e.failsAt = step
		} else if e.chance(15) {
			e.diesAt, e.late = step, e.chance(500)
		}
	}
	e.troubled, e.halt = true, ""
	waited := e.now.Sub(e.started)
	switch {
	case !e.up(partSource) && waited > sourceBudget:
		e.failsAt = contract.ActivityFetch
	case !e.up(partSource):
		e.halt = contract.ActivityFetch
	case !e.up(partDestination) && waited > legBudget:
		e.failsAt = contract.ActivityUpload
	case !e.up(partDestination):
		e.halt = contract.ActivityUpload
	}
}

// register gives the workflow the real steps, each of which may meet the run's trouble.
func (e *execution) register(env *testsuite.TestWorkflowEnvironment, a *activities.Run) {
	named := func(name string, f any) { env.RegisterActivityWithOptions(f, activity.RegisterOptions{Name: name}) }
	named(contract.ActivityPlan, guard(e, contract.ActivityPlan, a.Plan))
	named(contract.ActivityFetch, guard(e, contract.ActivityFetch, a.Fetch))
	named(contract.ActivityTransform, guard(e, contract.ActivityTransform, a.Transform))
	named(contract.ActivityEncrypt, guard(e, contract.ActivityEncrypt, a.Encrypt))
	named(contract.ActivityUpload, guard(e, contract.ActivityUpload, a.Upload))
	named(contract.ActivityVerify, guard(e, contract.ActivityVerify, a.Verify))
	named(contract.ActivityPublish, guard(e, contract.ActivityPublish, a.Publish))
	named(contract.ActivityReceipt, guard(e, contract.ActivityReceipt, bare(a.Receipt)))
	named(contract.ActivityClean, guard(e, contract.ActivityClean, bare(a.Clean)))
	named(contract.ActivityDiscard, guard(e, contract.ActivityDiscard, bare(a.Discard)))
	named(contract.ActivityNotify, func(context.Context, contract.NotifyIn) (contract.NotifyOut, error) {
		return contract.NotifyOut{}, nil
	})
	record := bare(a.Record)
	named(contract.ActivityRecord, guard(e, contract.ActivityRecord, func(ctx context.Context, in contract.RecordIn) (struct{}, error) {
		in.RunID = e.runID()
		out, err := record(ctx, in)
		e.outcome = in.Outcome
		return out, err
	}))
}

func bare[In any](f func(context.Context, In) error) func(context.Context, In) (struct{}, error) {
	return func(ctx context.Context, in In) (struct{}, error) { return struct{}{}, f(ctx, in) }
}

// guard lets a step meet the run's trouble. After a halt nothing is done any more.
func guard[In, Out any](e *execution, name string, work func(context.Context, In) (Out, error)) func(context.Context, In) (Out, error) {
	return func(ctx context.Context, in In) (out Out, err error) {
		switch {
		case e.halted:
			return out, errHalted
		case name == e.halt, name == e.diesAt && !e.late:
			e.halted, e.terminated = true, name == e.diesAt
			return out, errHalted
		case name == e.failsAt && name != contract.ActivityRecord:
			return out, errFinal
		}
		out, err = work(ctx, in)
		if name == e.diesAt {
			e.halted, e.terminated = true, true
			return out, errHalted
		}
		return out, err
	}
}

var (
	errHalted = temporal.NewNonRetryableApplicationError("halted", string(fault.Upstream), nil)
	errFinal  = temporal.NewNonRetryableApplicationError("refused for good", string(fault.PermissionDenied), nil)
)
