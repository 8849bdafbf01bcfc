package httpapi_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"transporter/internal/account"
	"transporter/internal/contract"
	"transporter/internal/destination/kind"
	"transporter/internal/httpapi"
)

// Every refusal names one field and the rule that it breaks, and makes nothing.
func testBadInput(t *testing.T, s *stack, _ furnished) {
	f := s.furnish(t)
	day := func(n int) time.Time { return time.Now().UTC().Truncate(24*time.Hour).AddDate(0, 0, n) }
	interval := func(every string) map[string]any { return map[string]any{"kind": "interval", "every": every} }
	for _, c := range []struct {
		name    string
		changes map[string]any
		field   string
		rule    []string
	}{
		{"end before start", map[string]any{"start": day(2), "end": day(1)}, "body.end", []string{"not after the start", "later end"}},
		{"end at the start", map[string]any{"start": day(1), "end": day(1)}, "body.end", []string{"not after the start"}},
		{"delay longer than a year", map[string]any{"delay": "367d"}, "body.delay", []string{"367d", "longer than a year", "at most 366d"}},
		{"unknown zone", map[string]any{"zone": "Europe/Madird"}, "body.zone", []string{"Europe/Madird", "Europe/Madrid"}},
		{"interval below the report's minimum", map[string]any{"frequency": interval("5m"), "report": "msg.conversations"}, "body.frequency.every", []string{"5m", "shorter than the minimum of msg.conversations, 15m", "15m"}},
		{"interval that nobody offers", map[string]any{"frequency": interval("17m")}, "body.frequency.every", []string{"17m", "use one of", "30m"}},
		{"unknown version", map[string]any{"version": "9.9"}, "body.version", []string{"9.9", "msg.messages", newestVersion(t, "msg.messages")}},
	} {
		t.Run(c.name, func(t *testing.T) {
			requireRefused(t, s.call(t, "POST", f.at+"/tasks", f.taskBody(t, c.changes)), c.field, c.rule...)
		})
	}
	var made httpapi.List[httpapi.TaskView]
	s.call(t, "GET", f.at+"/tasks", "").into(t, &made)
	require.Empty(t, made.Items)
	t.Run("destinations", func(t *testing.T) { testBadDestinations(t, s, f) })
	t.Run("limits", func(t *testing.T) { testLimits(t, s, f) })
	t.Run("downgrade", func(t *testing.T) { testDowngrade(t, s, f) })
}

// requireRefused wants a 422 that names the one field and says all of the rule.
func requireRefused(t *testing.T, a answer, field string, rule ...string) {
	t.Helper()
	require.Equal(t, 422, a.status, string(a.body))
	p := a.problem(t)
	require.Len(t, p.Errors, 1, string(a.body))
	require.Equal(t, field, p.Errors[0].Location)
	for _, words := range rule {
		require.Contains(t, p.Errors[0].Message, words)
	}
}

