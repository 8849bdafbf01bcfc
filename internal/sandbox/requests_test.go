package sandbox_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/sandbox"
	"transporter/internal/sandbox/sandboxtest"
)

type requests struct {
	Requests []sandbox.Request
	Next     uint64
}

func (c caller) admin(path string) answer {
	c.t.Helper()
	return do(c.t, c.r, http.MethodGet, c.r.DomainURL+"/_admin/"+path, "", signer{})
}

// What connectors call can be listed as it came and was answered, but for its secrets.
func TestRequestsAreRecorded(t *testing.T) {
	c := startCaller(t, sandbox.Config{})
	made := c.install(connectorManifest)
	a := c.do("GET", installationsPath+"/"+made.ID+"?v=1.0", "[object Object]", "X-Custom", "mine")
	const query = "v=1.0&grant_type=client_credentials"
	res, b := post(t, c.r, strings.Replace(tokenOne, "?v=1.0", "?"+query+"&client_id="+made.ID+"&client_secret="+made.Secret, 1), "application/x-www-form-urlencoded", "")
	require.Equal(t, 200, res.StatusCode)
	jwt := read[map[string]string](t, answer{body: b})["access_token"]
	require.Equal(t, 201, c.do("POST", accountPath+"/consumer?v=1.0", `{"ext_consumer_id":"x"}`, "Authorization", jwt).status)
	post(t, c.r, strings.Replace(tokenOne, "?v=1.0", "?"+query, 1), "application/x-www-form-urlencoded", "client_id="+made.ID+"&client_secret="+made.Secret)
	c.do("GET", usersPath+"?v=4.0", "") // a data transport's call is not recorded
	c.do("GET", strings.Replace(installationsPath, sandboxtest.AccountID, "other", 1)+"?v=1.0", "")

	all := read[requests](t, c.admin("requests?account="+sandboxtest.AccountID))
	var seen []string
	for _, r := range all.Requests {
		seen = append(seen, r.Method+" "+r.Path)
		require.NotZero(t, r.Status)
	}
	token := strings.Split(tokenOne, "?")[0]
	require.Equal(t, []string{
		"POST " + accountPath + "/login", "POST " + installationsPath, "GET " + installationsPath + "/" + made.ID, "POST " + token,
		"POST " + accountPath + "/consumer", "POST " + token,
	}, seen)
	got := all.Requests[2]
	require.Equal(t, []any{"v=1.0", "[object Object]", 200, "mine", "Bearer …"}, []any{got.Query, got.Body, got.Status, got.Headers["X-Custom"], got.Headers["Authorization"]})
	require.JSONEq(t, strings.Replace(string(a.body), made.Secret, "…", 1), got.Answer)
	require.Equal(t, query+"&client_id="+made.ID+"&client_secret=…", all.Requests[3].Query)
	require.Equal(t, "client_id="+made.ID+"&client_secret=…", all.Requests[5].Body)
	require.Equal(t, []string{"token …", `{"ext_consumer_id":"x"}`, `{"token":"…"}`}, []string{all.Requests[4].Headers["Authorization"], all.Requests[4].Body, strings.TrimSpace(all.Requests[4].Answer)})
	whole := string(c.admin("requests").body)
	for what, secret := range map[string]string{"password": "login-password-0001", "bearer": c.bearer, "client secret": made.Secret, "a token": "eyJ"} {
		require.NotContains(t, whole, secret, what)
	}
	require.Len(t, read[requests](t, c.admin("requests?account=other")).Requests, 1)

	rest := read[requests](t, c.admin("requests?since=3&limit=1"))
	require.Equal(t, []uint64{4}, []uint64{rest.Requests[0].Number})
	require.Equal(t, uint64(4), rest.Next)
	for _, bad := range []string{"since=x", "limit=0", "limit=10001"} {
		require.Equal(t, 400, c.admin("requests?"+bad).status)
	}
}

// A big body reaches its service whole; only its beginning is kept.
func TestBigRequestsAreKeptInPart(t *testing.T) {
	c := startCaller(t, sandbox.Config{})
	long := strings.Repeat("x", 100<<10)
	a := c.do("POST", installationsPath+"?v=1.0", `{"client_name":"n","mine":"`+long+`","client_secret":"`+strings.Repeat("s", 50)+`"}`)
	require.Equal(t, 201, a.status)
	require.Contains(t, string(a.body), long)
	var list []sandbox.Request
	require.Eventually(t, func() bool { // a big answer is there before its request is recorded
		list = read[requests](t, c.admin("requests")).Requests
		return len(list) == 2
	}, 2*time.Minute, 5*time.Millisecond)
	last := list[1]
	require.InDelta(t, 64<<10, len(last.Body), 100, "secrets are shorter than they were")
	require.InDelta(t, 64<<10, len(last.Answer), 100)
}
