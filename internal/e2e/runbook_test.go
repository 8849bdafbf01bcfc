package e2e

import (
	"encoding/json"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	workflowpb "go.temporal.io/api/workflow/v1"

	"transporter/internal/apiclient"
	"transporter/internal/contract"
	"transporter/internal/devstack"
	"transporter/internal/httpapi"
	"transporter/internal/realtest"
	"transporter/internal/task"
)

// quiet is how long before now the data of the runbook's sandbox end: a window after that
// is empty.
const quiet = 3 * time.Hour

// oneScreen is how many lines lead from a red run to its cause.
const oneScreen = 40

// Every path of docs/runbook.md, by the commands that it shows, on one stack.
func TestRunbook(t *testing.T) {
	s := start(t, options{now: thisHour().Add(-quiet)})
	for name, walk := range map[string]func(*testing.T, *brand){
		"from a red run to its cause, then resume": walkResume,
		"send again what was delivered":            walkRedeliver,
		"accept an empty window":                   walkAcceptEmpty,
		"what an empty window delivers":            walkEmptyResults,
		"pause, unpause and reset an activity":     walkActivity,
	} {
		t.Run(name, func(t *testing.T) { walk(t, s.brand(t)) })
	}
}

func walkResume(t *testing.T, b *brand) {
	b.starter(t, "destination", "edit", b.partner, "--credentials", credentialsFile(t, "an-old-one"))
	red := b.run(t, b.task(t, spec("msg.messages", "csv")), b.before(24*time.Hour, time.Hour))
	require.Equal(t, contract.OutcomeFailed, red.Outcome)
	require.Contains(t, b.starter(t, "run", "list", "--outcome", "failed"), red.ID)
	shown := b.starter(t, "run", "show", red.ID)
	for _, part := range []string{"upload", "failed", "log in to 127.0.0.1", "check user, password", red.UI, "next: starter run resume " + red.ID} {
		require.Contains(t, shown, part)
	}
	require.Less(t, strings.Count(shown, "\n"), oneScreen)
	t.Log(shown)

	calls := b.calls(t)
	b.starter(t, "destination", "edit", b.partner, "--credentials", credentialsFile(t, sftpPassword))
	b.starter(t, "destination", "test", b.partner)
	b.starter(t, "run", "resume", red.ID, "--watch")
	require.Equal(t, contract.OutcomeDelivered, b.look(t, red.ID+".a2").Outcome)
	require.Equal(t, calls, b.calls(t), "the source is not asked again")
	require.Contains(t, b.starterAlone(t, "replay", b.workflowID(red.ID+".a2")), "fits today's code")
	require.Contains(t, b.starterAlone(t, "replay", contract.AccountID(b.account)), "fits today's code")
	history := filepath.Join(t.TempDir(), "history.json")
	text := b.temporal(t, "workflow", "show", "--workflow-id", b.workflowID(red.ID), "--output", "json")
	require.NoError(t, os.WriteFile(history, []byte(text), 0o600))
	require.Contains(t, b.starterAlone(t, "replay", "--file", history), "fits today's code")
}

// credentialsFile is a file of the partner's credentials.
func credentialsFile(t *testing.T, word string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "sftp.json")
	text, err := json.Marshal(map[string]string{"password": word})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(file, text, 0o600))
	return file
}

func walkRedeliver(t *testing.T, b *brand) {
	green := b.run(t, b.task(t, spec("msg.messages", "csv")), b.before(24*time.Hour, time.Hour))
	require.Equal(t, contract.OutcomeDelivered, green.Outcome, green.Error)
	delivered, rows, calls := b.contents(t, b.partner), b.rows(t, green, b.partner), b.calls(t)
	require.NotEmpty(t, rows)

	// The partner lost everything.
	folder := filepath.Join(b.sftp.root, b.directory)
	require.NoError(t, os.RemoveAll(folder))
	require.NoError(t, os.Mkdir(folder, 0o750))
	b.starter(t, "run", "redeliver", green.ID, "--watch")
	again := b.look(t, green.ID+".a2")
	require.Equal(t, contract.OutcomeDelivered, again.Outcome, again.Error)
	require.Equal(t, contract.TriggerRedeliver, again.Trigger)
	require.Len(t, again.Receipts, 2)
	require.Equal(t, delivered, b.contents(t, b.partner), "the very same files")

	// With today's key.
	pair := newKeyPair(t)
	_, err := b.api.Keys(b.account).Replace(t.Context(), b.key, httpapi.Key{Description: "Receiver", Armored: pair.Public}, apiclient.Write{})
	require.NoError(t, err)
	b.starter(t, "run", "redeliver", green.ID, "--watch")
	now := b.contents(t, b.partner)
	require.Len(t, now, len(delivered))
	require.NotEqual(t, delivered, now, "encrypted to the new key")
	require.Equal(t, calls, b.calls(t), "the source is never asked")

	// Retention took the files.
	require.NoError(t, os.RemoveAll(path.Join(b.StoreDir(), "artefacts", b.account)))
	started, err := b.api.Redeliver(t.Context(), b.account, green.ID)
	require.NoError(t, err)
	red := b.end(t, started.Run)
	require.Equal(t, contract.OutcomeFailed, red.Outcome)
	requireClear(t, red.Error, "no longer kept", "run the window again")
	require.Equal(t, now, b.contents(t, b.partner))
	require.Equal(t, calls, b.calls(t))
}

