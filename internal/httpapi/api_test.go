package httpapi_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/httpapi"
)

// TestAPI drives the whole surface over one real stack.
func TestAPI(t *testing.T) {
	s := newStack(t)
	f := s.furnish(t)
	for _, c := range []struct {
		name string
		test func(*testing.T, *stack, furnished)
	}{
		{"refusals", testRefusals},
		{"things", testThings},
		{"credentials", testCredentials},
		{"own source", testOwnSource},
		{"feed source", testFeedSource},
		{"credential file", testCredentialFile},
		{"feed reports", testFeedReports},
		{"feeds", testFeeds},
		{"feed schema", testFeedSchema},
		{"credential record", testCredentialRecord},
		{"sealed credentials", testSealedCredentials},
		{"versions", testVersions},
		{"idempotency", testIdempotency},
		{"tasks", testTasks},
		{"task problems", testTaskProblems},
		{"bad input", testBadInput},
		{"layouts", testLayouts},
		{"what destinations take", testFits},
		{"file names", testFileNames},
		{"vendors", testVendors},
		{"rotation", testRotation},
		{"signer", testSigner},
		{"apps", testApps},
		{"editors", testEditors},
		{"repeated actions", testRepeatedActions},
		{"unknown backfill", testUnknownBackfill},
		{"busy", testBusy},
		{"preview", testPreview},
		{"task actions", testTaskActions},
		{"revise", testRevise},
		{"runs", testRuns},
		{"accepted while it waits", testAcceptWaiting},
		{"reports", testReports},
		{"closing", testClosing},
		{"no worker", testNoWorker}, // last: it stops the worker
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, s, f) })
	}
	t.Run("secrets", func(t *testing.T) {
		require.Contains(t, s.seen.String(), `"credentials":"set"`, "the search below must look at real answers")
		require.NotContains(t, s.seen.String(), canary)
		require.Contains(t, s.log.String(), `"msg":"request"`)
		require.NotContains(t, s.log.String(), canary)
		require.NotContains(t, s.log.String(), token)
	})
}

func testRefusals(t *testing.T, s *stack, f furnished) {
	const unknown = "01JD3Z9QK8V6C3N5T7W9Y1B3D5"
	for _, c := range []struct {
		name, method, path, body string
		status                   int
		says                     []string
		headers                  []string
	}{
		{"no token", "GET", "/v1/accounts", "", 401, []string{"header.Authorization", "token file"}, []string{"Authorization", ""}},
		{"wrong token", "GET", "/v1/accounts", "", 401, []string{"header.Authorization"}, []string{"Authorization", "Bearer " + token + "x"}},
		{"wrong scheme", "GET", "/v1/accounts", "", 401, []string{"Bearer TOKEN"}, []string{"Authorization", "Basic " + token}},
		{"malformed JSON", "POST", "/v1/accounts", `{"description": `, 400, []string{"body", "not JSON"}, nil},
		{"no body", "POST", "/v1/accounts", "", 400, []string{"no body", "/docs"}, nil},
		{"unknown field", "POST", "/v1/accounts", `{"description":"A","colour":"red"}`, 422, []string{"body.colour", "unknown field"}, nil},
		{"missing field", "POST", "/v1/accounts", `{}`, 422, []string{"description"}, nil},
		{"wrong type", "POST", f.at + "/sources", `{"kind":"liveperson","description":"` + canary + `","platformAccount":7}`, 422, []string{"body.platformAccount", "string"}, nil},
		{"secret of a wrong form", "POST", f.at + "/destinations", strings.Replace(sftpBody, `"`+canary+`-4"`, `{"vault":"`+canary+`"}`, 1), 422, []string{"body.credentials.password", "reference"}, nil},
		{"unknown zone", "POST", "/v1/accounts", `{"description":"A","zone":"Europe/Madird"}`, 422, []string{"body.zone", "Europe/Madrid"}, nil},
		{"unknown account", "GET", "/v1/accounts/" + unknown, "", 404, []string{"path.a", unknown}, nil},
		{"no id at all", "GET", "/v1/accounts/x'%20OR%20'1'='1", "", 404, []string{"path.a"}, nil},
		{"unknown source", "GET", f.at + "/sources/" + unknown, "", 404, []string{"path.id", "source"}, nil},
		{"unknown run", "GET", f.at + "/runs/" + unknown + ".g1.20261120T000000Z", "", 404, []string{"path.run"}, nil},
		{"no run's id", "GET", f.at + "/runs/abc", "", 404, []string{"path.run"}, nil},
		{"unknown report", "GET", "/v1/reports/msg.mesages", "", 404, []string{"path.report", "msg.messages"}, nil},
		{"unknown path", "GET", "/v2/accounts", "", 404, []string{"path", "/docs"}, nil},
		{"wrong method", "PATCH", "/v1/accounts", "", 405, []string{"method", "GET"}, nil},
		{"unknown query", "GET", f.at + "/runs?page=2", "", 422, []string{"query.page"}, nil},
		{"unknown outcome", "GET", f.at + "/runs?outcome=green", "", 422, []string{"query.outcome", "delivered"}, nil},
		{"too large", "POST", f.at + "/tasks", `{"description":"` + strings.Repeat("x", 2<<20) + `"}`, 413, []string{"1024 KiB"}, nil},
		{"not JSON at all", "POST", "/v1/accounts", "a=b", 415, []string{"content type"}, []string{"Content-Type", "application/x-www-form-urlencoded"}},
		{"bad If-Match", "PUT", f.at + "/settings", `{"zone":"UTC"}`, 412, []string{"header.If-Match"}, []string{"If-Match", "abc"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := s.call(t, c.method, c.path, c.body, c.headers...)
			require.Equal(t, c.status, a.status, string(a.body))
			p := a.problem(t)
			for _, word := range c.says {
				require.Contains(t, jsonOf(t, p.Errors)+p.Detail, word)
			}
		})
	}
}

