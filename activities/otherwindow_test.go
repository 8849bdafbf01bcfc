package activities_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/ledger"
	"transporter/internal/task"
)

// named makes the generation of a task whose files have names by the template.
func (b *bench) named(generation int, fileName string) {
	_, err := b.run.Ledger.(*ledger.Ledger).Append(b.t.Context(), "acme", "wfm", ledger.Entry{
		EffectiveFrom: b.now.AddDate(0, 0, -3), Generation: generation, State: ledger.Enabled,
		Spec: task.Spec{
			Source: "src", Report: "cfg.users", Version: "1.0", Format: "csv", Zone: "UTC", Frequency: task.Frequency{Kind: task.Daily, At: "00:00"},
			EmptyResult:  task.EmptySkip,
			Destinations: []task.Leg{{Destination: "shelf", Path: "wfm", FileName: fileName, Encryption: task.Encryption{Mode: task.EncryptNone}}},
		},
	})
	require.NoError(b.t, err)
}

// After an edit that begins anew with other windows, a file whose name says only when its window ended
// keeps the rows of its own: the run is red until the names tell the windows apart, whatever its files
// are called. The same window is replaced.
func TestAFileOfAnotherWindowIsNotReplaced(t *testing.T) {
	noon := contract.Span{From: day.From + 12*time.Hour.Milliseconds(), To: day.To}
	const delivered = "wfm/acd_20261120_0000.csv"
	for _, parts := range [][]string{{"half a day\n"}, {"half ", "a day\n"}} {
		b := newBench(t)
		b.named(1, "acd_{to:yyyyMMdd_HHmm}{part}{revision}.{ext}")
		require.NoError(t, b.deliverRun("wfm", contract.RunInput{}, "all day\n"))

		b.named(2, "acd_{to:yyyyMMdd_HHmm}{part}{revision}.{ext}")
		b.witness.seen = nil
		err := b.deliverRun("wfm", contract.RunInput{Generation: 2, Window: &noon}, parts...)
		requireKind(t, fault.Collision, err)
		require.ErrorContains(t, err, "another window of the task")
		require.ErrorContains(t, err, "a fileName with {from} and {to}, or another path, and resume the run")
		require.Empty(t, b.witness.seen, "nothing of a set that cannot have its manifest")
		require.Equal(t, "all day\n", string(b.read(delivered)))

		b.named(2, "acd_{from:yyyyMMdd_HHmm}_{to:yyyyMMdd_HHmm}{part}{revision}.{ext}")
		require.NoError(t, b.deliverRun("wfm", contract.RunInput{Generation: 2, Window: &noon, Attempt: 2}, parts...))
		require.Equal(t, "all day\n", string(b.read(delivered)), "beside the other")
		require.True(t, strings.HasPrefix(b.witness.seen[0], "+acd_20261119_1200_20261120_0000"), b.witness.seen[0])

		b.named(3, "acd_{to:yyyyMMdd_HHmm}{part}{revision}.{ext}")
		require.NoError(t, b.deliverRun("wfm", contract.RunInput{Generation: 3}, "the day again\n"))
		require.Equal(t, "the day again\n", string(b.read(delivered)), "the same window is replaced")
	}
}
