package httpapi_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/httpapi"
)

// A source of our own conversations has a description and nothing else; the reports of the
// connector are read from it, and only they are.
func testOwnSource(t *testing.T, s *stack, f furnished) {
	const own = `{"kind":"connector","description":"Our conversations"}`
	id := s.make(t, f.at+"/sources", own)
	defer func() { require.Equal(t, 204, s.call(t, "DELETE", f.at+"/sources/"+id, "").status) }()
	var v httpapi.SourceView
	s.call(t, "GET", f.at+"/sources/"+id, "").into(t, &v)
	require.Equal(t, "not needed", v.Credentials)
	require.Empty(t, v.Auth)
	a := s.call(t, "PUT", f.at+"/sources/"+id, `{"kind":"connector","description":"Renamed","platformAccount":"`+v.PlatformAccount+`"}`)
	require.Equal(t, 200, a.status, "%s", a.body)

	for name, c := range map[string]struct{ method, path, body, location, says string }{
		"credentials":         {"POST", "/sources", `{"kind":"connector","description":"x","credentials":{}}`, "body.credentials", "leave it out"},
		"a platform account":  {"POST", "/sources", `{"kind":"connector","description":"x","platformAccount":"12345678"}`, "body.platformAccount", "leave it out"},
		"no platform account": {"POST", "/sources", `{"kind":"liveperson","description":"x","credentials":{}}`, "body.platformAccount", "is needed"},
		"another kind":        {"PUT", "/sources/" + id, sourceWith(loginOnly), "body.kind", "a source keeps its kind"},
		"an unknown kind":     {"POST", "/sources", `{"kind":"file","description":"x"}`, "body.kind", "connector"},
	} {
		t.Run(name, func(t *testing.T) {
			a := s.call(t, c.method, f.at+c.path, c.body)
			require.Equal(t, 422, a.status, "%s", a.body)
			require.Equal(t, c.location, a.problem(t).Errors[0].Location)
			require.Contains(t, a.problem(t).Errors[0].Message, c.says)
		})
	}
	for report, from := range map[string]string{"connector.messages": f.source, "msg.messages": id} {
		a := s.call(t, "POST", f.at+"/tasks", f.taskBody(t, map[string]any{"source": from, "report": report}))
		require.Equal(t, 422, a.status, "%s", a.body)
		require.Equal(t, "body.source", a.problem(t).Errors[0].Location)
		require.Contains(t, a.problem(t).Errors[0].Message, "it reads a source of the kind")
	}
	exports := s.make(t, f.at+"/sources", `{"kind":"asapp","description":"Exports","platformAccount":"acme","feeds":{"s3":{"bucket":"exports","region":"eu-west-1"}},`+
		`"credentials":{"s3":{"accessKeyId":"`+canary+`-id","secretAccessKey":"`+canary+`-key"}}}`)
	app := s.make(t, f.at+"/apps", `{"description":"x","source":"`+f.source+`","name":"Kiosk"}`)
	for from, kind := range map[string]string{id: "connector", exports: "asapp"} { // nothing could be installed there
		body := `{"description":"x","source":"` + from + `","name":"Kiosk"}`
		for method, path := range map[string]string{"POST": "/apps", "PUT": "/apps/" + app} {
			a := s.call(t, method, f.at+path, body)
			require.Equal(t, 422, a.status, "%s", a.body)
			require.Equal(t, "body.source", a.problem(t).Errors[0].Location)
			require.Contains(t, a.problem(t).Errors[0].Message, "this source is of the kind "+kind)
		}
	}
	require.Equal(t, 204, s.call(t, "DELETE", f.at+"/apps/"+app, "").status)
	require.Equal(t, 204, s.call(t, "DELETE", f.at+"/sources/"+exports, "").status)
	task := s.make(t, f.at+"/tasks", f.taskBody(t, map[string]any{"source": id, "report": "connector.transcripts"}))
	require.Equal(t, 204, s.call(t, "DELETE", f.at+"/tasks/"+task, "").status)
}
