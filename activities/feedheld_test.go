package activities_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/account"
	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/feed"
	"transporter/internal/feed/doortest"
	"transporter/internal/feedbook"
	"transporter/internal/feedschema"
	"transporter/internal/incident"
	"transporter/internal/ledger"
	"transporter/internal/seal"
	"transporter/internal/source"
	"transporter/internal/task"
)

// exporting is a platform that has exported everything, and looks at what it says of its feeds first.
type exporting struct {
	platform
	feedschema.Watch
}

type platform = source.Exports

// Exports implements activities.Exporters.
func (e exporting) Exports(context.Context, string, account.Source) (source.Exports, error) {
	return e, nil
}

// Leaves implements source.Exports.
func (e exporting) Leaves(ctx context.Context, _ source.Query) ([]feed.Leaf, error) {
	return []feed.Leaf{{}}, e.Check(ctx, feed.Place{Feed: "reps", Version: "1"})
}

// A run waits while its feed is held, people are told once, and it goes on when the change is released.
func TestARunWaitsWhileItsFeedIsHeld(t *testing.T) {
	ctx := t.Context()
	b := newBench(t)
	ring, err := seal.GenerateRing("k")
	require.NoError(t, err)
	book, open := feedschema.New(b.store, seal.NewBox(ring)), incident.New(b.store, seal.NewBox(ring))
	b.run.Holds, b.run.Told = book, open
	b.run.Feeds = feedbook.New(feedbook.NewLedger(b.store, seal.NewBox(ring)), b.run.Stage, b.run.Now)
	var door doortest.Memory
	b.run.Exporters = exporting{Watch: feedschema.Watch{Book: book, Door: &door, Account: "acme", Source: "src", Now: b.run.Now}}
	_, err = b.run.Ledger.(*ledger.Ledger).Append(ctx, "acme", "reps", ledger.Entry{
		EffectiveFrom: time.UnixMilli(day.From).Add(-time.Hour), Generation: 1, State: ledger.Enabled,
		Spec: task.Spec{
			Source: "src", Report: "asapp.reps", Version: "1.0", Format: "jsonl", Zone: "UTC", Description: "Agents",
			Frequency:    task.Frequency{Kind: task.Daily, At: "00:00"},
			Destinations: []task.Leg{{Destination: "shelf", Encryption: task.Encryption{Mode: task.EncryptNone}}},
		},
	})
	require.NoError(t, err)
	plan, err := b.planTask("reps", "w1", 1)
	require.NoError(t, err)
	await := func() (contract.AwaitOut, error) {
		return do[contract.AwaitOut](b.run.Await, contract.StepIn{Plan: plan.Plan})
	}
	describe := func(kind string) {
		door.Put("docs/export_docs.yaml", "schemas: [{tables: [{name: reps, sync_time: 1d, columns: [{name: rep_id, type: "+kind+"}]}]}]", b.now)
		b.now = b.now.Add(2 * time.Hour)
	}
	describe("bigint")
	out, err := await()
	require.NoError(t, err)
	require.Equal(t, 1, out.Leaves)

	describe("boolean")
	b.now = time.UnixMilli(day.To).Add(13 * time.Hour)
	for range 2 {
		_, err = await()
		requireKind(t, fault.NotReady, err)
		require.ErrorContains(t, err, "reps.rep_id: type bigint → boolean")
		require.ErrorContains(t, err, "starter feed release src reps ")
	}
	incidents, err := open.All(ctx, "acme")
	require.NoError(t, err)
	require.Len(t, incidents, 1, "a day after its window nobody has to ask the platform")
	require.Equal(t, incident.FeedHeld, incidents[0].Kind)
	require.Equal(t, "Agents: feed reps is held", incidents[0].Title)

	_, err = book.Release(ctx, "acme", "src", "reps", "1", incidents[0].Key, feedschema.Release{Reason: "ops", At: b.now})
	require.NoError(t, err)
	_, err = await()
	require.NoError(t, err)
	incidents, err = open.All(ctx, "acme")
	require.NoError(t, err)
	require.Empty(t, incidents)
}

// When a window is late follows what the platform says by now, and the catalog where it says nothing.
func TestLatenessFollowsWhatThePlatformSays(t *testing.T) {
	for name, c := range map[string]struct {
		says  string
		after time.Duration
		late  bool
	}{
		"nothing, as the catalog has it: daily": {"", 3 * time.Hour, false},
		"nothing, late for a daily table":       {"", 13 * time.Hour, true},
		"it has become hourly":                  {"1h", 3 * time.Hour, true},
		"it has become hourly, not late yet":    {"1h", time.Hour, false},
		"words that nobody understands":         {"now and then", 3 * time.Hour, false},
		"every half hour":                       {"20-30m", 50 * time.Minute, true},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFeedBench(t, 1)
			ring, err := seal.GenerateRing("k")
			require.NoError(t, err)
			book, open := feedschema.New(f.store, seal.NewBox(ring)), incident.New(f.store, seal.NewBox(ring))
			f.run.Holds, f.run.Told = book, open
			var door doortest.Memory
			f.now = time.UnixMilli(day.To)
			if c.says != "" {
				door.Put("docs/export_docs.yaml", "schemas: [{tables: [{name: reps, sync_time: "+c.says+", columns: [{name: rep_id, type: bigint}]}]}]", f.now.Add(-time.Hour))
			}
			_, err = book.Look(t.Context(), &door, feedschema.Ask{Account: "acme", Source: "src", Now: f.now})
			require.NoError(t, err)
			id := f.task("reps", "changes", "reference", task.Leg{})
			f.now = f.now.Add(c.after)
			run := contract.RunInput{Account: "acme", Task: id, Generation: 1, Window: &day, Trigger: contract.TriggerManual}
			plan, err := f.run.Plan(t.Context(), contract.PlanIn{Run: run, Nominal: f.now, WorkflowID: "w1", RunID: "run"})
			require.NoError(t, err)
			_, err = do[contract.AwaitOut](f.run.Await, contract.StepIn{Plan: plan.Plan})
			requireKind(t, fault.NotReady, err)
			incidents, err := open.All(t.Context(), "acme")
			require.NoError(t, err)
			require.Equal(t, c.late, len(incidents) == 1, "%v", incidents)
		})
	}
}

