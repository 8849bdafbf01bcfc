package activities

import (
	"context"
	"encoding/json"
	"log/slog"
	"path"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/testsuite"

	"transporter/internal/account"
	"transporter/internal/contract"
	"transporter/internal/conversation"
	"transporter/internal/journal"
	"transporter/internal/ledger"
	"transporter/internal/receipt"
	"transporter/internal/seal"
	"transporter/internal/task"
)

// wanting is an account with a daily task on its own conversations, of which the first two windows
// are past the term of 100 days; all others are delivered.
type wanting struct {
	*kept
	snapshot account.Snapshot
	first    time.Time // end of the first window
}

func newWanting(t *testing.T, report string, delivered ...int) *wanting {
	k := newKept(t)
	ring, err := seal.GenerateRing("k")
	require.NoError(t, err)
	box := seal.NewBox(ring)
	specs, book := ledger.New(k.Kept.Store, box), receipt.New(k.Kept.Store, box)
	k.Ledger, k.Book, k.Kept.Journal, k.Kept.Conversations = specs, book, journal.New(k.Kept.Store, box), 100*24*time.Hour
	k.now = time.Date(2026, time.June, 20, 12, 0, 0, 0, time.UTC)
	w := &wanting{kept: k, first: time.Date(2026, time.March, 2, 0, 0, 0, 0, time.UTC), snapshot: account.Snapshot{
		ID: "acme", Sources: map[string]account.Source{"own": {Kind: account.SourceConnector}, "site": {Kind: account.SourceLivePerson}},
		Tasks: map[string]account.Task{"t1": {}},
	}}
	source := map[bool]string{true: "site", false: "own"}[report == "msg.messages"]
	start := w.first.AddDate(0, 0, -1)
	_, err = specs.Append(t.Context(), "acme", "t1", ledger.Entry{
		EffectiveFrom: start, Generation: 1, State: ledger.Enabled, Spec: task.Spec{
			Source: source, Report: report, Version: "1.0", Format: "csv", Zone: "UTC", Start: &start, Frequency: task.Frequency{Kind: task.Daily, At: "00:00"},
		},
	})
	require.NoError(t, err)
	for n := range 120 {
		if n < 2 && !slices.Contains(delivered, n) {
			continue
		}
		require.NoError(t, book.PutDone(t.Context(), receipt.Done{
			Delivery: contract.Delivery{Account: "acme", Task: "t1", Generation: 1, Span: w.window(n)}, Run: w.run(n), At: k.now, Outcome: contract.OutcomeDelivered,
		}))
	}
	return w
}

func (w *wanting) window(n int) contract.Span {
	to := w.first.AddDate(0, 0, n)
	return contract.Span{From: to.AddDate(0, 0, -1).UnixMilli(), To: to.UnixMilli()}
}

func (w *wanting) run(n int) contract.RunName {
	return contract.RunName{Account: "acme", Task: "t1", Generation: 1, Fire: w.first.AddDate(0, 0, n).Add(15 * time.Minute), Attempt: 1}
}

// What a window needs that is not delivered stays, whatever its term.
func TestWhatAWindowNeedsStays(t *testing.T) {
	term := func(w *wanting) time.Time { return w.now.AddDate(0, 0, -100) }
	from := func(n int) func(w *wanting) time.Time {
		return func(w *wanting) time.Time { return time.UnixMilli(w.window(n).From) }
	}
	never := func(*wanting) time.Time { return time.Time{} }
	none := func(*wanting) {}
	for name, c := range map[string]struct {
		report    string
		delivered []int
		then      func(w *wanting)
		want      func(w *wanting) time.Time
	}{
		"all is delivered":             {"connector.messages", []int{0, 1}, none, term},
		"nothing ran":                  {"connector.messages", nil, none, from(0)},
		"the second did not":           {"connector.transcripts", []int{0}, none, from(1)},
		"of another source":            {"msg.messages", nil, none, term},
		"kept for good":                {"connector.messages", []int{0, 1}, func(w *wanting) { w.Kept.Conversations = 0 }, never},
		"further back than it reaches": {"connector.messages", nil, func(w *wanting) { w.now = w.now.AddDate(0, 12, 0) }, term},
		"a delivered one is read again": {"connector.messages", []int{0, 1}, func(w *wanting) {
			w.working = []contract.OpenRun{{RunName: w.run(1), WindowEnd: time.UnixMilli(w.window(1).To)}}
		}, from(1)},
		"nobody knows what is read": {"connector.messages", []int{0, 1}, func(w *wanting) { w.working = []contract.OpenRun{{RunName: w.run(1)}} }, never},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWanting(t, c.report, c.delivered...)
			if name == "further back than it reaches" {
				for n := 120; n < 500; n++ {
					require.NoError(t, w.Book.PutDone(t.Context(), receipt.Done{
						Delivery: contract.Delivery{Account: "acme", Task: "t1", Generation: 1, Span: w.window(n)}, Run: w.run(n), At: w.now, Outcome: contract.OutcomeEmpty,
					}))
				}
			}
			c.then(w)
			got, err := w.conversationsUntil(t.Context(), w.snapshot)
			require.NoError(t, err)
			require.True(t, c.want(w).Equal(got), "%s, not %s", got, c.want(w))
		})
	}
}

// swept does the daily work on conversations, as a step.
func (w *wanting) swept() contract.Maintained {
	w.t.Helper()
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(log.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	env := suite.NewTestActivityEnvironment()
	step := func(ctx context.Context) (out contract.Maintained, err error) {
		pulse, running, stop := startPulse(ctx)
		defer stop()
		err = w.sweepConversations(running, w.snapshot, &out, pulse)
		return out, err
	}
	env.RegisterActivity(step)
	value, err := env.ExecuteActivity(step)
	require.NoError(w.t, err)
	var out contract.Maintained
	require.NoError(w.t, value.Get(&out))
	return out
}

// A conversation goes when the window that it is in is delivered.
func TestAConversationGoesOnceItIsDelivered(t *testing.T) {
	for _, delivered := range []bool{false, true} {
		w := newWanting(t, "connector.messages", map[bool][]int{true: {0, 1}}[delivered]...)
		j := w.Kept.Journal.(*journal.Journal)
		for id, at := range map[string]time.Time{"old": w.first.Add(-time.Hour), "young": w.now.AddDate(0, 0, -99)} {
			ref := contract.ConversationRef{Account: "acme", App: "app", Conversation: id}
			_, err := j.Append(t.Context(), ref, []conversation.Entry{{Event: &conversation.Event{Kind: conversation.Content, Body: json.RawMessage(`{}`)}}})
			require.NoError(t, err)
			require.NoError(t, j.Close(t.Context(), conversation.Closing{Account: "acme", App: "app", Conversation: id, Next: 1}, func() time.Time { return at }))
			for info, err := range w.Kept.Store.List(t.Context(), "conversations/acme/"+id) {
				require.NoError(t, err)
				w.age(path.Join(id, info.Key[len("conversations/acme/"+id):]), int(w.now.Sub(at)/(24*time.Hour)))
			}
		}
		out := w.swept()
		var left []string
		for info, err := range w.Kept.Store.List(t.Context(), "conversations/acme/") {
			require.NoError(t, err)
			left = append(left, path.Dir(path.Dir(info.Key)))
		}
		if !delivered {
			require.Len(t, left, 4)
			require.Zero(t, out.Removed)
			continue
		}
		require.Equal(t, []string{"conversations/acme/young", "conversations/acme/young"}, left)
		require.Equal(t, 3, out.Removed, "a batch, a closing, a name in the index")
	}
}
