package activities_test

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"iter"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"golang.org/x/sync/semaphore"

	"transporter/activities"
	"transporter/internal/account"
	"transporter/internal/contract"
	"transporter/internal/destination"
	"transporter/internal/destination/cloudstore"
	"transporter/internal/fault"
	"transporter/internal/gate"
	"transporter/internal/ledger"
	"transporter/internal/pgp"
	"transporter/internal/probe"
	"transporter/internal/receipt"
	"transporter/internal/seal"
	"transporter/internal/source"
	"transporter/internal/staging"
	"transporter/internal/store"
	"transporter/internal/task"
)

// bench is the steps of a run over a real store, with an account and a platform that the
// test holds in its hands.
type bench struct {
	t       *testing.T
	run     *activities.Run
	store   store.Store
	now     time.Time
	open    map[string]bool // workflows that still run
	fetches int
	public  ed25519.PublicKey        // of the key that signs manifests
	tried   map[contract.StepKey]int // by Temporal
	witness *witness
	keys    map[string]account.Key // of the account
	signer  *account.Signer
}

// day is the window of all runs here.
var day = contract.Span{
	From: time.Date(2026, 11, 19, 0, 0, 0, 0, time.UTC).UnixMilli(),
	To:   time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC).UnixMilli(),
}

func newBench(t *testing.T) *bench {
	st, err := store.Open(t.Context(), "file://"+t.TempDir())
	require.NoError(t, err)
	ring, err := seal.GenerateRing("k")
	require.NoError(t, err)
	box := seal.NewBox(ring)
	b := &bench{t: t, store: st, now: time.UnixMilli(day.To).Add(time.Hour), open: map[string]bool{}}
	specs := ledger.New(st, box)
	public, signing, err := ed25519.GenerateKey(nil)
	require.NoError(t, err)
	b.public, b.witness = public, &witness{Destination: cloudstore.New(st, "cloud/acme/shelf")}
	b.run = &activities.Run{
		Stage: staging.New(st, box), Book: receipt.New(st, box), Ledger: specs,
		Accounts: b, Adapters: b, Runs: b, Key: signing, Now: func() time.Time { return b.now }, Memory: semaphore.NewWeighted(128 << 20), Sending: semaphore.NewWeighted(64 << 20),
		Gate: gate.New(func() time.Time { return b.now }),
	}
	for id, report := range map[string]string{"users": "cfg.users", "chats": "msg.conversations"} {
		_, err = specs.Append(t.Context(), "acme", id, ledger.Entry{
			EffectiveFrom: time.UnixMilli(day.From).Add(-time.Hour), Generation: 1, State: ledger.Enabled,
			Spec: task.Spec{
				Source: "src", Report: report, Version: "1.0", Format: "csv", Zone: "UTC",
				Frequency:    task.Frequency{Kind: task.Daily, At: "00:00"},
				EmptyResult:  task.EmptyMarker,
				Destinations: []task.Leg{{Destination: "shelf", Encryption: task.Encryption{Mode: task.EncryptNone}}},
			},
		})
		require.NoError(t, err)
	}
	return b
}

// Snapshot implements activities.Accounts.
func (b *bench) Snapshot(context.Context, string) (account.Snapshot, error) {
	return b.account(), nil
}

func (b *bench) account() account.Snapshot {
	return account.Snapshot{
		ID: "acme", Created: true,
		Sources:      map[string]account.Source{"src": {Meta: account.Meta{ID: "src"}, PlatformAccount: "le1"}},
		Destinations: map[string]account.Destination{"shelf": {Meta: account.Meta{ID: "shelf"}, Kind: "store"}},
		Keys:         b.keys, Signer: b.signer,
	}
}

// Closed implements activities.Executions.
func (b *bench) Closed(_ context.Context, workflowID string) (bool, error) {
	return !b.open[workflowID], nil
}

// Attempts implements activities.Executions.
func (b *bench) Attempts(context.Context, string, string) (map[contract.StepKey]int, error) {
	return b.tried, nil
}

