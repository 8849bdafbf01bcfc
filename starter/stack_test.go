package main

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"transporter/internal/account"
	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/feedschema"
	"transporter/internal/httpapi"
	"transporter/internal/incident"
	"transporter/internal/ledger"
	"transporter/internal/receipt"
	"transporter/internal/report"
	"transporter/internal/seal"
	"transporter/internal/staging"
	"transporter/internal/store"
	"transporter/internal/task"
	"transporter/internal/temporalx"
	"transporter/internal/temporalx/temporaltest"
	"transporter/workflows"
)

// bench is a folder to work in and the API over a real Temporal server with the real
// workflows. Plans of runs fail, so that there is something to resume.
type bench struct {
	t      *testing.T
	dir    string
	env    map[string]string
	server *temporaltest.Server
	client client.Client
	feeds  *feedschema.Book
	probed atomic.Int32 // tests of destinations
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{t: t, dir: t.TempDir(), server: temporaltest.Start(t, temporaltest.Options{})}
	t.Chdir(b.dir)
	b.client = b.server.Client()
	st, err := store.Open(t.Context(), "file://"+filepath.Join(b.dir, "store"))
	require.NoError(t, err)
	ring, err := seal.GenerateRing("test")
	require.NoError(t, err)
	pair, err := seal.GenerateKey()
	require.NoError(t, err)
	token, err := httpapi.OpenToken("token")
	require.NoError(t, err)
	book := receipt.New(st, seal.NewBox(ring))
	specs := ledger.New(st, seal.NewBox(ring))
	b.feeds = feedschema.New(st, seal.NewBox(ring))
	b.work(book, specs)

	data := temporalx.DataConverter(b.server.Keys, b.server.Namespace)
	ports := httpapi.NewTemporal(httpapi.TemporalConfig{
		Client: b.client, Namespace: b.server.Namespace, Data: data, Failure: temporalx.FailureConverter(data), UI: "http://ui.test",
	})
	api := httptest.NewServer(httpapi.New(httpapi.Config{
		Accounts: ports, Runs: ports, Conversations: ports, Book: book, Ledger: specs, Backfill: temporalx.NewBackfills(b.client),
		Incidents: incident.New(st, seal.NewBox(ring)), FeedSchemas: b.feeds, Files: staging.New(st, seal.NewBox(ring)), Samples: sample{}, Seal: pair.Public(),
		Secrets: httpapi.SecretSources{Getenv: os.LookupEnv, EnvPrefix: httpapi.DefaultSecretEnv},
		Token:   token, Now: time.Now, Log: slog.New(slog.DiscardHandler), Version: "test",
	}))
	t.Cleanup(api.Close)
	b.env = map[string]string{"TRANSPORTER_API": api.URL, "TRANSPORTER_TOKEN_FILE": "token"}
	return b
}

