package activities_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/activities"
	"transporter/internal/account"
	"transporter/internal/contract"
	"transporter/internal/ledger"
	"transporter/internal/seal"
	"transporter/internal/store"
	"transporter/internal/task"
)

// schedules records what a scheduler is asked for; the real one is tested against a
// server in package temporalx.
type schedules struct {
	applied map[string]account.Task
	created time.Time
	fail    error
}

func (s *schedules) Apply(_ context.Context, in contract.TaskApplyIn, created time.Time) error {
	if s.fail == nil {
		s.applied[in.Account+"/"+in.Task.ID], s.created = in.Task, created
	}
	return s.fail
}

func (s *schedules) Remove(_ context.Context, accountID, taskID string) error {
	delete(s.applied, accountID+"/"+taskID)
	return s.fail
}

// backfills notes what was started and stopped.
type backfills struct {
	started []contract.BackfillIn
	stopped []string
}

func (b *backfills) Start(_ context.Context, in contract.BackfillIn) error {
	b.started = append(b.started, in)
	return nil
}

func (b *backfills) Stop(_ context.Context, _, taskID string) error {
	b.stopped = append(b.stopped, taskID)
	return nil
}

// What the ledger newly expects of the past is backfilled; a disabled task is not.
func TestApplyCatchesUp(t *testing.T) {
	ctx := context.Background()
	st, err := store.Open(ctx, "file://"+t.TempDir())
	require.NoError(t, err)
	ring, err := seal.GenerateRing("k")
	require.NoError(t, err)
	book := ledger.New(st, seal.NewBox(ring))
	now := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	back := &backfills{}
	steps := &activities.Tasks{
		Ledger: book, Scheduler: &schedules{applied: map[string]account.Task{}}, Backfills: back, Now: func() time.Time { return now },
	}
	start := now.AddDate(0, 0, -3)
	apply := func(set func(*contract.TaskApplyIn)) []contract.BackfillIn {
		back.started = nil
		in := contract.TaskApplyIn{Account: "acme", Note: "why", Task: account.Task{
			Meta: account.Meta{ID: "t", UpdatedAt: now}, State: account.TaskEnabled, Generation: 1,
			Spec: task.Spec{
				Report: "msg.messages", Zone: "UTC", Frequency: task.Frequency{Kind: task.Daily, At: "06:00"}, Start: &start, Delay: new(task.Duration),
			},
		}}
		set(&in)
		require.NoError(t, steps.Apply(ctx, in))
		return back.started
	}
	at := func(day int) time.Time { return time.Date(2026, 11, day, 6, 0, 0, 0, time.UTC) }

	created := apply(func(*contract.TaskApplyIn) {})
	require.Equal(t, []contract.BackfillIn{{
		Account: "acme", Task: "t", ID: "entry-1", From: at(17), To: at(20), Mode: contract.BackfillMissing, Reason: "why",
	}}, created, "a start in the past")

	now = now.Add(time.Minute)
	require.Empty(t, apply(func(in *contract.TaskApplyIn) { in.Task.State = account.TaskDisabled }))
	require.Equal(t, []string{"t"}, back.stopped)

	now = now.AddDate(0, 0, 2)
	require.Empty(t, apply(func(in *contract.TaskApplyIn) { in.CatchUp = ledger.CatchUpNone }))
	now = now.Add(time.Minute)
	require.Empty(t, apply(func(in *contract.TaskApplyIn) { in.Task.State = account.TaskDisabled }))
	now = now.AddDate(0, 0, 2)
	caught := apply(func(in *contract.TaskApplyIn) { in.CatchUp = ledger.CatchUpAll })
	require.Len(t, caught, 1)
	require.Equal(t, at(22), caught[0].From)
	require.Equal(t, at(24), caught[0].To)

	again := apply(func(in *contract.TaskApplyIn) { in.Reset, in.Task.Generation = true, 2 })
	require.Len(t, again, 1, "a reset begins at the start again")
	require.Equal(t, at(17), again[0].From)
	require.Equal(t, at(24), again[0].To)

	now = at(25).Add(20 * time.Second)
	fired := apply(func(in *contract.TaskApplyIn) { in.Task.Generation = 3 })
	require.Len(t, fired, 1, "a fire that may be lost with the schedule it belonged to")
	require.Equal(t, at(24), fired[0].From)
	require.Equal(t, at(25), fired[0].To)
	now = now.Add(time.Minute)
	require.Empty(t, apply(func(in *contract.TaskApplyIn) { in.Task.Generation = 4 }))
}

