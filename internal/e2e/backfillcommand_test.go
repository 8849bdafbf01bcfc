package e2e

import (
	"encoding/json"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/httpapi"
	"transporter/internal/task"
)

// pastHours is how many windows the task of the test has, all of them over.
const pastHours = 8

// A task that starts in the past delivers its past; an operator sees what is missing, asks
// for it by command, and steers what was asked for.
func TestBackfillByCommand(t *testing.T) {
	t.Parallel()
	s := start(t, options{})
	b := s.brand(t)
	b.replacePartner(t, func(d *httpapi.Destination) { d.Credentials = password("an-old-one") })
	x := spec("msg.messages", "csv")
	from := s.now.Add(-pastHours * time.Hour)
	x.Zone, x.Start, x.End, x.Delay = "UTC", &from, &s.now, new(task.Duration)
	x.Frequency = task.Frequency{Kind: task.Interval, Every: task.Duration(time.Hour)}
	id := b.task(t, x)

	// The creation has started a backfill; every window of it is red.
	first := b.onlyBackfill(t, id)
	out, code := b.starterCode(t, "backfill", "show", id, first, "--watch")
	t.Log(out)
	require.Equal(t, 1, code, out)
	require.Contains(t, out, "starter run list --task "+id+" --outcome failed")
	out, code = b.starterCode(t, "coverage", id)
	t.Log(out)
	require.Equal(t, 1, code, out)
	require.Equal(t, pastHours, strings.Count(out, id+".g1."), "each red window with its run")
	require.Contains(t, out, "starter backfill start "+id)
	_, code = b.starterCode(t, "backfill", "start", id, "--to", "tomorrow")
	require.Equal(t, 2, code, "a wrong time is a wrong command line")
	out, code = b.starterCode(t, "backfill", "pause", id, first)
	require.Equal(t, 1, code, out)
	require.Contains(t, out, "the backfill is done: there is nothing to pause")
	for _, verb := range []string{"show", "pause", "cancel"} {
		out, code = b.starterCode(t, "backfill", verb, id, "never-was")
		require.Equal(t, 1, code, out)
		require.Contains(t, out, `there is no backfill "never-was" of this task`)
	}

	// The cause is repaired: the next backfill makes a second attempt of each.
	b.replacePartner(t, func(*httpapi.Destination) {})
	out = b.starter(t, "backfill", "start", id, "--reason", "password renewed", "--watch")
	t.Log(out)
	require.Contains(t, out, "password renewed")
	out = b.starter(t, "coverage", id, "--all")
	t.Log(out)
	require.Contains(t, out, "gaps and overlaps:  0")
	v := b.covered(t, id)
	require.True(t, v.Complete)
	require.Len(t, v.Windows, pastHours)

	// Again, and steered.
	out = b.starter(t, "backfill", "start", id, "--mode", "again", "--concurrency", "1", "-o", "json")
	var again httpapi.BackfillView
	require.NoError(t, json.Unmarshal([]byte(out), &again), out)
	b.starter(t, "backfill", "pause", id, again.ID)
	eventually(t, "pause", func() bool { return strings.Contains(b.starter(t, "backfill", "show", id, again.ID), "paused") })
	require.Contains(t, b.starter(t, "backfill", "list", id), again.ID)
	b.starter(t, "backfill", "resume", id, again.ID)
	b.starter(t, "backfill", "cancel", id, again.ID)
	eventually(t, "cancel", func() bool { return strings.Contains(b.starter(t, "backfill", "show", id, again.ID), "cancelled") })
	b.starter(t, "backfill", "cancel", id, again.ID) // again: it changes nothing
	require.Regexp(t, `"pausedFor": "(\d+[mhs])+"`, b.starter(t, "backfill", "show", id, again.ID, "-o", "json"))
	require.True(t, b.covered(t, id).Complete, "what was delivered stays delivered")

	// History by time.
	require.NotContains(t, b.starter(t, "run", "list", "--before", from.Format(time.RFC3339)), id)
	require.Contains(t, b.starter(t, "run", "list", "--task", id, "--from", from.Format(time.RFC3339)), id)
}

// onlyBackfill waits for the only backfill of the task.
func (b *brand) onlyBackfill(t *testing.T, id string) (backfill string) {
	t.Helper()
	eventually(t, "a backfill of the creation", func() bool {
		items, err := b.api.Backfills(b.account, id).List(t.Context())
		require.NoError(t, err)
		if len(items) == 1 {
			backfill = items[0].ID
		}
		return backfill != ""
	})
	return backfill
}

// starterCode is starter for commands that may fail: what they print and their exit code.
func (b *brand) starterCode(t *testing.T, args ...string) (string, int) {
	t.Helper()
	args = append(args, "--api", b.APIURL(), "--token-file", b.TokenFile(), "--account", b.account)
	cmd := exec.Command(filepath.Join(programs(t), "starter"), args...)
	out, err := cmd.CombinedOutput()
	require.NotNil(t, cmd.ProcessState, "%v", err)
	return string(out), cmd.ProcessState.ExitCode()
}
