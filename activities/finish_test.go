package activities_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/contract"
	"transporter/internal/ledger"
	"transporter/internal/task"
)

// finished remembers the notes of finished tasks.
type finished map[string]string

// Finish implements activities.Schedules.
func (f finished) Finish(_ context.Context, accountID, taskID, note string) error {
	f[accountID+"/"+taskID] = note
	return nil
}

// Only the last run of a task finishes it, however it ends.
func TestRecordOfTheLastRunFinishesTheTask(t *testing.T) {
	b := newBench(t)
	from, to := time.UnixMilli(day.From).UTC(), time.UnixMilli(day.To).UTC()
	later := to.AddDate(0, 0, 1)
	for id, spec := range map[string]task.Spec{
		"once":    {Frequency: task.Frequency{Kind: task.Once}, Start: &from, End: &to},
		"future":  {Frequency: task.Frequency{Kind: task.Once}, Start: &to, End: &later},
		"ended":   {Frequency: task.Frequency{Kind: task.Daily, At: "00:00"}, End: &to},
		"forever": {Frequency: task.Frequency{Kind: task.Daily, At: "00:00"}},
	} {
		spec.Source, spec.Report, spec.Version, spec.Format, spec.Zone = "src", "cfg.users", "1.0", "csv", "UTC"
		_, err := b.run.Ledger.(*ledger.Ledger).Append(t.Context(), "acme", id, ledger.Entry{
			EffectiveFrom: from.Add(-time.Hour), Generation: 1, State: ledger.Enabled, Spec: spec,
		})
		require.NoError(t, err)
	}
	done := finished{}
	b.run.Schedules = done
	for _, id := range []string{"once", "future", "ended", "forever", "unknown"} {
		require.NoError(t, b.run.Record(t.Context(), contract.RecordIn{
			Run:        contract.RunInput{Account: "acme", Task: id, Generation: 1},
			WorkflowID: contract.RunID("acme", id, 1, to, 0, 1), Window: day, Outcome: contract.OutcomeFailed,
		}))
	}
	const note = "finished 2026-11-20, the last run is failed"
	require.Equal(t, finished{"acme/once": note, "acme/ended": note}, done)
}
