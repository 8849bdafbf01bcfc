package activities_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/account"
	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/ledger"
	"transporter/internal/realtest"
	"transporter/internal/report"
	"transporter/internal/sandbox"
	"transporter/internal/sandbox/sandboxtest"
	"transporter/internal/seal"
	"transporter/internal/source"
	"transporter/internal/source/liveperson"
	"transporter/internal/task"
)

// settled is two days after the window, when all of its surveys are over.
var settled = time.UnixMilli(day.To).Add(48 * time.Hour)

// reviser is a bench whose platform is a sandbox. Its data stand still at settled, when windows
// are delivered first, so that nothing changes but what a test changes.
type reviser struct {
	*bench
	platform  *sandboxtest.Running
	client    source.Source
	window    contract.Span
	frequency task.Frequency
	delay     *task.Duration
	params    map[string]json.RawMessage
}

func newReviser(t *testing.T) *reviser {
	r := reviserOf(t, sandbox.Config{Seed: 5, Conversations: 12_000, Now: func() time.Time { return settled }})
	r.now, r.window, r.frequency = settled, day, task.Frequency{Kind: task.Daily, At: "00:00"}
	return r
}

func reviserOf(t *testing.T, platform sandbox.Config) *reviser {
	r := &reviser{bench: newBench(t), params: map[string]json.RawMessage{"system_columns": json.RawMessage(`"all"`)}}
	r.platform = sandboxtest.Start(t, platform)
	r.connect(platform.RealNow)
	r.run.Adapters = r
	return r
}

// connect makes the client anew, of what the platform's HTTP client is now.
func (r *reviser) connect(now func() time.Time) {
	key := sandboxtest.Key
	client, err := liveperson.New(liveperson.Config{
		PlatformAccount: sandboxtest.AccountID, DomainURL: r.platform.DomainURL, HTTP: r.platform.Client, Now: now,
		Credentials: liveperson.Credentials{OAuth1: &liveperson.APIKey{
			ConsumerKey: seal.Secret(key.Consumer), ConsumerSecret: seal.Secret(key.ConsumerSecret),
			Token: seal.Secret(key.Token), TokenSecret: seal.Secret(key.TokenSecret),
		}},
	})
	require.NoError(r.t, err)
	r.client = client
}

// Source implements activities.Adapters.
func (r *reviser) Source(context.Context, string, account.Source) (source.Source, error) {
	return r.client, nil
}

func (r *reviser) task(id, report, format string, revisions task.Revisions) {
	_, err := r.run.Ledger.(*ledger.Ledger).Append(r.t.Context(), "acme", id, ledger.Entry{
		EffectiveFrom: time.UnixMilli(r.window.From/2 + r.window.To/2), Generation: 1, State: ledger.Enabled,
		Spec: task.Spec{
			Source: "src", Report: report, Version: "1.0", Format: format, Zone: "UTC", Revisions: revisions,
			Parameters:   r.params,
			Frequency:    r.frequency,
			Delay:        r.delay,
			EmptyResult:  task.EmptySkip,
			Destinations: []task.Leg{{Destination: "shelf", Path: id, Encryption: task.Encryption{Mode: task.EncryptNone}}},
		},
	})
	require.NoError(r.t, err)
}

// deliver runs all steps of one run, as the workflow does, and returns its outcome.
func (r *reviser) deliver(id string, run contract.RunInput) (string, contract.TransformOut) {
	r.t.Helper()
	window := r.window
	run.Account, run.Task, run.Generation, run.Window, run.Trigger = "acme", id, 1, &window, contract.TriggerManual
	name := contract.RunID("acme", id, 1, time.UnixMilli(window.To), run.Revision, run.Attempt)
	plan, err := r.run.Plan(r.t.Context(), contract.PlanIn{Run: run, Nominal: r.now, WorkflowID: name, RunID: "run"})
	require.NoError(r.t, err)
	require.Empty(r.t, plan.SkipWhy)
	in := contract.StepIn{Plan: plan.Plan}
	fetched, err := do[contract.FetchOut](r.run.Fetch, in)
	require.NoError(r.t, err)
	in.Fetched = fetched.Index
	rendered, err := do[contract.TransformOut](r.run.Transform, in)
	require.NoError(r.t, err)
	in.Rendered = rendered.Index
	record := contract.RecordIn{
		Run: run, WorkflowID: name, RunID: "run", Plan: plan.Plan, Fetched: fetched, Rendered: rendered, Window: window,
		Rows: rendered.Rows, Started: r.now, Ended: r.now, Outcome: contract.OutcomeUnchanged,
	}
	if t := rendered.Tracked; t == nil || !t.Unchanged {
		record.Outcome, record.Packed = contract.OutcomeDelivered, r.send(plan, in)
	}
	require.NoError(r.t, r.run.Record(r.t.Context(), record))
	_, err = do[struct{}](r.run.Clean, in)
	require.NoError(r.t, err)
	return record.Outcome, rendered
}

