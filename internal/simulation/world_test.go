// Package simulation lets years pass in minutes: the real activities, workflows, ledgers and
// coverage over a store in memory, a Temporal server, a platform and people that are made
// up, and a clock that jumps from one event to the next. Whatever happened, at its end every
// window is accounted for, and none was delivered twice.
package simulation

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"
	"golang.org/x/sync/semaphore"

	"transporter/activities"
	"transporter/internal/account"
	"transporter/internal/contract"
	"transporter/internal/destination"
	"transporter/internal/destination/cloudstore"
	"transporter/internal/feedbook"
	"transporter/internal/gate"
	"transporter/internal/incident"
	"transporter/internal/ledger"
	"transporter/internal/pgp"
	"transporter/internal/probe"
	"transporter/internal/receipt"
	"transporter/internal/seal"
	"transporter/internal/source"
	"transporter/internal/staging"
	"transporter/internal/task"
)

const (
	acme  = "acme"
	shelf = "cloud/acme/shelf" // where the destination's files lie in the store
)

// world is an installation with one account, and the time.
type world struct {
	t      *testing.T
	random *rand.Rand
	now    time.Time
	agenda agenda

	store    *memory
	ledger   *ledger.Ledger
	book     *receipt.Book
	incident *incident.Book
	account  account.Snapshot
	server   *server
	people   *people
	away     map[string]bool // what is down: see the parts
	calm     bool            // no further trouble begins

	run       *activities.Run
	tasks     *activities.Tasks
	backfill  *activities.Backfill
	reconcile *activities.Reconcile
	counts    map[string]int // of what happened, for the log
}

// Parts that can be down.
const (
	partServer      = "server"
	partWorker      = "worker"
	partSource      = "source"
	partDestination = "destination"
)

func newWorld(t *testing.T, seed uint64, begin time.Time) *world {
	t.Helper()
	w := &world{
		t: t, random: rand.New(rand.NewPCG(seed, seed)), now: begin, away: map[string]bool{}, counts: map[string]int{},
		account: account.Snapshot{
			ID: acme, Created: true, Tasks: map[string]account.Task{},
			Sources:      map[string]account.Source{"src": {Meta: account.Meta{ID: "src"}, PlatformAccount: "le1"}},
			Destinations: map[string]account.Destination{"shelf": {Meta: account.Meta{ID: "shelf"}, Kind: "store"}},
		},
	}
	clock := func() time.Time { return w.now }
	w.store = newMemory(clock)
	ring, err := seal.GenerateRing("k")
	require.NoError(t, err)
	_, signing, err := ed25519.GenerateKey(nil)
	require.NoError(t, err)
	box := seal.NewBox(ring)
	w.ledger, w.book, w.incident = ledger.New(w.store, box), receipt.New(w.store, box), incident.New(w.store, box)
	w.server, w.people = newServer(w), &people{world: w, busy: map[string]*contract.TaskApplyIn{}, red: map[string]bool{}}
	w.run = &activities.Run{
		Stage: staging.New(w.store, box), Book: w.book, Ledger: w.ledger, Accounts: w, Schedules: w.server, Adapters: w, Runs: w.server,
		Key: signing, Gate: gate.New(clock), Now: clock, Memory: semaphore.NewWeighted(1 << 30), Sending: semaphore.NewWeighted(1 << 30),
	}
	w.tasks = &activities.Tasks{Ledger: w.ledger, Scheduler: w.server, Backfills: (*backfills)(w.server), Now: clock}
	w.backfill = &activities.Backfill{Ledger: w.ledger, Book: w.book, Runs: (*launcher)(w.server), Now: clock}
	w.reconcile = &activities.Reconcile{
		Accounts: w, Schedules: w.server, Ledger: w.ledger, Book: w.book, Runs: (*launcher)(w.server), Backfills: (*backfills)(w.server),
		Incidents: w.incident, Now: clock, Kept: activities.Kept{Store: w.store, Stage: w.run.Stage, Artefacts: 28 * 24 * time.Hour},
		Feeds: feedbook.New(feedbook.NewLedger(w.store, box), w.run.Stage, clock),
	}
	return w
}

