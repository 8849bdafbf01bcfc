package httpapi_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/contract"
	"transporter/internal/httpapi"
	"transporter/internal/receipt"
)

// {"revise": true} starts the run of the next revision of a delivered window, which is to look again;
// whatever else it is asked with says what would be right, and starts nothing.
func testRevise(t *testing.T, s *stack, f furnished) {
	account := strings.TrimPrefix(f.at, "/v1/accounts/")
	start := time.Now().UTC().Truncate(24 * time.Hour).Add(-72 * time.Hour)
	body := map[string]any{"zone": "UTC", "report": "msg.transfers", "start": start, "revisions": map[string]any{"mode": "changes", "checkAfter": []string{"1h"}}}
	plain := s.make(t, f.at+"/tasks", f.taskBody(t, map[string]any{"zone": "UTC", "report": "msg.transfers", "start": start}))
	id := s.make(t, f.at+"/tasks", f.taskBody(t, body))
	window := httpapi.WindowView{From: start, To: start.Add(24 * time.Hour)}
	for name, c := range map[string]struct{ task, body, detail, fix string }{
		"of a task that delivers none": {plain, `{"revise":true}`, "the task delivers no revisions", "choose full or changes for revisions.mode of the task, or ask for rerun"},
		"beside rerun":                 {id, `{"revise":true,"rerun":true}`, "it goes with rerun as little as looking goes with delivering all", "ask for one of them"},
		"of what is not delivered":     {id, `{"revise":true}`, "the window was not delivered on the schedule of the task: there is nothing to revise", "run it; a period that was run by hand has no revisions"},
	} {
		t.Run(name, func(t *testing.T) {
			a := s.call(t, "POST", f.at+"/tasks/"+c.task+"/run", c.body)
			require.Equal(t, 422, a.status, "%s", a.body)
			p := a.problem(t)
			require.Equal(t, "body.revise", p.Errors[0].Location)
			require.Contains(t, p.Errors[0].Message, c.detail)
			require.Contains(t, p.Errors[0].Message, c.fix)
		})
	}

	for name, c := range map[string]struct{ report, after, field, detail string }{
		"of windows that go on one from another": {"wfm.agent_interval", "27h", "", ""},
		"after a source has forgotten":           {"wfm.skill_interval", "40d", "body.revisions.checkAfter[0]", "a source of wfm.skill_interval keeps"},
		"of a report about now":                  {"wfm.queue_snapshot", "27h", "body.revisions.mode", "it shows the state as it is when it is read"},
	} {
		t.Run(name, func(t *testing.T) {
			late := map[string]any{"mode": "changes", "checkAfter": []string{c.after}}
			every := map[string]any{"kind": "interval", "every": "60m"}
			a := s.call(t, "POST", f.at+"/tasks", f.taskBody(t, map[string]any{"report": c.report, "frequency": every, "revisions": late}))
			if c.field == "" {
				require.Equal(t, 201, a.status, "%s", a.body)
				return
			}
			require.Equal(t, 422, a.status, "%s", a.body)
			p := a.problem(t)
			require.Equal(t, c.field, p.Errors[0].Location)
			require.Contains(t, p.Errors[0].Message, c.detail)
		})
	}

	span := contract.Span{From: window.From.UnixMilli(), To: window.To.UnixMilli()}
	require.NoError(t, s.book.PutDone(t.Context(), receipt.Done{
		Delivery: contract.Delivery{Account: account, Task: id, Generation: 1, Span: span}, Outcome: contract.OutcomeDelivered, At: time.Now(),
		Run: contract.RunName{Generation: 1, Fire: window.To, Attempt: 1},
	}))
	a := s.call(t, "POST", f.at+"/tasks/"+id+"/run", jsonOf(t, map[string]any{"revise": true, "window": window}))
	require.Equal(t, 202, a.status, "%s", a.body)
	var started httpapi.Started
	a.into(t, &started)
	require.Equal(t, window, started.Window)
	require.Contains(t, started.Run, ".r1")
}
