package receipt_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/receipt"
)

func run(task, outcome string, started time.Time, attempt int) receipt.RunRecord {
	return receipt.RunRecord{
		RecordIn: contract.RecordIn{
			Run:        contract.RunInput{Account: "acme", Task: task, Generation: 1, Attempt: attempt},
			WorkflowID: contract.RunID("acme", task, 1, started.Truncate(time.Hour), 0, attempt), RunID: "run",
			Outcome: outcome, Started: started, Files: 1,
		},
		Downloads: []receipt.Download{{Name: "f.csv.pgp", Leg: "l", Encrypted: true}},
	}
}

func TestRuns(t *testing.T) {
	ctx := context.Background()
	b, st := newBook(t)
	runs := []receipt.RunRecord{ // newest first
		run("t1", "failed", noon.Add(4*time.Hour), 2),
		run("t2", "delivered", noon.Add(3*time.Hour+time.Millisecond), 1),
		run("t1", "delivered", noon.Add(3*time.Hour), 1),
		run("t1", "empty", noon, 1),
		run("t1", "delivered", noon.AddDate(-30, 0, 0), 1),
	}
	for _, i := range []int{3, 0, 4, 2, 1, 1} {
		require.NoError(t, b.PutRun(ctx, runs[i]))
	}
	for name, c := range map[string]struct {
		filter receipt.RunFilter
		want   []int
	}{
		"all":     {receipt.RunFilter{}, []int{0, 1, 2, 3, 4}},
		"task":    {receipt.RunFilter{Task: "t1"}, []int{0, 2, 3, 4}},
		"outcome": {receipt.RunFilter{Outcome: "delivered"}, []int{1, 2, 4}},
		"both":    {receipt.RunFilter{Outcome: "delivered", Task: "t1"}, []int{2, 4}},
		"limit":   {receipt.RunFilter{Limit: 2}, []int{0, 1}},
		"before":  {receipt.RunFilter{Before: runs[1].Started, Limit: 2}, []int{2, 3}},
		"none":    {receipt.RunFilter{Task: "t3"}, nil},
	} {
		c.filter.Account = "acme"
		got, err := b.Runs(ctx, c.filter)
		require.NoError(t, err)
		var want []receipt.RunRecord
		for _, i := range c.want {
			want = append(want, runs[i])
		}
		require.Equal(t, want, got, name)
	}
	got, err := b.Run(ctx, "acme", "t1", runs[0].WorkflowID)
	require.NoError(t, err)
	require.Equal(t, runs[0], *got)
	got, err = b.Run(ctx, "acme", "t1", "report/acme/t1/g7-2026-11-20T12:00:00Z")
	require.NoError(t, err)
	require.Nil(t, got)
	require.Contains(t, keys(t, st, "runs/"), "runs/acme/t1/g1-2026-11-20T160000Z~a2")
	require.Contains(t, keys(t, st, "runs-by-time/acme/task/t1/"), "runs-by-time/acme/task/t1/98204823999999~20261120T120000Z~empty~t1~g1-2026-11-20T120000Z")
}

func TestRunOfALaterExecutionReplaces(t *testing.T) {
	ctx := context.Background()
	b, _ := newBook(t)
	first := run("t1", "failed", noon, 1)
	require.NoError(t, b.PutRun(ctx, first))
	second := first
	second.RunID, second.Outcome, second.Started = "reset", "delivered", noon.Add(time.Minute)
	require.NoError(t, b.PutRun(ctx, second))
	got, err := b.Runs(ctx, receipt.RunFilter{Account: "acme"})
	require.NoError(t, err)
	require.Equal(t, []receipt.RunRecord{second}, got)
	got, err = b.Runs(ctx, receipt.RunFilter{Account: "acme", Outcome: "failed"})
	require.NoError(t, err)
	require.Empty(t, got)

	bad := first
	bad.Run.Task = "no task"
	require.True(t, fault.Is(b.PutRun(ctx, bad), fault.InvalidSpec))
}
