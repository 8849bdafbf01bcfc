//go:build soak

package e2e

import (
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/apiclient"
	"transporter/internal/contract"
	"transporter/internal/httpapi"
	"transporter/internal/sandbox"
	"transporter/internal/task"
)

const (
	// defaultKills of the worker; SOAK_KILLS says otherwise.
	defaultKills = 30
	// serverKills of the Temporal server.
	serverKills = 5
	// crashLimit bounds a run that is killed all the time: its steps wait longer before each
	// further attempt.
	crashLimit = 25 * time.Minute
)

// The worker is killed at random moments of every step of one run. The run ends green, and
// what it delivered cannot be told from what an undisturbed run delivers.
func TestKillWorker(t *testing.T) {
	c := newCrash(t)
	kills := defaultKills
	if text := os.Getenv("SOAK_KILLS"); text != "" {
		var err error
		kills, err = strconv.Atoi(text)
		require.NoError(t, err, "SOAK_KILLS")
	}
	run := c.begin(t, c.task(t, c.spec("killed")), c.window)
	k := &killer{crash: c, temporal: c.client(t), workflow: workflowOf(t, c.look(t, run))}
	began := time.Now()
	for i, target := range targets(kills) {
		at := k.kill(t, target, c.worker())
		t.Logf("kill %2d of the worker after %3.0f s: %s", i+1, time.Since(began).Seconds(), at)
	}
	c.check(t, c.await(t, run, crashLimit))
	c.sweep(t)
}

// The Temporal server is killed at random moments of one run, and comes back with its
// database file. The worker stays, and the run ends as if nothing had been.
func TestKillTemporal(t *testing.T) {
	c := newCrash(t)
	run := c.begin(t, c.task(t, c.spec("killed")), c.window)
	worker := c.Worker.PID()
	k := &killer{crash: c, temporal: c.client(t), workflow: workflowOf(t, c.look(t, run))}
	for i, target := range targets(serverKills) {
		at := k.kill(t, target, c.temporalServer())
		t.Logf("kill %d of the Temporal server: %s", i+1, at)
	}
	c.check(t, c.await(t, run, crashLimit))
	require.Equal(t, worker, c.Worker.PID())
	select {
	case <-c.Worker.Ended():
		t.Error("the worker ended with the server")
	default:
	}
}

// crash is a stack with an undisturbed run, to compare with.
type crash struct {
	*brand
	window httpapi.WindowView
	random *rand.Rand
	quiet  []string // contents of the parts that the undisturbed run delivered
	names  []string // of its files, without what they begin with
}

// newCrash lets a run go undisturbed, then makes the source slow, so that there is time to
// kill in.
func newCrash(t *testing.T) *crash {
	t.Helper()
	const seed = 20261121 // of the moments; another finds other bugs
	c := &crash{
		brand:  start(t, options{size: 2_000_000, worker: []string{"--heartbeat", "2s"}}).brand(t),
		random: rand.New(rand.NewPCG(seed, seed)),
	}
	body := c.sourceBody(t)
	body.RateLimits = &httpapi.RateLimits{Concurrent: 2, PerSecond: 500}
	source, err := c.api.Sources(c.account).Create(t.Context(), body, apiclient.Write{})
	require.NoError(t, err)
	c.source = source.ID
	c.window = c.before(2*24*time.Hour, 12*time.Hour)
	run := c.run(t, c.task(t, c.spec("quiet")), c.window)
	require.Equal(t, contract.OutcomeDelivered, run.Outcome, run.Error)
	c.quiet, c.names = c.clear(t, run, c.cloud), c.set(t, c.partner, "quiet")
	require.Greater(t, len(c.quiet), 2, "parts")
	c.fail(t, sandbox.Fault{Path: "/messaging_history", Kind: sandbox.SlowBody, Forever: true, DelayMS: 300})
	return c
}

// spec is the task of both runs; their files differ in the first part of their names.
func (c *crash) spec(first string) task.Spec {
	s := spec("msg.messages", "csv")
	s.Parts.Entries = 300 // several files a leg, so that there is something between them
	s.Destinations = c.legs("")
	for i := range s.Destinations {
		s.Destinations[i].FileName = first + "_{report}_{from}_{to}{part}{revision}.{ext}"
	}
	return s
}

// check compares what a killed run has left with the undisturbed one and with the truth.
func (c *crash) check(t *testing.T, run httpapi.RunDetail) {
	t.Helper()
	require.Equal(t, contract.OutcomeDelivered, run.Outcome, run.Error)
	want := c.world(t, byEnd, c.window).messages()
	for _, d := range []string{c.cloud, c.partner} {
		require.Equal(t, c.quiet, c.clear(t, run, d), "the files differ from those of the undisturbed run")
		require.Equal(t, want, c.rows(t, run, d))
		require.Equal(t, c.names, c.set(t, d, "killed"), "exactly one file set")
		require.Len(t, c.files(t, d), 2*len(c.names), "nothing beside the files of the two runs, nothing temporary")
	}
	require.Len(t, run.Receipts, 2)
	require.Len(t, c.stored(t, "receipts", run.Task), 3, "one a leg and that of the whole")
	require.Empty(t, c.stored(t, "pages", run.Task), "source pages are removed")
}

// clear decrypts the parts that a run delivered to a destination.
func (c *crash) clear(t *testing.T, run httpapi.RunDetail, destination string) []string {
	t.Helper()
	var parts []string
	for _, d := range c.data(t, run, destination) {
		parts = append(parts, string(d.clear(t, receiver(t))))
	}
	return parts
}

// set lists the files at a destination whose names begin so, without that.
func (c *crash) set(t *testing.T, destination, first string) []string {
	t.Helper()
	var names []string
	for _, name := range c.files(t, destination) {
		if rest, ok := strings.CutPrefix(strings.TrimPrefix(name, "files/"), first+"_"); ok {
			names = append(names, rest)
		}
	}
	return names
}

// stored lists what the store holds of a kind for a task.
func (c *crash) stored(t *testing.T, kind, task string) []string {
	t.Helper()
	var found []string
	root := filepath.Join(c.StoreDir(), kind, c.account, task)
	require.NoError(t, filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			found = append(found, path)
		}
		return err
	}))
	return found
}

// sweep shows where a crash leaves litter, the store's folder of unfinished writes, and
// that a worker which starts takes away what is a day old.
func (c *crash) sweep(t *testing.T) {
	t.Helper()
	pattern := filepath.Join(c.StoreDir(), "@tmp", "*")
	litter, err := filepath.Glob(pattern)
	require.NoError(t, err)
	t.Logf("%d unfinished writes are left in the store", len(litter))
	old := time.Now().Add(-48 * time.Hour)
	for _, path := range litter {
		require.NoError(t, os.Chtimes(path, old, old))
	}
	c.Worker.Kill()
	require.NoError(t, c.StartWorker(t.Context()))
	litter, err = filepath.Glob(pattern)
	require.NoError(t, err)
	require.Empty(t, litter)
}
