package httpapi_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
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
	"transporter/internal/feedbook"
	"transporter/internal/feedschema"
	"transporter/internal/guard"
	"transporter/internal/httpapi"
	"transporter/internal/incident"
	"transporter/internal/journal"
	"transporter/internal/ledger"
	"transporter/internal/link"
	"transporter/internal/pgp"
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

const (
	token = "test-token-of-32-characters-0123"
	// canary is every secret that the tests send.
	canary = "canary-7f3a91"
	// public is where platforms reach the API.
	public = "https://hooks.example.com"
)

// stack is the API over a real Temporal server with the real workflows. Only the steps of
// runs are short: plan fails as it would with a revoked credential.
type stack struct {
	url     string
	client  client.Client
	book    *receipt.Book
	ledger  *ledger.Ledger
	feeds   *feedschema.Book
	leaves  *feedbook.Book
	stage   *staging.Stage
	links   *link.Book
	journal *journal.Journal
	key     *seal.PrivateKey
	log     *lockedBuffer
	seen    *lockedBuffer // every answer
	plans   sync.Map      // id of a task → contract.PlanOut, of those whose plan does not fail
	offers  sync.Map      // id of a destination → contract.ProbeOut, of those whose test passes
	server  *temporaltest.Server
	stop    func() // of the worker of dt-workflows
}

func newStack(t *testing.T) *stack {
	t.Helper()
	s := &stack{log: &lockedBuffer{}, seen: &lockedBuffer{}, server: temporaltest.Start(t, temporaltest.Options{})}
	s.client = s.server.Client()
	st, err := store.Open(t.Context(), "file://"+t.TempDir())
	require.NoError(t, err)
	ring, err := seal.GenerateRing("test")
	require.NoError(t, err)
	s.book, s.stage = receipt.New(st, seal.NewBox(ring)), staging.New(st, seal.NewBox(ring))
	s.journal = journal.New(st, seal.NewBox(ring))
	s.links = link.New(st, seal.NewBox(ring), time.Now)
	s.leaves = feedbook.New(feedbook.NewLedger(st, seal.NewBox(ring)), s.stage, time.Now)
	s.ledger, s.feeds = ledger.New(st, seal.NewBox(ring)), feedschema.New(st, seal.NewBox(ring))
	s.key, err = seal.GenerateKey()
	require.NoError(t, err)
	s.work()

	data := temporalx.DataConverter(s.server.Keys, s.server.Namespace)
	ports := httpapi.NewTemporal(httpapi.TemporalConfig{
		Client: s.client, Namespace: s.server.Namespace, Data: data, Failure: temporalx.FailureConverter(data), UI: "http://ui.test/",
	})
	api := httpapi.New(httpapi.Config{
		Accounts: ports, Runs: ports, Conversations: ports, Journal: s.journal, Backfill: temporalx.NewBackfills(s.client), Ledger: s.ledger, Incidents: incident.New(st, seal.NewBox(ring)), FeedSchemas: s.feeds, FeedLeaves: s.leaves.Ledger, Book: s.book, Files: s.stage, Links: s.links, Signer: link.NewSigner(ring), Samples: samples{}, Seal: s.key.Public(), Public: public,
		Secrets: httpapi.SecretSources{
			Getenv:    func(name string) (string, bool) { return canary + "-env", name == "TRANSPORTER_SECRET_A" },
			EnvPrefix: httpapi.DefaultSecretEnv,
		},
		Outbound: outbound, Token: httpapi.NewToken(token), Now: time.Now, Kept: keptDays * 24 * time.Hour, Log: slog.New(slog.NewJSONHandler(s.log, nil)), Version: "test",
	})
	listener := httptest.NewServer(api)
	t.Cleanup(listener.Close)
	s.url = listener.URL
	return s
}

// outbound lets links lead to this machine.
func outbound(ca string) (*http.Client, error) {
	roots, err := guard.Roots(ca)
	return guard.New(guard.Config{Allow: []string{"127.0.0.1:*"}}).Client(roots), err
}

