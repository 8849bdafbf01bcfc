package activities

import (
	"context"
	"crypto/rand"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/account"
	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/ledger"
	"transporter/internal/pgp"
	"transporter/internal/receipt"
	"transporter/internal/seal"
	"transporter/internal/staging"
	"transporter/internal/store"
	"transporter/internal/task"
)

// planner is a Run over a real store, with an account and a clock that tests change.
type planner struct {
	*Run
	t       *testing.T
	ledger  *ledger.Ledger
	account account.Snapshot
	now     time.Time
	open    map[string]bool // workflows that still run
}

var created = time.Date(2026, time.November, 1, 12, 0, 0, 0, time.UTC)

func newPlanner(t *testing.T) *planner {
	t.Helper()
	st, err := store.NewFile(t.TempDir())
	require.NoError(t, err)
	secret := make([]byte, 32)
	_, err = rand.Read(secret)
	require.NoError(t, err)
	ring, err := seal.NewRing("k1", map[string][]byte{"k1": secret})
	require.NoError(t, err)
	box := seal.NewBox(ring)
	p := &planner{t: t, ledger: ledger.New(st, box), now: created.AddDate(0, 0, 3), open: map[string]bool{}}
	p.account = account.Snapshot{
		ID:           "acme",
		Sources:      map[string]account.Source{"src": {Meta: account.Meta{ID: "src"}, PlatformAccount: "12345678"}},
		Destinations: map[string]account.Destination{"lake": {Meta: account.Meta{ID: "lake", Description: "Lake"}, Kind: "store"}},
		Keys:         map[string]account.Key{"key": p.key("key")},
	}
	p.Run = &Run{
		Stage: staging.New(st, box), Book: receipt.New(st, box), Ledger: p.ledger, Accounts: p, Runs: p,
		Now: func() time.Time { return p.now },
	}
	p.append(created, ledger.Enabled, 1, daily())
	return p
}

// Snapshot implements Accounts.
func (p *planner) Snapshot(context.Context, string) (account.Snapshot, error) { return p.account, nil }

// Closed implements Executions.
func (p *planner) Closed(_ context.Context, id string) (bool, error) { return !p.open[id], nil }

// Attempts implements Executions.
func (p *planner) Attempts(context.Context, string, string) (map[contract.StepKey]int, error) {
	return nil, nil
}

func (p *planner) key(id string) account.Key {
	pair, err := pgp.GenerateKey(pgp.Options{
		Name: "Receiver", Email: "r@example.com", Passphrase: "correct horse battery", Algorithm: "ed25519", Now: created,
	})
	require.NoError(p.t, err)
	return account.Key{Meta: account.Meta{ID: id, Description: id}, Armored: pair.Public, Fingerprint: pair.Fingerprint}
}

func daily() task.Spec {
	return task.Spec{
		Description: "Messages", Source: "src", Report: "msg.messages", Version: "1.0", Zone: "Europe/Madrid", Format: "csv",
		Frequency: task.Frequency{Kind: task.Daily, At: "00:00"},
		Destinations: []task.Leg{{
			Destination: "lake", Encryption: task.Encryption{Mode: task.EncryptPGP, Keys: []string{"key"}},
		}},
	}
}

func (p *planner) append(at time.Time, state ledger.State, generation int, spec task.Spec) {
	_, err := p.ledger.Append(context.Background(), "acme", "t1", ledger.Entry{
		EffectiveFrom: at, State: state, Generation: generation, Spec: spec,
	})
	require.NoError(p.t, err)
}

// planIn is the scheduled run of 2 November, local midnight with the default delay of 15 minutes.
func planIn(workflow string) contract.PlanIn {
	return contract.PlanIn{
		Run:     contract.RunInput{Account: "acme", Task: "t1", Generation: 1},
		Nominal: time.Date(2026, time.November, 1, 23, 15, 0, 0, time.UTC), WorkflowID: workflow, RunID: "r",
	}
}

func (p *planner) plan(in contract.PlanIn) contract.PlanOut {
	p.t.Helper()
	out, err := p.makePlan(context.Background(), in)
	require.NoError(p.t, err)
	return out
}

func (p *planner) refused(in contract.PlanIn, kind fault.Kind, says string) {
	p.t.Helper()
	_, err := p.makePlan(context.Background(), in)
	require.ErrorContains(p.t, err, says)
	require.Equal(p.t, kind, fault.KindOf(err))
}

func TestPlanFixesWindowLegsAndKeys(t *testing.T) {
	p := newPlanner(t)
	out := p.plan(planIn("w1"))
	require.Empty(t, out.Skip)
	require.Equal(t, "2026-11-01 00:00 to 2026-11-02 00:00 Europe/Madrid", out.WindowTxt)
	require.Equal(t, "Lake", out.Legs[0].Title)
	staged, err := p.Run.plan(context.Background(), out.Plan)
	require.NoError(t, err)
	require.Equal(t, p.account.Keys["key"].Fingerprint, staged.Legs[0].Keys[0].Fingerprint)
	require.Equal(t, "12345678", staged.PlatformAccount)
	require.Equal(t, "2026-11-01", staged.Date)
	require.NotEmpty(t, staged.TZVersion)

	require.Empty(t, p.plan(planIn("w1")).Skip, "the same workflow finds its own claim")
}

