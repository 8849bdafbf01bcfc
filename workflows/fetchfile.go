package workflows

import (
	"go.temporal.io/sdk/workflow"

	"transporter/internal/contract"
)

// FetchFile brings a file of a conversation into the store, and says where it lies: one workflow
// for each file, so that whoever asks again gets the first answer.
func (o Options) FetchFile(ctx workflow.Context, in contract.FetchFileIn) (contract.FetchFileOut, error) {
	ctx = o.bind(ctx)
	return exec[contract.FetchFileOut](summarise(ctx, "%s", in.Path), contract.ActivityConnectorFetch, in)
}
