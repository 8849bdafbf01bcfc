package activities_test

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/task"
)

// cutting sends requests to the platform, and has its answers say that a conversation is cut:
// whatever it is read by.
type cutting struct {
	http.RoundTripper
	id  string
	off atomic.Bool
}

func (c *cutting) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := c.RoundTripper.RoundTrip(r)
	if err != nil || c.off.Load() || !strings.Contains(r.URL.Path, "/messaging_history/") {
		return res, err
	}
	body, err := io.ReadAll(res.Body)
	_ = res.Body.Close()
	const mark = `"isPartial":`
	if before, after, there := bytes.Cut(body, []byte(`"conversationId":"`+c.id+`"`)); there {
		after = bytes.Replace(after, []byte(mark+"false"), []byte(mark+"true "), 1)
		body = bytes.Join([][]byte{before, []byte(`"conversationId":"` + c.id + `"`), after}, nil)
	}
	res.Body = io.NopCloser(bytes.NewReader(body))
	return res, err
}

// newCut is a window of conversations of which one is cut, with a task that delivers them.
func newCut(t *testing.T) (r *reviser, c *cutting, rows int) {
	whole := newReviser(t)
	whole.task("talks", "msg.conversations", "jsonl", task.Revisions{Mode: task.RevisionsFull})
	whole.deliver("talks", contract.RunInput{})
	table := whole.read("talks").Table
	require.Greater(t, len(table), 10)
	r, c = newReviser(t), &cutting{}
	for id := range table {
		c.id = max(c.id, id)
	}
	c.RoundTripper = r.platform.Client.Transport
	r.platform.Client.Transport = c
	r.connect(nil)
	r.task("talks", "msg.conversations", "jsonl", task.Revisions{Mode: task.RevisionsFull})
	return r, c, len(table)
}

// red runs an attempt until it is red by the conversation.
func (r *reviser) red(id string, run contract.RunInput) {
	r.t.Helper()
	window := r.window
	run.Account, run.Task, run.Generation, run.Window, run.Trigger = "acme", "talks", 1, &window, contract.TriggerResume
	plan, err := r.run.Plan(r.t.Context(), contract.PlanIn{Run: run, Nominal: r.now, WorkflowID: "red", RunID: "run"})
	require.NoError(r.t, err)
	fetched, err := r.fetch(plan.Plan)
	require.NoError(r.t, err)
	require.EqualValues(r.t, 1, fetched.Cut)
	_, err = do[contract.TransformOut](r.run.Transform, contract.StepIn{Plan: plan.Plan, Fetched: fetched.Index})
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
	r, c, rows := newCut(t)
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
	r, c, rows := newCut(t)
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
	r, c, rows := newCut(t)
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
