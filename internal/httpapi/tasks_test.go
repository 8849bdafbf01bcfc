package httpapi_test

import (
	"bytes"
	"context"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/contract"
	"transporter/internal/httpapi"
	"transporter/internal/receipt"
	"transporter/internal/report"
)

// newestVersion is that which new tasks get.
func newestVersion(t *testing.T, id string) string {
	d, err := report.Get(id, "")
	require.NoError(t, err)
	return d.Version
}

func testTasks(t *testing.T, s *stack, f furnished) {
	a := s.call(t, "POST", f.at+"/tasks", f.taskBody(t, map[string]any{"delay": "0"}))
	require.Equal(t, 201, a.status, string(a.body))
	var made httpapi.TaskView
	a.into(t, &made)
	require.Equal(t, []any{"enabled", 1, 1, newestVersion(t, "msg.messages")}, []any{made.State, made.Generation, made.Version, made.Spec.Version})
	require.Equal(t, f.at+"/tasks/"+made.ID, a.header.Get("Location"))
	require.NotNil(t, made.FirstWindow)
	require.NotNil(t, made.NextRun)
	require.Len(t, made.Warnings, 1, "no delay is less than the report's")

	var view httpapi.TaskView
	s.call(t, "POST", f.at+"/tasks/"+made.ID+"/disable", "").into(t, &view)
	require.Equal(t, "disabled", view.State)
	require.Nil(t, view.NextRun)
	s.call(t, "POST", f.at+"/tasks/"+made.ID+"/enable", "").into(t, &view)
	require.Equal(t, "enabled", view.State)

	// What GET shows can be sent back; an edit of the data raises the generation.
	spec := view.Spec
	spec.Format = "json"
	a = s.call(t, "PUT", f.at+"/tasks/"+made.ID, jsonOf(t, spec), "If-Match", `"3"`)
	require.Equal(t, 200, a.status, string(a.body))
	a.into(t, &view)
	require.Equal(t, []any{"json", 2}, []any{view.Spec.Format, view.Generation})

	used := s.call(t, "DELETE", f.at+"/sources/"+f.source, "")
	require.Equal(t, 409, used.status)
	require.Contains(t, used.problem(t).Detail, made.ID)
	require.Equal(t, 204, s.call(t, "DELETE", f.at+"/tasks/"+made.ID, "").status)
}

func testTaskProblems(t *testing.T, s *stack, f furnished) {
	leg := func(destination, mode string, keys ...any) []any {
		return []any{map[string]any{"destination": destination, "encryption": map[string]any{"mode": mode, "keys": keys}}}
	}
	for _, c := range []struct {
		name    string
		changes map[string]any
		fields  []string
	}{
		{"unknown report", map[string]any{"report": "msg.mesages"}, []string{"body.report"}},
		{"unknown version", map[string]any{"version": "9.9"}, []string{"body.version"}},
		{"unknown format", map[string]any{"format": "pdf"}, []string{"body.format"}},
		{"unknown zone", map[string]any{"zone": "Mars/Base"}, []string{"body.zone"}},
		{"unknown source", map[string]any{"source": "01JD3Z9QK8V6C3N5T7W9Y1B3D5"}, []string{"body.source"}},
		{"unknown destination", map[string]any{"destinations": leg("01JD3Z9QK8V6C3N5T7W9Y1B3D5", "none")}, []string{"body.destinations[0].destination"}},
		{"no key", map[string]any{"destinations": leg(f.store, "pgp")}, []string{"body.destinations[0].encryption.keys"}},
		{"unknown parameter", map[string]any{"parameters": map[string]any{"colour": "red"}}, []string{"body.parameters.colour"}},
		{"short interval", map[string]any{"frequency": map[string]any{"kind": "interval", "every": "1s"}}, []string{"body.frequency.every"}},
		{"bad duration", map[string]any{"delay": "soon"}, []string{"body.delay"}},
		{"unknown frequency", map[string]any{"frequency": map[string]any{"kind": "hourly"}}, []string{"body.frequency.kind"}},
		{"unknown field of a leg", map[string]any{"destinations": []any{map[string]any{"destination": f.store, "encryption": map[string]any{"mode": "none"}, "colour": 1}}}, []string{"body.destinations[0].colour"}},
		{"two at once", map[string]any{"format": "pdf", "zone": "Mars/Base"}, []string{"body.format", "body.zone"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := s.call(t, "POST", f.at+"/tasks", f.taskBody(t, c.changes))
			require.Equal(t, 422, a.status, string(a.body))
			var at []string
			for _, issue := range a.problem(t).Errors {
				require.NotEmpty(t, issue.Message)
				at = append(at, issue.Location)
			}
			require.Subset(t, at, c.fields, string(a.body))
		})
	}
}

func testPreview(t *testing.T, s *stack, f furnished) {
	id := s.make(t, f.at+"/tasks", f.taskBody(t, map[string]any{"delay": "6h"}))
	defer s.call(t, "DELETE", f.at+"/tasks/"+id, "")
	var p httpapi.Preview
	s.call(t, "GET", f.at+"/tasks/"+id+"/preview?n=3", "").into(t, &p)
	require.Equal(t, "Europe/Madrid", p.Zone)
	require.Len(t, p.Runs, 3)
	zone, err := time.LoadLocation(p.Zone)
	require.NoError(t, err)
	for i, run := range p.Runs {
		require.Equal(t, "06:00", run.Fire.In(zone).Format("15:04"))
		require.Equal(t, "00:00", run.To.In(zone).Format("15:04"))
		require.Equal(t, run.To.Sub(run.From).Hours(), run.Hours)
		require.True(t, strings.HasPrefix(run.Files[0].Name, "msg.messages_") && strings.HasSuffix(run.Files[0].Name, ".csv.pgp"), run.Files[0].Name)
		if i > 0 {
			require.Equal(t, p.Runs[i-1].To, run.From, "windows tile")
		}
	}
	require.Equal(t, 422, s.call(t, "GET", f.at+"/tasks/"+id+"/preview?n=0", "").status)
}

