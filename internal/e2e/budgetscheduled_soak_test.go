//go:build soak

package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"transporter/internal/apiclient"
	"transporter/internal/contract"
	"transporter/internal/httpapi"
	"transporter/internal/sandbox"
	"transporter/internal/task"
)

const (
	// scheduledRuns fire in one moment: as many as an account may have tasks of four reports.
	scheduledRuns = 12
	// scheduledDelay is the delay of their tasks.
	scheduledDelay = 5 * time.Minute
	// renewal is how often a process hears of the budget, hearing what a busy machine takes more.
	renewal, hearing = 2 * time.Second, 4 * time.Second
)

// Four worker processes are busy with a backfill when twelve schedules fire at once. From the next
// renewal of each process on the backfill begins no request as long as they have twice as many to
// send as there are slots, and one request later it has none. There are never more than six requests,
// and no window is late by more than its delay, also when the platform refuses for a while.
func TestScheduledRunsGoBeforeABackfill(t *testing.T) {
	s := start(t, options{sandbox: realClock})
	s.moreWorkers(t, 3)
	b := s.brand(t)
	b.readWith(t, slots)
	slow := []sandbox.Fault{
		{Path: "/messaging_history/", Kind: sandbox.SlowBody, DelayMS: 10 * slowness, Forever: true},
		{Path: "/api/account/", Kind: sandbox.SlowBody, DelayMS: slowness, Forever: true},
	}
	s.faults(t, slow...)
	past := spec("agent.handle_time", "jsonl")
	to := time.Now().UTC().Truncate(time.Hour).Add(-48 * time.Hour)
	from := to.Add(-25 * 24 * time.Hour)
	past.Frequency = task.Frequency{Kind: task.Interval, Every: task.Duration(time.Hour)}
	past.Start, past.End, past.Delay, past.Destinations = &from, &to, new(task.Duration), b.legs("past")[:1]
	backfilled := b.task(t, past)
	w := s.watchTurns(t)
	eventually(t, "the backfill has all slots", func() bool { return w.last().backfilling == slots })

	s.resetCalls(t)
	w.begin()
	latest, tasks := b.fired(t)
	c := w.end()
	of := s.ofAccount(t)
	require.Equal(t, slots, of.Peak)
	require.Zero(t, of.ByStatus[http.StatusTooManyRequests])
	require.Less(t, latest, scheduledDelay)
	t.Logf("%s", c)
	require.Greater(t, c.lasted, 3*(renewal+hearing), "all slots are wanted twice")
	require.Less(t, c.began, renewal+hearing, "until the backfill began its last request")
	require.Less(t, c.had, renewal+hearing+10*slowness*time.Millisecond, "until it had none")
	t.Logf("%d scheduled runs, the latest %s after it was due; %d requests, %d at once", scheduledRuns, latest.Round(time.Second), of.Total, of.Peak)

	for _, id := range tasks {
		require.NoError(t, b.api.Tasks(b.account).Delete(t.Context(), id, apiclient.Write{}))
	}
	second := 1
	s.resetCalls(t)
	s.faults(t, append(slow, sandbox.Fault{Path: "/messaging_history/", Kind: sandbox.TooManyRequests, Times: burst, RetryAfter: &second})...)
	latest, _ = b.fired(t)
	of = s.ofAccount(t)
	require.Equal(t, burst, of.ByStatus[http.StatusTooManyRequests])
	require.LessOrEqual(t, of.Peak, slots)
	require.Less(t, latest, scheduledDelay)
	t.Logf("with %d answers 429: the latest %s after it was due, %d requests, %d at once", burst, latest.Round(time.Second), of.Total, of.Peak)
	require.Zero(t, b.progress(t, backfilled, "entry-1").Ended, "the backfill was there all the time")
}

