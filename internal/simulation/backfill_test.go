package simulation

import (
	"errors"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/workflow"

	"transporter/activities"
	"transporter/internal/contract"
	"transporter/workflows"
)

// backfilling is one Backfill as the server knows it.
type backfilling struct {
	*world
	in      contract.BackfillIn
	started time.Time
	ended   bool
}

// goOn lets the worker do the backfill, to its end; now and then somebody terminates it
// before it begins.
func (b *backfilling) goOn() {
	if b.ended || !b.up(partServer, partWorker) {
		return
	}
	b.ended = !b.calm && b.chance(50)
	if b.ended {
		b.note("backfills that were terminated")
		return
	}
	b.note("backfills")
	for in := b.in; !b.ended; {
		env := b.workflows()
		env.RegisterWorkflowWithOptions(workflows.Options{}.Backfill, workflow.RegisterOptions{Name: contract.WorkflowBackfill})
		named := func(name string, f any) { env.RegisterActivityWithOptions(f, activity.RegisterOptions{Name: name}) }
		named(contract.ActivityBackfillScope, b.backfill.Scope)
		named(contract.ActivityBackfillSweep, (&activities.Sweep{Backfill: b.backfill, Run: b.world.run}).Sweep)
		named(contract.ActivityBackfillRun, b.backfill.Run)
		env.ExecuteWorkflow(contract.WorkflowBackfill, in)
		err := env.GetWorkflowError()
		again := new(workflow.ContinueAsNewError)
		if errors.As(err, &again) {
			in = contract.BackfillIn{}
			require.NoError(b.t, converter.GetDefaultDataConverter().FromPayloads(again.Input, &in))
			continue
		}
		require.NoError(b.t, err)
		b.ended = true
	}
}
