package httpapi_test

import (
	"context"
	"path"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"

	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/httpapi"
	"transporter/internal/receipt"
)

// waiting is a run that waits for partitions, which it notes as the step await does, and is then held at
// the step fetch until it is let go.
type waiting struct {
	*stack
	delivery contract.Delivery
	attempt  int
	missing  []string
	release  chan struct{}
}

func (w *waiting) await(ctx context.Context, _ contract.StepIn) (out contract.AwaitOut, err error) {
	accepted, err := w.book.Accepted(ctx, w.delivery)
	if err != nil {
		return out, err
	}
	var list []receipt.Quarantined
	for _, name := range w.missing {
		if accepted == nil || !slices.Contains(accepted.Records, name) {
			list = append(list, receipt.Quarantined{Record: name, Reason: "nothing is there"})
		}
	}
	if err := w.book.PutWaiting(ctx, w.delivery, w.attempt, list); err != nil || len(list) == 0 {
		return out, err
	}
	return out, temporal.NewApplicationErrorWithOptions("not exported yet", string(fault.NotReady), temporal.ApplicationErrorOptions{NextRetryDelay: 50 * time.Millisecond})
}

func (w *waiting) fetch(ctx context.Context, _ contract.StepIn) (out contract.FetchOut, err error) {
	select {
	case <-w.release:
	case <-ctx.Done():
	}
	return out, temporal.NewNonRetryableApplicationError("the source refuses the key", string(fault.AuthFailed), nil)
}

// What an open run waits for is listed, and the run itself goes on without what is accepted of that; nothing else
// can be accepted of it.
func testAcceptWaiting(t *testing.T, s *stack, f furnished) {
	bucket := s.make(t, f.at+"/sources", feedSourceWith(bucketFeeds, bucketKeys))
	start := time.Now().UTC().Truncate(time.Hour).Add(-48 * time.Hour)
	id := s.make(t, f.at+"/tasks", f.taskBody(t, map[string]any{
		"source": bucket, "report": "asapp.convos_metrics", "frequency": map[string]any{"kind": "once"}, "start": start, "end": start.Add(2 * time.Hour), "delay": "0",
	}))
	var list httpapi.List[httpapi.RunView]
	require.Eventually(t, func() bool {
		s.call(t, "GET", f.at+"/runs?task="+id, "").into(t, &list)
		return len(list.Items) == 1 && list.Items[0].ErrorKind != ""
	}, 2*time.Minute, 50*time.Millisecond, "its plan fails")
	red := f.at + "/runs/" + list.Items[0].ID

	span := contract.Span{From: start.UnixMilli(), To: start.Add(2 * time.Hour).UnixMilli()}
	w := &waiting{
		stack: s, delivery: contract.Delivery{Account: path.Base(f.at), Task: id, Generation: 1, Span: span}, attempt: 2,
		missing: []string{"!dt=2026-11-20/hr=03 absent", "!dt=2026-11-20/hr=04 in progress 9f86d081884c7d65"}, release: make(chan struct{}),
	}
	s.plans.Store(id, contract.PlanOut{Plan: contract.Ref{Key: "plan"}, Window: span, Report: "asapp.convos_metrics@1.0", Format: "csv", Wait: time.Hour})
	stop := s.server.Worker(s.client, contract.QueueFetch, func(r worker.Registry) {
		r.RegisterActivityWithOptions(w.await, activity.RegisterOptions{Name: contract.ActivityAwait})
		r.RegisterActivityWithOptions(w.fetch, activity.RegisterOptions{Name: contract.ActivityFetch})
	})
	defer stop()
	var started httpapi.Started
	a := s.call(t, "POST", red+"/resume", "")
	require.Equal(t, 202, a.status, "%s", a.body)
	a.into(t, &started)
	at := f.at + "/runs/" + started.Run
	waits := func(names ...string) {
		t.Helper()
		var detail httpapi.RunDetail
		require.Eventually(t, func() bool {
			detail = httpapi.RunDetail{}
			s.call(t, "GET", at, "").into(t, &detail)
			var listed []string
			for _, q := range detail.Quarantined {
				listed = append(listed, q.Record)
			}
			return slices.Equal(names, listed)
		}, 2*time.Minute, 50*time.Millisecond, "%+v", &detail)
		require.Equal(t, "running", detail.Status)
	}
	accept := func(body any) answer { return s.call(t, "POST", at+"/accept", jsonOf(t, body)) }
	waits(w.missing...)
	for _, body := range []httpapi.Acceptance{
		{Note: "nothing is named"},
		{Empty: true},
		{Records: []string{"!dt=2026-11-20/hr=05 absent"}},
		{Records: []string{w.missing[0], "!dt=2026-11-20/hr=04 in progress 0000000000000000"}},
	} {
		refused := accept(body)
		require.Equal(t, 422, refused.status, "%+v: %s", body, refused.body)
		require.Contains(t, string(refused.body), "body.records")
	}
	nothing, err := s.book.Accepted(t.Context(), w.delivery)
	require.NoError(t, err)
	require.Nil(t, nothing, "what is refused is not accepted in part")

	for n, name := range w.missing {
		a := accept(httpapi.Acceptance{Records: []string{name}, Note: "asked the platform"})
		require.Equal(t, 202, a.status, "%s", a.body)
		var goesOn httpapi.Started
		a.into(t, &goesOn)
		require.Equal(t, started, goesOn, "it is the run that waits, and no further attempt")
		waits(w.missing[n+1:]...)
	}
	require.Equal(t, 409, accept(httpapi.Acceptance{Records: w.missing[:1]}).status, "it is open, and waits no more")
	close(w.release)
	var over httpapi.RunDetail
	require.Eventually(t, func() bool {
		s.call(t, "GET", at, "").into(t, &over)
		return over.Status == "failed" && over.ErrorKind == string(fault.AuthFailed)
	}, 2*time.Minute, 50*time.Millisecond, "%+v", &over)
	require.Equal(t, 422, accept(httpapi.Acceptance{Records: w.missing[:1]}).status, "it is red for something else")
	all, err := s.book.Accepted(t.Context(), w.delivery)
	require.NoError(t, err)
	require.Equal(t, &contract.Acceptance{Records: w.missing, Note: "asked the platform"}, all)
	require.Equal(t, 204, s.call(t, "DELETE", f.at+"/tasks/"+id, "").status)
	require.Equal(t, 204, s.call(t, "DELETE", f.at+"/sources/"+bucket, "").status)
}
