package workflows_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
	"google.golang.org/protobuf/encoding/protojson"

	"transporter/internal/account"
	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/temporalx"
	"transporter/internal/temporalx/temporaltest"
	"transporter/workflows"
)

var record = flag.Bool("record", false, "write "+histories+" anew; run it at a release tag only")

// recorder runs scenarios on a real server, without the codec so that fixtures can be
// read, and saves their histories.
type recorder struct{ *entityOnServer }

// waited holds the runs whose first plan said that it is too early.
var waited sync.Map

// TestRecord writes the fixtures of TestReplay: go test ./workflows -run TestRecord -record
func TestRecord(t *testing.T) {
	if !*record {
		t.Skip("only with -record")
	}
	s := temporaltest.Start(t, temporaltest.Options{Dynamic: []string{"limit.historyCount.suggestContinueAsNew=40"}})
	c, err := client.Dial(client.Options{HostPort: s.Address, Namespace: s.Namespace, Identity: "recorder", Logger: quiet()})
	require.NoError(t, err)
	t.Cleanup(c.Close)
	r := &recorder{entityOnServer: &entityOnServer{t: t, server: s, client: c}}
	r.start()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	r.conversations(ctx)
	r.accounts(ctx)
	r.runs(ctx)
	r.others(ctx)
	r.budgets(ctx)
}

// start registers both workflows and, for every step, an activity that answers at once.
func (r *recorder) start() {
	for _, queue := range []string{contract.QueueWorkflows, contract.QueueFetch, contract.QueueTransform, contract.QueueDeliver, contract.QueueBackfill} {
		w := worker.New(r.client, queue, worker.Options{DisableRegistrationAliasing: true, Identity: "recorder"})
		for name, flow := range (workflows.Options{}).All() {
			w.RegisterWorkflowWithOptions(flow, workflow.RegisterOptions{Name: name})
		}
		for name, step := range workflows.Steps() {
			if step.Queue != contract.QueueConnector {
				w.RegisterActivityWithOptions(answer(step), activity.RegisterOptions{Name: name})
			}
		}
		require.NoError(r.t, w.Start())
		r.t.Cleanup(w.Stop)
	}
}

// answer makes an activity of the step's types. What it answers depends on the task that
// is asked for, so that runs end in different ways.
func answer(step workflows.Step) any {
	failure := reflect.TypeFor[error]()
	signature := reflect.FuncOf([]reflect.Type{reflect.TypeFor[context.Context](), step.In}, []reflect.Type{step.Out, failure}, false)
	return reflect.MakeFunc(signature, func(args []reflect.Value) []reflect.Value {
		out, err := scripted(args[0].Interface().(context.Context), step.Out)
		cause := reflect.Zero(failure)
		if err != nil {
			cause = reflect.ValueOf(err)
		}
		return []reflect.Value{out, cause}
	}).Interface()
}

// answers are what the activities of a run give, by type.
var answers = map[reflect.Type]any{
	reflect.TypeFor[contract.PlanOut](): contract.PlanOut{
		Plan: contract.Ref{Key: "plan"}, Window: contract.Span{From: day.UnixMilli(), To: day.Add(24 * time.Hour).UnixMilli()},
		WindowTxt: "2026-11-19", Report: "msg.messages@1.0", Title: "Messages", Format: "csv", NotBefore: day,
		Legs: []contract.LegOut{{ID: "lake.1", Kind: "sftp", Title: "lake"}, {ID: "store.2", Kind: "store", Title: "store"}},
	},
	reflect.TypeFor[contract.FetchOut]():     contract.FetchOut{SourceTotal: 7, Fetched: 7, Kept: 7, Slices: 1, Calls: 1},
	reflect.TypeFor[contract.TransformOut](): contract.TransformOut{Parts: 1, Entries: 7, Rows: 7, Bytes: 700},
	reflect.TypeFor[contract.EncryptOut]():   contract.EncryptOut{Files: 1, Bytes: 300},
	reflect.TypeFor[contract.UploadOut]():    contract.UploadOut{Files: 1, Bytes: 300},
	reflect.TypeFor[contract.VerifyOut]():    contract.VerifyOut{Asked: 2, Reached: 2},
	reflect.TypeFor[contract.PublishOut]():   contract.PublishOut{Location: "sftp://lake", Files: 1, Atomic: true},
	reflect.TypeFor[contract.ProbeOut]():     contract.ProbeOut{OK: true},

	reflect.TypeFor[contract.BackfillScope]():  contract.BackfillScope{Title: "Messages", Total: 7},
	reflect.TypeFor[contract.BackfillRunOut](): contract.BackfillRunOut{Through: day, Delivered: 6, Failed: 1},
	reflect.TypeFor[contract.AccountsOut]():    contract.AccountsOut{Accounts: []string{"acme", "bravo"}},
	reflect.TypeFor[contract.Reconciled]():     contract.Reconciled{Tasks: 2, Missing: 1},
	reflect.TypeFor[contract.Maintained]():     contract.Maintained{Frozen: 3},
	reflect.TypeFor[contract.OpenOut]():        contract.OpenOut{Conversation: "main", Participant: "consumer"},
	reflect.TypeFor[contract.Revised]():        contract.Revised{Tasks: 1, Started: 2},
}

