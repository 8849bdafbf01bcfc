package e2e

import (
	"context"
	"errors"
	"path"
	"slices"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// waiting are the calls whose answers are waited for by design: their callers ask again.
var waiting = []string{
	"QueryWorkflow", "GetWorkflowExecutionHistory", "PollWorkflowExecutionUpdate", "UpdateWorkflowExecution", "ExecuteMultiOperation",
}

// patientCalls makes a call to Temporal again that was not answered in the ten seconds that the
// SDK gives each: a server on a machine with more to do than it can answers later. What is asked
// twice is done once, by the request's id.
func patientCalls(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, call grpc.UnaryInvoker, opts ...grpc.CallOption) error {
	err := call(ctx, method, req, reply, cc, opts...)
	for end := time.Now().Add(patience); unanswered(ctx, err) && !slices.Contains(waiting, path.Base(method)) && time.Now().Before(end); {
		again, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
		err = call(again, method, req, reply, cc, opts...)
		cancel()
	}
	return err
}

// unanswered reports that the server did not answer in time, and that nobody has given up waiting.
func unanswered(ctx context.Context, err error) bool {
	code := status.Code(err)
	return errors.Is(ctx.Err(), context.DeadlineExceeded) && (code == codes.DeadlineExceeded || code == codes.Unavailable)
}
