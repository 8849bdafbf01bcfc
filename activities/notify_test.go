package activities

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

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