// Source implements activities.Adapters.
func (b *bench) Source(context.Context, string, account.Source) (source.Source, error) { return b, nil }

// Destination implements activities.Adapters.
func (b *bench) Destination(context.Context, string, account.Destination) (destination.Destination, error) {
	return b.witness, nil
}

// Signer implements activities.Adapters; nothing is sealed here.
func (b *bench) Signer(_ string, s account.Signer) (*pgp.Signer, error) {
	return pgp.ParseSigner(s.Secret.Data)
}

// Test implements source.Source.
func (b *bench) Test(context.Context, []string) (probe.Log, error) { return probe.Log{}, nil }

// Fetch implements source.Source: every list is empty.
func (b *bench) Fetch(ctx context.Context, _ source.Query, sink source.Sink) error {
	b.fetches++
	slice := source.Slice{Key: "all"}
	if err := sink.Plan(ctx, []source.Slice{slice}); err != nil {
		return err
	}
	w, err := sink.Begin(ctx, slice)
	if err != nil {
		return err
	}
	return w.Commit(ctx, source.Counts{Calls: 1})
}

// plan runs the step for an attempt of task users in the workflow.
func (b *bench) plan(workflowID string, attempt int) (contract.PlanOut, error) {
	return b.planTask("users", workflowID, attempt)
}

func (b *bench) planTask(id, workflowID string, attempt int) (contract.PlanOut, error) {
	return b.run.Plan(b.t.Context(), contract.PlanIn{
		Run:     contract.RunInput{Account: "acme", Task: id, Generation: 1, Window: &day, Attempt: attempt, Trigger: contract.TriggerResume},
		Nominal: b.now, WorkflowID: workflowID, RunID: "run",
	})
}

func (b *bench) fetch(plan contract.Ref) (contract.FetchOut, error) {
	return do[contract.FetchOut](b.run.Fetch, contract.StepIn{Plan: plan})
}