// until lets time pass: it does what is due next, be it a fire or an entry of the agenda.
func (w *world) until(end time.Time) {
	for {
		at, do := w.agenda.next()
		if fire, ok := w.server.nextFire(); ok && (do == nil || fire.Before(at)) {
			at, do = fire, w.server.fire
		} else if do != nil && !at.After(end) {
			w.agenda.pop()
		}
		if do == nil || at.After(end) {
			w.now = end
			return
		}
		if at.After(w.now) {
			w.now = at
		}
		do()
	}
}

// chance is true so often out of a thousand.
func (w *world) chance(perMille int) bool { return w.random.IntN(1000) < perMille }

// up reports that none of the parts is down.
func (w *world) up(parts ...string) bool {
	for _, p := range parts {
		if w.away[p] {
			return false
		}
	}
	return true
}

// within is a random time of up to the length.
func (w *world) within(d time.Duration) time.Duration {
	return time.Duration(w.random.Int64N(int64(d)))
}

// beating runs an activity that heartbeats, as a worker does.
func beating[Out any](w *world, step, in any) (out Out, err error) {
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(quiet())
	env := suite.NewTestActivityEnvironment()
	env.RegisterActivity(step)
	value, err := env.ExecuteActivity(step, in)
	if err == nil && value.HasValue() {
		err = value.Get(&out)
	}
	return out, err
}

// workflows returns where workflows run, at the time that it is. A wait for the processor, on
// a machine that has much else to do, is no fault.
func (w *world) workflows() *testsuite.TestWorkflowEnvironment {
	const patient = 10 * time.Minute
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(quiet())
	env := suite.NewTestWorkflowEnvironment()
	env.SetStartTime(w.now)
	env.SetTestTimeout(patient)
	env.SetWorkerOptions(worker.Options{DeadlockDetectionTimeout: patient})
	return env
}

func quiet() log.Logger { return log.NewStructuredLogger(slog.New(slog.DiscardHandler)) }

// Snapshot implements activities.Accounts.
func (w *world) Snapshot(context.Context, string) (account.Snapshot, error) { return w.account, nil }

// List implements activities.AccountUpdates.
func (w *world) List(context.Context) ([]string, error) { return []string{acme}, nil }

// SetTaskState implements activities.AccountUpdates.
func (w *world) SetTaskState(_ context.Context, _ string, in contract.SetTaskStateIn) error {
	return w.people.setState(in)
}

// Source implements activities.Adapters.
func (w *world) Source(context.Context, string, account.Source) (source.Source, error) {
	return platform{}, nil
}

// Signer implements activities.Adapters: no task here signs.
func (w *world) Signer(string, account.Signer) (*pgp.Signer, error) { return nil, nil }

// Destination implements activities.Adapters.
func (w *world) Destination(context.Context, string, account.Destination) (destination.Destination, error) {
	return cloudstore.New(w.store, shelf), nil
}

// platform has one user, and nothing else.
type platform struct{}

// Test implements source.Source.
func (platform) Test(context.Context, []string) (probe.Log, error) { return probe.Log{}, nil }

// Fetch implements source.Source.
func (platform) Fetch(ctx context.Context, q source.Query, sink source.Sink) error {
	slice := source.Slice{Key: "all"}
	if err := sink.Plan(ctx, []source.Slice{slice}); err != nil {
		return err
	}
	out, err := sink.Begin(ctx, slice)
	if err != nil {
		return err
	}
	counts := source.Counts{Calls: 1}
	if q.Resource == "users" {
		if err := out.Add(ctx, source.Record{ID: "7", Raw: []byte(`{"id": 7, "loginName": "a"}`)}); err != nil {
			return err
		}
		counts.Total, counts.Fetched, counts.Kept = 1, 1, 1
	}
	return out.Commit(ctx, counts)
}

// specOf is a task of the report, with files in a folder of its own.
func specOf(id, report, zone string, f task.Frequency) task.Spec {
	return task.Spec{
		Description: id, Source: "src", Report: report, Version: "1.0", Format: "json", Zone: zone, Frequency: f,
		EmptyResult:  task.EmptyMarker,
		Destinations: []task.Leg{{Destination: "shelf", Path: id, Encryption: task.Encryption{Mode: task.EncryptNone}}},
	}
}

func (w *world) note(format string, args ...any) {
	w.counts[fmt.Sprintf(format, args...)]++
}
