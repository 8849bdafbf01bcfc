package httpapi

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/account"
	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/receipt"
	"transporter/internal/task"
)

func TestWindowOfARunThatFailedBeforeItsPlan(t *testing.T) {
	daily := account.Task{
		Meta: account.Meta{ID: "t", CreatedAt: time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC)}, Generation: 2,
		Spec: task.Spec{
			Report: "msg.messages", Version: "1.0", Zone: "Europe/Madrid",
			Frequency: task.Frequency{Kind: task.Daily, At: "06:00"},
		},
	}
	span := func(from, to time.Time) contract.Span {
		return contract.Span{From: from.UnixMilli(), To: to.UnixMilli()}
	}
	boundary := time.Date(2026, 11, 20, 5, 0, 0, 0, time.UTC)
	name := runName{Task: "t", Generation: 2, Fire: boundary.Add(15 * time.Minute), Attempt: 1}
	hour := span(boundary.Add(-time.Hour), boundary)
	for want, record := range map[contract.Span]*receipt.RunRecord{
		span(boundary.AddDate(0, 0, -1), boundary): {},
		hour:             {RecordIn: contract.RecordIn{Run: contract.RunInput{Window: &hour}}},
		{From: 1, To: 2}: {RecordIn: contract.RecordIn{Window: contract.Span{From: 1, To: 2}}},
	} {
		got, err := new(Server).spanOf(t.Context(), daily, foundRun{name: name, record: record})
		require.NoError(t, err)
		require.Equal(t, want, got)
	}

	daily.Generation++ // the window may be another one now
	_, err := new(Server).spanOf(t.Context(), daily, foundRun{name: name, record: &receipt.RunRecord{}})
	require.True(t, fault.Is(err, fault.Conflict), "%v", err)
}