func testThings(t *testing.T, s *stack, f furnished) {
	var source httpapi.SourceView
	s.call(t, "GET", f.at+"/sources/"+f.source, "").into(t, &source)
	require.Equal(t, "set", source.Credentials)
	require.Equal(t, "12345678", source.PlatformAccount)
	require.Equal(t, 1, source.Version)

	// A replacement without credentials keeps them; the sealed value opens with the worker's key.
	without := `{"kind":"liveperson","description":"Renamed","platformAccount":"12345678"}`
	a := s.call(t, "PUT", f.at+"/sources/"+f.source, without)
	require.Equal(t, http.StatusOK, a.status, string(a.body))
	a.into(t, &source)
	require.Equal(t, []any{"Renamed", 2, "set"}, []any{source.Description, source.Version, source.Credentials})

	var destination httpapi.DestinationView
	s.call(t, "GET", f.at+"/destinations/"+f.sftp, "").into(t, &destination)
	require.Equal(t, []any{"sftp.example.com", 22.0, "set", "u@sftp.example.com:22 /in"}, []any{destination.Fields["host"], destination.Fields["port"], destination.Credentials, destination.Where})

	var key httpapi.KeyView
	s.call(t, "GET", f.at+"/keys/"+f.key, "").into(t, &key)
	require.NotEmpty(t, key.Fingerprint)
	require.NotEmpty(t, key.Algorithm)

	var list httpapi.List[httpapi.DestinationView]
	s.call(t, "GET", f.at+"/destinations", "").into(t, &list)
	require.Len(t, list.Items, 2)
	require.Equal(t, f.store, list.Items[0].ID, "oldest first")

	var probe httpapi.Probe
	s.call(t, "POST", f.at+"/sources/"+f.source+"/test", "").into(t, &probe)
	steps := []httpapi.ProbeStep{{Name: "connect", OK: true}, {Name: "log in", Note: "no"}}
	require.Equal(t, httpapi.Probe{Problem: "connection refused by " + f.source, Kind: "Upstream", Steps: steps}, probe)
	s.call(t, "POST", f.at+"/destinations/"+f.sftp+"/test", "").into(t, &probe)
	require.Equal(t, "connection refused by "+f.sftp, probe.Problem)

	for name, c := range map[string]struct{ path, body, says string }{
		"source without credentials": {"/sources", without, "body.credentials"},
		"sftp without a secret":      {"/destinations", strings.Replace(sftpBody, `"password":"`+canary+`-4"`, "", 1), "body.credentials"},
		"field of another kind":      {"/destinations", `{"kind":"store","description":"S","host":"h"}`, "body.host"},
		"variable not allowed":       {"/destinations", strings.Replace(sftpBody, `"`+canary+`-4"`, `{"env":"HOME"}`, 1), "TRANSPORTER_SECRET_"},
		"variable not set":           {"/destinations", strings.Replace(sftpBody, `"`+canary+`-4"`, `{"env":"TRANSPORTER_SECRET_B"}`, 1), "not set"},
		"no files allowed":           {"/destinations", strings.Replace(sftpBody, `"`+canary+`-4"`, `{"file":"x"}`, 1), "--secrets-dir"},
		"not a key":                  {"/keys", `{"description":"K","armored":"hello"}`, "body.armored"},
		"private key":                {"/keys", jsonOf(t, map[string]string{"description": "K", "armored": privateKey(t)}), "body.armored"},
	} {
		t.Run(name, func(t *testing.T) {
			a := s.call(t, "POST", f.at+c.path, c.body)
			require.Equal(t, http.StatusUnprocessableEntity, a.status, string(a.body))
			p := a.problem(t)
			require.NotEmpty(t, p.Errors)
			require.Contains(t, p.Errors[0].Location+" "+p.Detail, c.says)
		})
	}
}

func privateKey(t *testing.T) string {
	t.Helper()
	pair, err := keyPair()
	require.NoError(t, err)
	return pair.Private
}

