package temporalx

import (
	"context"
	"errors"
	"time"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/interceptor"
)

const (
	// answersWithin is how long an answer to a query takes at most when nothing is wrong.
	answersWithin = time.Second
	// askFor is how long a query is repeated that its caller sets no deadline.
	askFor = 30 * time.Second
	// believeFrom is how patient a try must have been for the server's word that no worker
	// polls to be believed: it says so of a busy one whose pollers are all at another queue,
	// a second before a try ends.
	believeFrom = 4 * time.Second
)

// queryInterceptor asks a query again that is not answered soon, each time with twice the
// patience, until the caller's deadline. The server can lose an answer: it gives the query to
// a worker before it notes who waits for it (service/matching of server 1.29, QueryWorkflow),
// and on a busy machine the worker may be faster. The worker then reads "query task not found,
// or already expired", and the caller would wait in vain. A worker that is only slow gets more
// time with each try; it reads the same of the tries that were given up.
type queryInterceptor struct {
	interceptor.ClientInterceptorBase
}

// InterceptClient wraps the calls of a client.
func (*queryInterceptor) InterceptClient(next interceptor.ClientOutboundInterceptor) interceptor.ClientOutboundInterceptor {
	return &queryOut{interceptor.ClientOutboundInterceptorBase{Next: next}}
}

type queryOut struct {
	interceptor.ClientOutboundInterceptorBase
}

// QueryWorkflow reads only, so it can be repeated.
func (q *queryOut) QueryWorkflow(ctx context.Context, in *interceptor.ClientQueryWorkflowInput) (converter.EncodedValue, error) {
	if _, bounded := ctx.Deadline(); !bounded {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, askFor)
		defer cancel()
	}
	for patience := answersWithin; ; patience *= 2 {
		try, cancel := context.WithTimeout(ctx, patience)
		answer, err := q.Next.QueryWorkflow(try, in)
		again := ctx.Err() == nil && (try.Err() != nil || unanswered(err, patience))
		cancel()
		if err == nil || !again {
			return answer, err
		}
	}
}

// unanswered reports that the server, whose clock may be a little ahead of ours, gave up.
func unanswered(err error, patience time.Duration) bool {
	var noPoller *serviceerror.FailedPrecondition
	var deadline *serviceerror.DeadlineExceeded
	var canceled *serviceerror.Canceled
	return errors.As(err, &deadline) || errors.As(err, &canceled) || errors.As(err, &noPoller) && patience < believeFrom
}
