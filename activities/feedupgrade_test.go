package activities_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/contract"
	"transporter/internal/task"
)

// A window that an earlier release delivered, whose receipt does not say what was absent of it, is as it was when it is
// looked at again; what has come of it since is a revision, as ever.
func TestALookAtWhatAnEarlierReleaseDelivered(t *testing.T) {
	const table = "convos_metrics"
	for _, delivery := range []string{"changes", "leaf", "snapshot"} {
		t.Run(delivery, func(t *testing.T) {
			f := newFeedBench(t, 1)
			w := f.ofHour(f.task(table, delivery, "reference", task.Leg{}), 0)
			w.run.Window.To = hourSpan(1).To
			f.exports(table, 0, `{"issue_id":"a"}`)
			f.now = f.now.Add(3 * time.Hour)
			red, err := w.attempt()
			require.Error(t, err)
			_, err = w.attempt(namesOf(red)...)
			require.NoError(t, err)
			require.Equal(t, absentHour(1), f.sets(w.run.Task)[0].Absent)
			f.forgetsAbsent(contract.Delivery{Account: "acme", Task: w.run.Task, Generation: 1, Span: *w.run.Window})

			look := w.looks()
			record, err := look.attempt()
			require.NoError(t, err)
			require.Equal(t, contract.OutcomeUnchanged, record.Outcome)
			require.Len(t, f.sets(w.run.Task), 1)

			f.now = f.now.Add(3 * time.Hour)
			f.exports(table, 1)
			look.run.Look = f.now
			record, err = look.attempt()
			require.NoError(t, err)
			require.Equal(t, contract.OutcomeDelivered, record.Outcome)
			require.Empty(t, f.sets(w.run.Task)[1].Absent)
		})
	}
}

// forgetsAbsent has the receipt of a delivery as a release wrote it that did not note what was absent.
func (f *feedBench) forgetsAbsent(d contract.Delivery) {
	f.t.Helper()
	whole, err := f.run.Book.Receipt(f.t.Context(), d)
	require.NoError(f.t, err)
	require.NotEmpty(f.t, whole.Kept.Rendered.Absent)
	whole.Kept.Rendered.Absent = ""
	require.NoError(f.t, f.store.Delete(f.t.Context(), "receipts/"+d.Key()+".receipt"))
	won, err := f.run.Book.PutReceipt(f.t.Context(), *whole)
	require.NoError(f.t, err)
	require.True(f.t, won)
}