func TestTaskStepsAgree(t *testing.T) {
	ctx := context.Background()
	st, err := store.Open(ctx, "file://"+t.TempDir())
	require.NoError(t, err)
	ring, err := seal.GenerateRing("k")
	require.NoError(t, err)
	book := ledger.New(st, seal.NewBox(ring))
	fired := &schedules{applied: map[string]account.Task{}}
	now := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	steps := &activities.Tasks{Ledger: book, Scheduler: fired, Backfills: &backfills{}, Now: func() time.Time { return now }}

	in := contract.TaskApplyIn{Account: "acme", Note: "created", Task: account.Task{
		Meta: account.Meta{ID: "t", Version: 1, UpdatedAt: now.Add(-time.Hour)}, State: account.TaskEnabled, Generation: 1,
		Spec: task.Spec{Report: "msg.messages", Zone: "UTC", Frequency: task.Frequency{Kind: task.Daily, At: "06:00"}},
	}}
	fired.fail = errors.New("server is away")
	require.Error(t, steps.Apply(ctx, in))
	fired.fail = nil
	require.NoError(t, steps.Apply(ctx, in), "the retry finishes what the first attempt began")
	require.NoError(t, steps.Apply(ctx, in), "and a third changes nothing")
	entries, err := book.Entries(ctx, "acme", "t")
	require.NoError(t, err)
	require.Len(t, entries, 1)
	require.Equal(t, in.Task.UpdatedAt, entries[0].EffectiveFrom)
	require.Equal(t, ledger.Enabled, entries[0].State)
	require.Equal(t, in.Task, fired.applied["acme/t"])

	edited := in
	edited.Task.Generation, edited.Task.UpdatedAt = 2, now
	require.NoError(t, steps.Apply(ctx, edited))
	require.Equal(t, in.Task.UpdatedAt, fired.created, "an edit does not move the anchor")

	gone := contract.TaskRemoveIn{Account: "acme", Task: "t", Note: "deleted"}
	require.NoError(t, steps.Remove(ctx, gone))
	now = now.Add(time.Minute)
	require.NoError(t, steps.Remove(ctx, gone))
	entries, err = book.Entries(ctx, "acme", "t")
	require.NoError(t, err)
	require.Len(t, entries, 3)
	require.Equal(t, ledger.Deleted, entries[2].State)
	require.Equal(t, 2, entries[2].Generation)
	require.Empty(t, fired.applied)

	require.NoError(t, steps.Remove(ctx, contract.TaskRemoveIn{Account: "acme", Task: "never"}))
}

// An edit that waits for a worker holds from when the ledger has it: runs that were planned
// meanwhile took their windows from the entry before, and no window may be delivered under
// both. An attempt that failed half-way is not repeated in the ledger.
func TestEditHoldsFromWhenTheLedgerHasIt(t *testing.T) {
	ctx := context.Background()
	st, err := store.Open(ctx, "file://"+t.TempDir())
	require.NoError(t, err)
	ring, err := seal.GenerateRing("k")
	require.NoError(t, err)
	book := ledger.New(st, seal.NewBox(ring))
	server := &schedules{applied: map[string]account.Task{}}
	made := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	now := made
	steps := &activities.Tasks{Ledger: book, Scheduler: server, Backfills: &backfills{}, Now: func() time.Time { return now }}
	in := contract.TaskApplyIn{Account: "acme", Task: account.Task{
		Meta: account.Meta{ID: "t", UpdatedAt: made}, State: account.TaskEnabled, Generation: 1,
		Spec: task.Spec{Report: "msg.messages", Zone: "UTC", Frequency: task.Frequency{Kind: task.Daily, At: "06:00"}},
	}}
	require.NoError(t, steps.Apply(ctx, in))

	in.Task.UpdatedAt, in.Task.Generation, in.Task.Spec.Frequency.At = made.Add(time.Hour), 2, "07:00"
	now, server.fail = made.Add(20*time.Hour), errors.New("server is away")
	require.Error(t, steps.Apply(ctx, in))
	now, server.fail = made.Add(21*time.Hour), nil
	require.NoError(t, steps.Apply(ctx, in))
	entries, err := book.Entries(ctx, "acme", "t")
	require.NoError(t, err)
	require.Len(t, entries, 2)
	require.Equal(t, made.Add(20*time.Hour), entries[1].EffectiveFrom)
}
