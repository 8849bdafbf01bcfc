package temporalx

import (
	"context"
	"time"

	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/interceptor"
)

const (
	// answersWithin is how long an answer to a query takes at most when nothing is wrong.
	answersWithin = time.Second
	// quickTries are given up after that; the last has all the time that is left.
	quickTries = 2
)

// queryInterceptor asks a query again that is not answered soon. The server can lose an
// answer: it gives the query to a worker before it notes who waits for it
// (service/matching of server 1.29, QueryWorkflow), and on a busy machine the worker may be
// faster. The worker then reads "query task not found", and the caller would wait in vain.
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
	for range quickTries {
		try, cancel := context.WithTimeout(ctx, answersWithin)
		answer, err := q.Next.QueryWorkflow(try, in)
		late := try.Err() != nil && ctx.Err() == nil
		cancel()
		if err == nil || !late {
			return answer, err
		}
	}
	return q.Next.QueryWorkflow(ctx, in)
}
