package temporalx

import (
	"log/slog"

	commandpb "go.temporal.io/api/command/v1"
	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/proxy"
	querypb "go.temporal.io/api/query/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
)

// maxPayload is the discipline of contracts: references, counts and hashes only. The
// server refuses at 2 MiB, long after a workflow has become slow.
const maxPayload = 16 << 10

// sizeInterceptor warns of every payload above maxPayload that a client or a worker
// sends. The state of an entity is allowed to be larger.
func sizeInterceptor(logger *slog.Logger) (grpc.UnaryClientInterceptor, error) {
	visit := func(ctx *proxy.VisitPayloadsContext, payloads []*commonpb.Payload) ([]*commonpb.Payload, error) {
		for _, p := range payloads {
			if size := proto.Size(p); size > maxPayload && !carriesState(ctx.Parent) {
				logger.WarnContext(ctx, "payload is larger than a contract allows",
					"bytes", size, "limit", maxPayload, "in", string(proto.MessageName(ctx.Parent)))
			}
		}
		return payloads, nil
	}
	return proxy.NewPayloadVisitorInterceptor(proxy.PayloadVisitorInterceptorOptions{
		Outbound: &proxy.VisitPayloadsOptions{Visitor: visit, SkipSearchAttributes: true},
	})
}

func carriesState(parent proto.Message) bool {
	switch parent.(type) {
	case *commandpb.ContinueAsNewWorkflowExecutionCommandAttributes,
		*querypb.WorkflowQueryResult,
		*workflowservice.RespondQueryTaskCompletedRequest:
		return true
	}
	return false
}