func walkAcceptEmpty(t *testing.T, b *brand) {
	x := spec("msg.messages", "csv")
	x.Expectation, x.EmptyResult = task.NeverEmpty, task.EmptyMarker
	id := b.task(t, x)
	red := b.run(t, id, b.before(-2*time.Hour, time.Hour))
	require.Equal(t, "UnexpectedEmpty", red.ErrorKind, red.Error)
	requireClear(t, red.Error, "has no rows", "resume", "accept")
	require.Empty(t, b.contents(t, b.partner))

	calls := b.calls(t)
	again := b.resume(t, red.ID)
	require.Equal(t, "UnexpectedEmpty", again.ErrorKind, again.Error)
	require.Greater(t, b.calls(t), calls, "the source is asked again")

	_, err := b.api.Accept(t.Context(), b.account, again.ID, httpapi.Acceptance{Records: []string{"none"}})
	require.ErrorContains(t, err, "not red because of records")
	calls = b.calls(t)
	b.starter(t, "run", "accept", again.ID, "--empty", "--note", "closed that day", "--watch")
	green := b.look(t, red.ID+".a3")
	require.Equal(t, contract.OutcomeEmpty, green.Outcome, green.Error)
	require.Equal(t, calls, b.calls(t), "it is taken as it is")
	require.Len(t, green.Receipts, 2)
	for _, r := range green.Receipts {
		require.NotNil(t, r.Accepted)
		require.True(t, r.Accepted.Empty)
		require.Equal(t, "closed that day", r.Accepted.Note)
	}
	require.Len(t, b.contents(t, b.partner), 1, "the manifest")
}

func walkEmptyResults(t *testing.T, b *brand) {
	for choice, want := range map[string]int{task.EmptySkip: 0, task.EmptyHeaderOnly: 2, task.EmptyMarker: 1} {
		x := spec("msg.messages", "csv")
		x.EmptyResult, x.Destinations = choice, b.legs(choice)
		before := len(b.contents(t, b.partner))
		run := b.run(t, b.task(t, x), b.before(-2*time.Hour, time.Hour))
		require.Equal(t, contract.OutcomeEmpty, run.Outcome, run.Error)
		require.Len(t, run.Receipts, 2, choice)
		require.Len(t, b.contents(t, b.partner), before+want, choice)
		if choice == task.EmptyHeaderOnly {
			require.Empty(t, b.rows(t, run, b.partner))
		}
	}
}

func walkActivity(t *testing.T, b *brand) {
	id := b.task(t, spec("msg.messages", "csv"))
	b.sftp.stop(t)
	defer b.sftp.ensure(t)
	run := b.begin(t, id, b.before(24*time.Hour, time.Hour))
	eventually(t, "upload is tried again", func() bool {
		for _, s := range b.look(t, run).Steps {
			if s.Name == contract.ActivityUpload && s.Attempt > 1 && s.State == contract.StepRunning {
				return true
			}
		}
		return false
	})
	activity := b.pending(t, run).ActivityId
	b.temporal(t, "activity", "pause", "--workflow-id", b.workflowID(run), "--activity-id", activity)
	require.True(t, b.pending(t, run).Paused)
	b.temporal(t, "activity", "unpause", "--workflow-id", b.workflowID(run), "--activity-id", activity)
	require.False(t, b.pending(t, run).Paused)
	b.sftp.start(t)
	b.temporal(t, "activity", "reset", "--workflow-id", b.workflowID(run), "--activity-id", activity)
	require.Equal(t, contract.OutcomeDelivered, b.end(t, run).Outcome)
}

// pending is the upload that a run tries again and again.
func (b *brand) pending(t *testing.T, run string) *workflowpb.PendingActivityInfo {
	t.Helper()
	d, err := b.client(t).DescribeWorkflowExecution(t.Context(), b.workflowID(run), "")
	require.NoError(t, err)
	for _, a := range d.PendingActivities {
		if a.ActivityType.Name == contract.ActivityUpload && a.Attempt > 1 {
			return a
		}
	}
	t.Fatal("no upload is pending")
	return nil
}

// workflowID is the workflow id of a run of the first revision.
func (b *brand) workflowID(run string) string {
	name := strings.Split(run, ".")
	fire, err := time.Parse("20060102T150405Z", name[2])
	if err != nil {
		panic(err) // ids of runs have one form
	}
	attempt := 1
	if len(name) > 3 {
		attempt = int(name[3][1] - '0')
	}
	return contract.RunID(b.account, name[0], int(name[1][1]-'0'), fire, 0, attempt)
}

// temporal runs the Temporal CLI against the stack.
func (b *brand) temporal(t *testing.T, args ...string) string {
	t.Helper()
	args = append(args, "--address", devstack.Local(b.Ports.Temporal), "--namespace", devstack.Namespace)
	out, err := exec.Command(realtest.Tool(t, "TEMPORAL_CLI", "temporal"), args...).CombinedOutput()
	require.NoError(t, err, string(out))
	return string(out)
}

// starterAlone runs a command that needs Temporal and the keys, not the API.
func (b *brand) starterAlone(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.Command(filepath.Join(programs(t), "starter"), append(args, "--keys", b.Keys())...)
	cmd.Env = append(os.Environ(), "TEMPORAL_ADDRESS="+devstack.Local(b.Ports.Temporal), "TEMPORAL_NAMESPACE="+devstack.Namespace)
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, string(out))
	return string(out)
}
