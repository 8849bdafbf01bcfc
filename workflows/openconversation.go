package workflows

import (
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"transporter/internal/contract"
)

// OpenConversation opens a conversation for a consumer, and says which: one workflow for each
// idempotency key, so that a repeat gets the first answer. The error of one that fails has a
// contract.Doubt in its details, for the next.
func (o Options) OpenConversation(ctx workflow.Context, in contract.OpenIn) (contract.OpenOut, error) {
	ctx = o.bind(ctx)
	since := workflow.Now(ctx).UnixMilli()
	if in.Doubt != nil {
		since = in.Doubt.Since
	}
	out, err := exec[contract.OpenOut](summarise(ctx, "for app %s", in.App), contract.ActivityConnectorOpen, in)
	if err == nil || temporal.IsCanceledError(err) {
		return out, err
	}
	left := leftBy(ctx, err, since)
	if left.Opened == nil && in.Doubt != nil { // a step that cannot say opens no other one
		left.Opened = in.Doubt.Opened
	}
	return out, temporal.NewApplicationErrorWithOptions(message(err), string(kindOfError(err)),
		temporal.ApplicationErrorOptions{NonRetryable: true, Details: []any{left}})
}
