package activities_test

import (
	"bytes"
	"context"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/activities"
	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/task"
)

// cutting sends requests to the platform, and has its answers say that conversations are cut:
// whatever they are read by.
type cutting struct {
	http.RoundTripper
	id   string
	also string // another; none if empty
	off  atomic.Bool
}

func (c *cutting) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := c.RoundTripper.RoundTrip(r)
	if err != nil || c.off.Load() || !strings.Contains(r.URL.Path, "/messaging_history/") {
		return res, err
	}
	body, err := io.ReadAll(res.Body)
	_ = res.Body.Close()
	const mark = `"isPartial":`
	for _, id := range []string{c.id, c.also} {
		if before, after, there := bytes.Cut(body, []byte(`"conversationId":"`+id+`"`)); there {
			after = bytes.Replace(after, []byte(mark+"false"), []byte(mark+"true "), 1)
			body = bytes.Join([][]byte{before, []byte(`"conversationId":"` + id + `"`), after}, nil)
		}
	}
	res.Body = io.NopCloser(bytes.NewReader(body))
	return res, err
}

// none is that no other conversation is cut.
func none([]string) string { return "" }

// newCut is a window of conversations of which one is cut, or another also, with a task that delivers them.
func newCut(t *testing.T, also func(ids []string) string, with ...func(*reviser)) (r *reviser, c *cutting, rows int) {
	whole := newReviser(t)
	whole.task("talks", "msg.conversations", "jsonl", task.Revisions{Mode: task.RevisionsFull})
	whole.deliver("talks", contract.RunInput{})
	table := whole.read("talks").Table
	require.Greater(t, len(table), 10)
	r, c = newReviser(t), &cutting{}
	ids := slices.Sorted(maps.Keys(table))
	c.id, c.also = ids[len(ids)-1], also(ids)
	c.RoundTripper = r.platform.Client.Transport
	r.platform.Client.Transport = c
	r.connect(nil)
	for _, set := range with {
		set(r)
	}
	r.task("talks", "msg.conversations", "jsonl", task.Revisions{Mode: task.RevisionsFull})
	return r, c, len(table)
}

// attempt runs the steps of an attempt up to its rendering.
func (r *reviser) attempt(run contract.RunInput) (contract.FetchOut, error) {
	r.t.Helper()
	window := r.window
	run.Account, run.Task, run.Generation, run.Window, run.Trigger = "acme", "talks", 1, &window, contract.TriggerResume
	plan, err := r.run.Plan(r.t.Context(), contract.PlanIn{Run: run, Nominal: r.now, WorkflowID: "red", RunID: "run"})
	require.NoError(r.t, err)
	fetched, err := r.fetch(plan.Plan)
	require.NoError(r.t, err)
	_, err = do[contract.TransformOut](r.run.Transform, contract.StepIn{Plan: plan.Plan, Fetched: fetched.Index})
	return fetched, err
}

// red runs an attempt until it is red by the conversation.
func (r *reviser) red(id string, run contract.RunInput) {
	r.t.Helper()
	fetched, err := r.attempt(run)
	require.EqualValues(r.t, 1, fetched.Cut)
	requireKind(r.t, fault.Incomplete, err)
	require.ErrorContains(r.t, err, "1 of ")
	require.ErrorContains(r.t, err, id+" ($.info.isPartial: the source sent only a part of this conversation")
}

func (r *reviser) searches() (n int) {
	for key, calls := range r.platform.Calls() {
		if strings.Contains(key, "/messaging_history/") {
			n += calls.Total
		}
	}
	return n
}

// A conversation that the platform has cut for good turns the run red, is named, and is left out
// when somebody has accepted that: the window can be finished. What was accepted is not asked again.
func TestACutConversationIsAcceptedById(t *testing.T) {
	r, c, rows := newCut(t, none)
	r.red(c.id, contract.RunInput{Attempt: 1})
	r.red(c.id, contract.RunInput{Attempt: 2})
	before := r.searches()
	outcome, out := r.deliver("talks", contract.RunInput{Attempt: 3, Accept: &contract.Acceptance{Records: []string{c.id}, Note: "too long"}})
	require.Equal(t, contract.OutcomeDelivered, outcome)
	require.EqualValues(t, 1, out.Quarantined)
	require.Equal(t, before, r.searches(), "what somebody has looked at stays as it is")
	table := r.read("talks").Table
	require.Len(t, table, rows-1)
	require.NotContains(t, table, c.id)
}

