//go:build soak

package e2e

import (
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"transporter/internal/apiclient"
	"transporter/internal/contract"
	"transporter/internal/httpapi"
	"transporter/internal/linetest"
	"transporter/internal/sshdtest"
	"transporter/internal/task"
)

const (
	// waitingLegs wait for a dead destination; SOAK_WAITING says otherwise.
	waitingLegs = 700
	// healthyRuns are measured with and without them, healthyAtOnce at a time.
	healthyRuns, healthyAtOnce = 60, 2
	// mostDelay is what the waiting ones may add to the 99th percentile.
	mostDelay = 5 * time.Second
	// shortWindow is that of every run here.
	shortWindow = 5 * time.Minute
	// crowdLimit bounds how long the waiting runs take until they wait.
	crowdLimit = 30 * time.Minute
	// catchUpLimit bounds how long the waiting legs take once their destination is back: a
	// probe comes at least every quarter of an hour.
	catchUpLimit = 40 * time.Minute
)

// A destination that accepts connections and never answers, with 700 legs that wait for it,
// delays the deliveries to another destination by seconds at most; when it is back, all of
// them are delivered, and the source is not asked again.
func TestDeadDestination(t *testing.T) {
	waiting := waitingLegs
	if text := os.Getenv("SOAK_WAITING"); text != "" {
		var err error
		waiting, err = strconv.Atoi(text)
		require.NoError(t, err)
	}
	d := startDead(t)
	ids := d.beginMany(t, d.waiting, 0, 1) // one that is delivered, so that the place is known to work
	require.Equal(t, contract.OutcomeDelivered, d.await(t, ids[0], patience).Outcome)

	alone := d.measure(t, 0)
	d.line.Set(linetest.Faults{Silent: true})
	ids = d.beginMany(t, d.waiting, 1, waiting)
	d.allWait(t, ids)
	calls, worker, server := d.calls(t), processorTime(t, d.Worker.PID()), processorTime(t, d.Temporal.PID())
	began := time.Now()
	beside := d.measure(t, healthyRuns)
	t.Logf("while they wait, for %.0f s: worker %.0f %%, Temporal %.0f %% of a core", time.Since(began).Seconds(),
		100*(processorTime(t, d.Worker.PID())-worker).Seconds()/time.Since(began).Seconds(),
		100*(processorTime(t, d.Temporal.PID())-server).Seconds()/time.Since(began).Seconds())
	t.Logf("a delivery alone: median %s, 99th percentile %s; beside %d waiting legs: %s, %s",
		alone.at(50), alone.at(99), waiting, beside.at(50), beside.at(99))
	require.LessOrEqual(t, beside.at(99), alone.at(99)+mostDelay)

	healthy := d.calls(t) - calls
	d.line.Set(linetest.Faults{})
	began = time.Now()
	for _, id := range ids {
		run := d.await(t, id, catchUpLimit)
		require.Equal(t, contract.OutcomeDelivered, run.Outcome, run.Error)
	}
	t.Logf("%d legs were delivered %.0f s after their destination was back", waiting, time.Since(began).Seconds())
	require.Equal(t, calls+healthy, d.calls(t), "the source is not asked again")
}

// dead is a brand with two tasks: one delivers to a server of its own, the other to one
// whose line can fall silent.
type dead struct {
	*brand
	line             *linetest.Line
	healthy, waiting string // tasks
}

func startDead(t *testing.T) *dead {
	t.Helper()
	well, other := sshdtest.Start(t, ""), sshdtest.Start(t, "")
	line := linetest.New(t, other.Address(), 1)
	b := start(t, options{size: tenThousandADay, worker: []string{"--allow", well.Address() + "," + line.Address()}}).brand(t)
	d := &dead{brand: b, line: line}
	d.healthy = d.taskTo(t, "healthy", b.openSSH(t, well, well.Address()))
	d.waiting = d.taskTo(t, "waiting", b.openSSH(t, other, line.Address()))
	return d
}

// taskTo makes a task with one encrypted leg to a destination.
func (d *dead) taskTo(t *testing.T, folder, destination string) string {
	t.Helper()
	s := spec("msg.conversations", "csv")
	s.Destinations = []task.Leg{{Destination: destination, Path: folder, Encryption: task.Encryption{Mode: task.EncryptPGP, Keys: []string{d.key}}}}
	return d.task(t, s)
}

// window is the n-th window before the end of the data.
func (d *dead) window(n int) httpapi.WindowView {
	return d.before(24*time.Hour+time.Duration(n)*shortWindow, shortWindow)
}

// beginMany starts the runs of so many windows from the first on.
func (d *dead) beginMany(t *testing.T, task string, first, n int) []string {
	t.Helper()
	ids := make([]string, n)
	var group errgroup.Group
	group.SetLimit(8)
	for i := range n {
		group.Go(func() error {
			var err error
			ids[i], err = d.startRun(t, task, first+i)
			return err
		})
	}
	require.NoError(t, group.Wait())
	return ids
}

// startRun starts the run of the n-th window. A worker on a busy machine may not answer in
// time; it is asked again.
func (d *dead) startRun(t *testing.T, task string, n int) (id string, err error) {
	w := d.window(n)
	for deadline := time.Now().Add(patience); ; time.Sleep(glance) {
		started, err := d.api.RunTask(t.Context(), d.account, task, &w, apiclient.Write{})
		if !isBusy(err) || time.Now().After(deadline) {
			return started.Run, err
		}
	}
}

func isBusy(err error) bool { return err != nil && strings.Contains(err.Error(), "no worker answers") }

// measure delivers windows to the healthy destination, a few at a time, and returns how long
// each took from its start to its green end, as its record says.
func (d *dead) measure(t *testing.T, first int) *latencies {
	t.Helper()
	l, next := &latencies{}, make(chan int)
	var wg sync.WaitGroup
	for range healthyAtOnce {
		wg.Go(func() {
			for n := range next {
				d.deliverHealthy(t, n, l)
			}
		})
	}
	for n := range healthyRuns {
		next <- first + n
	}
	close(next)
	wg.Wait()
	require.False(t, t.Failed())
	require.Len(t, l.each, healthyRuns)
	return l
}

// allWait returns when all runs have come to their upload.
func (d *dead) allWait(t *testing.T, ids []string) {
	t.Helper()
	deadline := time.Now().Add(crowdLimit)
	for _, id := range ids {
		for {
			run, err := d.api.Run(t.Context(), d.account, id)
			if !isBusy(err) {
				require.NoError(t, err)
			}
			if n := len(run.Steps); n > 0 && run.Steps[n-1].Name == contract.ActivityUpload {
				break
			}
			require.True(t, time.Now().Before(deadline) && run.Ended == nil, "run %s does not wait: %+v", id, run.Steps)
			time.Sleep(glance)
		}
	}
}

// deliverHealthy delivers a window; it may be called side by side.
func (d *dead) deliverHealthy(t *testing.T, n int, l *latencies) {
	id, err := d.startRun(t, d.healthy, n)
	var run httpapi.RunDetail
	for deadline := time.Now().Add(patience); err == nil && run.Ended == nil && time.Now().Before(deadline); time.Sleep(glance) {
		run, err = d.api.Run(t.Context(), d.account, id)
		if isBusy(err) {
			err = nil
		}
	}
	if err != nil || run.Ended == nil {
		t.Errorf("run %q does not end: %v", id, err)
		return
	}
	if run.Outcome != contract.OutcomeDelivered {
		t.Errorf("run %s: %s", run.Outcome, run.Error)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.each = append(l.each, run.Ended.Sub(run.Started))
}
