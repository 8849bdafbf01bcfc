package workflows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/account"
	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/task"
)

// of is the filled account's spec in another version of its report.
func of(version string) task.Spec {
	s := spec()
	s.Version = version
	return s
}

func TestReset(t *testing.T) {
	b := newBench(t)
	state := filled()
	off := state.Tasks["messages"]
	off.State = account.TaskDisabled
	state.Tasks["messages"] = off
	stale := b.send(contract.UpdateResetTask, contract.ResetTaskIn{Write: contract.Write{IfVersion: 1}, ID: "messages"})
	gone := b.send(contract.UpdateResetTask, contract.ResetTaskIn{ID: "nobody"})
	reset := b.send(contract.UpdateResetTask, contract.ResetTaskIn{ID: "messages", Note: "the start was wrong"})
	b.run(state)
	require.Equal(t, fault.Conflict, kindOf(t, stale.err))
	require.Equal(t, fault.NotFound, kindOf(t, gone.err))
	require.NoError(t, reset.err)
	got := b.after.Tasks["messages"]
	require.Equal(t, 4, got.Generation)
	require.Equal(t, account.TaskEnabled, got.State, "as if it had just been created")
	require.Equal(t, got.UpdatedAt, got.Begun(), "its boundaries are anchored anew")
	require.Equal(t, day, got.CreatedAt)
	require.Len(t, b.applied, 1)
	require.True(t, b.applied[0].Reset)
	require.Equal(t, "reset: generation 4, the start was wrong", b.applied[0].Note)
}

func TestDowngrade(t *testing.T) {
	b := newBench(t)
	up := b.send(contract.UpdatePutTask, contract.PutTaskIn{Write: anyVersion, ID: "messages", Spec: of("1.10")})
	unasked := b.send(contract.UpdatePutTask, contract.PutTaskIn{Write: anyVersion, ID: "messages", Spec: of("1.9")})
	asked := b.send(contract.UpdatePutTask, contract.PutTaskIn{Write: anyVersion, ID: "messages", Spec: of("1.9"), Downgrade: true})
	other := of("1.0")
	other.Report = "msg.conversations"
	moved := b.send(contract.UpdatePutTask, contract.PutTaskIn{Write: anyVersion, ID: "messages", Spec: other})
	b.run(filled())
	require.NoError(t, up.err)
	require.Equal(t, fault.InvalidSpec, kindOf(t, unasked.err))
	require.ErrorContains(t, unasked.err, "version 1.9 is older than the task's, 1.10")
	require.NoError(t, asked.err)
	require.NoError(t, moved.err, "versions of another report are not compared")
}

// A downgrade that was admitted while the upgrade waited for its steps is refused when its
// turn comes.
func TestDowngradeBehindAnUpgrade(t *testing.T) {
	b := newBench(t)
	b.step = 0
	up := b.send(contract.UpdatePutTask, contract.PutTaskIn{Write: anyVersion, ID: "messages", Spec: of("1.2")})
	down := b.send(contract.UpdatePutTask, contract.PutTaskIn{Write: anyVersion, ID: "messages", Spec: of("1.1")})
	b.run(filled())
	require.NoError(t, up.err)
	require.Equal(t, fault.InvalidSpec, kindOf(t, down.err))
	require.Equal(t, "1.2", b.after.Tasks["messages"].Spec.Version)
	require.Len(t, b.applied, 1)
}

// What a write says of the past reaches the ledger's step.
func TestChoicesReachTheLedger(t *testing.T) {
	b := newBench(t)
	since := day.Add(time.Hour)
	b.send(contract.UpdateSetTaskState, contract.SetTaskStateIn{ID: "messages", State: account.TaskDisabled, CatchUp: "all", At: &since})
	b.send(contract.UpdateSetTaskState, contract.SetTaskStateIn{ID: "messages", State: account.TaskEnabled, CatchUp: "latest"})
	b.send(contract.UpdatePutTask, contract.PutTaskIn{Write: anyVersion, ID: "messages", Spec: spec(), Backlog: "drop"})
	b.run(filled())
	require.Len(t, b.applied, 3)
	require.Equal(t, &since, b.applied[0].From, "since when somebody paused it")
	require.Empty(t, b.applied[0].CatchUp, "only enabling catches up")
	require.Nil(t, b.applied[1].From)
	require.Equal(t, "latest", b.applied[1].CatchUp)
	require.Equal(t, "drop", b.applied[2].Backlog)
}