// A partition that contradicts itself is waited for under a name of its own, people are told at once, and
// it is over when the platform has exported it anew. Rows of two companies are red, and nothing of them is kept.
func TestPartitionsThatCannotBeReadAsTheyAre(t *testing.T) {
	f := newFeedBench(t, 1)
	const folder = "reps/version=1/format=jsonl/dt=2026-11-19/"
	put := func(name, content string, at time.Time) {
		require.NoError(t, f.bucket.Put(t.Context(), folder+name, []byte(content), at))
	}
	f.now = time.UnixMilli(day.To).Add(time.Hour) // not late yet
	put("reps.jsonl.00", `{"rep_id":1,"company_name":"acme"}`, f.now.Add(-30*time.Minute))
	put("reps.jsonl.02", `{"rep_id":2,"company_name":"acme"}`, f.now.Add(-30*time.Minute))
	put("_SUCCESS", "", f.now.Add(-29*time.Minute))
	id := f.task("reps", "changes", "reference", task.Leg{})
	run := contract.RunInput{Account: "acme", Task: id, Generation: 1, Window: &day, Trigger: contract.TriggerManual}
	plan, err := f.run.Plan(t.Context(), contract.PlanIn{Run: run, Nominal: f.now, WorkflowID: "w1", RunID: "run"})
	require.NoError(t, err)
	in := contract.StepIn{Plan: plan.Plan}
	incidents := func() (kinds []string) {
		all, err := f.run.Told.All(t.Context(), "acme")
		require.NoError(t, err)
		for _, i := range all {
			kinds = append(kinds, i.Kind)
		}
		return kinds
	}
	_, err = do[contract.AwaitOut](f.run.Await, in)
	requireKind(t, fault.NotReady, err)
	require.ErrorContains(t, err, "exported, but cannot be read as it is: reps: dt=2026-11-19 is broken: split 01 is missing")
	require.Equal(t, []string{incident.FeedBroken}, incidents())

	put("reps.jsonl.01", `{"rep_id":3,"company_name":"umbrella"}`, f.now.Add(-28*time.Minute))
	put("_SUCCESS", "", f.now.Add(-27*time.Minute))
	_, err = do[contract.AwaitOut](f.run.Await, in)
	require.NoError(t, err)
	require.Empty(t, incidents())
	_, err = do[contract.FetchOut](f.run.Fetch, in)
	requireKind(t, fault.SchemaMismatch, err)
	require.ErrorContains(t, err, "reps dt=2026-11-19 has rows of several companies: acme, umbrella")

	put("reps.jsonl.01", `{"rep_id":3,"company_name":"acme"}`, f.now.Add(-26*time.Minute))
	put("_SUCCESS", "", f.now.Add(-25*time.Minute))
	out, err := do[contract.FetchOut](f.run.Fetch, in)
	require.NoError(t, err)
	require.EqualValues(t, 3, out.Fetched)

	// Another partition of another table, all of another company.
	hour := "sms_events/version=1/format=jsonl/dt=2026-11-19/hr=%02d/%s"
	for h := range 8 {
		require.NoError(t, f.bucket.Put(t.Context(), fmt.Sprintf(hour, h, "_SUCCESS"), nil, f.now.Add(-20*time.Minute)))
	}
	require.NoError(t, f.bucket.Put(t.Context(), fmt.Sprintf(hour, 3, "sms_events.jsonl"), []byte(`{"sms_flow_id":"a","company_name":"umbrella"}`), f.now.Add(-21*time.Minute)))
	window := f.windows("sms_events")[0]
	run.Task, run.Window = f.task("sms_events", "changes", "reference", task.Leg{}), &window
	plan, err = f.run.Plan(t.Context(), contract.PlanIn{Run: run, Nominal: f.now, WorkflowID: "w2", RunID: "run"})
	require.NoError(t, err)
	_, err = do[contract.FetchOut](f.run.Fetch, contract.StepIn{Plan: plan.Plan})
	requireKind(t, fault.SchemaMismatch, err)
	require.ErrorContains(t, err, "rows of the company umbrella are exported where those of acme were")
}
