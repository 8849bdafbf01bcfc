//go:build soak

package e2e

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"transporter/internal/contract"
	"transporter/internal/httpapi"
	"transporter/internal/schedule"
	"transporter/internal/task"
)

// liveTasks run beside the backfill: as many of a report as the plan allows.
const liveTasks, liveEvery = 3, 15 * time.Minute

// liveBeside makes quarter-hourly tasks that fire a few minutes apart, from now on.
func (b *brand) liveBeside(t *testing.T) {
	t.Helper()
	for i := range liveTasks {
		s := spec("msg.messages", "jsonl")
		start := time.Now().UTC().Truncate(time.Minute).Add(time.Duration(2+4*i) * time.Minute)
		s.Description = fmt.Sprintf("live %d", i)
		s.Frequency = task.Frequency{Kind: task.Interval, Every: task.Duration(liveEvery)}
		s.Start, s.End, s.Delay = &start, nil, new(task.Duration)
		s.Destinations = b.legs(fmt.Sprintf("live%d", i))[:1]
		b.task(t, s)
	}
}

// lateness is how the scheduled runs of an account fared.
type lateness struct {
	runs        int
	waited, ran time.Duration // at most: from the fire to the start, less the jitter; from the start to the end
}

// scheduled looks at every run of the account that a schedule started and that has ended.
func (b *brand) scheduled(t *testing.T, c client.Client) (out lateness) {
	t.Helper()
	query := fmt.Sprintf("WorkflowType = '%s' AND %s = '%s' AND TemporalScheduledById IS NOT NULL AND CloseTime IS NOT NULL",
		contract.WorkflowReportRun, contract.AttrAccount, b.account)
	var page []byte
	for {
		res, err := c.ListWorkflow(t.Context(), &workflowservice.ListWorkflowExecutionsRequest{Query: query, NextPageToken: page})
		require.NoError(t, err)
		for _, e := range res.GetExecutions() {
			name, ok := contract.ParseRunID(e.GetExecution().GetWorkflowId())
			require.True(t, ok, e.GetExecution().GetWorkflowId())
			out.runs++
			out.waited = max(out.waited, e.GetStartTime().AsTime().Sub(name.Fire)-schedule.MaxJitter)
			out.ran = max(out.ran, e.GetCloseTime().AsTime().Sub(e.GetStartTime().AsTime()))
		}
		if page = res.GetNextPageToken(); len(page) == 0 {
			return out
		}
	}
}

// requireLive is the promise to live runs: a backfill makes none later than a minute.
func (b *brand) requireLive(t *testing.T, c client.Client, p httpapi.BackfillView, took time.Duration) {
	t.Helper()
	live := b.scheduled(t, c)
	t.Logf("beside %d backfilled windows: %d live runs of %d tasks; started at most %s past jitter, took at most %s",
		p.Total, live.runs, 1+liveTasks, live.waited.Round(time.Millisecond), live.ran.Round(time.Millisecond))
	require.GreaterOrEqual(t, live.runs, int(took/liveEvery)*liveTasks, "live runs go on")
	require.Less(t, live.waited+live.ran, time.Minute, "no live run is late")
}