func (b *bench) work(book *receipt.Book, specs *ledger.Ledger) {
	b.server.Worker(b.client, contract.QueueWorkflows, func(r worker.Registry) {
		flows := workflows.Options{}
		r.RegisterWorkflowWithOptions(flows.Account, workflow.RegisterOptions{Name: contract.WorkflowAccount})
		r.RegisterWorkflowWithOptions(flows.ReportRun, workflow.RegisterOptions{Name: contract.WorkflowReportRun})
		named := func(name string, f any) { r.RegisterActivityWithOptions(f, activity.RegisterOptions{Name: name}) }
		named(contract.ActivityTaskApply, func(ctx context.Context, in contract.TaskApplyIn) error {
			_, err := specs.Append(ctx, in.Account, in.Task.ID, ledger.Entry{
				EffectiveFrom: in.Task.UpdatedAt, Generation: in.Task.Generation, Spec: in.Task.Spec, State: ledger.State(in.Task.State),
			})
			return err
		})
		named(contract.ActivityTaskRemove, func(context.Context, contract.TaskRemoveIn) error { return nil })
		named(contract.ActivityPlan, func(context.Context, contract.PlanIn) (contract.PlanOut, error) {
			return contract.PlanOut{}, temporal.NewNonRetryableApplicationError("the source refuses the key", string(fault.AuthFailed), nil)
		})
		named(contract.ActivityRecord, func(ctx context.Context, in contract.RecordIn) error {
			if in.Window.To == 0 && in.Run.Window != nil {
				in.Window = *in.Run.Window
			}
			return book.PutRun(ctx, receipt.RunRecord{RecordIn: in})
		})
	})
	b.server.Worker(b.client, contract.QueueDeliver, func(r worker.Registry) {
		r.RegisterActivityWithOptions(func(_ context.Context, in contract.ProbeIn) (contract.ProbeOut, error) {
			if in.Source != "" {
				return contract.ProbeOut{Version: 1, OK: true, Steps: []account.TestStep{{Name: "connect", OK: true}, {Name: "log in", OK: true, Millis: 210}}}, nil
			}
			return b.probes(), nil
		}, activity.RegisterOptions{Name: contract.ActivityProbe})
		r.RegisterActivityWithOptions(func(_ context.Context, in contract.AppApplyIn) (contract.AppApplied, error) {
			return contract.AppApplied{ClientID: "client-1", Secret: account.Sealed{Data: []byte("sealed")}, Webhook: account.Sealed{Data: []byte("sealed")}}, nil
		}, activity.RegisterOptions{Name: contract.ActivityAppApply})
		r.RegisterActivityWithOptions(func(_ context.Context, in contract.AppLookIn) (contract.AppLookOut, error) {
			return contract.AppLookOut{ClientID: "client-1", Revision: "7", Manifest: []byte(`{"client_name":"WhatsApp"}`)}, nil
		}, activity.RegisterOptions{Name: contract.ActivityAppLook})
		r.RegisterActivityWithOptions(func(context.Context, contract.NotifyIn) (contract.NotifyOut, error) {
			return contract.NotifyOut{Sent: 1}, nil
		}, activity.RegisterOptions{Name: contract.ActivityNotify})
	})
}

type sample struct{}

func (sample) Sample(_ context.Context, def *report.Definition, spec task.Spec, dst io.Writer) error {
	_, err := io.WriteString(dst, "sample of "+def.ID+" as "+spec.Format+"\n")
	return err
}

// result is what a command left behind.
type result struct {
	code     int
	out, err string
}

// run executes a command line in the folder.
func (b *bench) run(in string, args ...string) result {
	b.t.Helper()
	var out, errs bytes.Buffer
	code := execute(b.t.Context(), environment{
		in: strings.NewReader(in), out: &out, err: &errs, now: time.Now,
		lookup: func(name string) (string, bool) { v, ok := b.env[name]; return v, ok },
		ask:    func() (string, error) { return "", io.EOF },
	}, args)
	return result{code, out.String(), errs.String()}
}

func (b *bench) file(name, content string) {
	b.t.Helper()
	require.NoError(b.t, os.WriteFile(filepath.Join(b.dir, name), []byte(content), 0o600))
}

// probes fails the first test of a destination, whose second version passes.
func (b *bench) probes() contract.ProbeOut {
	if b.probed.Add(1) > 1 {
		return contract.ProbeOut{
			Version: 2, OK: true, Can: &account.Can{Atomic: true, Look: true, Rename: true, Delete: true, Verify: 1},
			Notes: []string{"only sizes can be verified"}, Steps: []account.TestStep{
				{Name: "connect", OK: true, Millis: 12},
				{Name: "log in", OK: true, Millis: 1041},
				{Name: "write", OK: true, Millis: 3},
				{Name: "read back", Note: "only sizes can be verified"},
				{Name: "rename", OK: true, Millis: 1},
				{Name: "delete", OK: true, Millis: 1},
			},
		}
	}
	const refused = "write .probe: the server does not allow it"
	return contract.ProbeOut{
		Version: 1, Problem: refused, Kind: string(fault.PermissionDenied), Notes: []string{"nothing can be verified"},
		Steps: []account.TestStep{{Name: "connect", OK: true, Millis: 12}, {Name: "log in", OK: true, Millis: 1041}, {Name: "write", Note: refused, Millis: 3}},
	}
}
