package activities

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/testsuite"

	"transporter/internal/contract"
	"transporter/internal/incident"
)

// That the window is there ends its incidents though nobody can be told, which is an incident
// of the account until a message gets through.
func TestNobodyCanBeTold(t *testing.T) {
	h, ctx := newTold(t), t.Context()
	late, err := h.look(ctx, h.at(4))
	require.NoError(t, err)
	green := contract.NotifyIn{
		Run: contract.RunInput{Account: "acme", Task: "t1", Generation: 1}, Window: late.Window, RunID: "r",
		WorkflowID: contract.RunID("acme", "t1", 1, h.now.Add(-time.Hour), 0, 1), Outcome: contract.OutcomeDelivered,
	}
	h.status = http.StatusNotFound
	for range 2 {
		_, err = h.run(ctx, green)
		require.ErrorContains(t, err, "404")
		require.Equal(t, []string{incident.NotifyFailed}, h.open())
	}
	all, err := h.Incidents.All(ctx, "acme")
	require.NoError(t, err)
	require.Contains(t, all[0].Title, "127.0.0.1")
	require.Contains(t, all[0].Detail, "404")
	h.status = http.StatusNoContent
	for range 2 {
		_, err = h.run(ctx, green)
		require.NoError(t, err)
		require.Empty(t, h.open())
		require.Equal(t, []string{incident.WindowLate, "recovered"}, h.kinds(), "once it can be told, it is")
	}
}

// A message says what exactly is wrong, such as the parts of a window that are not there, however many there are.
func TestAMessageSaysWhatExactlyIsWrong(t *testing.T) {
	h := newTold(t)
	var suite testsuite.WorkflowTestSuite
	env := suite.NewTestActivityEnvironment()
	env.RegisterActivity(h.tellOf)
	silent := incident.Incident{
		Account: "acme", Task: "t1", Kind: incident.FeedSilent, Title: "nothing was exported of a part", Fix: "ask the platform", Opened: created,
		Detail: "2026-11-19T03:00Z to 2026-11-19T08:00Z",
	}
	_, err := env.ExecuteActivity(h.tellOf, silent, false)
	require.NoError(t, err)
	require.Contains(t, h.messages[0].Text, "nothing was exported of a part.\n\n2026-11-19T03:00Z to 2026-11-19T08:00Z.\n\nTask:    t1\n")
	silent.Key, silent.Detail = "all", "the first "+strings.Repeat("and one more ", 10_000)+"and the last."
	_, err = env.ExecuteActivity(h.tellOf, silent, false)
	require.NoError(t, err)
	text := h.messages[1].Text
	require.Less(t, len(text), 2*maxText)
	require.Contains(t, text, "\n\nthe first and one")
	require.Contains(t, text, "and the last.\n\nTask:    t1\n")
}

// Who is told of a run hears of members of its records that are in no column.
func TestAMessageOfARunNamesWhatIsInNoColumn(t *testing.T) {
	h, ctx := newTold(t), t.Context()
	in := contract.NotifyIn{
		Run: contract.RunInput{Account: "acme", Task: "t1", Generation: 1}, Window: testSpan, RunID: "r",
		WorkflowID: contract.RunID("acme", "t1", 1, created, 0, 1), Outcome: contract.OutcomeFailed, Error: "no space",
		Drift: []string{"info.mood", "messageRecords[].mood"},
	}
	const drift = "in no column (drift): info.mood, messageRecords[].mood\n"
	_, err := h.run(ctx, in)
	require.NoError(t, err)
	in.WorkflowID, in.Run.Attempt, in.Outcome, in.Error = contract.RunID("acme", "t1", 1, created, 0, 2), 2, contract.OutcomeDelivered, ""
	_, err = h.run(ctx, in)
	require.NoError(t, err)
	require.Len(t, h.messages, 2)
	require.Contains(t, h.messages[0].Text, drift)
	require.Contains(t, h.messages[1].Text, drift)
}

// An attempt that finds the window delivered, by one whose record was lost, ends the incident.
func TestDuplicateEndsTheIncidentOfALostRecord(t *testing.T) {
	h, ctx := newTold(t), t.Context()
	in := contract.NotifyIn{
		Run: contract.RunInput{Account: "acme", Task: "t1", Generation: 1}, Window: testSpan, RunID: "r",
		WorkflowID: contract.RunID("acme", "t1", 1, created, 0, 1), Outcome: contract.OutcomeFailed, Error: "the record is lost",
	}
	_, err := h.run(ctx, in)
	require.NoError(t, err)
	again := in
	again.WorkflowID, again.Run.Attempt, again.Outcome, again.Error = contract.RunID("acme", "t1", 1, created, 0, 2), 2, contract.OutcomeDuplicate, ""
	for range 2 {
		_, err = h.run(ctx, again)
		require.NoError(t, err)
	}
	require.Empty(t, h.open())
	require.Equal(t, []string{incident.RunFailed, "recovered"}, h.kinds())
	require.NotContains(t, h.messages[1].Text, "Sent:", "it sent nothing itself")
	again.WorkflowID = contract.RunID("acme", "t1", 1, created, 0, 3)
	sent, err := h.run(ctx, again)
	require.NoError(t, err)
	require.Zero(t, sent)
}

var testSpan = contract.Span{From: created.UnixMilli(), To: created.Add(24 * time.Hour).UnixMilli()}

// Who looks at what is wrong sees what the last attempt of a window is red for; a message is sent of the first alone.
func TestAnIncidentOfARunIsOfItsLastAttempt(t *testing.T) {
	h, ctx := newTold(t), t.Context()
	in := contract.NotifyIn{
		Run: contract.RunInput{Account: "acme", Task: "t1", Generation: 1}, Window: testSpan, RunID: "r",
		WorkflowID: contract.RunID("acme", "t1", 1, created, 0, 1), Outcome: contract.OutcomeFailed, Error: "no space",
	}
	_, err := h.run(ctx, in)
	require.NoError(t, err)
	began := h.now.UTC()
	h.now = h.now.Add(time.Hour)
	in.WorkflowID, in.Run.Attempt, in.Outcome, in.Error = contract.RunID("acme", "t1", 1, created, 0, 2), 2, contract.OutcomeIncomplete, "a record is in quarantine"
	_, err = h.run(ctx, in)
	require.NoError(t, err)
	all, err := h.Incidents.All(ctx, "acme")
	require.NoError(t, err)
	require.Len(t, all, 1)
	require.Equal(t, []any{"a record is in quarantine", in.WorkflowID, began}, []any{all[0].Detail, all[0].Run, all[0].Opened})
	require.Contains(t, all[0].Title, "run incomplete")
	require.Len(t, h.messages, 1)
}
