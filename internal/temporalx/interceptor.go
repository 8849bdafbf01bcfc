package temporalx

import (
	"context"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/interceptor"
	sdklog "go.temporal.io/sdk/log"
	"go.temporal.io/sdk/workflow"

	"transporter/internal/contract"
)

// workerInterceptor adds to every workflow and activity of a worker what none of them
// should have to care for: log fields, clean error texts, outcome counters.
type workerInterceptor struct{ interceptor.InterceptorBase }

// InterceptActivity wraps one attempt of an activity.
func (*workerInterceptor) InterceptActivity(
	_ context.Context, next interceptor.ActivityInboundInterceptor,
) interceptor.ActivityInboundInterceptor {
	return &activityIn{interceptor.ActivityInboundInterceptorBase{Next: next}}
}

// InterceptWorkflow wraps one execution of a workflow.
func (*workerInterceptor) InterceptWorkflow(
	_ workflow.Context, next interceptor.WorkflowInboundInterceptor,
) interceptor.WorkflowInboundInterceptor {
	return &workflowIn{interceptor.WorkflowInboundInterceptorBase{Next: next}}
}

type activityIn struct {
	interceptor.ActivityInboundInterceptorBase
}

// Init wraps what the activity calls.
func (a *activityIn) Init(out interceptor.ActivityOutboundInterceptor) error {
	return a.Next.Init(&activityOut{interceptor.ActivityOutboundInterceptorBase{Next: out}})
}

// ExecuteActivity keeps secrets out of the error that the server stores.
func (a *activityIn) ExecuteActivity(ctx context.Context, in *interceptor.ExecuteActivityInput) (any, error) {
	out, err := a.Next.ExecuteActivity(ctx, in)
	return out, scrubbed(err)
}

type activityOut struct {
	interceptor.ActivityOutboundInterceptorBase
}

// GetLogger adds the fields of the workflow ID.
func (a *activityOut) GetLogger(ctx context.Context) sdklog.Logger {
	return withFields(a.Next.GetLogger(ctx), activity.GetInfo(ctx).WorkflowExecution.ID)
}

type workflowIn struct {
	interceptor.WorkflowInboundInterceptorBase
}

// Init wraps what the workflow calls.
func (w *workflowIn) Init(out interceptor.WorkflowOutboundInterceptor) error {
	return w.Next.Init(&workflowOut{interceptor.WorkflowOutboundInterceptorBase{Next: out}})
}

// ExecuteWorkflow counts how a run ended; the metrics handler is silent during replay.
func (w *workflowIn) ExecuteWorkflow(ctx workflow.Context, in *interceptor.ExecuteWorkflowInput) (any, error) {
	out, err := w.Next.ExecuteWorkflow(ctx, in)
	if workflow.GetInfo(ctx).WorkflowType.Name == contract.WorkflowReportRun {
		result, _ := out.(contract.RunResult)
		countRun(workflow.GetMetricsHandler(ctx), workflow.Now(ctx), workflow.GetInfo(ctx).WorkflowExecution.ID, result, err)
	}
	return out, err
}

type workflowOut struct {
	interceptor.WorkflowOutboundInterceptorBase
}

// GetLogger adds the fields of the workflow ID.
func (w *workflowOut) GetLogger(ctx workflow.Context) sdklog.Logger {
	return withFields(w.Next.GetLogger(ctx), w.Next.GetInfo(ctx).WorkflowExecution.ID)
}
