package activities_test

import (
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/sandbox"
	"transporter/internal/task"
)

var quarantinedID = regexp.MustCompile(`: 1 of \d+ records are in quarantine: (\S+) \(: it has 7\d,\d{3},\d{3} bytes, more than the 64 MiB that can be kept\)`)

var placedName = regexp.MustCompile(`: 1 of \d+ records are in quarantine: (!\S+Z/\S+Z record [0-9a-f]{16}) \(: it has more than 64 MiB, too much to be kept, and no id`)

// A record that is too large to be kept turns the run red by its id. The next attempt asks for it again, and it is
// left out once somebody accepts that: nothing beside it is held up.
func TestARecordThatIsTooLargeIsAcceptedById(t *testing.T) {
	for _, report := range []string{"msg.conversations", "raw.messaging_interactions"} {
		t.Run(report, func(t *testing.T) {
			t.Parallel()
			r := newReviser(t)
			r.params = nil
			r.task("talks", report, "jsonl", task.Revisions{})
			require.NoError(t, r.platform.SetFaults(sandbox.Fault{Path: "/messaging_history/", Kind: sandbox.HugeRecord, Rows: 70, Forever: true}))
			fetched, err := r.attempt(contract.RunInput{Attempt: 1})
			requireKind(t, fault.Incomplete, err)
			require.Equal(t, fetched.SourceTotal, fetched.Fetched)
			require.EqualValues(t, 1, fetched.Cut)
			named := quarantinedID.FindStringSubmatch(err.Error())
			require.NotNil(t, named, err.Error())

			before := r.searches()
			outcome, out := r.deliver("talks", contract.RunInput{Attempt: 2, Accept: &contract.Acceptance{Records: named[1:]}})
			require.Equal(t, contract.OutcomeDelivered, outcome)
			require.Equal(t, []int64{1, fetched.Kept, fetched.Kept - 1}, []int64{out.Quarantined, out.Entries, out.Rows})
			require.Equal(t, before, r.searches(), "it is not asked for again")
		})
	}
	t.Run("without an id, by its place", func(t *testing.T) {
		r := newReviser(t)
		r.params = nil
		r.task("talks", "msg.conversations", "jsonl", task.Revisions{})
		require.NoError(t, r.platform.SetFaults(
			sandbox.Fault{Path: "/messaging_history/", Kind: sandbox.NamelessRecord, Forever: true},
			sandbox.Fault{Path: "/messaging_history/", Kind: sandbox.HugeRecord, Rows: 70, Forever: true},
		))
		fetched, err := r.attempt(contract.RunInput{Attempt: 1})
		requireKind(t, fault.Incomplete, err)
		require.EqualValues(t, 1, fetched.Cut)
		named := placedName.FindStringSubmatch(err.Error())
		require.NotNil(t, named, err.Error())
		outcome, out := r.deliver("talks", contract.RunInput{Attempt: 2, Accept: &contract.Acceptance{Records: named[1:]}})
		require.Equal(t, contract.OutcomeDelivered, outcome)
		require.Equal(t, []int64{1, fetched.Kept, fetched.Kept - 1}, []int64{out.Quarantined, out.Entries, out.Rows})
	})
	t.Run("until it is smaller", func(t *testing.T) {
		r := newReviser(t)
		r.task("talks", "msg.conversations", "jsonl", task.Revisions{})
		require.NoError(t, r.platform.SetFaults(sandbox.Fault{Path: "/messaging_history/", Kind: sandbox.HugeRecord, Rows: 70, Forever: true}))
		fetched, err := r.attempt(contract.RunInput{Attempt: 1})
		requireKind(t, fault.Incomplete, err)
		require.NoError(t, r.platform.SetFaults())
		_, out := r.deliver("talks", contract.RunInput{Attempt: 2})
		require.Zero(t, out.Quarantined)
		require.Equal(t, fetched.Kept, out.Rows)
	})
}
