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

// A partition keeps its rows in the same way: after an edit from days to weeks and a reset, the first day of the
// week has the date of both. Taken over by the week it would lose nothing, but the other six days were there twice;
// the other way round all but that day were gone.
func TestAPartitionOfAnotherWindowIsNotReplaced(t *testing.T) {
	week := contract.Span{From: day.From, To: day.From + 7*24*time.Hour.Milliseconds()}
	for name, c := range map[string]struct {
		before, after  contract.Span
		first, instead task.Frequency
	}{
		"days, then weeks": {day, week, daily, weekly},
		"weeks, then days": {week, day, weekly, daily},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			b.now = time.UnixMilli(week.To).Add(time.Hour)
			b.partitionedBy(1, "", c.first)
			require.NoError(t, b.deliverRun("feed", contract.RunInput{Window: &c.before}, "one\n", "two\n"))

			b.partitionedBy(2, "", c.instead)
			b.witness.seen = nil
			err := b.deliverRun("feed", contract.RunInput{Generation: 2, Window: &c.after}, "other\n")
			requireKind(t, fault.Collision, err)
			require.ErrorContains(t, err, "another window of the task")
			require.ErrorContains(t, err, "another feedVersion if it has partitions")
			require.Empty(t, b.witness.seen, "neither the marker nor a file is gone")
			require.Equal(t, "two\n", string(b.read(partition+"cfg_users.csv.01")))
			require.Empty(t, b.read(partition+"_SUCCESS"))

			b.partitionedBy(2, "2", c.instead)
			require.NoError(t, b.deliverRun("feed", contract.RunInput{Generation: 2, Window: &c.after, Attempt: 2}, "other\n"))
			require.Equal(t, "one\n", string(b.read(partition+"cfg_users.csv.00")), "beside the other")
			require.Equal(t, "other\n", string(b.read(strings.Replace(partition, "version=1", "version=2", 1)+"cfg_users.csv")))

			b.partitionedBy(3, "", c.first)
			require.NoError(t, b.deliverRun("feed", contract.RunInput{Generation: 3, Window: &c.before}, "again\n"))
			require.Equal(t, "again\n", string(b.read(partition+"cfg_users.csv")), "the same window is replaced")
		})
	}
}

var (
	daily  = task.Frequency{Kind: task.Daily, At: "00:00"}
	weekly = task.Frequency{Kind: task.Weekly, At: "00:00", Weekday: strings.ToLower(time.UnixMilli(day.From).UTC().Weekday().String())}
)

// partitionedBy makes the generation of a task with partitions whose windows are of the frequency.
func (b *bench) partitionedBy(generation int, feedVersion string, by task.Frequency) {
	_, err := b.run.Ledger.(*ledger.Ledger).Append(b.t.Context(), "acme", "feed", ledger.Entry{
		EffectiveFrom: b.now.AddDate(0, 0, -30), Generation: generation, State: ledger.Enabled,
		Spec: task.Spec{
			Source: "src", Report: "cfg.users", Version: "1.0", Format: "csv", Zone: "UTC", Frequency: by, EmptyResult: task.EmptySkip,
			Destinations: []task.Leg{{
				Destination: "shelf", Path: "feeds", Layout: task.LayoutPartitioned, FeedVersion: feedVersion, Encryption: task.Encryption{Mode: task.EncryptNone},
			}},
		},
	})
	require.NoError(b.t, err)
}
