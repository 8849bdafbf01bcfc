package main

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"transporter/internal/account"
	"transporter/internal/contract"
	"transporter/internal/keys"
	"transporter/internal/ledger"
	"transporter/internal/realtest"
	"transporter/internal/seal"
	"transporter/internal/store"
	"transporter/internal/task"
	"transporter/internal/temporalx"
	"transporter/internal/temporalx/temporaltest"
)

const within = 2 * time.Minute

// program is a whole worker in this process, on a real server.
type program struct {
	t      *testing.T
	config *options
	client client.Client
	ended  chan error
	stop   context.CancelFunc
}

func start(t *testing.T) *program {
	s := temporaltest.Start(t, temporaltest.Options{})
	t.Setenv("TEMPORAL_ADDRESS", s.Address)
	c := defaults()
	c.namespace, c.keys, c.store = s.Namespace, filepath.Join(t.TempDir(), "keys"), "file://"+t.TempDir()
	c.metricsListen = realtest.FreeAddress(t)
	require.NoError(t, keys.Create(c.keys))
	ring, err := keys.Codec(c.keys)
	require.NoError(t, err)
	tc, err := temporalx.Dial(context.Background(), temporalx.Options{HostPort: s.Address, Namespace: s.Namespace, Keys: ring, Wait: within})
	require.NoError(t, err)
	t.Cleanup(tc.Close)
	ctx, stop := context.WithCancel(context.Background())
	t.Cleanup(stop)
	p := &program{t: t, config: c, client: tc, ended: make(chan error, 1), stop: stop}
	go func() { p.ended <- run(ctx, c, slog.New(slog.NewTextHandler(io.Discard, nil))) }()
	require.Eventually(t, func() bool { return p.get("/readyz") == http.StatusOK }, within, 25*time.Millisecond)
	return p
}

func (p *program) get(path string) int {
	resp, err := http.Get("http://" + p.config.metricsListen + path)
	if err != nil {
		return 0
	}
	defer func() { _ = resp.Body.Close() }()
	return resp.StatusCode
}

func (p *program) update(name string, in any) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	handle, err := p.client.UpdateWorkflow(ctx, client.UpdateWorkflowOptions{
		WorkflowID: contract.AccountID("acme"), UpdateName: name, Args: []any{in}, WaitForStage: client.WorkflowUpdateStageCompleted,
	})
	require.NoError(p.t, err)
	require.NoError(p.t, handle.Get(ctx, nil))
}

func (p *program) ledger() []ledger.Entry {
	ctx := context.Background()
	st, err := store.Open(ctx, p.config.store)
	require.NoError(p.t, err)
	ring, err := keys.Records(p.config.keys)
	require.NoError(p.t, err)
	entries, err := ledger.New(st, seal.NewBox(ring)).Entries(ctx, "acme", "messages")
	require.NoError(p.t, err)
	return entries
}

// A task that is put, disabled and deleted through the entity leaves registry, ledger and
// schedule in agreement, by the worker as it is started in production.
func TestWorkerKeepsLedgerAndSchedule(t *testing.T) {
	p := start(t)
	ctx, cancel := context.WithTimeout(context.Background(), 2*within)
	defer cancel()
	_, err := p.client.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID: contract.AccountID("acme"), TaskQueue: contract.QueueWorkflows,
		WorkflowIDConflictPolicy: enumspb.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
	}, contract.WorkflowAccount, contract.AccountState{})
	require.NoError(t, err)
	p.update(contract.UpdateCreate, contract.CreateIn{Account: "acme"})
	p.update(contract.UpdatePutSource, contract.PutSourceIn{
		Source: account.Source{Meta: account.Meta{ID: "src"}, Kind: "liveperson", Secret: account.Sealed{Data: []byte("x")}},
	})
	p.update(contract.UpdatePutDestination, contract.PutDestinationIn{
		Destination: account.Destination{Meta: account.Meta{ID: "lake"}, Kind: "store"},
	})
	p.update(contract.UpdatePutTask, contract.PutTaskIn{ID: "messages", Spec: task.Spec{
		Description: "messages", Source: "src", Report: "msg.messages", Version: "1.0",
		Frequency: task.Frequency{Kind: task.Daily, At: "06:00"}, Zone: "Europe/Madrid", Format: "csv",
		Destinations: []task.Leg{{Destination: "lake", Encryption: task.Encryption{Mode: task.EncryptNone}}},
	}})

	schedule := p.client.ScheduleClient().GetHandle(ctx, contract.ScheduleID("acme", "messages"))
	is, err := schedule.Describe(ctx)
	require.NoError(t, err)
	require.False(t, is.Schedule.State.Paused)
	require.NotEmpty(t, is.Info.NextActionTimes)
	require.Len(t, p.ledger(), 1)

	p.update(contract.UpdateSetTaskState, contract.SetTaskStateIn{ID: "messages", State: account.TaskDisabled, Note: "audit"})
	is, err = schedule.Describe(ctx)
	require.NoError(t, err)
	require.True(t, is.Schedule.State.Paused)
	require.Contains(t, is.Schedule.State.Note, "audit")
	require.Equal(t, ledger.Disabled, p.ledger()[1].State)

	var tried contract.ProbeOut
	handle, err := p.client.UpdateWorkflow(ctx, client.UpdateWorkflowOptions{
		WorkflowID: contract.AccountID("acme"), UpdateName: contract.UpdateProbe,
		Args: []any{contract.ProbeIn{Account: "acme", Destination: "lake"}}, WaitForStage: client.WorkflowUpdateStageCompleted,
	})
	require.NoError(t, err)
	require.NoError(t, handle.Get(ctx, &tried))
	require.True(t, tried.OK, tried.Problem)

	p.update(contract.UpdateDeleteTask, contract.DeleteIn{ID: "messages"})
	_, err = schedule.Describe(ctx)
	require.Error(t, err)
	require.Equal(t, ledger.Deleted, p.ledger()[2].State)

	require.Equal(t, http.StatusOK, p.get("/metrics"))
	require.Equal(t, http.StatusOK, p.get("/healthz"))
	p.stop()
	select {
	case err := <-p.ended:
		require.NoError(t, err)
	case <-time.After(within):
		require.Fail(t, "the worker does not stop")
	}
	require.Zero(t, p.get("/healthz"))
}
