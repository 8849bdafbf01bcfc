package e2e

import (
	"context"
	"fmt"
	"iter"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/workflowservice/v1"
	"golang.org/x/sync/errgroup"

	"transporter/internal/apiclient"
	"transporter/internal/contract"
	"transporter/internal/devstack"
	"transporter/internal/httpapi"
)

// review is a window of a task that is looked at again.
type review struct {
	harvested
	window httpapi.WindowView
}

// none, whole, tardy and all choose what is looked at: whole are windows that miss no leaf that they wait for,
// tardy are those with a leaf that came after they were delivered.
func none(review) bool    { return false }
func whole(r review) bool { return !r.field.waits() || !r.missed() }
func tardy(r review) bool { return !r.field.waits() && r.missed() }
func all(review) bool     { return true }

// missed reports whether the leaf that comes late is of the window.
func (r review) missed() bool {
	at := r.field.late.From
	return !at.Before(r.window.From) && at.Before(r.window.To)
}

// round has windows looked at again, and waits until all runs that are due have ended well; the worker is
// killed as they go on.
func (k *killing) round(t *testing.T, n int, what string, chosen func(review) bool) {
	t.Helper()
	began, from := time.Now(), k.ended(t)
	reviews := k.reviews(chosen)
	k.due += len(reviews)
	asked, failed := errgroup.WithContext(t.Context())
	asked.Go(func() error { return k.ask(t.Context(), reviews) })
	kills := 0
	for deadline := began.Add(patience + time.Duration(k.due-from)*5*time.Second); ; time.Sleep(glance) {
		ended := k.ended(t)
		if ended >= k.due && kills == k.kills[n] {
			break
		}
		if kills < k.kills[n] && ended >= from+(k.due-from)*(kills+1)/(k.kills[n]+1) {
			k.Worker.Kill()
			require.NoError(t, k.StartWorker(t.Context()))
			kills++
		}
		require.NoError(t, context.Cause(failed))
		require.True(t, time.Now().Before(deadline), "%d of %d runs have ended", ended, k.due)
	}
	require.NoError(t, asked.Wait())
	k.allWell(t)
	k.killed += kills
	t.Logf("%s: %d runs in %.0f s, %d kills", what, k.due-from, time.Since(began).Seconds(), kills)
}

// ask has windows looked at again, whether there is a worker to do it or not.
func (k *killing) ask(ctx context.Context, reviews []review) error {
	for _, r := range reviews {
		once := apiclient.Write{Key: fmt.Sprint(r.id, "-", k.due, "-", r.window.From.Unix())}
		err := insist(ctx, func() error {
			_, err := r.api.ReviseTask(ctx, r.account, r.id, &r.window, once)
			return err
		})
		if err != nil {
			return fmt.Errorf("%s, %s: %w", r.table, r.window.From, err)
		}
	}
	return nil
}

// reviews returns the chosen windows in random order.
func (k *killing) reviews(chosen func(review) bool) (list []review) {
	for _, x := range k.tasks {
		for from := x.field.within.From; from.Before(x.field.within.To); from = from.Add(x.every) {
			if l := (review{x, httpapi.WindowView{From: from, To: from.Add(x.every)}}); chosen(l) {
				list = append(list, l)
			}
		}
	}
	k.random.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	return list
}

const (
	openRuns  = "WorkflowType = '" + contract.WorkflowReportRun + "' AND ExecutionStatus = 'Running'"
	endedRuns = "WorkflowType = '" + contract.WorkflowReportRun + "' AND ExecutionStatus != 'Running'"
)

// ended counts the runs that have ended; Temporal knows while the worker is dead.
func (k *killing) ended(t *testing.T) int {
	t.Helper()
	n, err := k.temporal.CountWorkflow(t.Context(), &workflowservice.CountWorkflowExecutionsRequest{Namespace: devstack.Namespace, Query: endedRuns})
	require.NoError(t, err)
	return int(n.Count)
}

// open yields the runs that go on.
func (k *killing) open(t *testing.T) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for in := (&workflowservice.ListWorkflowExecutionsRequest{Namespace: devstack.Namespace, Query: openRuns}); ; {
			page, err := k.temporal.ListWorkflow(t.Context(), in)
			if err != nil {
				yield("", err)
				return
			}
			for _, e := range page.Executions {
				if !yield(e.Execution.WorkflowId, nil) {
					return
				}
			}
			if in.NextPageToken = page.NextPageToken; len(in.NextPageToken) == 0 {
				return
			}
		}
	}
}

// allWell requires that every run has ended well, but for those that still wait.
func (k *killing) allWell(t *testing.T) {
	t.Helper()
	for _, x := range k.tasks {
		var runs []httpapi.RunView
		require.NoError(t, insist(t.Context(), func() (err error) {
			runs, err = x.api.Runs(t.Context(), x.account, apiclient.RunFilter{Task: x.id})
			return err
		}))
		for _, r := range runs {
			if r.Status != "running" {
				require.Contains(t, []string{contract.OutcomeDelivered, contract.OutcomeEmpty, contract.OutcomeUnchanged}, r.Outcome, "%s: %s", r.ID, r.Error)
			}
		}
	}
}

// areTrue compares every task's receiver with the platform.
func (k *killing) areTrue(t *testing.T) {
	t.Helper()
	began := time.Now()
	for _, x := range k.tasks {
		x.isTrue(t, x.field.within)
	}
	t.Logf("the tables of %d receivers are true, by %.0f s; compared in %.0f s", len(k.tasks), time.Since(k.began).Seconds(), time.Since(began).Seconds())
}

// haveRevisions requires that what the rounds are for has happened.
func (k *killing) haveRevisions(t *testing.T) {
	t.Helper()
	sets, revisions, rows := 0, 0, 0
	for _, x := range k.tasks {
		for _, s := range x.sets(t) {
			sets, rows = sets+1, rows+s.Rows
			if s.Revision > 0 {
				revisions++
			}
		}
	}
	files, again, cut := k.door.twice()
	t.Logf("%d tables, %d tasks, %d runs, %d kills: %d file sets with %d rows, %d of them revisions; %d files of the platform, %d read more than once, %d answers broke off",
		len(k.fields), len(k.tasks), k.due, k.killed, sets, rows, revisions, files, again, cut)
	require.NotZero(t, revisions)
	require.NotZero(t, again)
}