// do runs a step that heartbeats.
func do[Out any](step, in any) (out Out, err error) {
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(log.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	env := suite.NewTestActivityEnvironment()
	env.RegisterActivity(step)
	value, err := env.ExecuteActivity(step, in)
	if err == nil && value.HasValue() {
		err = value.Get(&out)
	}
	return out, err
}

func requireKind(t *testing.T, want fault.Kind, err error) {
	var app *temporal.ApplicationError
	require.ErrorAs(t, err, &app)
	require.Equal(t, string(want), app.Type(), err.Error())
}

// A state that was read in time can be delivered later; one that was not is lost, and the
// source is not asked for it.
func TestSnapshotThatWasReadOutlivesItsDay(t *testing.T) {
	inTime, late := newBench(t), newBench(t)
	plan, err := inTime.plan("w1", 1)
	require.NoError(t, err)
	first, err := inTime.fetch(plan.Plan)
	require.NoError(t, err)

	for _, b := range []*bench{inTime, late} {
		b.now = b.now.Add(3 * 24 * time.Hour)
	}
	plan, err = inTime.plan("w2", 2)
	require.NoError(t, err)
	again, err := inTime.fetch(plan.Plan)
	require.NoError(t, err)
	require.Equal(t, first, again)

	plan, err = late.plan("w1", 1)
	require.NoError(t, err)
	_, err = late.fetch(plan.Plan)
	requireKind(t, fault.Expired, err)
	require.Zero(t, late.fetches)
}

func TestConversationsThatTheSourceHasForgotten(t *testing.T) {
	b := newBench(t)
	b.now = b.now.AddDate(0, 13, 1)
	plan, err := b.planTask("chats", "w1", 1)
	require.NoError(t, err)
	_, err = b.fetch(plan.Plan)
	requireKind(t, fault.Expired, err)
	require.ErrorContains(t, err, "the source keeps 13mo")
	require.Zero(t, b.fetches)
}

func TestOneWorkflowHoldsAWindow(t *testing.T) {
	b := newBench(t)
	plan := func(workflowID string, attempt int) string {
		out, err := b.plan(workflowID, attempt)
		require.NoError(t, err)
		require.Equal(t, out.Skip == "", out.Plan.Key != "")
		return out.Skip
	}
	b.open["w1"] = true
	require.Empty(t, plan("w1", 1))
	require.Empty(t, plan("w1", 1), "a retry of the step finds its own claim")
	require.Equal(t, contract.OutcomeDuplicate, plan("other", 1))
	require.Equal(t, contract.OutcomeDuplicate, plan("w2", 2), "while the first still runs")
	b.open = map[string]bool{"w2": true}
	require.Empty(t, plan("w2", 2))
	require.Equal(t, contract.OutcomeDuplicate, plan("w1", 1), "the first was reset while the second runs")
	b.open = map[string]bool{}
	require.Empty(t, plan("w1", 1))
}

// A slice that the store's list has lost must not be lost from the file.
func TestFetchMissesASliceThatIsNotListed(t *testing.T) {
	b := newBench(t)
	plan, err := b.plan("w1", 1)
	require.NoError(t, err)
	lossy := lossyStore{b.store}
	ring, err := seal.GenerateRing("k")
	require.NoError(t, err)
	var doc json.RawMessage
	require.NoError(t, b.run.Stage.GetJSON(t.Context(), plan.Plan, &doc))
	b.run.Stage = staging.New(lossy, seal.NewBox(ring))
	ref, err := b.run.Stage.PutJSON(t.Context(), "plans", doc)
	require.NoError(t, err)
	_, err = b.fetch(ref)
	requireKind(t, fault.Upstream, err)
	require.ErrorContains(t, err, "1 slices were planned, the store lists 0")
}

// prepare runs the steps up to the encryption and returns the input of the first leg's.
func (b *bench) prepare(plan contract.PlanOut) contract.LegIn {
	in := contract.StepIn{Plan: plan.Plan}
	fetched, err := do[contract.FetchOut](b.run.Fetch, in)
	require.NoError(b.t, err)
	in.Fetched = fetched.Index
	rendered, err := do[contract.TransformOut](b.run.Transform, in)
	require.NoError(b.t, err)
	in.Rendered = rendered.Index
	packed, err := do[contract.EncryptOut](b.run.Encrypt, in)
	require.NoError(b.t, err)
	in.Packed = packed.Index
	return contract.LegIn{StepIn: in, Leg: plan.Legs[0].ID}
}

// A leg that turns red leaves nothing under temporary names, the manifest's neither, and
// nothing of ours under a name that is somebody else's.
func TestDiscardTakesTheManifestAway(t *testing.T) {
	b := newBench(t)
	plan, err := b.plan("w1", 1)
	require.NoError(t, err)
	leg := b.prepare(plan)

	const theirs = "cloud/acme/shelf/files/cfg.users_20261119T000000Z_20261120T000000Z.manifest.json"
	_, err = b.store.Put(t.Context(), theirs, strings.NewReader("theirs"))
	require.NoError(t, err)
	_, err = do[contract.PublishOut](b.run.Publish, leg)
	requireKind(t, fault.Collision, err)
	_, err = do[struct{}](b.run.Discard, leg)
	require.NoError(t, err)
	var left []string
	for info, err := range b.store.List(t.Context(), "cloud/") {
		require.NoError(t, err)
		left = append(left, info.Key)
	}
	require.Equal(t, []string{theirs}, left)

	require.NoError(t, b.store.Delete(t.Context(), theirs))
	out, err := do[contract.PublishOut](b.run.Publish, leg)
	require.NoError(t, err)
	require.True(t, out.Atomic)
}

// lossyStore lists nothing.
type lossyStore struct{ store.Store }

// List implements store.Store.
func (lossyStore) List(context.Context, string) iter.Seq2[store.Info, error] {
	return func(func(store.Info, error) bool) {}
}
