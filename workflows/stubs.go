// Package workflows is the deterministic orchestration: ReportRun carries one window of
// one task from the source to its destinations, Account is the entity that owns an
// account's settings and tasks. Activities are called by the names of package contract,
// so that nothing here depends on how a step is done.
package workflows

import (
	"cmp"
	"fmt"
	"reflect"
	"time"

	"go.temporal.io/sdk/workflow"

	"transporter/internal/human"
)

// maxSummary bounds an activity summary in bytes: the server takes 400 after encryption,
// which adds the key id, the nonce and the tag.
const maxSummary = 200

// Options is the configuration of the workflows that may differ between deployments. It
// changes no decision, so histories replay under any value of it.
type Options struct {
	Heartbeat time.Duration // heartbeat timeout of long steps; zero: a minute
}

type optionsKey struct{}

// bind returns a context whose steps run under the options.
func (o Options) bind(ctx workflow.Context) workflow.Context {
	return workflow.WithValue(ctx, optionsKey{}, o)
}

func (o Options) heartbeat() time.Duration {
	if o.Heartbeat > 0 {
		return o.Heartbeat
	}
	return defaultHeartbeat
}

// exec runs the named activity under its policy (see steps) and returns its answer; the
// error keeps the fault kind as its type. Summary, priority and a budget set on ctx are kept. A
// name or type that steps does not know is a bug and blocks the workflow task, which a
// fixed worker then carries on.
func exec[Out any](ctx workflow.Context, name string, in any) (Out, error) {
	var out Out
	step, ok := steps[name]
	if want := reflect.TypeFor[Out](); !ok || step.In != reflect.TypeOf(in) || step.Out != want {
		panic(fmt.Sprintf("call of activity %q with %T giving %v does not match its step", name, in, want))
	}
	set, _ := ctx.Value(optionsKey{}).(Options)
	given := workflow.GetActivityOptions(ctx)
	options := step.options(set.heartbeat())
	options.Summary, options.Priority = given.Summary, given.Priority
	options.ScheduleToCloseTimeout = cmp.Or(given.ScheduleToCloseTimeout, options.ScheduleToCloseTimeout)
	err := workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, options), name, in).Get(ctx, &out)
	return out, err
}

// within returns a context whose next activity may be tried for so long.
func within(ctx workflow.Context, budget time.Duration) workflow.Context {
	o := workflow.GetActivityOptions(ctx)
	o.ScheduleToCloseTimeout = budget
	return workflow.WithActivityOptions(ctx, o)
}

// summarise returns a context whose next activity shows the text in the Temporal UI.
func summarise(ctx workflow.Context, format string, args ...any) workflow.Context {
	o := workflow.GetActivityOptions(ctx)
	o.Summary = human.Clip(fmt.Sprintf(format, args...), maxSummary)
	return workflow.WithActivityOptions(ctx, o)
}