func testRuns(t *testing.T, s *stack, f furnished) {
	start := time.Now().UTC().Truncate(time.Hour).Add(-48 * time.Hour)
	id := s.make(t, f.at+"/tasks", f.taskBody(t, map[string]any{
		"frequency": map[string]any{"kind": "once"}, "start": start, "end": start.Add(time.Hour), "delay": "0",
	}))
	// A once task of the past was started by its creation; its plan fails, so it is red.
	var list httpapi.List[httpapi.RunView]
	require.Eventually(t, func() bool {
		s.call(t, "GET", f.at+"/runs?task="+id, "").into(t, &list)
		return len(list.Items) == 1 && list.Items[0].Ended != nil // until then it is red already, and open
	}, 2*time.Minute, 50*time.Millisecond, "%+v", list)
	run := list.Items[0]
	require.Equal(t, []any{id, 1, contract.TriggerManual, contract.OutcomeFailed, "AuthFailed"}, []any{run.Task, run.Attempt, run.Trigger, run.Outcome, run.ErrorKind})
	require.True(t, strings.HasPrefix(run.UI, "http://ui.test/namespaces/test/workflows/report%2F"), run.UI)

	var detail httpapi.RunDetail
	s.call(t, "GET", f.at+"/runs/"+run.ID, "").into(t, &detail)
	require.Equal(t, start, detail.Window.From)
	require.Equal(t, "plan", detail.Steps[0].Name)
	require.Contains(t, detail.Steps[0].Error, "refuses the key")

	// The same window again is refused; resume starts attempt 2, attempt 3 after it.
	again := s.call(t, "POST", f.at+"/tasks/"+id+"/run", "")
	require.Equal(t, 409, again.status, string(again.body))
	require.Contains(t, again.problem(t).Detail, "resume")
	for _, attempt := range []string{".a2", ".a3"} {
		a := s.call(t, "POST", f.at+"/runs/"+run.ID+"/resume", "")
		require.Equal(t, 202, a.status, string(a.body))
		var started httpapi.Started
		a.into(t, &started)
		require.Equal(t, run.ID+attempt, started.Run)
		require.Equal(t, start, started.Window.From)
		require.Eventually(t, func() bool {
			s.call(t, "GET", f.at+"/runs/"+started.Run, "").into(t, &detail)
			return detail.Outcome == contract.OutcomeFailed && detail.Status == "failed"
		}, 2*time.Minute, 50*time.Millisecond)
	}
	testDownload(t, s, f, run, detail)
	testLinks(t, s, f, run, detail)
}

func testDownload(t *testing.T, s *stack, f furnished, run httpapi.RunView, detail httpapi.RunDetail) {
	ctx := context.Background()
	account := strings.TrimPrefix(f.at, "/v1/accounts/")
	w, err := s.stage.CreateRaw(ctx, "artefacts/test")
	require.NoError(t, err)
	content := bytes.Repeat([]byte("encrypted bytes "), 100_000)
	_, err = w.Write(content)
	require.NoError(t, err)
	ref, err := w.Commit(ctx)
	require.NoError(t, err)
	workflowID := contract.RunID(account, run.Task, 1, detail.Window.To, 0, 3)
	record, err := s.book.Run(ctx, account, run.Task, workflowID)
	require.NoError(t, err)
	require.NotNil(t, record)
	record.Downloads = []receipt.Download{
		{Name: "in/messages.csv.pgp", Leg: "l", Ref: ref, Encrypted: true},
		{Name: "in/messages.csv", Leg: "l", Ref: ref},
		{Name: "in/gone.csv.pgp", Leg: "l", Ref: contract.Ref{Key: "artefacts/test/gone", Size: 5, SHA256: ref.SHA256}, Encrypted: true},
	}
	require.NoError(t, s.book.PutRun(ctx, *record))

	at := f.at + "/runs/" + run.ID + ".a3"
	s.call(t, "GET", at, "").into(t, &detail)
	require.Len(t, detail.Files, 3)
	a := s.call(t, "GET", detail.Files[0].Href, "")
	require.Equal(t, 200, a.status)
	require.True(t, bytes.Equal(content, a.body))
	require.Equal(t, "attachment; filename=messages.csv.pgp", a.header.Get("Content-Disposition"))
	require.True(t, strings.HasPrefix(a.header.Get("Repr-Digest"), "sha-256=:"))
	require.Equal(t, 403, s.call(t, "GET", at+"/files/2", "").status)
	require.Contains(t, s.call(t, "GET", at+"/files/3", "").problem(t).Detail, "destination")
	require.Equal(t, 404, s.call(t, "GET", at+"/files/4", "").status)

	// A damaged object never arrives whole.
	record.Downloads[0].Ref.SHA256 = strings.Repeat("0", 64)
	require.NoError(t, s.book.PutRun(ctx, *record))
	req := newRequest(t, s.url+at+"/files/1")
	res, err := req.do()
	require.NoError(t, err)
	defer res.Body.Close()
	_, err = io.ReadAll(res.Body)
	require.Error(t, err)

	// A delivered window is not resumed.
	_, err = s.book.PutReceipt(ctx, receipt.Receipt{Delivery: contract.Delivery{
		Account: account, Task: run.Task, Generation: 1, Span: record.Window,
	}})
	require.NoError(t, err)
	done := s.call(t, "POST", f.at+"/runs/"+run.ID+"/resume", "")
	require.Equal(t, 409, done.status)
	require.Contains(t, done.problem(t).Detail, "delivered")
}
