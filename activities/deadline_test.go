package activities

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/testsuite"

	"transporter/internal/account"
	"transporter/internal/contract"
	"transporter/internal/coverage"
	"transporter/internal/incident"
	"transporter/internal/ledger"
	"transporter/internal/notify"
	"transporter/internal/receipt"
	"transporter/internal/seal"
	"transporter/internal/store"
	"transporter/internal/task"
	"transporter/internal/timeline"
)

// told is a webhook that keeps what it was told, over a planner's account.
type told struct {
	*planner
	*Deadlines
	messages []notify.Message
	status   int
}

func newTold(t *testing.T) *told {
	h := &told{planner: newPlanner(t), status: http.StatusNoContent}
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	spec := daily()
	spec.Deadline = "07:00"
	h.append(created.Add(time.Second), ledger.Enabled, 1, spec)
	h.account.Tasks = map[string]account.Task{"t1": {Meta: account.Meta{ID: "t1"}, Generation: 1, Spec: spec}}
	h.account.Notify = account.Notifications{When: task.NotifyFailure, Webhooks: []account.Webhook{{URL: server.URL}}}
	ring, err := seal.GenerateRing("k")
	require.NoError(t, err)
	st, err := store.NewFile(t.TempDir())
	require.NoError(t, err)
	h.Deadlines = &Deadlines{
		Notify: &Notify{
			Accounts: h.planner, Incidents: incident.New(st, seal.NewBox(ring)), Hooks: notify.NewHooks(server.Client(), time.Now),
			Open: func(string, account.Sealed) ([]byte, error) { return []byte("secret"), nil },
			Link: func(string, string) string { return "" }, Now: func() time.Time { return h.now },
		},
		Ledger: h.ledger, Book: h.planner.Book,
	}
	return h
}

func (h *told) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var m notify.Message
	body, _ := io.ReadAll(r.Body)
	if h.status == http.StatusNoContent && json.Unmarshal(body, &m) == nil {
		h.messages = append(h.messages, m)
	}
	w.WriteHeader(h.status)
}

func (h *told) kinds() (kinds []string) {
	for _, m := range h.messages {
		kinds = append(kinds, m.Kind)
	}
	return kinds
}

// at is the deadline of a day.
func (h *told) at(day int) contract.LateIn {
	spec := h.account.Tasks["t1"].Spec
	zone, err := task.Zone(spec.Zone)
	require.NoError(h.t, err)
	h.now = time.Date(2026, time.November, day, 7, 0, 0, 0, zone).UTC()
	return contract.LateIn{DeadlineIn: contract.DeadlineIn{Account: "acme", Task: "t1"}, Deadline: h.now, Now: h.now}
}

func (h *told) open() []string {
	all, err := h.Incidents.All(h.t.Context(), "acme")
	require.NoError(h.t, err)
	var kinds []string
	for _, i := range all {
		kinds = append(kinds, i.Kind)
	}
	return kinds
}

// A window that is not there at its deadline is told once, though nothing ran, and again
// when it comes; one that is delivered or never existed is not.
func TestDeadline(t *testing.T) {
	h, ctx := newTold(t), t.Context()
	out, err := h.look(ctx, h.at(4))
	require.NoError(t, err)
	require.True(t, out.Late, out.Text)
	require.Equal(t, 1, out.Sent)
	require.Equal(t, []string{incident.WindowLate}, h.kinds())
	require.Contains(t, h.messages[0].Subject, "not delivered by 07:00")
	require.Contains(t, h.messages[0].Text, "No run has ended for it")
	out, err = h.look(ctx, h.at(4))
	require.NoError(t, err)
	require.Zero(t, out.Sent, "once")
	require.Equal(t, []string{incident.WindowLate}, h.open())

	fire := h.now.Add(-time.Hour)
	green := contract.NotifyIn{
		Run: contract.RunInput{Account: "acme", Task: "t1", Generation: 1, Trigger: contract.TriggerBackfill}, Window: out.Window,
		WorkflowID: contract.RunID("acme", "t1", 1, fire, 0, 1), RunID: "r", Outcome: contract.OutcomeDelivered,
	}
	sent, err := h.run(ctx, green)
	require.NoError(t, err)
	require.Equal(t, 1, sent)
	require.Equal(t, []string{incident.WindowLate, "recovered"}, h.kinds(), "a backfill brought it")
	require.Empty(t, h.open())
	sent, err = h.run(ctx, green)
	require.NoError(t, err)
	require.Zero(t, sent)

	in := h.at(5)
	w, _, ok := h.windows().At(h.now)
	require.True(t, ok)
	from, to := w.Span()
	require.NoError(t, h.planner.Book.PutDone(ctx, receipt.Done{
		Delivery: contract.Delivery{Account: "acme", Task: "t1", Generation: 1, Span: contract.Span{From: from, To: to}},
		Outcome:  contract.OutcomeEmpty, At: h.now,
	}))
	out, err = h.look(ctx, in)
	require.NoError(t, err)
	require.False(t, out.Late, out.Text)
	require.Equal(t, "empty", out.Status)

	in = h.at(1)
	in.Deadline = in.Deadline.AddDate(0, 0, -3)
	out, err = h.look(ctx, in)
	require.NoError(t, err)
	require.Equal(t, "no window has this deadline", out.Text)
}

