package e2e

import (
	"errors"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"

	"transporter/internal/apiclient"
	"transporter/internal/contract"
	"transporter/internal/devstack"
	"transporter/internal/httpapi"
	"transporter/internal/task"
)

// Runs, green and red, are told as before when Temporal has forgotten them, but for links
// that would lead nowhere.
func testForgotten(t *testing.T, b *brand) {
	atOnce := func(format string) task.Spec { // the last hour, however little of this one has passed
		s := spec("msg.conversations", format)
		s.Delay = new(task.Duration)
		return s
	}
	green := b.task(t, atOnce("csv"))
	b.sftp.stop(t)
	run := b.begin(t, green, b.hour(wholeHour))
	eventually(t, "the upload is tried again", func() bool { return tries(b.look(t, run), contract.ActivityUpload, b.partner) > 1 })
	b.sftp.start(t)
	delivered := b.end(t, run)
	require.Equal(t, "delivered", delivered.Outcome, delivered.Error)
	require.Greater(t, tries(delivered, contract.ActivityUpload, b.partner), 1, "Temporal's own tries count")
	require.Equal(t, 1, tries(delivered, contract.ActivityUpload, b.cloud))
	red := b.run(t, b.task(t, atOnce("jsonl")), b.hour(spoilHour))
	require.Equal(t, "incomplete", red.Outcome)

	known := []httpapi.RunDetail{delivered, red}
	before := b.history(t)
	require.Len(t, before, len(known))
	for i, d := range known {
		require.NotEmpty(t, d.UI)
		require.Equal(t, d.UI, before[i].UI)
	}
	b.forget(t, delivered.ID, red.ID)
	eventually(t, "Temporal lists none", func() bool {
		return !slices.ContainsFunc(b.history(t), func(v httpapi.RunView) bool { return v.UI != "" })
	})
	after := b.history(t)
	for i, d := range known {
		before[i].UI, d.UI = "", ""
		require.Equal(t, before[i], after[i])
		require.Equal(t, d, b.look(t, d.ID), "steps, tries, files, rows, bytes, receipts and errors are those of the record")
	}
	require.NotEmpty(t, known[1].Error)

	out := b.starter(t, "run", "show", delivered.ID)
	t.Log(out)
	require.NotContains(t, out, "temporal:")
	out = b.starter(t, "run", "show", red.ID)
	t.Log(out)
	require.Contains(t, out, "1 of 2 records are in quarantine")
	b.starter(t, "run", "redeliver", delivered.ID, "--watch")
}

// tries is how often a step was tried for a destination.
func tries(d httpapi.RunDetail, step, destination string) int {
	for _, s := range d.Steps {
		if s.Name == step && contract.LegDestination(s.Leg) == destination {
			return s.Attempt
		}
	}
	return 0
}

// history is what the API lists of the brand's runs, oldest first.
func (b *brand) history(t *testing.T) []httpapi.RunView {
	t.Helper()
	runs, err := b.api.Runs(t.Context(), b.account, apiclient.RunFilter{})
	require.NoError(t, err)
	slices.Reverse(runs)
	return runs
}

// forget does to runs at once what retention does after days.
func (b *brand) forget(t *testing.T, runs ...string) {
	t.Helper()
	c := b.client(t)
	for _, run := range runs {
		_, err := c.WorkflowService().DeleteWorkflowExecution(t.Context(), &workflowservice.DeleteWorkflowExecutionRequest{
			Namespace: devstack.Namespace, WorkflowExecution: &commonpb.WorkflowExecution{WorkflowId: b.workflowID(run)},
		})
		require.NoError(t, err)
	}
	for _, run := range runs {
		eventually(t, "the execution of "+run+" is deleted", func() bool {
			_, err := c.DescribeWorkflowExecution(t.Context(), b.workflowID(run), "")
			var gone *serviceerror.NotFound
			return errors.As(err, &gone)
		})
	}
}
