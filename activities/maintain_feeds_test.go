package activities_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/activities"
	"transporter/internal/account"
	"transporter/internal/contract"
	"transporter/internal/feedbook"
	"transporter/internal/ledger"
	"transporter/internal/sandbox/feeds"
	"transporter/internal/task"
)

// idle is an account on which no run works.
type idle struct {
	activities.AccountUpdates
	activities.Ended
	*bench
}

// Snapshot implements activities.Accounts.
func (i idle) Snapshot(ctx context.Context, id string) (account.Snapshot, error) {
	return i.bench.Snapshot(ctx, id)
}

// Working implements activities.Ended.
func (idle) Working(context.Context, string) ([]contract.OpenRun, error) { return nil, nil }

// maintains returns what does the daily work of the account, each time days later than before, and
// returns how many objects it has removed.
func (f *feedBench) maintains() func() int {
	var ahead time.Duration
	later := func() time.Time { return time.Now().Add(ahead) }
	a := &activities.Reconcile{
		Accounts: idle{bench: f.bench}, Runs: idle{bench: f.bench}, Ledger: f.run.Ledger.(*ledger.Ledger), Book: f.run.Book, Incidents: f.run.Told, Now: f.run.Now,
		Kept: activities.Kept{Store: f.store, Stage: f.run.Stage}, Feeds: feedbook.New(f.run.Feeds.Ledger, f.run.Stage, later),
	}
	return func() int {
		ahead += 2 * feedbook.Grace
		out, err := do[contract.Maintained](a.MaintainAccount, contract.ReconcileIn{Account: "acme"})
		require.NoError(f.t, err)
		return out.Removed
	}
}

// The daily work between any two steps takes nothing from windows that are read, rendered, delivered
// late or exported anew; it does take what gave way.
func TestDailyWorkLeavesFeedsWhole(t *testing.T) {
	for n, table := range []string{"convos_metrics", "dim_queues", "queue_wfm"} {
		t.Run(table, func(t *testing.T) {
			t.Parallel()
			random := rand.New(rand.NewPCG(uint64(n), 11))
			f := newFeedBench(t, int64(n))
			maintain, removed := f.maintains(), 0
			f.between = func() {
				if random.IntN(4) == 0 {
					removed += maintain()
				}
			}
			filling := feeds.Filling{Tables: []string{table}, From: midnight, Through: midnight.Add(24 * time.Hour)}
			ids := map[string]string{}
			for _, delivery := range []string{"changes", "leaf", "snapshot"} {
				ids[delivery] = f.task(table, delivery, "reference", task.Leg{})
			}
			for revision := range 3 {
				filling.Again = 50 * revision
				require.NoError(t, f.world.Fill(t.Context(), f.bucket, filling))
				for delivery, id := range ids {
					var publish []func()
					for _, w := range f.windows(table) {
						_, p := f.delivers(id, w, revision)
						publish = append(publish, p) // all are red until then
					}
					for _, p := range publish {
						p()
					}
					require.Equal(t, f.truth(table, delivery, "reference"), apply(delivery, f.sets(id)), fmt.Sprint(delivery, revision))
				}
				f.now = f.now.Add(3 * time.Hour)
			}
			removed += maintain() + maintain()
			require.NotZero(t, removed, "exports that gave way")
			require.Zero(t, maintain())
		})
	}
}

// A window that was fetched can be rendered whatever is exported after it, and however long it takes.
func TestDailyWorkLeavesWhatIsFetched(t *testing.T) {
	f := newFeedBench(t, 3)
	const table = "convos_metrics"
	filling := feeds.Filling{Tables: []string{table}, From: midnight, Through: midnight.Add(24 * time.Hour)}
	require.NoError(t, f.world.Fill(t.Context(), f.bucket, filling))
	red, other := f.task(table, "leaf", "reference", task.Leg{}), f.task(table, "leaf", "reference", task.Leg{})
	want, window := f.truth(table, "leaf", "reference"), f.windows(table)[0]
	run := contract.RunInput{Account: "acme", Task: red, Generation: 1, Window: &window, Trigger: contract.TriggerManual}
	plan, err := f.run.Plan(t.Context(), contract.PlanIn{Run: run, Nominal: f.now, WorkflowID: contract.RunID("acme", red, 1, time.UnixMilli(window.To), 0, 1), RunID: "run"})
	require.NoError(t, err)
	in := contract.StepIn{Plan: plan.Plan}
	in.Fetched = again[contract.FetchOut](f, f.run.Fetch, in).Index

	f.now, filling.Again = f.now.Add(3*time.Hour), 100
	require.NoError(t, f.world.Fill(t.Context(), f.bucket, filling))
	_, publish := f.delivers(other, window, 0)
	publish()
	maintain := f.maintains()
	require.Zero(t, maintain()+maintain()+maintain())
	out := again[contract.TransformOut](f, f.run.Transform, in)
	require.NotZero(t, out.Rows)
	require.Less(t, out.Rows, int64(len(want)), "one window of the day")
	_ = again[struct{}](f, f.run.Clean, in)
	require.NotZero(t, maintain(), "it is over")
}
