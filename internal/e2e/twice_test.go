package e2e

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"transporter/internal/apiclient"
	"transporter/internal/contract"
	"transporter/internal/httpapi"
)

// A window is delivered once, however often and by whomever it is started.
func TestWindowIsDeliveredOnce(t *testing.T) {
	t.Parallel()
	s := start(t, options{})
	temporal := s.client(t)

	t.Run("again after it is delivered", func(t *testing.T) {
		b := s.brand(t)
		w := s.before(24*time.Hour, time.Hour)
		id := b.task(t, spec("msg.conversations", "csv"))
		run := b.run(t, id, w)
		require.Equal(t, "delivered", run.Outcome, run.Error)
		files, calls := b.everything(t), s.calls(t)

		_, err := b.api.RunTask(t.Context(), b.account, id, &w, apiclient.Write{})
		require.ErrorContains(t, err, "exists already")
		_, err = b.api.Resume(t.Context(), b.account, run.ID)
		require.ErrorContains(t, err, "delivered")
		again := b.workflow(t, temporal, id, w, "again")
		require.Equal(t, contract.OutcomeDuplicate, again.Outcome)
		require.Equal(t, files, b.everything(t), "nothing changes at the destinations")
		require.Equal(t, calls, s.calls(t), "the source is not asked again")
	})

	t.Run("by two at the same moment", func(t *testing.T) {
		b := s.brand(t)
		w := s.before(48*time.Hour, time.Hour)
		id := b.task(t, spec("msg.conversations", "csv"))
		const racers = 4
		outcomes := make([]string, racers)
		var all sync.WaitGroup
		for i := range racers {
			all.Go(func() { outcomes[i] = b.workflow(t, temporal, id, w, fmt.Sprint("racer-", i)).Outcome })
		}
		all.Wait()
		counted := map[string]int{}
		for _, o := range outcomes {
			counted[o]++
		}
		require.Equal(t, map[string]int{contract.OutcomeDelivered: 1, contract.OutcomeDuplicate: racers - 1}, counted)
		for _, d := range []string{b.cloud, b.partner} {
			require.Len(t, b.files(t, d), 2, "one file and its manifest")
		}
		requireSameFiles(t, b)
	})
}

// workflow starts a run of the window past the API, under an id of its own, as an operator
// can in the Temporal UI, and waits for its end.
func (b *brand) workflow(t *testing.T, c client.Client, task string, w httpapi.WindowView, name string) (out contract.RunResult) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	run, err := c.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID: contract.RunID(b.account, task, 1, w.To, 0, 1) + "-" + name, TaskQueue: contract.QueueWorkflows,
	}, contract.WorkflowReportRun, contract.RunInput{
		Account: b.account, Task: task, Generation: 1, Trigger: contract.TriggerManual,
		Window: &contract.Span{From: w.From.UnixMilli(), To: w.To.UnixMilli()},
	})
	if err == nil {
		err = run.Get(ctx, &out)
	}
	if err != nil {
		t.Errorf("run %s: %v", name, err) // not require: it is called from goroutines
	}
	return out
}

// everything is the files of both destinations with their bytes.
func (b *brand) everything(t *testing.T) map[string]map[string]string {
	t.Helper()
	return map[string]map[string]string{b.cloud: b.contents(t, b.cloud), b.partner: b.contents(t, b.partner)}
}
