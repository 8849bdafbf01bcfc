//go:build soak

package e2e

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/httpapi"
	"transporter/internal/task"
)

const (
	// sweepKills is how often the worker is killed while it reads and cuts one sweep.
	sweepKills = 6
	// sweepPause bounds the moment of a kill after the sweep was seen to have staged more.
	sweepPause = time.Second
)

// The worker is killed again and again while one sweep reads and cuts many windows. Each of
// them is delivered once, with the rows that the source has, and nothing of the sweep is left.
func TestSweepOutlivesWorkers(t *testing.T) {
	const hours = 48
	b := start(t, options{size: tenThousandADay, worker: []string{"--heartbeat", "5s"}}).brand(t)
	b.replaceSource(t, func(x *httpapi.Source) { // slow, so that there is time to kill in
		x.RateLimits = &httpapi.RateLimits{Concurrent: 1, PerSecond: 500}
	})
	w := b.before(24*time.Hour, hours*time.Hour)
	id := b.task(t, hourly(b, w))
	random := rand.New(rand.NewPCG(20261121, 1)) // another seed finds other bugs
	kills, staged := 0, 0
	for ; kills < sweepKills; kills++ {
		now, wait := staged, time.Duration(random.Int64N(int64(sweepPause)))
		waitFor(t, "the sweep stages more, or is over", func() bool {
			now = len(b.left(t, "sweeps"))
			return now > staged || len(b.left(t, "done")) > 0
		})
		if now <= staged {
			break
		}
		time.Sleep(wait)
		b.Worker.Kill()
		staged = len(b.left(t, "sweeps"))
		t.Logf("kill %d of the worker with %d objects of the sweep", kills+1, staged)
		require.NoError(t, b.StartWorker(t.Context()))
	}
	require.GreaterOrEqual(t, kills, 3, "the sweep was over too soon")
	// What was killed does not answer at once: the store tells.
	waitFor(t, "every window is done", func() bool { return len(b.left(t, "done")) >= hours })
	p := b.backfill(t, id, "entry-1")
	require.Equal(t, hours, p.Delivered+p.Empty, "%+v", p)
	c := b.covered(t, id)
	require.True(t, c.Complete, "%+v", c.Summary)
	require.Equal(t, hours, c.Summary.Windows)
	require.Equal(t, int64(len(b.world(t, byEnd, w).conversations())), c.Summary.Rows)
	for _, line := range c.Windows {
		require.Zero(t, line.Revision, "once")
		run := b.look(t, line.Run)
		require.Equal(t, int64(len(b.world(t, byEnd, httpapi.WindowView{From: line.From, To: line.To}).conversations())), run.Rows, "%s", line.Run)
	}
	t.Logf("%d kills, %d windows, %d rows", kills, c.Summary.Windows, c.Summary.Rows)
	require.Empty(t, b.left(t, "pages", "sweeps"), "nothing outlives its run")
}

// A sweep over a week of a large account, the longest that there is, holds no more memory
// than any other step.
func TestMemoryOfSweep(t *testing.T) {
	const hours = 7 * 24
	b := start(t, options{size: tenThousandADay}).brand(t)
	w := b.before(24*time.Hour, hours*time.Hour)
	began := time.Now()
	id := b.task(t, hourly(b, w))
	var p httpapi.BackfillView
	waitFor(t, "the backfill ends", func() bool { p = b.progress(t, id, "entry-1"); return !p.Ended.IsZero() })
	require.Equal(t, hours, p.Delivered+p.Empty, "%+v", p)
	c := b.covered(t, id)
	require.Equal(t, int64(len(b.world(t, byEnd, w).conversations())), c.Summary.Rows)
	peak := peakMemory(t, b.Worker.PID())
	t.Logf("%d windows, %d conversations in %.0f s: peak %d MiB", hours, c.Summary.Rows, time.Since(began).Seconds(), peak>>10)
	require.LessOrEqual(t, peak, mostMemory)
}

// hourly is a task of the hours of a period of the past, to the cloud store.
func hourly(b *brand, w httpapi.WindowView) task.Spec {
	s := quarterHours(b, w)
	s.Frequency.Every = task.Duration(time.Hour)
	return s
}
