package workflows

import (
	"go.temporal.io/sdk/workflow"

	"transporter/internal/contract"
)

// OpenConversation opens a conversation for a consumer, and says which: one workflow for each
// idempotency key, so that a repeat gets the first answer.
func (o Options) OpenConversation(ctx workflow.Context, in contract.OpenIn) (contract.OpenOut, error) {
	ctx = o.bind(ctx)
	return exec[contract.OpenOut](summarise(ctx, "for app %s", in.App), contract.ActivityConnectorOpen, in)
}