// send brings the file set to its leg and proves it.
func (r *reviser) send(plan contract.PlanOut, in contract.StepIn) contract.Ref {
	r.t.Helper()
	packed, err := do[contract.EncryptOut](r.run.Encrypt, in)
	require.NoError(r.t, err)
	in.Packed = packed.Index
	leg := contract.LegIn{StepIn: in, Leg: plan.Legs[0].ID}
	_, err = do[contract.UploadOut](r.run.Upload, leg)
	require.NoError(r.t, err)
	_, err = do[contract.VerifyOut](r.run.Verify, leg)
	require.NoError(r.t, err)
	published, err := do[contract.PublishOut](r.run.Publish, leg)
	require.NoError(r.t, err)
	require.NoError(r.t, r.run.Receipt(r.t.Context(), contract.ReceiptIn{LegIn: leg, Published: published}))
	return packed.Index
}

// applied is what the reader in testdata/apply.py makes of all that a task delivered.
type applied struct {
	Table     map[string]map[string]any `json:"table"`
	Revisions []struct {
		Names   []string          `json:"names"`
		Revs    map[string]int    `json:"revs"`
		Changes map[string]string `json:"changes"`
		Revises *struct {
			Revision, Held, Added, Changed, Removed int
			Mode                                    string
		} `json:"revises"`
	} `json:"revisions"`
}

func (r *reviser) read(id string) (out applied) {
	r.t.Helper()
	folder, prefix := r.t.TempDir(), "cloud/acme/shelf/files/"+id+"/"
	const form = "20060102T150405Z"
	span := time.UnixMilli(r.window.From).UTC().Format(form) + "_" + time.UnixMilli(r.window.To).UTC().Format(form)
	for info, err := range r.store.List(r.t.Context(), prefix) {
		require.NoError(r.t, err)
		if !strings.Contains(path.Base(info.Key), span) {
			continue
		}
		f, err := r.store.Open(r.t.Context(), info.Key, 0)
		require.NoError(r.t, err)
		text, err := io.ReadAll(f)
		require.NoError(r.t, err)
		require.NoError(r.t, f.Close())
		require.NoError(r.t, os.WriteFile(filepath.Join(folder, path.Base(info.Key)), text, 0o600))
	}
	cmd := exec.Command(realtest.Program(r.t, "/usr/bin/python3", "python3"), "testdata/apply.py", folder, realtest.Tool(r.t, "DUCKDB", "duckdb"))
	var failure strings.Builder
	cmd.Stderr = &failure
	text, err := cmd.Output()
	require.NoError(r.t, err, failure.String())
	require.NoError(r.t, json.Unmarshal(text, &out))
	return out
}

// checked is the run of a check so long after the delivery.
func checked(r *reviser, after time.Duration) contract.RunInput {
	at := settled.Add(after)
	r.now = at.Add(time.Minute)
	return contract.RunInput{Revision: 1, Attempt: 1, Look: at}
}

// conversation returns the id of a conversation of the window that ended well before its end.
func (r *reviser) conversation() string {
	all, err := r.platform.World().Conversations(sandboxtest.AccountID, sandbox.Window{Basis: sandbox.ByEnd, Status: "CLOSE", From: day.From, To: day.To - time.Hour.Milliseconds()})
	require.NoError(r.t, err)
	for c := range all {
		if c.Messages > 2 {
			return c.ID
		}
	}
	require.Fail(r.t, "no conversation in the window")
	return ""
}