func testVersions(t *testing.T, s *stack, f furnished) {
	a := s.call(t, "GET", f.at+"/settings", "")
	tag := a.header.Get("ETag")
	require.NotEmpty(t, tag)
	require.Equal(t, 200, s.call(t, "PUT", f.at+"/settings", `{"zone":"UTC"}`, "If-Match", tag).status)
	stale := s.call(t, "PUT", f.at+"/settings", `{"zone":"Europe/Lisbon"}`, "If-Match", tag)
	require.Equal(t, 412, stale.status)
	require.Equal(t, "header.If-Match", stale.problem(t).Errors[0].Location)
	require.Equal(t, 200, s.call(t, "PUT", f.at+"/settings", `{"zone":"Europe/Madrid"}`, "If-Match", "*").status)

	id := s.make(t, f.at+"/sources", sourceBody)
	one := s.call(t, "GET", f.at+"/sources/"+id, "").header.Get("ETag")
	require.Equal(t, `"1"`, one)
	require.Equal(t, 200, s.call(t, "PUT", f.at+"/sources/"+id, sourceBody, "If-Match", one).status)
	require.Equal(t, 412, s.call(t, "PUT", f.at+"/sources/"+id, sourceBody, "If-Match", one).status)
	require.Equal(t, 412, s.call(t, "DELETE", f.at+"/sources/"+id, "", "If-Match", one).status)
	require.Equal(t, 204, s.call(t, "DELETE", f.at+"/sources/"+id, "", "If-Match", `"2"`).status)
	require.Equal(t, 404, s.call(t, "GET", f.at+"/sources/"+id, "").status)
}

func testIdempotency(t *testing.T, s *stack, f furnished) {
	first := s.make(t, "/v1/accounts", `{"description":"Twice"}`, "Idempotency-Key", "acc-1")
	require.Equal(t, first, s.make(t, "/v1/accounts", `{"description":"Twice"}`, "Idempotency-Key", "acc-1"))
	source := s.make(t, f.at+"/sources", sourceBody, "Idempotency-Key", "src-1")
	require.Equal(t, source, s.make(t, f.at+"/sources", sourceBody, "Idempotency-Key", "src-1"))
	require.NotEqual(t, source, s.make(t, f.at+"/sources", sourceBody, "Idempotency-Key", "src-2"))

	// A repeated change whose If-Match was right the first time is answered, not refused.
	for range 2 {
		a := s.call(t, "PUT", f.at+"/sources/"+source, sourceBody, "If-Match", `"1"`, "Idempotency-Key", "put-1")
		require.Equal(t, 200, a.status, string(a.body))
		require.Equal(t, `"2"`, a.header.Get("ETag"))
	}
	for range 2 {
		require.Equal(t, 204, s.call(t, "DELETE", f.at+"/sources/"+source, "", "Idempotency-Key", "del-1").status)
	}
}

func testClosing(t *testing.T, s *stack, _ furnished) {
	id := s.make(t, "/v1/accounts", `{"description":"`+strings.Repeat("\U0001F4E6", 70)+`"}`) // the longest there is
	require.Eventually(t, func() bool {
		return strings.Contains(string(s.call(t, "GET", "/v1/accounts", "").body), id)
	}, 2*time.Minute, 50*time.Millisecond)
	require.Equal(t, 204, s.call(t, "DELETE", "/v1/accounts/"+id, "").status)
	require.Equal(t, 404, s.call(t, "GET", "/v1/accounts/"+id, "").status)
}

func testReports(t *testing.T, s *stack, _ furnished) {
	var list httpapi.List[httpapi.ReportView]
	s.call(t, "GET", "/v1/reports", "").into(t, &list)
	require.NotEmpty(t, list.Items)
	for _, r := range list.Items {
		var detail httpapi.ReportDetail
		s.call(t, "GET", "/v1/reports/"+r.ID, "").into(t, &detail)
		require.Equal(t, r, detail.ReportView)
		var named httpapi.ReportDetail
		s.call(t, "GET", "/v1/reports/"+r.ID+"@"+r.Version, "").into(t, &named)
		require.Equal(t, detail, named, "as lists name it")
		require.Equal(t, "object", detail.Parameters["type"])
	}
	a := s.call(t, "GET", "/v1/reports/msg.messages/sample?format=csv", "")
	require.Equal(t, 200, a.status)
	require.Equal(t, `attachment; filename=msg.messages.sample.csv`, a.header.Get("Content-Disposition"))
	require.Equal(t, "sample of msg.messages as csv\n", string(a.body))
	a = s.call(t, "GET", "/v1/reports/msg.messages/sample?format=pdf", "")
	require.Equal(t, 422, a.status)
	require.Contains(t, string(a.body), "use one of json, jsonl, csv")
	require.Equal(t, 404, s.call(t, "GET", "/v1/reports/msg.messages@7/sample", "").status)
}

func testNoWorker(t *testing.T, s *stack, f furnished) {
	require.Equal(t, 200, s.call(t, "GET", "/readyz", "").status)
	s.stop()
	a := s.call(t, "GET", f.at, "")
	require.Equal(t, http.StatusServiceUnavailable, a.status, string(a.body))
	require.Contains(t, a.problem(t).Detail, "worker --roles")
	require.Equal(t, 200, s.call(t, "GET", "/healthz", "", "Authorization", "").status)
}