// fired makes tasks whose schedules fire in one moment, waits for their runs, and returns by how
// much the latest of them ended after it was due.
func (b *brand) fired(t *testing.T) (latest time.Duration, tasks []string) {
	t.Helper()
	due := time.Now().UTC().Truncate(time.Second).Add(30 * time.Second)
	to := due.Add(-scheduledDelay)
	from := to.Add(-time.Hour)
	reports := []string{"msg.messages", "msg.conversations", "msg.transfers", "msg.participants"}
	for i := range scheduledRuns {
		one, delay := spec(reports[i%len(reports)], "csv"), task.Duration(scheduledDelay)
		one.Start, one.End, one.Delay = &from, &to, &delay
		one.Destinations = b.legs(fmt.Sprintf("fired/%d/%d", due.Unix(), i))[:1]
		tasks = append(tasks, b.task(t, one))
	}
	require.True(t, time.Now().Before(due), "made in time")
	for _, id := range tasks {
		var runs []httpapi.RunView
		eventually(t, "the schedule of "+id+" fires", func() bool {
			var err error
			runs, err = b.api.Runs(t.Context(), b.account, apiclient.RunFilter{Task: id})
			require.NoError(t, err)
			return len(runs) > 0
		})
		d := b.await(t, runs[0].ID, scheduledDelay+patience)
		require.Equal(t, "delivered", d.Outcome, d.Error)
		require.Equal(t, contract.TriggerSchedule, d.Trigger)
		latest = max(latest, d.Ended.Sub(due))
	}
	return latest, tasks
}

// turns is what is wanted and under way in a moment.
type turns struct {
	at          time.Time
	urgent      int // slots that the budget is told scheduled runs want
	backfilling int // requests of the backfill that are under way
	begun       int // requests of the backfill that were ever begun
}

// turnWatch looks at the budget and at the sandbox again and again.
type turnWatch struct {
	mu    sync.Mutex
	seen  []turns
	since int
}

func (s *stack) watchTurns(t *testing.T) *turnWatch {
	t.Helper()
	c, w := s.client(t), &turnWatch{seen: []turns{{}}}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	t.Cleanup(func() { stop(); <-done })
	go func() {
		defer close(done)
		for ; ctx.Err() == nil; time.Sleep(glance / 4) {
			if now, ok := s.turnsNow(ctx, c); ok {
				w.mu.Lock()
				w.seen = append(w.seen, now)
				w.mu.Unlock()
			}
		}
	}()
	return w
}

func (s *stack) turnsNow(ctx context.Context, c client.Client) (now turns, ok bool) {
	var state contract.BudgetState
	answer, err := c.QueryWorkflow(ctx, s.budgetID(), "", contract.QueryHolders)
	if err != nil || answer.Get(&state) != nil {
		return now, false // there is none yet, or no worker has the time
	}
	for _, h := range state.Holders {
		now.urgent += h.Wants[contract.TurnLate] + h.Wants[contract.TurnScheduled]
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.DomainURL()+"/_admin/calls", nil)
	if err != nil {
		return now, false
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return now, false
	}
	defer func() { _ = res.Body.Close() }()
	var by map[string]sandbox.Calls
	if json.NewDecoder(res.Body).Decode(&by) != nil {
		return now, false
	}
	for path, calls := range by {
		if strings.Contains(path, "/agent-segments") {
			now.begun, now.backfilling = now.begun+calls.Total, now.backfilling+calls.InFlight
		}
	}
	now.at = time.Now()
	return now, true
}

func (w *turnWatch) last() turns {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.seen[len(w.seen)-1]
}

func (w *turnWatch) begin() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.since = len(w.seen)
}

// contention is the longest time in which schedules wanted all slots twice.
type contention struct {
	lasted time.Duration
	began  time.Duration // until the backfill began its last request
	had    time.Duration // until it had none under way
	begun  int           // requests that it began at all
}

func (c contention) String() string {
	return fmt.Sprintf("all slots were wanted twice for %s; the backfill began none after %s, %d until then, and had none after %s",
		c.lasted.Round(time.Second), c.began.Round(100*time.Millisecond), c.begun, c.had.Round(100*time.Millisecond))
}

// end returns the contention since begin.
func (w *turnWatch) end() (longest contention) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for from := w.since; from < len(w.seen); {
		to := from
		for to < len(w.seen) && w.seen[to].urgent >= 2*slots {
			to++
		}
		if c := contended(w.seen[from:to]); c.lasted > longest.lasted {
			longest = c
		}
		from = to + 1
	}
	return longest
}

func contended(seen []turns) (c contention) {
	if len(seen) == 0 {
		return c
	}
	first := seen[0]
	for i, now := range seen {
		c.lasted = now.at.Sub(first.at)
		if i > 0 && now.begun > seen[i-1].begun {
			c.began, c.begun = c.lasted, now.begun-first.begun
		}
		if now.backfilling > 0 {
			c.had = c.lasted
		}
	}
	return c
}
