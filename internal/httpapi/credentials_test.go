package httpapi_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/httpapi"
	"transporter/internal/seal"
	"transporter/internal/temporalx"
)

const (
	loginOnly  = `{"login":{"username":"` + canary + `-5","password":"` + canary + `-6"}}`
	appAndUser = `{"login":{"username":"` + canary + `-5","appKey":"` + canary + `-7","secret":"s","accessToken":"t","accessTokenSecret":{"env":"TRANSPORTER_SECRET_A"}},
		"oauth2":{"clientId":"` + canary + `-8","clientSecret":"` + canary + `-9"}}`
)

func sourceWith(credentials string) string {
	return `{"kind":"liveperson","description":"Other site","platformAccount":"87654321","credentials":` + credentials + `}`
}

// A source has the credentials that it was given, of one kind or of several, and nobody reads
// them; reports that need others are refused when a task is saved.
func testCredentials(t *testing.T, s *stack, f furnished) {
	var v httpapi.SourceView
	s.call(t, "GET", f.at+"/sources/"+f.source, "").into(t, &v)
	require.Equal(t, []string{"oauth1"}, v.Auth)

	id := s.make(t, f.at+"/sources", sourceWith(appAndUser))
	defer func() { require.Equal(t, 204, s.call(t, "DELETE", f.at+"/sources/"+id, "").status) }()
	s.call(t, "GET", f.at+"/sources/"+id, "").into(t, &v)
	require.Equal(t, []string{"login", "oauth2"}, v.Auth)
	require.Equal(t, "set", v.Credentials)
	renamed := `{"kind":"liveperson","description":"Renamed","platformAccount":"87654321"}`
	s.call(t, "PUT", f.at+"/sources/"+id, renamed).into(t, &v)
	require.Equal(t, []string{"login", "oauth2"}, v.Auth, "an edit without credentials keeps those that are set")
	a := s.call(t, "PUT", f.at+"/sources/"+id, sourceWith(loginOnly))
	require.Equal(t, 200, a.status, "%s", a.body)
	a.into(t, &v)
	require.Equal(t, []string{"login"}, v.Auth, "new ones are all there are")

	for name, c := range map[string]struct{ credentials, field string }{
		"none":                 {`{}`, "body.credentials"},
		"a kind that is none":  {`{"saml":{}}`, "body.credentials.saml"},
		"user alone":           {`{"login":{"username":"u"}}`, "body.credentials.login.password"},
		"password and key":     {`{"login":{"username":"u","password":"p","appKey":"k"}}`, "body.credentials.login.password"},
		"three of four values": {`{"login":{"username":"u","appKey":"k","secret":"s","accessToken":"t"}}`, "body.credentials.login.password"},
		"no client secret":     {`{"oauth2":{"clientId":"c"}}`, "body.credentials.oauth2"},
		"variable not allowed": {`{"oauth2":{"clientId":"c","clientSecret":{"env":"HOME"}}}`, "body.credentials.oauth2.clientSecret"},
	} {
		t.Run(name, func(t *testing.T) {
			a := s.call(t, "POST", f.at+"/sources", sourceWith(c.credentials))
			require.Equal(t, 422, a.status, "%s", a.body)
			require.Contains(t, string(a.body), `"location":"`+c.field)
		})
	}

	unfit := s.call(t, "POST", f.at+"/tasks", f.taskBody(t, map[string]any{"source": id, "report": "agent.status_changes"}))
	require.Equal(t, 422, unfit.status, "%s", unfit.body)
	p := unfit.problem(t)
	require.Equal(t, "body.source", p.Errors[0].Location)
	require.Contains(t, p.Errors[0].Message, "report agent.status_changes cannot be read from it: agent_activity is read with an API key (oauth1), and the source has a user's login (login)")
	require.Contains(t, p.Errors[0].Message, "give the source credentials.oauth1, or take another source")

	measured := map[string]any{"source": id, "report": "msg.assignments", "parameters": map[string]any{"handle_time": true}}
	unfit = s.call(t, "POST", f.at+"/tasks", f.taskBody(t, measured))
	require.Equal(t, 422, unfit.status, "%s", unfit.body)
	require.Contains(t, unfit.problem(t).Errors[0].Message, "handle_time is read with an API key")
	delete(measured, "parameters") // without it the API is not read
	require.Equal(t, 204, s.call(t, "DELETE", f.at+"/tasks/"+s.make(t, f.at+"/tasks", f.taskBody(t, measured)), "").status)

	task := s.make(t, f.at+"/tasks", f.taskBody(t, map[string]any{"source": id}))
	defer func() { require.Equal(t, 204, s.call(t, "DELETE", f.at+"/tasks/"+task, "").status) }()
	taken := s.call(t, "PUT", f.at+"/sources/"+id, sourceWith(`{"oauth2":{"clientId":"c","clientSecret":"s"}}`))
	require.Equal(t, 422, taken.status, "%s", taken.body)
	require.Contains(t, string(taken.body), "task "+task+" could not run any more")
	require.Contains(t, string(taken.body), `"location":"body.credentials.oauth1"`)
}

// What is sealed opens to the kinds as they were given, references resolved.
func testSealedCredentials(t *testing.T, s *stack, f furnished) {
	id := s.make(t, f.at+"/sources", sourceWith(appAndUser))
	defer func() { require.Equal(t, 204, s.call(t, "DELETE", f.at+"/sources/"+id, "").status) }()
	account := strings.TrimPrefix(f.at, "/v1/accounts/")
	var got map[string]map[string]string
	require.NoError(t, json.Unmarshal(s.opened(t, account, id), &got))
	require.Equal(t, map[string]map[string]string{
		"login":  {"username": canary + "-5", "appKey": canary + "-7", "secret": "s", "accessToken": "t", "accessTokenSecret": canary + "-env"},
		"oauth2": {"clientId": canary + "-8", "clientSecret": canary + "-9"},
	}, got)
}

// opened returns the clear credentials of a source, as a worker gets them.
func (s *stack) opened(t *testing.T, accountID, id string) []byte {
	t.Helper()
	snap, err := temporalx.NewAccounts(s.client).Snapshot(t.Context(), accountID)
	require.NoError(t, err)
	clear, err := seal.Open(s.key, accountID, snap.Sources[id].Secret)
	require.NoError(t, err)
	return clear
}