func scripted(ctx context.Context, out reflect.Type) (reflect.Value, error) {
	info := activity.GetInfo(ctx)
	id, name := info.WorkflowExecution.ID, info.ActivityType.Name
	value, ok := answers[out]
	if !ok {
		return reflect.Zero(out), nil
	}
	final := func(kind fault.Kind) error {
		return temporal.NewNonRetryableApplicationError("scripted", string(kind), nil)
	}
	switch {
	case strings.Contains(id, "/refused/") && name == contract.ActivityFetch:
		return reflect.Zero(out), final(fault.AuthFailed)
	case strings.Contains(id, "/spoilt/") && name == contract.ActivityVerify:
		return reflect.Zero(out), final(fault.IntegrityMismatch)
	case strings.Contains(id, "/twice/") && name == contract.ActivityPlan:
		plan := value.(contract.PlanOut)
		plan.Skip, plan.SkipWhy = contract.OutcomeDuplicate, "another run has the window"
		value = plan
	case strings.Contains(id, "/told/") && name == contract.ActivityPlan:
		plan := value.(contract.PlanOut)
		plan.Tell = true
		value = plan
	case strings.Contains(id, "/unchanged/") && name == contract.ActivityTransform:
		rendered := value.(contract.TransformOut)
		rendered.Tracked = &contract.Tracked{Mode: "changes", After: new(int), Held: 7, Unchanged: true}
		value = rendered
	case strings.Contains(id, "/early/") && name == contract.ActivityPlan:
		plan := value.(contract.PlanOut)
		plan.NotBefore = info.ScheduledTime.Add(time.Second)
		if _, loaded := waited.LoadOrStore(id, true); loaded {
			plan.NotBefore = day
		}
		value = plan
	}
	return reflect.ValueOf(value), nil
}

func (r *recorder) runs(ctx context.Context) {
	for _, task := range []string{"delivered", "refused", "spoilt", "twice", "told", "early", "unchanged"} {
		id := contract.RunID("acme", task, 1, day, 0, 1)
		run, err := r.client.ExecuteWorkflow(ctx, client.StartWorkflowOptions{ID: id, TaskQueue: contract.QueueWorkflows},
			contract.WorkflowReportRun, contract.RunInput{Account: "acme", Task: task, Generation: 1})
		require.NoError(r.t, err)
		_ = run.Get(ctx, nil) // red runs are fixtures as well
		r.save(ctx, "reportrun-"+task, id, run.GetRunID())
	}
}

// others records the workflows that have one way to go.
func (r *recorder) others(ctx context.Context) {
	for name, flow := range map[string]struct {
		kind string
		in   []any
	}{
		"backfill-done":   {contract.WorkflowBackfill, []any{contract.BackfillIn{Account: "acme", Task: "messages", ID: "b", Mode: contract.BackfillMissing}}},
		"reconcile-two":   {contract.WorkflowReconcile, nil},
		"maintain-two":    {contract.WorkflowMaintain, nil},
		"revise-two":      {contract.WorkflowRevise, nil},
		"deadline-looked": {contract.WorkflowDeadline, []any{contract.DeadlineIn{Account: "acme", Task: "messages"}}},

		"openconversation-done": {contract.WorkflowOpenConversation, []any{contract.OpenIn{Account: "acme", App: "app", Consumer: "kim", IdemKey: "k"}}},
		"fetchfile-done":        {contract.WorkflowFetchFile, []any{contract.FetchFileIn{ConversationRef: talkRef, Consumer: "kim", Path: "/v1/file.PNG"}}},
	} {
		run, err := r.client.ExecuteWorkflow(ctx, client.StartWorkflowOptions{ID: name, TaskQueue: contract.QueueWorkflows}, flow.kind, flow.in...)
		require.NoError(r.t, err)
		require.NoError(r.t, run.Get(ctx, nil))
		r.save(ctx, name, name, run.GetRunID())
	}
}

