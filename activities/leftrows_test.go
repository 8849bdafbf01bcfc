package activities_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/sandbox"
	"transporter/internal/task"
)

// A conversation that was delivered and that a check cannot read any more turns the check red. Who accepts it is
// told before what becomes of its row: of changes the receiver keeps it as it was right, of whole windows it is
// taken away, and the manifest counts it. Once it can be read it is there again.
func TestRowsOfARecordThatCanNoLongerBeRead(t *testing.T) {
	for mode, c := range map[string]struct {
		says       string
		lost, stay int64
		then       string // of the check that can read it again
	}{
		task.RevisionsFull:    {"accept the run without them; that takes 1 row of theirs away, with which the window was delivered", 1, 0, contract.OutcomeDelivered},
		task.RevisionsChanges: {"accept the run without them; 1 row of theirs, with which the window was delivered, stay with the receiver", 0, 1, contract.OutcomeUnchanged},
	} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			r, cut, rows := newCut(t, none)
			r.task("talks", "msg.conversations", "jsonl", task.Revisions{Mode: mode})
			cut.off.Store(true)
			r.deliver("talks", contract.RunInput{})
			was := r.read("talks").Table[cut.id]
			require.NotEmpty(t, was)

			cut.off.Store(false)
			other := r.conversation()
			require.NotEqual(t, cut.id, other)
			require.NoError(t, r.platform.SetLate(sandbox.Late{Kind: sandbox.SummaryEdited, ID: other}))
			look := checked(r, 24*time.Hour)
			_, err := r.attempt(look)
			requireKind(t, fault.Incomplete, err)
			require.ErrorContains(t, err, c.says)

			look.Attempt, look.Accept = 2, &contract.Acceptance{Records: []string{cut.id}}
			outcome, out := r.deliver("talks", look)
			require.Equal(t, contract.OutcomeDelivered, outcome)
			require.EqualValues(t, 1, out.Quarantined)
			got, want := out.Tracked, &contract.Tracked{Held: int64(rows) - c.lost, Changed: 1, Removed: c.lost, Lost: c.lost, Stay: c.stay}
			require.Equal(t, []int64{want.Held, 0, want.Changed, want.Removed, want.Lost, want.Stay}, []int64{got.Held, got.Added, got.Changed, got.Removed, got.Lost, got.Stay})
			m := r.manifestOf("talks/msg.conversations_20261119T000000Z_20261120T000000Z_r1.manifest.json")
			require.Equal(t, []int64{want.Held, c.lost, c.stay}, []int64{m.Revises.Held, m.Revises.Lost, m.Revises.Stay})
			table := r.read("talks").Table
			require.Len(t, table, int(want.Held))
			if c.stay == 1 {
				require.Equal(t, was, table[cut.id])
			}

			next := checked(r, 26*time.Hour)
			next.Revision = 2
			outcome, out = r.deliver("talks", next)
			require.Equal(t, contract.OutcomeUnchanged, outcome, "nobody is asked again")
			require.Equal(t, want.Held, out.Tracked.Held)

			cut.off.Store(true)
			next = checked(r, 28*time.Hour)
			next.Revision, next.Attempt = 2, 2
			outcome, _ = r.deliver("talks", next)
			require.Equal(t, c.then, outcome)
			require.Equal(t, was, r.read("talks").Table[cut.id])
		})
	}
}