// TestK5 is test K5 of the report catalog: a survey that arrives six hours after the end has
// the row of its conversation exported again, with _row_rev 1, and nothing else.
func TestK5(t *testing.T) {
	for _, format := range []string{"csv", "xlsx", "parquet"} {
		t.Run(format, func(t *testing.T) {
			t.Parallel()
			testK5(t, format)
		})
	}
}

func testK5(t *testing.T, format string) {
	r := newReviser(t)
	r.task("late", "msg.conversations", format, task.Revisions{Mode: task.RevisionsChanges})
	outcome, _ := r.deliver("late", contract.RunInput{})
	require.Equal(t, contract.OutcomeDelivered, outcome)
	outcome, _ = r.deliver("late", checked(r, time.Hour))
	require.Equal(t, contract.OutcomeUnchanged, outcome, "nothing is late yet")

	id := r.conversation()
	require.NoError(t, r.platform.SetLate(sandbox.Late{Kind: sandbox.SurveyAnswered, ID: id}))
	look := checked(r, 6*time.Hour)
	look.Attempt = 2
	outcome, out := r.deliver("late", look)
	require.Equal(t, contract.OutcomeDelivered, outcome)
	require.EqualValues(t, 1, out.Rows)

	got := r.read("late")
	require.Len(t, got.Revisions, 2)
	require.Equal(t, map[string]string{id: "changed"}, got.Revisions[1].Changes)
	require.Equal(t, map[string]int{id: 1}, got.Revisions[1].Revs)
	require.Equal(t, []string{"msg.conversations_20261119T000000Z_20261120T000000Z_r1." + format}, got.Revisions[1].Names)
	require.Equal(t, "FILLED", got.Table[id]["survey_status"])
	for _, rev := range got.Revisions[0].Revs {
		require.Zero(t, rev)
	}

	third := checked(r, 24*time.Hour)
	third.Revision = 2
	outcome, _ = r.deliver("late", third)
	require.Equal(t, contract.OutcomeUnchanged, outcome, "once told, it is not late again")
}

// TestLateChanges makes each kind of late change between a delivery and a check, with both
// modes, in a text format and in those of binary files, and holds the table that a receiver ends with against a first delivery of the
// changed source by another task.
func TestLateChanges(t *testing.T) {
	for _, c := range []struct {
		name, report, format    string
		before, after           []string // kinds of late changes of one conversation
		agent, chat             bool     // the change is of its agent, or of a chat
		added, changed, removed bool     // rows that there must be of it
	}{
		{name: "a survey is answered", report: "msg.survey_answers", format: "jsonl", after: []string{sandbox.SurveyAnswered}, added: true},
		{name: "a conversation is closed later", report: "msg.conversations", format: "xml", after: []string{sandbox.ClosedLater}, changed: true},
		{name: "a conversation goes on", report: "msg.conversations", format: "csv", after: []string{sandbox.Resumed}, removed: true},
		{name: "a message is read later", report: "msg.message_statuses", format: "json", after: []string{sandbox.MessageRead}, added: true},
		{name: "attributes arrive later", report: "msg.sdes", format: "csv", after: []string{sandbox.SDEAdded}, added: true},
		{name: "a conversation is removed", report: "msg.messages", format: "jsonl", after: []string{sandbox.Hidden}, removed: true},
		{name: "a conversation appears", report: "msg.messages", format: "csv", before: []string{sandbox.Hidden}, added: true},
		{name: "an agent is renamed", report: "msg.conversations", format: "json", after: []string{sandbox.AgentRenamed}, agent: true, changed: true},
		{name: "a summary is edited", report: "msg.conversations", format: "csv", after: []string{sandbox.SummaryEdited}, changed: true},
		{name: "a transfer is recorded late", report: "msg.transfers", format: "xml", after: []string{sandbox.TransferAdded}, added: true},
		{name: "a chat is enriched", report: "chat.engagements", format: "jsonl", before: []string{sandbox.Unenriched}, chat: true, changed: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			def, err := report.Get(c.report, "")
			require.NoError(t, err)
			formats := slices.DeleteFunc([]string{c.format, "xlsx", "parquet"}, func(format string) bool { return !def.Allows(format) })
			r := newReviser(t)
			var tasks []string
			for _, format := range formats {
				for _, mode := range []string{task.RevisionsFull, task.RevisionsChanges} {
					tasks = append(tasks, mode+"-"+format)
					r.task(mode+"-"+format, c.report, format, task.Revisions{Mode: mode})
				}
				r.task("control-"+format, c.report, format, task.Revisions{})
			}
			id := r.subject(c.agent, c.chat)
			require.NoError(t, r.platform.SetLate(lateOf(id, c.before)...))
			for _, one := range tasks {
				r.deliver(one, contract.RunInput{})
			}
			require.NoError(t, r.platform.SetLate(lateOf(id, c.after)...))
			look := checked(r, 24*time.Hour)
			for _, one := range tasks {
				outcome, out := r.deliver(one, look)
				require.Equal(t, contract.OutcomeDelivered, outcome)
				require.Equal(t, []bool{c.added, c.changed, c.removed}, []bool{out.Tracked.Added > 0, out.Tracked.Changed > 0, out.Tracked.Removed > 0}, "%+v", out.Tracked)
			}
			for _, format := range formats {
				r.deliver("control-"+format, contract.RunInput{})
				want := r.read("control-" + format)
				require.NotEmpty(t, want.Table)
				for _, mode := range []string{task.RevisionsFull, task.RevisionsChanges} {
					got := r.read(mode + "-" + format)
					require.Equal(t, want.Table, got.Table, "%s as %s", mode, format)
					require.Len(t, got.Revisions, 2)
					require.Equal(t, mode, got.Revisions[1].Revises.Mode)
				}
			}
		})
	}
}