// Until then a further attempt asks the platform again, and delivers what is whole by now.
func TestACutConversationIsReadAgainByTheNextAttempt(t *testing.T) {
	r, c, rows := newCut(t, none)
	r.red(c.id, contract.RunInput{Attempt: 1})
	c.off.Store(true)
	outcome, out := r.deliver("talks", contract.RunInput{Attempt: 2})
	require.Equal(t, contract.OutcomeDelivered, outcome)
	require.Zero(t, out.Quarantined)
	require.Len(t, r.read("talks").Table, rows)
	require.Contains(t, r.read("talks").Table, c.id)
}

// Who accepted a conversation as cut is not asked again while it is; once it was delivered whole, the
// platform cutting it anew takes it from no receiver.
func TestACutConversationIsAskedForAgainOnceItWasWhole(t *testing.T) {
	r, c, rows := newCut(t, none)
	r.deliver("talks", contract.RunInput{Attempt: 1, Accept: &contract.Acceptance{Records: []string{c.id}}})
	outcome, _ := r.deliver("talks", checked(r, 2*time.Hour))
	require.Equal(t, contract.OutcomeUnchanged, outcome, "nobody is asked again")
	c.off.Store(true)
	outcome, _ = r.deliver("talks", checked(r, 4*time.Hour))
	require.Equal(t, contract.OutcomeDelivered, outcome)
	require.Len(t, r.read("talks").Table, rows)
	c.off.Store(false)
	again := checked(r, 6*time.Hour)
	again.Revision = 2
	r.red(c.id, again)
}

// Who accepts one conversation has the others asked for again by every attempt, until all that are cut are
// accepted.
func TestWhatNobodyAcceptedIsReadAgain(t *testing.T) {
	r, c, rows := newCut(t, func(ids []string) string { return ids[0] })
	fetched, err := r.attempt(contract.RunInput{Attempt: 1})
	requireKind(t, fault.Incomplete, err)
	require.EqualValues(t, 2, fetched.Cut)

	one := contract.Acceptance{Records: []string{c.id}}
	before := r.searches()
	_, err = r.attempt(contract.RunInput{Attempt: 2, Accept: &one})
	requireKind(t, fault.Incomplete, err)
	require.ErrorContains(t, err, "1 of ")
	require.ErrorContains(t, err, c.also)
	require.Greater(t, r.searches(), before)

	c.also = ""
	outcome, out := r.deliver("talks", contract.RunInput{Attempt: 3})
	require.Equal(t, contract.OutcomeDelivered, outcome)
	require.EqualValues(t, 1, out.Quarantined)
	table := r.read("talks").Table
	require.Len(t, table, rows-1)
	require.NotContains(t, table, c.id)
}

// quiet is a Temporal in which no run is open.
type quiet struct{ activities.Launcher }

// Open implements activities.Launcher.
func (quiet) Open(context.Context, string, string) (map[string]bool, error) { return nil, nil }

// So it is with a window that a backfill has read in a sweep: its own run finds what the sweep has read, and the
// next attempt asks for the window itself.
func TestACutConversationOfASweepIsReadAgain(t *testing.T) {
	half := (day.To - day.From) / 2
	r, c, rows := newCut(t, none, func(r *reviser) {
		r.window, r.frequency = contract.Span{From: day.From, To: day.From + half}, task.Frequency{Kind: task.Interval, Every: task.Duration(12 * time.Hour)}
	})
	in := contract.BackfillIn{Account: "acme", Task: "talks", Mode: contract.BackfillMissing, To: time.UnixMilli(day.To)}
	sweep := &activities.Sweep{Run: r.run, Backfill: &activities.Backfill{Ledger: r.run.Ledger, Book: r.run.Book, Runs: quiet{}, Now: r.run.Now}}
	swept, err := do[contract.BackfillSwept](sweep.Sweep, contract.BackfillRunIn{BackfillIn: in, Limit: 10})
	require.NoError(t, err)
	require.Equal(t, 2, swept.Windows)
	before := r.searches()
	for range 2 {
		fetched, err := r.attempt(contract.RunInput{Attempt: 1})
		require.Equal(t, 2, fetched.Swept)
		if fetched.Cut == 0 { // it is in the other half
			require.NoError(t, err)
			r.window = contract.Span{From: day.From + half, To: day.To}
			continue
		}
		requireKind(t, fault.Incomplete, err)
		require.ErrorContains(t, err, c.id)
		break
	}
	require.Equal(t, before, r.searches(), "the sweep has read them")
	r.red(c.id, contract.RunInput{Attempt: 2})
	c.off.Store(true)
	outcome, out := r.deliver("talks", contract.RunInput{Attempt: 3})
	require.Equal(t, contract.OutcomeDelivered, outcome)
	require.Less(t, int(out.Rows), rows)
	require.Contains(t, r.read("talks").Table, c.id)
}
