package e2e

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"
	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"transporter/internal/apiclient"
	"transporter/internal/contract"
	"transporter/internal/devstack"
	"transporter/internal/httpapi"
	"transporter/internal/task"
	"transporter/internal/temporalx"
)

// Closing an account leaves no schedule of its tasks, of runs or of deadlines, and no open
// backfill; another account keeps its own. What it delivered is still told, also when Temporal
// has forgotten that there was an account.
func TestCloseAccount(t *testing.T) {
	t.Parallel()
	s := start(t, options{})
	closing, staying := s.brand(t), s.brand(t)
	past := closing.task(t, quarterHours(closing, s.before(0, 6*time.Hour)))
	closing.backfill(t, past, "entry-1")
	watched := spec("msg.conversations", "csv")
	watched.Frequency, watched.Deadline = task.Frequency{Kind: task.Daily, At: "06:00"}, "07:00"
	watched.Delay = new(task.Duration)
	closing.task(t, watched)
	kept := staying.task(t, watched)

	var again httpapi.BackfillView
	closing.call(t, http.MethodPost, "tasks/"+past+"/backfills", httpapi.BackfillRequest{Mode: "again", Concurrency: 1, Reason: "a test"}, &again)
	closing.call(t, http.MethodPost, "tasks/"+past+"/backfills/"+again.ID+"/pause", nil, nil)
	eventually(t, "the backfill is paused", func() bool { return closing.progress(t, past, again.ID).State == "paused" })

	c := s.client(t)
	open := func() bool {
		is, err := temporalx.NewBackfills(c).Running(t.Context(), closing.account, past)
		require.NoError(t, err)
		return is
	}
	eventually(t, "the server lists what there is", func() bool { return open() && len(closing.schedules(t, c)) == 3 })
	require.NoError(t, s.api.Accounts().Delete(t.Context(), closing.account, apiclient.Write{}))
	eventually(t, "no schedule is left", func() bool { return len(closing.schedules(t, c)) == 0 })
	eventually(t, "the backfill is stopped", func() bool { return !open() })
	require.ElementsMatch(t, []string{
		contract.ScheduleID(staying.account, kept), contract.DeadlineID(staying.account, kept),
	}, staying.schedules(t, c))

	closing.requireHistory(t)
	_, err := c.WorkflowService().DeleteWorkflowExecution(t.Context(), &workflowservice.DeleteWorkflowExecutionRequest{
		Namespace: devstack.Namespace, WorkflowExecution: &commonpb.WorkflowExecution{WorkflowId: contract.AccountID(closing.account)},
	})
	require.NoError(t, err)
	eventually(t, "Temporal has forgotten the account", func() bool {
		_, err := c.DescribeWorkflowExecution(t.Context(), contract.AccountID(closing.account), "")
		var gone *serviceerror.NotFound
		return errors.As(err, &gone)
	})
	closing.requireHistory(t)
}

// requireHistory wants the runs of an account that is gone to be told, and nothing to be done
// with them; of an account that never was nothing is told.
func (b *brand) requireHistory(t *testing.T) {
	t.Helper()
	runs := b.history(t)
	require.NotEmpty(t, runs)
	newest := runs[len(runs)-1].ID
	require.NotEmpty(t, b.look(t, newest).Steps)
	require.Contains(t, b.starter(t, "run", "list"), newest)
	var refused *apiclient.Error
	_, err := b.api.Resume(t.Context(), b.account, newest)
	require.ErrorAs(t, err, &refused)
	require.Equal(t, http.StatusNotFound, refused.Status)
	_, err = b.api.Runs(t.Context(), ulid.Make().String(), apiclient.RunFilter{})
	require.ErrorAs(t, err, &refused)
	require.Equal(t, http.StatusNotFound, refused.Status)
}

// schedules lists the ids of the schedules that the server has for the account.
func (b *brand) schedules(t *testing.T, c client.Client) (ids []string) {
	t.Helper()
	list, err := c.ScheduleClient().List(t.Context(), client.ScheduleListOptions{})
	require.NoError(t, err)
	for list.HasNext() {
		entry, err := list.Next()
		require.NoError(t, err)
		if strings.Contains(entry.ID, "/"+b.account+"/") {
			ids = append(ids, entry.ID)
		}
	}
	return ids
}