// budgets records a Budget that lends, takes back, hears of a refusal and continues as new.
func (r *recorder) budgets(ctx context.Context) {
	lender, id := temporalx.NewBudgets(r.client), contract.BudgetID("12345678", "api.example.com")
	lend := func(process string, seq int64, holds int, wants contract.Turns, refused int) {
		in := contract.LeaseIn{Process: process, Seq: seq, Cap: 6, Holds: holds, Wants: wants, Refused: refused}
		_, err := lender.Lease(ctx, "12345678", "api.example.com", in)
		require.NoError(r.t, err)
	}
	lend("a", 1, 0, backfill(9), 0)
	first, err := r.client.DescribeWorkflowExecution(ctx, id, "")
	require.NoError(r.t, err)
	lend("b", 1, 0, scheduled(4), 0)
	lend("a", 2, 6, backfill(9), 0)
	lend("b", 2, 0, scheduled(4), 0)
	lend("a", 3, 2, backfill(9), 1)
	lend("b", 3, 0, scheduled(4), 0)
	lend("b", 4, 0, scheduled(0), 0)
	for seq := int64(4); ; seq++ {
		lend("a", seq, 1, backfill(9), 0)
		now, err := r.client.DescribeWorkflowExecution(ctx, id, "")
		require.NoError(r.t, err)
		if now.WorkflowExecutionInfo.Execution.RunId != first.WorkflowExecutionInfo.Execution.RunId {
			break
		}
	}
	r.save(ctx, "budget-continued", id, first.WorkflowExecutionInfo.Execution.RunId)
}

func (r *recorder) accounts(ctx context.Context) {
	require.NoError(r.t, r.create(ctx, contract.CreateIn{Account: "acme", Description: "Acme"}))
	do := func(name string, in any) {
		_, err := r.update(ctx, "acme", name, in)
		require.NoError(r.t, err, name)
	}
	first := r.runID(ctx, "acme")
	do(contract.UpdatePutSettings, contract.PutSettingsIn{Settings: account.Settings{Zone: "Europe/Madrid"}})
	do(contract.UpdatePutSource, contract.PutSourceIn{Source: account.Source{Meta: account.Meta{ID: "src"}, Secret: sealed("x")}})
	do(contract.UpdatePutDestination, contract.PutDestinationIn{Destination: account.Destination{Meta: account.Meta{ID: "lake"}}})
	do(contract.UpdatePutKey, contract.PutKeyIn{Key: account.Key{Meta: account.Meta{ID: "key"}, Armored: "a", Fingerprint: "F"}})
	do(contract.UpdateProbe, contract.ProbeIn{Account: "acme", Source: "src"})
	do(contract.UpdatePutTask, contract.PutTaskIn{Write: contract.Write{IdemKey: "one"}, ID: "messages", Spec: spec()})
	do(contract.UpdatePutTask, contract.PutTaskIn{Write: contract.Write{IdemKey: "one"}, ID: "messages", Spec: spec()})
	do(contract.UpdateSetTaskState, contract.SetTaskStateIn{ID: "messages", State: account.TaskDisabled})
	for r.runID(ctx, "acme") == first {
		do(contract.UpdatePutSettings, contract.PutSettingsIn{Write: anyVersion, Settings: account.Settings{Zone: "UTC"}})
	}
	r.save(ctx, "account-continued", contract.AccountID("acme"), first)
	do(contract.UpdatePutTask, contract.PutTaskIn{ID: "second", Spec: spec()})
	do(contract.UpdateDeleteTask, contract.DeleteIn{ID: "messages"})
	do(contract.UpdateClose, contract.CloseIn{})
	r.save(ctx, "account-closed", contract.AccountID("acme"), "")
}

// save writes a history without the name of the machine that recorded it.
func (r *recorder) save(ctx context.Context, name, id, run string) {
	h := r.history(ctx, id, run)
	for _, event := range h.Events {
		if queue := event.GetWorkflowTaskScheduledEventAttributes().GetTaskQueue(); queue.GetKind() == enumspb.TASK_QUEUE_KIND_STICKY {
			queue.Name = "recorder:sticky"
		}
	}
	text, err := protojson.Marshal(h)
	require.NoError(r.t, err)
	var out bytes.Buffer
	require.NoError(r.t, json.Indent(&out, text, "", " "))
	require.NoError(r.t, os.MkdirAll(histories, 0o755))
	require.NoError(r.t, os.WriteFile(filepath.Join(histories, name+".json"), out.Bytes(), 0o644))
}

func open(t *testing.T, file string) io.Reader {
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	return bytes.NewReader(text)
}
