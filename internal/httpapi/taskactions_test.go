package httpapi_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/httpapi"
)

func testTaskActions(t *testing.T, s *stack, f furnished) {
	start := time.Now().UTC().Add(-72 * time.Hour).Truncate(time.Second)
	body := map[string]any{"start": start, "report": "msg.conversations"}
	a := s.call(t, "POST", f.at+"/tasks", f.taskBody(t, body))
	require.Equal(t, 201, a.status, string(a.body))
	var made, view httpapi.TaskView
	a.into(t, &made)
	at := f.at + "/tasks/" + made.ID

	// Windows of the past are due and nothing has delivered them: an edit has to say more.
	spec := made.Spec
	spec.Format = "json"
	a = s.call(t, "PUT", at, jsonOf(t, spec))
	require.Equal(t, 422, a.status, string(a.body))
	require.Equal(t, "query.backlog", a.problem(t).Errors[0].Location)

	// Two editors who read the same version: one wins, the other is told.
	tag := `"1"`
	a = s.call(t, "PUT", at+"?backlog=drop", jsonOf(t, spec), "If-Match", tag)
	require.Equal(t, 200, a.status, string(a.body))
	require.Equal(t, 412, s.call(t, "PUT", at+"?backlog=drop", jsonOf(t, made.Spec), "If-Match", tag).status)
	s.call(t, "GET", at, "").into(t, &view)
	require.Equal(t, []any{"json", 2}, []any{view.Spec.Format, view.Generation}, "the winner's")

	// What was dropped is not asked again, and a description asks nothing.
	spec.Format = "csv"
	require.Equal(t, 200, s.call(t, "PUT", at, jsonOf(t, spec)).status)

	require.Equal(t, 422, s.call(t, "POST", at+"/enable", `{"catchUp":"some"}`).status)
	require.Equal(t, 200, s.call(t, "POST", at+"/enable", `{"catchUp":"latest"}`).status)
	s.call(t, "POST", at+"/reset", "").into(t, &view)
	require.Equal(t, []any{4, "enabled"}, []any{view.Generation, view.State})

	a = s.call(t, "POST", at+"/copy", "")
	require.Equal(t, 201, a.status, string(a.body))
	var copied httpapi.TaskView
	a.into(t, &copied)
	require.Equal(t, []any{"copy of Messages", "disabled", 1}, []any{copied.Spec.Description, copied.State, copied.Generation})

	const unknown = "01JD3Z9QK8V6C3N5T7W9Y1B3D5"
	var results httpapi.List[httpapi.TaskResult]
	ids := []string{made.ID, unknown, copied.ID}
	s.call(t, "POST", f.at+"/task-actions", jsonOf(t, map[string]any{"action": "delete", "tasks": ids})).into(t, &results)
	require.Len(t, results.Items, 3)
	for i, ok := range []bool{true, false, true} {
		require.Equal(t, []any{ids[i], ok}, []any{results.Items[i].Task, results.Items[i].OK})
	}
	require.Equal(t, 404, results.Items[1].Problem.Status)
	require.Equal(t, 404, s.call(t, "GET", at, "").status)
}