// work starts the worker: the real workflows, and activities that do no I/O but the record.
func (s *stack) work() {
	s.stop = s.server.Worker(s.client, contract.QueueWorkflows, func(r worker.Registry) {
		flows := workflows.Options{}
		r.RegisterWorkflowWithOptions(flows.Account, workflow.RegisterOptions{Name: contract.WorkflowAccount})
		r.RegisterWorkflowWithOptions(flows.ReportRun, workflow.RegisterOptions{Name: contract.WorkflowReportRun})
		named := func(name string, f any) { r.RegisterActivityWithOptions(f, activity.RegisterOptions{Name: name}) }
		named(contract.ActivityTaskApply, func(ctx context.Context, in contract.TaskApplyIn) error {
			_, err := s.ledger.Append(ctx, in.Account, in.Task.ID, ledger.Entry{
				EffectiveFrom: in.Task.UpdatedAt, Generation: in.Task.Generation, Spec: in.Task.Spec,
				State: ledger.State(in.Task.State), Note: in.Note, Backlog: in.Backlog, CatchUp: in.CatchUp, Reset: in.Reset,
			})
			return err
		})
		named(contract.ActivityTaskRemove, func(context.Context, contract.TaskRemoveIn) error { return nil })
		named(contract.ActivityPlan, func(_ context.Context, in contract.PlanIn) (contract.PlanOut, error) {
			if found, passes := s.plans.Load(in.Run.Task); passes {
				return found.(contract.PlanOut), nil
			}
			return contract.PlanOut{}, temporal.NewNonRetryableApplicationError("the source refuses the key", string(fault.AuthFailed), nil)
		})
		named(contract.ActivityRecord, func(ctx context.Context, in contract.RecordIn) error {
			if in.Window.To == 0 && in.Run.Window != nil {
				in.Window = *in.Run.Window
			}
			return s.book.PutRun(ctx, receipt.RunRecord{RecordIn: in})
		})
	})
	s.server.Worker(s.client, contract.QueueDeliver, func(r worker.Registry) {
		s.installs(r)
		r.RegisterActivityWithOptions(func(_ context.Context, in contract.ProbeIn) (contract.ProbeOut, error) {
			if found, passes := s.offers.Load(in.Destination); passes {
				return found.(contract.ProbeOut), nil
			}
			return contract.ProbeOut{
				Problem: "connection refused by " + in.Source + in.Destination, Kind: string(fault.Upstream),
				Steps: []account.TestStep{{Name: "connect", OK: true}, {Name: "log in", Note: "no"}},
			}, nil
		}, activity.RegisterOptions{Name: contract.ActivityProbe})
		r.RegisterActivityWithOptions(func(context.Context, contract.NotifyIn) (contract.NotifyOut, error) {
			return contract.NotifyOut{}, nil
		}, activity.RegisterOptions{Name: contract.ActivityNotify})
	})
}

type samples struct{}

func (samples) Sample(_ context.Context, def *report.Definition, spec task.Spec, dst io.Writer) error {
	text := "sample of " + def.ID + " as " + spec.Format
	if len(spec.Formatting.Columns) > 0 {
		text += " for " + spec.Vendor + ": " + spec.Formatting.Columns[0].Header
	}
	_, err := io.WriteString(dst, text+"\n")
	return err
}

// answer is one HTTP answer, read whole.
type answer struct {
	status int
	header http.Header
	body   []byte
}

func (a answer) into(t *testing.T, v any) {
	t.Helper()
	require.NoError(t, json.Unmarshal(a.body, v), string(a.body))
}

func (a answer) problem(t *testing.T) httpapi.Problem {
	t.Helper()
	require.Equal(t, "application/problem+json", a.header.Get("Content-Type"), string(a.body))
	var p httpapi.Problem
	a.into(t, &p)
	require.Equal(t, a.status, p.Status)
	require.NotEmpty(t, p.Detail)
	require.NotEmpty(t, p.RequestID)
	return p
}