// The premium plan is everybody's who asked for none: 3 tasks of a report and 15 in all.
func testLimits(t *testing.T, s *stack, f furnished) {
	create := func(report string) answer {
		return s.call(t, "POST", f.at+"/tasks", f.taskBody(t, map[string]any{"report": report}))
	}
	for range account.DefaultPerReport {
		require.Equal(t, 201, create("msg.messages").status)
	}
	requireRefused(t, create("msg.messages"), "body.report", "has 3 tasks of msg.messages", "at most 3", "delete or edit one")

	at := f.at + "/plan"
	var plan httpapi.PlanView
	s.call(t, "PUT", at, `{"plan":"premium","limits":{"perReport":20}}`).into(t, &plan)
	require.Equal(t, httpapi.Limits{Tasks: 15, PerReport: 20}, plan.Allowed, "of the account, and of the plan for the rest")
	for range account.DefaultTasks - account.DefaultPerReport {
		require.Equal(t, 201, create("msg.messages").status)
	}
	requireRefused(t, create("msg.conversations"), "path.tasks", "has 15 tasks", "at most 15", "delete one")

	// What basic accounts may do is set for one of them.
	s.call(t, "PUT", at, `{"plan":"basic","limits":{"tasks":20,"perReport":20}}`).into(t, &plan)
	require.Equal(t, []any{"1d", []string{"once"}, []string{"store"}}, []any{plan.Allowed.Window.String(), plan.Allowed.Frequencies, plan.Allowed.Destinations})
	requireRefused(t, create("msg.messages"), "body.frequency.kind", "basic plan", "once only")
	daily := `{"plan":"basic","limits":{"tasks":20,"perReport":20,"frequencies":["once","daily"]}}`
	require.Equal(t, 200, s.call(t, "PUT", at, daily).status)
	var anywhere []string
	for _, name := range kind.Names() {
		anywhere = append(anywhere, fmt.Sprintf("%q", name))
	}
	everywhere := strings.Replace(daily, `"frequencies"`, `"destinations":[`+strings.Join(anywhere, ",")+`],"frequencies"`, 1)
	s.call(t, "PUT", at, everywhere).into(t, &plan)
	require.Equal(t, kind.Names(), plan.Allowed.Destinations, "every kind can be named")
	require.Equal(t, 200, s.call(t, "PUT", at, daily).status)
	require.Equal(t, 201, create("msg.messages").status)
	weekly := strings.Replace(daily, `"daily"`, `"daily","weekly"`, 1)
	require.Equal(t, 200, s.call(t, "PUT", at, weekly).status)
	week := map[string]any{"frequency": map[string]any{"kind": "weekly", "at": "00:00", "weekday": "monday"}}
	requireRefused(t, s.call(t, "POST", f.at+"/tasks", f.taskBody(t, week)), "body.frequency", "at most 1d", "7d long")
	for _, c := range []struct{ body, field, rule string }{
		{`{"plan":"gold"}`, "body.plan", "must be one of basic, premium"},
		{`{"plan":"basic","limits":{"tasks":201}}`, "body.limits.tasks", "must be at most 200"},
		{`{"plan":"basic","limits":{"perReport":-1}}`, "body.limits.perReport", "must be at least 0"},
		{`{"plan":"basic","limits":{"window":"long"}}`, "body.limits.window", `must be a duration such as 15m`},
		{`{"plan":"basic","limits":{"frequencies":["hourly"]}}`, "body.limits.frequencies[0]", "must be one of once, interval, daily, weekly"},
		{`{"plan":"basic","limits":{"destinations":["fax"]}}`, "body.limits.destinations[0]", "must be one of " + strings.Join(kind.Names(), ", ")},
	} {
		requireRefused(t, s.call(t, "PUT", at, c.body), c.field, c.rule)
	}
	requireRefused(t, s.call(t, "POST", f.at+"/task-actions", `{"action":"reset","tasks":[]}`), "body.tasks", "number of its entries must be at least 1")
	requireRefused(t, s.call(t, "POST", "/v1/accounts", `{"description":""}`), "body.description", "its length must be at least 1")
}

// A task may have a newer version than this release ships: another one made it.
func testDowngrade(t *testing.T, s *stack, f furnished) {
	var list httpapi.List[httpapi.TaskView]
	s.call(t, "GET", f.at+"/tasks", "").into(t, &list)
	one := list.Items[0]
	newer := one.Spec
	newer.Version = "1.7"
	handle, err := s.client.UpdateWorkflow(t.Context(), client.UpdateWorkflowOptions{
		WorkflowID: contract.AccountID(strings.TrimPrefix(f.at, "/v1/accounts/")), UpdateName: contract.UpdatePutTask,
		Args:         []any{contract.PutTaskIn{Write: contract.Write{IfVersion: contract.AnyVersion}, ID: one.ID, Spec: newer, Plans: account.Plans{Basic: account.Limits{Frequencies: []string{"daily"}}}}},
		WaitForStage: client.WorkflowUpdateStageCompleted,
	})
	require.NoError(t, err)
	require.NoError(t, handle.Get(t.Context(), nil))

	at := f.at + "/tasks/" + one.ID
	one.Spec.Version = "1.0"
	requireRefused(t, s.call(t, "PUT", at+"?backlog=keep", jsonOf(t, one.Spec)), "body.version", "version "+newestVersion(t, "msg.messages")+" is older than the task's, 1.7", "asked for by name")
	requireRefused(t, s.call(t, "POST", at+"/upgrade?backlog=keep", ""), "body.version", "older than the task's, 1.7")
	requireRefused(t, s.call(t, "POST", at+"/upgrade?backlog=keep", `{"version":"0.9"}`), "body.version", "0.9", newestVersion(t, "msg.messages"))
	a := s.call(t, "POST", at+"/upgrade?backlog=keep", `{"version":"1.0"}`)
	require.Equal(t, 200, a.status, string(a.body))
}

