package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"

	"transporter/internal/apiclient"
	"transporter/internal/contract"
	"transporter/internal/freeport"
	"transporter/internal/httpapi"
	"transporter/internal/sandbox"
	"transporter/internal/task"
)

const (
	// slots is the cap of the account in these tests.
	slots = 6
	// slowness of every answer, in milliseconds, makes requests overlap.
	slowness = 300
	// burst is how many answers 429 there are one after the other, each asking for a pause of a second.
	burst = 15
)

// Four worker processes read one platform account, many runs at once. Together they have six
// requests under way and never a seventh, and no window is late by more than its delay, not
// even after the platform refused for a while.
func TestFourWorkersShareABudget(t *testing.T) {
	t.Parallel()
	s := start(t, options{sandbox: realClock})
	s.moreWorkers(t, 3)
	b := s.brand(t)
	b.readWith(t, slots)
	slow := sandbox.Fault{Path: "/messaging_history/", Kind: sandbox.SlowBody, DelayMS: slowness, Forever: true}
	s.faults(t, slow)
	s.resetCalls(t)
	processes := s.watchHolders(t)
	b.punctual(t, 12)
	of := s.ofAccount(t)
	require.Equal(t, slots, of.Peak, "most requests under way at once")
	require.Zero(t, of.ByStatus[http.StatusTooManyRequests])
	require.GreaterOrEqual(t, processes(), 3, "processes that held slots")
	t.Logf("cap: %d requests of %d runs, %d at once", of.Total, 12, of.Peak)
	s.logCost(t, of.Total)

	second := 1
	s.resetCalls(t)
	s.faults(t, slow, sandbox.Fault{Path: "/messaging_history/", Kind: sandbox.TooManyRequests, Times: burst, RetryAfter: &second})
	b.punctual(t, 8)
	of = s.ofAccount(t)
	require.Equal(t, burst, of.ByStatus[http.StatusTooManyRequests])
	require.LessOrEqual(t, of.Peak, slots)

	b.readWith(t, 1)
	s.faults(t, sandbox.Fault{Path: "/messaging_history/", Kind: sandbox.SlowBody, DelayMS: 10 * slowness, Forever: true})
	b.saysThatItWaits(t)
}

// readWith has the brand read by another source of the account, with a cap of its own.
func (b *brand) readWith(t *testing.T, most int) {
	t.Helper()
	body := b.sourceBody(t)
	body.RateLimits = &httpapi.RateLimits{Concurrent: most, PerSecond: 500}
	source, err := b.api.Sources(b.account).Create(t.Context(), body, apiclient.Write{})
	require.NoError(t, err)
	b.source = source.ID
}

// saysThatItWaits begins more runs than there are slots, and sees one of them say so.
func (b *brand) saysThatItWaits(t *testing.T) {
	t.Helper()
	id := b.task(t, spec("msg.messages", "jsonl"))
	runs := []string{b.begin(t, id, b.before(2*time.Hour, time.Hour)), b.begin(t, id, b.before(3*time.Hour, time.Hour))}
	eventually(t, "a run that waits for a slot", func() bool {
		for _, run := range runs {
			for _, step := range b.look(t, run).Steps {
				if strings.Contains(step.Detail, contract.WaitsForSlot) {
					return true
				}
			}
		}
		return false
	})
	b.admin(t, http.MethodDelete, "faults", nil)
	for _, run := range runs {
		require.Equal(t, "delivered", b.end(t, run).Outcome)
	}
}

// moreWorkers starts further worker processes.
func (s *stack) moreWorkers(t *testing.T, n int) {
	t.Helper()
	for i := range n {
		port, err := freeport.Get()
		require.NoError(t, err)
		w, err := s.AnotherWorker(t.Context(), fmt.Sprint("worker", i+2), port)
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, w.Stop()) })
	}
}

// punctual begins so many runs of a task at once, of windows of an hour that are due now or
// were some seconds ago, and holds every run to the delay of the task.
func (b *brand) punctual(t *testing.T, runs int) {
	t.Helper()
	const delay = 5 * time.Minute
	of, given := spec("msg.messages", "csv"), task.Duration(delay)
	of.Delay, of.Destinations = &given, b.legs(fmt.Sprintf("budget/%d", runs))[:1]
	id, due := b.task(t, of), time.Now().UTC().Truncate(time.Second)
	var begun []string
	for i := range runs {
		to := due.Add(-delay - time.Duration(i)*time.Second)
		begun = append(begun, b.begin(t, id, httpapi.WindowView{From: to.Add(-time.Hour), To: to}))
	}
	var latest time.Duration
	for _, run := range begun {
		d := b.end(t, run)
		require.Equal(t, "delivered", d.Outcome, d.Error)
		require.NotNil(t, d.Ended)
		latest = max(latest, d.Ended.Sub(d.Window.To.Add(delay)))
	}
	t.Logf("%d windows, the latest %s after it was due", runs, latest.Round(time.Second))
	require.Less(t, latest, delay)
}

func (s *stack) faults(t *testing.T, list ...sandbox.Fault) {
	t.Helper()
	body, err := json.Marshal(list)
	require.NoError(t, err)
	s.admin(t, http.MethodPut, "faults", body)
}

func (s *stack) resetCalls(t *testing.T) {
	t.Helper()
	s.admin(t, http.MethodDelete, "calls", nil)
}

func (s *stack) admin(t *testing.T, method, path string, body []byte) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, s.DomainURL()+"/_admin/"+path, bytes.NewReader(body))
	require.NoError(t, err)
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	require.Less(t, res.StatusCode, 300)
	require.NoError(t, res.Body.Close())
}

// ofAccount is what the sandbox counted of its account.
func (s *stack) ofAccount(t *testing.T) sandbox.Calls {
	t.Helper()
	var by map[string]sandbox.Calls
	require.NoError(t, json.NewDecoder(get(t, s.DomainURL()+"/_admin/accounts").Body).Decode(&by))
	require.Contains(t, by, platform)
	return by[platform]
}

// budgetID is the budget of the sandbox's account.
func (s *stack) budgetID() string {
	return contract.BudgetID(platform, net.JoinHostPort("127.0.0.1", strconv.Itoa(s.Ports.Sandbox)))
}

// watchHolders looks into the budget until it is asked how many processes held slots.
func (s *stack) watchHolders(t *testing.T) (processes func() int) {
	t.Helper()
	c := s.client(t)
	seen, done := map[string]bool{}, make(chan struct{})
	ctx, stop := context.WithCancel(t.Context())
	go func() {
		defer close(done)
		for ; ctx.Err() == nil; time.Sleep(glance) {
			var state contract.BudgetState
			answer, err := c.QueryWorkflow(ctx, s.budgetID(), "", contract.QueryHolders)
			if err != nil || answer.Get(&state) != nil {
				continue // there is none yet
			}
			for _, h := range state.Holders {
				seen[h.Process] = seen[h.Process] || h.Holds > 0
			}
		}
	}()
	return func() (n int) {
		stop()
		<-done
		for _, held := range seen {
			if held {
				n++
			}
		}
		return n
	}
}

// logCost says how many updates the budget has answered.
func (s *stack) logCost(t *testing.T, requests int) {
	t.Helper()
	c, updates := s.client(t), 0
	it := c.GetWorkflowHistory(t.Context(), s.budgetID(), "", false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for it.HasNext() {
		event, err := it.Next()
		require.NoError(t, err)
		if event.EventType == enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED {
			updates++
		}
	}
	require.Positive(t, updates)
	t.Logf("cost: %d updates for %d requests", updates, requests)
}