// call sends a request with the token; headers are name, value pairs.
func (s *stack) call(t *testing.T, method, path, body string, headers ...string) answer {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, s.url+path, strings.NewReader(body))
	require.NoError(t, err)
	req.Header.Set("Authorization", "Bearer "+token)
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer res.Body.Close()
	read, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	_, _ = s.seen.Write(read)
	for name := range res.Header {
		_, _ = s.seen.Write([]byte(name + ": " + res.Header.Get(name) + "\n"))
	}
	return answer{res.StatusCode, res.Header, read}
}

// make creates a thing and returns its id.
func (s *stack) make(t *testing.T, path, body string, headers ...string) string {
	t.Helper()
	a := s.call(t, http.MethodPost, path, body, headers...)
	require.Equal(t, http.StatusCreated, a.status, string(a.body))
	var made struct{ ID string }
	a.into(t, &made)
	require.NotEmpty(t, made.ID)
	return made.ID
}

// sourceBody is a source whose every secret is the canary.
const sourceBody = `{"kind":"liveperson","description":"Brand","platformAccount":"12345678","credentials":{"oauth1":
	{"consumerKey":"` + canary + `-1","consumerSecret":"` + canary + `-2","token":"` + canary + `-3","tokenSecret":{"env":"TRANSPORTER_SECRET_A"}}}}`

const sftpBody = `{"kind":"sftp","description":"Vendor","host":"sftp.example.com","user":"u","directory":"/in",
	"hostKeys":["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIBJfBDEyvTHEhQH1JDwiQfRGUvA0oEmCDlOhQVGrr/L"],"credentials":{"password":"` + canary + `-4"}}`

// furnished is an account with everything that a task needs.
type furnished struct{ at, source, store, sftp, key string }

func (s *stack) furnish(t *testing.T) furnished {
	t.Helper()
	f := furnished{at: "/v1/accounts/" + s.make(t, "/v1/accounts", `{"description":"Support","zone":"Europe/Madrid"}`)}
	f.source = s.make(t, f.at+"/sources", sourceBody)
	f.store = s.make(t, f.at+"/destinations", `{"kind":"store","description":"Ours"}`)
	f.sftp = s.make(t, f.at+"/destinations", sftpBody)
	f.key = s.make(t, f.at+"/keys", jsonOf(t, map[string]string{"description": "Vendor", "armored": publicKey(t)}))
	return f
}

// taskBody is a valid task with changes: a nil value takes the field away.
func (f furnished) taskBody(t *testing.T, changes map[string]any) string {
	t.Helper()
	body := map[string]any{
		"description": "Messages", "source": f.source, "report": "msg.messages", "zone": "Europe/Madrid", "format": "csv",
		"frequency":    map[string]any{"kind": "daily", "at": "00:00"},
		"destinations": []any{map[string]any{"destination": f.store, "encryption": map[string]any{"mode": "pgp", "keys": []any{f.key}}}},
	}
	for field, value := range changes {
		if body[field] = value; value == nil {
			delete(body, field)
		}
	}
	return jsonOf(t, body)
}

func jsonOf(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	require.NoError(t, err)
	return string(b)
}

const keyPassphrase = "ten characters or more"

var keyPair = sync.OnceValues(func() (*pgp.KeyPair, error) {
	return pgp.GenerateKey(pgp.Options{
		Name: "Test", Email: "test@example.com", Passphrase: keyPassphrase,
		Algorithm: "ed25519", Now: time.Now(),
	})
})

func publicKey(t *testing.T) string {
	t.Helper()
	pair, err := keyPair()
	require.NoError(t, err)
	return pair.Public
}

// lockedBuffer is a bytes.Buffer for several writers.
type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// request is a GET whose body the test reads itself.
type request struct{ *http.Request }

func newRequest(t *testing.T, url string) request {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	require.NoError(t, err)
	req.Header.Set("Authorization", "Bearer "+token)
	return request{req}
}

func (r request) do() (*http.Response, error) { return http.DefaultClient.Do(r.Request) }
