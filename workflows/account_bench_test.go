package workflows_test

import (
	"encoding/json"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"transporter/internal/account"
	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/task"
	"transporter/workflows"
)

// bench runs one Account entity in virtual time and sends it updates.
type bench struct {
	*testsuite.TestWorkflowEnvironment
	t     *testing.T
	next  time.Duration // when the next update is sent
	step  time.Duration // between two updates
	after account.Snapshot

	tested int // the version of what a test says that it tested

	mu      sync.Mutex
	applied []contract.TaskApplyIn
	removed []contract.TaskRemoveIn
	fail    error // what task.apply and task.remove answer
}

// sent is what became of one update.
type sent struct {
	done bool
	out  contract.Written
	raw  any
	err  error
}

func newBench(t *testing.T) *bench {
	var suite testsuite.WorkflowTestSuite
	b := &bench{TestWorkflowEnvironment: suite.NewTestWorkflowEnvironment(), t: t, step: time.Minute}
	b.RegisterWorkflowWithOptions(workflows.Options{}.Account, workflow.RegisterOptions{Name: contract.WorkflowAccount})
	b.RegisterActivityWithOptions(b.apply, activity.RegisterOptions{Name: contract.ActivityTaskApply})
	b.RegisterActivityWithOptions(b.remove, activity.RegisterOptions{Name: contract.ActivityTaskRemove})
	b.RegisterActivityWithOptions(func(in contract.ProbeIn) (contract.ProbeOut, error) {
		return contract.ProbeOut{OK: true, Notes: []string{in.Source + in.Destination}, Version: b.tested}, nil
	}, activity.RegisterOptions{Name: contract.ActivityProbe})
	b.SetStartWorkflowOptions(client.StartWorkflowOptions{ID: contract.AccountID("acme"), TaskQueue: contract.QueueWorkflows})
	return b
}

func (b *bench) apply(in contract.TaskApplyIn) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.fail == nil {
		b.applied = append(b.applied, in)
	}
	return b.fail
}

func (b *bench) remove(in contract.TaskRemoveIn) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.fail == nil {
		b.removed = append(b.removed, in)
	}
	return b.fail
}

// send sends the update one step after the last one; read the answer after run.
func (b *bench) send(update string, in any) *sent {
	b.next += b.step
	return b.sendAt(b.next, update, in)
}

func (b *bench) sendAt(at time.Duration, update string, in any) *sent {
	s := &sent{}
	b.RegisterDelayedCallback(func() {
		b.UpdateWorkflow(update, "", &testsuite.TestUpdateCallback{
			OnAccept: func() {},
			OnReject: func(err error) { s.done, s.err = true, err },
			OnComplete: func(out any, err error) {
				s.done, s.raw, s.err = true, out, err
				s.out, _ = out.(contract.Written)
			},
		}, in)
	}, at)
	return s
}

// run executes the entity until an hour after the last update, reads its snapshot and
// cancels it, unless it ended by itself.
func (b *bench) run(state contract.AccountState) {
	b.RegisterDelayedCallback(func() {
		if !b.IsWorkflowCompleted() {
			b.after = b.query(contract.QuerySnapshot)
			b.CancelWorkflow()
		}
	}, b.next+time.Hour)
	b.ExecuteWorkflow(contract.WorkflowAccount, state)
	require.True(b.t, b.IsWorkflowCompleted())
}

func (b *bench) query(name string) account.Snapshot {
	b.t.Helper()
	value, err := b.QueryWorkflow(name)
	require.NoError(b.t, err)
	var s account.Snapshot
	require.NoError(b.t, value.Get(&s))
	return s
}

// kindOf returns the fault kind that a caller of the update sees.
func kindOf(t *testing.T, err error) fault.Kind {
	t.Helper()
	var app *temporal.ApplicationError
	require.True(t, errors.As(err, &app), "%v is no application error", err)
	return fault.Kind(app.Type())
}

var day = time.Date(2026, 11, 19, 0, 0, 0, 0, time.UTC)

func meta(id string, version int) account.Meta {
	return account.Meta{ID: id, Description: "the " + id, Version: version, CreatedAt: day, UpdatedAt: day}
}

func sealed(data string) account.Sealed {
	return account.Sealed{KeyID: "k", Enc: []byte("enc"), Data: []byte(data)}
}

// spec is a task that the filled account can hold.
func spec() task.Spec {
	return task.Spec{
		Description: "messages to the lake", Source: "src", Report: "msg.messages", Version: "1.0",
		Parameters: map[string]json.RawMessage{"time_basis": json.RawMessage(`"start"`)},
		Frequency:  task.Frequency{Kind: task.Daily, At: "00:00"}, Zone: "Europe/Madrid", Format: "csv",
		Destinations: []task.Leg{{Destination: "lake", Encryption: task.Encryption{Mode: task.EncryptPGP, Keys: []string{"key"}}}},
	}
}

// filled is an account with one of everything; its task is at version 2, generation 3.
func filled() contract.AccountState {
	return contract.AccountState{Snapshot: account.Snapshot{
		ID: "acme", Description: "Acme", Created: true, CreatedAt: day,
		Settings: account.Settings{Zone: "Europe/Madrid", Version: 1},
		Sources:  map[string]account.Source{"src": {Meta: meta("src", 4), Kind: "liveperson", Secret: sealed("source secret")}},
		Destinations: map[string]account.Destination{
			"lake": {Meta: meta("lake", 1), Kind: "sftp", Secret: sealed("lake secret")},
			"idle": {Meta: meta("idle", 1), Kind: "store"},
		},
		Keys: map[string]account.Key{"key": {Meta: meta("key", 1), Armored: "armored", Fingerprint: "AB"}},
		Tasks: map[string]account.Task{"messages": {
			Meta: meta("messages", 2), State: account.TaskEnabled, Generation: 3, Spec: spec(),
		}},
	}}
}
