package activities_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/task"
)

// A partition with another number of rows than export_row_counts says is red, and can be accepted by
// the name that the run lists. Until the counts are there nothing waits for them.
func TestRowCountsOfThePlatform(t *testing.T) {
	f := newFeedBench(t, 5)
	scenario, err := f.world.Scenario("counts")
	require.NoError(t, err)
	counts := len(scenario.Steps) - 1
	for _, step := range scenario.Steps[:counts] {
		require.NoError(t, step.Apply(t.Context(), f.bucket))
	}
	date := midnight.UTC().Format(time.DateOnly)
	for _, hour := range []int{0, 1, 2, 3, 4, 7} {
		flag := fmt.Sprintf("issue_session_merge/version=1/format=jsonl/dt=%s/hr=%02d/_SUCCESS", date, hour)
		require.NoError(t, f.bucket.Put(t.Context(), flag, nil, midnight.Add(time.Duration(hour+1)*time.Hour)))
	}
	early, id := f.task("issue_session_merge", "changes", "reference", task.Leg{}), f.task("issue_session_merge", "changes", "reference", task.Leg{})
	window := f.windows("issue_session_merge")[0]
	_, publish := f.delivers(early, window, 0)
	publish()
	require.NoError(t, scenario.Steps[counts].Apply(t.Context(), f.bucket))

	run := contract.RunInput{Account: "acme", Task: id, Generation: 1, Window: &window, Trigger: contract.TriggerResume}
	attempt := func(workflowID string, n int, accept *contract.Acceptance) (contract.PlanOut, error) {
		run.Attempt, run.Accept = n, accept
		plan, err := f.run.Plan(t.Context(), contract.PlanIn{Run: run, Nominal: f.now, WorkflowID: workflowID, RunID: "run"})
		require.NoError(t, err)
		_, err = do[contract.FetchOut](f.run.Fetch, contract.StepIn{Plan: plan.Plan})
		return plan, err
	}
	plan, err := attempt("w1", 1, nil)
	requireKind(t, fault.Incomplete, err)
	require.ErrorContains(t, err, "1 of 8 partitions have another number of rows than the platform counts: dt="+date+"/hr=06: ")
	require.ErrorContains(t, err, "rows were read, export_row_counts says")
	run.Accept = nil
	require.NoError(t, f.run.Record(t.Context(), contract.RecordIn{
		Run: run, WorkflowID: "w1", Plan: plan.Plan, Outcome: contract.OutcomeIncomplete, Error: "red", ErrorKind: string(fault.Incomplete), Started: f.now,
	}))
	record, err := f.run.Book.Run(t.Context(), "acme", id, "w1")
	require.NoError(t, err)
	require.Len(t, record.Quarantined, 1)
	require.Equal(t, "!dt="+date+"/hr=06 row count", record.Quarantined[0].Record)
	_, err = attempt("w2", 2, &contract.Acceptance{Records: []string{record.Quarantined[0].Record}, Note: "seen"})
	require.NoError(t, err)
}
