package main

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/contract"
	"transporter/internal/httpapi"
)

// A run that one destination has, and that goes on, does not look like one that has ended.
func TestHowARunStands(t *testing.T) {
	for want, run := range map[string]httpapi.RunView{
		"running":          {Status: "running"},
		"running, partial": {Status: "running", Outcome: contract.OutcomePartial},
		"delivered":        {Status: "completed", Outcome: contract.OutcomeDelivered},
		"terminated":       {Status: "terminated"},
	} {
		require.Equal(t, want, standing(run))
	}
}

// What was accepted is listed once, whether this attempt was told so or what it has delivered says it.
func TestWhatWasAcceptedIsShown(t *testing.T) {
	require.Empty(t, acceptedTable(httpapi.RunDetail{Receipts: []httpapi.ReceiptView{{}}}).rows)
	run := httpapi.RunDetail{Accepted: &httpapi.Acceptance{Records: []string{"a"}, Note: "asked"}}
	whole := &httpapi.Acceptance{Empty: true, Records: []string{"a", "b"}, Note: "before"}
	run.Receipts = []httpapi.ReceiptView{{Accepted: whole}, {Accepted: whole}}
	require.Equal(t, [][]string{{"a", "asked"}, {"the window has no rows", "before"}, {"b", "before"}}, acceptedTable(run).rows)
	for n := range 20 {
		run.Accepted.Records = append(run.Accepted.Records, fmt.Sprint(n))
	}
	rows := acceptedTable(run).rows
	require.Len(t, rows, shownQuarantine+1)
	require.Equal(t, "and 13 more", rows[shownQuarantine][0])
}
