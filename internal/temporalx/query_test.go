package temporalx

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/interceptor"
)

// lossy stands for a server that loses answers, which a real one does too rarely to be
// waited for.
type lossy struct {
	interceptor.ClientOutboundInterceptorBase
	lose  int // so many answers
	fail  error
	asked int
}

func (l *lossy) QueryWorkflow(ctx context.Context, _ *interceptor.ClientQueryWorkflowInput) (converter.EncodedValue, error) {
	l.asked++
	if l.asked <= l.lose {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	return nil, l.fail
}

func TestQueryIsAskedAgain(t *testing.T) {
	refused, idle := errors.New("refused"), serviceerror.NewFailedPrecondition("no poller seen")
	cases := map[string]struct {
		server lossy
		within time.Duration
		asked  int
		err    error
	}{
		"answered":           {lossy{}, time.Minute, 1, nil},
		"one answer lost":    {lossy{lose: 1}, time.Minute, 2, nil},
		"two answers lost":   {lossy{lose: 2}, time.Minute, 3, nil},
		"refused":            {lossy{fail: refused}, time.Minute, 1, refused},
		"the caller gave up": {lossy{lose: 9}, answersWithin / 4, 1, context.DeadlineExceeded},
		"nobody answers":     {lossy{lose: 9}, 2 * answersWithin, 2, context.DeadlineExceeded},
		"no worker polls":    {lossy{fail: idle}, time.Minute, 3, idle},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), c.within)
			defer cancel()
			_, err := new(queryInterceptor).InterceptClient(&c.server).QueryWorkflow(ctx, nil)
			require.ErrorIs(t, err, c.err)
			require.Equal(t, c.asked, c.server.asked)
		})
	}
}