// A window that is red and late is told of as both, and its end once.
func TestRedAndLateEndsOnce(t *testing.T) {
	h, ctx := newTold(t), t.Context()
	late, err := h.look(ctx, h.at(4))
	require.NoError(t, err)
	red := contract.NotifyIn{
		Run: contract.RunInput{Account: "acme", Task: "t1", Generation: 1}, Window: late.Window,
		WorkflowID: contract.RunID("acme", "t1", 1, h.now.Add(-time.Hour), 0, 1), RunID: "r", Outcome: contract.OutcomeFailed, Error: "refused",
	}
	h.status = http.StatusBadGateway
	_, err = h.run(ctx, red)
	require.ErrorContains(t, err, "502")
	require.Contains(t, h.open(), incident.RunFailed, "noted, though nobody could be told")
	h.status = http.StatusNoContent
	for range 2 {
		_, err = h.run(ctx, red)
		require.NoError(t, err)
	}
	red.Window, red.Outcome, red.Run.Attempt = contract.Span{}, contract.OutcomeFailed, 2
	red.WorkflowID = contract.RunID("acme", "t1", 1, h.now.Add(-time.Hour), 0, 2)
	_, err = h.run(ctx, red) // it could not even be planned
	require.NoError(t, err)
	require.Len(t, h.open(), 3)
	green := red
	green.Window, green.Outcome, green.Run.Attempt = late.Window, contract.OutcomeDelivered, 3
	green.WorkflowID = contract.RunID("acme", "t1", 1, h.now.Add(-time.Hour), 0, 3)
	_, err = h.run(ctx, green)
	require.NoError(t, err)
	require.Equal(t, []string{"window-late", "run-failed", "run-failed", "recovered"}, h.kinds())
	require.Empty(t, h.open())
}

// What reconciliation notes is told once, and its end; a receiver that is away stops nothing.
func TestToldOfReconciliation(t *testing.T) {
	h := newTold(t)
	var suite testsuite.WorkflowTestSuite
	env := suite.NewTestActivityEnvironment()
	lost := incident.Incident{Account: "acme", Task: "t1", Kind: incident.ScheduleLost, Title: "its schedule was deleted", Opened: created}
	env.RegisterActivity(h.tellOf)
	for _, c := range []struct {
		status int
		over   bool
		kinds  []string
	}{
		{http.StatusBadGateway, false, nil},
		{http.StatusNoContent, false, []string{"schedule-lost"}},
		{http.StatusNoContent, false, []string{"schedule-lost"}},
		{http.StatusNoContent, true, []string{"schedule-lost", "recovered"}},
		{http.StatusNoContent, true, []string{"schedule-lost", "recovered"}},
	} {
		h.status = c.status
		_, err := env.ExecuteActivity(h.tellOf, lost, c.over)
		require.NoError(t, err)
		require.Equal(t, c.kinds, h.kinds())
	}
}

func (h *told) tellOf(ctx context.Context, i incident.Incident, over bool) error {
	book := Told{h.Notify}
	if over {
		_, err := book.Close(ctx, i.Account, i.Task, i.Kind, i.Key, created, "the schedule is in order")
		return err
	}
	_, err := book.Open(ctx, i)
	return err
}

func (h *told) windows() *timeline.Timeline {
	_, windows, err := coverage.Load(h.t.Context(), h.ledger, "acme", "t1")
	require.NoError(h.t, err)
	return windows
}

// momentStore does something right before the first incident is written.
type momentStore struct {
	store.Store
	before func()
}

func (s *momentStore) PutIfAbsent(ctx context.Context, key string, r io.Reader) (store.Info, error) {
	if do := s.before; do != nil {
		s.before = nil
		do()
	}
	return s.Store.PutIfAbsent(ctx, key, r)
}

// A window that is delivered between the look at its deadline and the note of it, with a run
// that finds no incident to end, is not late.
func TestDeliveredWhileItsDeadlineIsLookedAt(t *testing.T) {
	h, ctx := newTold(t), t.Context()
	st, err := store.NewFile(t.TempDir())
	require.NoError(t, err)
	moment := &momentStore{Store: st}
	ring, err := seal.GenerateRing("k")
	require.NoError(t, err)
	h.Incidents = incident.New(moment, seal.NewBox(ring))
	in := h.at(4)
	w, _, ok := h.windows().At(h.now)
	require.True(t, ok)
	from, to := w.Span()
	span := contract.Span{From: from, To: to}
	moment.before = func() {
		require.NoError(t, h.planner.Book.PutDone(ctx, receipt.Done{
			Delivery: contract.Delivery{Account: "acme", Task: "t1", Generation: 1, Span: span}, Outcome: contract.OutcomeDelivered, At: h.now,
		}))
		sent, err := h.run(ctx, contract.NotifyIn{
			Run: contract.RunInput{Account: "acme", Task: "t1", Generation: 1}, Window: span, RunID: "r",
			WorkflowID: contract.RunID("acme", "t1", 1, h.now.Add(-time.Hour), 0, 1), Outcome: contract.OutcomeDelivered,
		})
		require.NoError(t, err)
		require.Zero(t, sent)
	}
	out, err := h.look(ctx, in)
	require.NoError(t, err)
	require.Nil(t, moment.before, "it was about to be noted")
	require.False(t, out.Late, out.Text)
	require.Equal(t, "delivered", out.Status)
	require.Empty(t, h.open())
	require.Empty(t, h.kinds())
}

// A try of the deadline that dies after its note leaves nothing open once the window is there.
func TestDeadlineThatDiedAfterItsNote(t *testing.T) {
	h, ctx := newTold(t), t.Context()
	in := h.at(4)
	late, err := h.look(ctx, in)
	require.NoError(t, err)
	require.NoError(t, h.planner.Book.PutDone(ctx, receipt.Done{
		Delivery: contract.Delivery{Account: "acme", Task: "t1", Generation: 1, Span: late.Window}, Outcome: contract.OutcomeDelivered, At: h.now,
	}))
	for range 2 {
		out, err := h.look(ctx, in)
		require.NoError(t, err)
		require.False(t, out.Late)
	}
	require.Empty(t, h.open())
	require.Equal(t, []string{incident.WindowLate, "recovered"}, h.kinds())
}