func lateOf(id string, kinds []string) (all []sandbox.Late) {
	for _, kind := range kinds {
		all = append(all, sandbox.Late{Kind: kind, ID: id})
	}
	return all
}

// subject is what a late change is of: a conversation, its agent, or a chat.
func (r *reviser) subject(agent, chat bool) string {
	if chat {
		all, err := r.platform.World().Engagements(sandboxtest.AccountID, day.From, day.To)
		require.NoError(r.t, err)
		for e := range all {
			id, _, _ := strings.Cut(e.ID, ":")
			return id
		}
		require.Fail(r.t, "no chat in the window")
	}
	id := r.conversation()
	if !agent {
		return id
	}
	r.task("agents", "msg.conversations", "jsonl", task.Revisions{})
	r.deliver("agents", contract.RunInput{})
	for _, row := range r.read("agents").Table {
		if agent, ok := row["latest_agent_id"].(string); ok {
			return agent
		}
	}
	require.Fail(r.t, "no agent in the window")
	return ""
}

// A check needs a delivery to compare with; to run a window once more does not.
func TestRevisionRules(t *testing.T) {
	r := newReviser(t)
	r.task("plain", "msg.conversations", "csv", task.Revisions{})
	r.task("whole", "msg.conversations", "csv", task.Revisions{Mode: task.RevisionsFull})
	plan := func(id string, run contract.RunInput) error {
		run.Account, run.Task, run.Generation, run.Window = "acme", id, 1, &day
		_, err := r.run.Plan(t.Context(), contract.PlanIn{Run: run, Nominal: r.now, WorkflowID: fmt.Sprint(id, run.Revision), RunID: "run"})
		return err
	}
	look := checked(r, time.Hour)
	err := plan("plain", look)
	requireKind(t, fault.InvalidSpec, err)
	require.ErrorContains(t, err, "delivers no revisions", "of a task that does not revise")
	err = plan("whole", look)
	requireKind(t, fault.InvalidSpec, err)
	require.ErrorContains(t, err, "revision 0 of the window is not delivered")

	r.deliver("whole", contract.RunInput{})
	again, _ := r.deliver("whole", contract.RunInput{Revision: 1})
	require.Equal(t, contract.OutcomeDelivered, again, "whoever asks for all once more gets it, changed or not")
	require.Len(t, r.read("whole").Revisions, 2)
}