// Of many editors who read the same version, one wins and every other one is told.
func testEditors(t *testing.T, s *stack, f furnished) {
	id := s.make(t, f.at+"/tasks", f.taskBody(t, nil))
	at := f.at + "/tasks/" + id
	tag := s.call(t, "GET", at, "").header.Get("ETag")
	const editors = 8
	answers := make([]answer, editors)
	var wg sync.WaitGroup
	for i := range editors {
		body := f.taskBody(t, map[string]any{"description": fmt.Sprint("by editor ", i)})
		wg.Go(func() { answers[i] = s.call(t, "PUT", at, body, "If-Match", tag) })
	}
	wg.Wait()
	var won []int
	for i, a := range answers {
		if a.status == 200 {
			won = append(won, i)
			continue
		}
		require.Equal(t, 412, a.status, string(a.body))
		require.Equal(t, "header.If-Match", a.problem(t).Errors[0].Location)
		require.Contains(t, a.problem(t).Detail, "read it again")
	}
	require.Len(t, won, 1)
	var view httpapi.TaskView
	s.call(t, "GET", at, "").into(t, &view)
	require.Equal(t, []any{fmt.Sprint("by editor ", won[0]), 2}, []any{view.Spec.Description, view.Version})
	require.Equal(t, 204, s.call(t, "DELETE", at, "").status)
}

// A bulk of actions that is sent again does what failed, and nothing twice.
func testRepeatedActions(t *testing.T, s *stack, f furnished) {
	first, second := s.make(t, f.at+"/tasks", f.taskBody(t, nil)), s.make(t, f.at+"/tasks", f.taskBody(t, nil))
	act := func(action, key string) []httpapi.TaskResult {
		var list httpapi.List[httpapi.TaskResult]
		body := jsonOf(t, map[string]any{"action": action, "tasks": []string{first, second}})
		s.call(t, "POST", f.at+"/task-actions", body, "Idempotency-Key", key).into(t, &list)
		require.Len(t, list.Items, 2)
		return list.Items
	}
	generation := func(id string) int {
		var view httpapi.TaskView
		s.call(t, "GET", f.at+"/tasks/"+id, "").into(t, &view)
		return view.Generation
	}
	for range 2 {
		for _, r := range act("reset", "again") {
			require.True(t, r.OK)
			require.Equal(t, 2, generation(r.Task), "reset once")
		}
	}
	act("reset", "another")
	require.Equal(t, 3, generation(first))
	for range 2 {
		for _, r := range act("delete", "away") {
			require.True(t, r.OK, "a repeat answers as the first: %+v", r.Problem)
		}
	}
	for _, r := range act("delete", "new") {
		require.Equal(t, 404, r.Problem.Status)
	}
}

// A backfill that never was is said to be none, whatever is asked of it.
func testUnknownBackfill(t *testing.T, s *stack, f furnished) {
	at := f.at + "/tasks/" + s.make(t, f.at+"/tasks", f.taskBody(t, nil))
	for verb, method := range map[string]string{"": "GET", "/pause": "POST", "/resume": "POST", "/cancel": "POST"} {
		a := s.call(t, method, at+"/backfills/never-was"+verb, "")
		require.Equal(t, 404, a.status, string(a.body))
		require.Equal(t, "path.b", a.problem(t).Errors[0].Location)
		require.Contains(t, a.problem(t).Detail, `there is no backfill "never-was" of this task`)
	}
	require.Equal(t, 204, s.call(t, "DELETE", at, "").status)
}

// Many who read an account while it changes are all answered.
func testBusy(t *testing.T, s *stack, _ furnished) {
	f := s.furnish(t)
	require.Equal(t, 200, s.call(t, "PUT", f.at+"/plan", `{"plan":"premium","limits":{"perReport":15}}`).status)
	done := make(chan struct{})
	var readers sync.WaitGroup
	for range 30 {
		readers.Go(func() {
			for {
				a := s.call(t, "GET", f.at+"/tasks", "")
				if !assert.Equal(t, 200, a.status, string(a.body)) {
					return
				}
				select {
				case <-done:
					return
				default:
				}
			}
		})
	}
	for n := range account.DefaultTasks {
		s.make(t, f.at+"/tasks", f.taskBody(t, nil))
		var list httpapi.List[httpapi.TaskView]
		s.call(t, "GET", f.at+"/tasks", "").into(t, &list)
		require.Len(t, list.Items, n+1, "who has written reads what was written")
	}
	close(done)
	readers.Wait()
}