func TestPlanLetsOneWorkflowHaveAWindow(t *testing.T) {
	p := newPlanner(t)
	p.open["w1"] = true
	require.Empty(t, p.plan(planIn("w1")).Skip)
	require.Equal(t, contract.OutcomeDuplicate, p.plan(planIn("w2")).Skip)

	second := planIn("w1/a2")
	second.Run.Attempt, second.Run.Trigger = 2, contract.TriggerResume
	span := p.plan(planIn("w1")).Window
	second.Run.Window = &span
	out := p.plan(second)
	require.Equal(t, contract.OutcomeDuplicate, out.Skip, "attempt 1 still runs")
	require.Contains(t, out.SkipWhy, "w1")
	delete(p.open, "w1")
	require.Empty(t, p.plan(second).Skip)
}

func TestPlanOfADeliveredWindowIsADuplicate(t *testing.T) {
	p := newPlanner(t)
	out := p.plan(planIn("w1"))
	d := contract.Delivery{Account: "acme", Task: "t1", Generation: 1, Span: out.Window}
	_, err := p.Book.PutReceipt(context.Background(), receipt.Receipt{Delivery: d, WorkflowID: "w1", WrittenAt: p.now})
	require.NoError(t, err)
	require.Equal(t, contract.OutcomeDuplicate, p.plan(planIn("w1")).Skip)
}

func TestPlanFollowsTheLedger(t *testing.T) {
	p := newPlanner(t)
	off := created.AddDate(0, 0, 1)
	p.append(off, ledger.Disabled, 1, daily())
	require.Empty(t, p.plan(planIn("w1")).Skip, "disabled after its nominal time")
	later := planIn("w2")
	later.Nominal = later.Nominal.AddDate(0, 0, 1)
	require.Equal(t, contract.OutcomeSkipped, p.plan(later).Skip)

	edited := daily()
	edited.Format = "jsonl"
	p.append(created.AddDate(0, 0, 2), ledger.Enabled, 2, edited)
	late := planIn("w3")
	late.Nominal = late.Nominal.AddDate(0, 0, 1)
	late.Run.Trigger, late.Run.Generation = contract.TriggerManual, 2
	span := contract.Span{From: created.UnixMilli(), To: created.Add(time.Hour).UnixMilli()}
	late.Run.Window = &span
	require.Equal(t, "jsonl", p.plan(late).Format, "a named window follows its generation")
}

func TestPlanWaitsUntilTheWindowIsDue(t *testing.T) {
	p := newPlanner(t)
	p.now = time.Date(2026, time.November, 1, 23, 5, 0, 0, time.UTC) // over, but not delayed yet
	early := planIn("w1")
	span := contract.Span{
		From: time.Date(2026, time.October, 31, 23, 0, 0, 0, time.UTC).UnixMilli(),
		To:   time.Date(2026, time.November, 1, 23, 0, 0, 0, time.UTC).UnixMilli(),
	}
	early.Run.Window, early.Run.Trigger = &span, contract.TriggerManual
	out := p.plan(early)
	require.Equal(t, time.Date(2026, time.November, 1, 23, 15, 0, 0, time.UTC), out.NotBefore)
	require.Empty(t, out.Plan.Key, "nothing is fixed yet")
	claims, err := p.Book.Claims(context.Background(), contract.Delivery{Account: "acme", Task: "t1", Generation: 1, Span: span})
	require.NoError(t, err)
	require.Empty(t, claims)
}

func TestPlanRefusesWhatCannotBeDelivered(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*planner)
		kind   fault.Kind
		says   string
	}{
		"source is gone":      {func(p *planner) { p.account.Sources = nil }, fault.ConfigMissing, "source src was deleted"},
		"destination is gone": {func(p *planner) { p.account.Destinations = nil }, fault.ConfigMissing, "destination lake was deleted"},
		"key is gone":         {func(p *planner) { p.account.Keys = nil }, fault.KeyUnfit, "key key was deleted"},
		"key is revoked": {func(p *planner) {
			k := p.account.Keys["key"]
			k.Revoked = true
			p.account.Keys["key"] = k
		}, fault.KeyUnfit, "is revoked"},
		"key has ended": {func(p *planner) {
			k := p.account.Keys["key"]
			k.NotAfter = &created
			p.account.Keys["key"] = k
		}, fault.KeyUnfit, "ended on 2026-11-01"},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPlanner(t)
			c.change(p)
			p.refused(planIn("w1"), c.kind, c.says)
		})
	}
}

func TestPlanOfAnUnknownTask(t *testing.T) {
	p := newPlanner(t)
	in := planIn("w1")
	in.Run.Task = "other"
	p.refused(in, fault.ConfigMissing, "has no specification")
}
