package activities_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/contract"
)

// The record counts the tries that Temporal made within a call of the workflow, and those
// that the workflow made itself.
func TestRecordCountsTries(t *testing.T) {
	b := newBench(t)
	b.tried = map[contract.StepKey]int{{Name: "fetch"}: 4, {Name: "upload", Leg: "a"}: 2, {Name: "verify", Leg: "b"}: 1}
	require.NoError(t, b.run.Record(t.Context(), contract.RecordIn{
		Run: contract.RunInput{Account: "acme", Task: "users", Generation: 1}, WorkflowID: "w1", RunID: "r", Started: b.now,
		Outcome: contract.OutcomeFailed, Steps: []contract.StepRecord{
			{Name: "fetch", Attempt: 1},
			{Name: "upload", Leg: "a", Attempt: 1},
			{Name: "upload", Leg: "b", Attempt: 1},
			{Name: "verify", Leg: "b", Attempt: 3},
			{Name: "publish", Leg: "b", State: contract.StepSkipped},
		},
	}))
	record, err := b.run.Book.Run(t.Context(), "acme", "users", "w1")
	require.NoError(t, err)
	var tries []int
	for _, s := range record.Steps {
		tries = append(tries, s.Attempt)
	}
	require.Equal(t, []int{4, 2, 1, 3, 0}, tries)
}
