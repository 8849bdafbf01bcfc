package sandbox_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/require"

	"transporter/internal/sandbox"
	"transporter/internal/sandbox/sandboxtest"
)

const installationsPath = accountPath + "/configuration/app-install/installations"

// caller makes requests with a user's bearer.
type caller struct {
	t      *testing.T
	r      *sandboxtest.Running
	bearer string
}

func startCaller(t *testing.T, c sandbox.Config) caller {
	r := sandboxtest.Start(t, c)
	l, _ := logIn(t, r, sandboxtest.AccountID, userBody)
	return caller{t, r, l.Bearer}
}

// do calls with headers given as name, value, …; without one the content type is JSON.
func (c caller) do(method, path, body string, headers ...string) answer {
	c.t.Helper()
	req, err := http.NewRequestWithContext(c.t.Context(), method, c.r.URL+path, strings.NewReader(body))
	require.NoError(c.t, err)
	req.Header.Set("Authorization", "Bearer "+c.bearer)
	req.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := c.r.Client.Do(req)
	require.NoError(c.t, err)
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	require.NoError(c.t, err)
	return answer{res.StatusCode, res.Header, b}
}

// app is what the tests look at of an installation.
type app struct {
	ID      string `json:"client_id"`
	Secret  string `json:"client_secret"`
	Name    string `json:"client_name"`
	Enabled bool   `json:"enabled"`
	Deleted bool   `json:"deleted"`
}

func read[T any](t *testing.T, a answer) T {
	t.Helper()
	var v T
	require.NoError(t, json.Unmarshal(a.body, &v), "%s", a.body)
	return v
}

func (c caller) install(manifest string) app {
	c.t.Helper()
	a := c.do("POST", installationsPath+"?v=1.0", manifest)
	require.Equal(c.t, 201, a.status, "%s", a.body)
	return read[app](c.t, a)
}

const connectorManifest = `{"client_name":"connector","scope":"msg.consumer","grant_types":["client_credentials"],"logo_uri":""}`

// An app is installed, read, edited, switched off and uninstalled, always with the revision that
// was read last.
func TestAnInstallationsLife(t *testing.T) {
	c := startCaller(t, sandbox.Config{})
	made := c.install(connectorManifest)
	one := installationsPath + "/" + made.ID + "?v=1.0"
	const junk = "[object Object]"

	got := c.do("GET", one, junk)
	require.Equal(t, 200, got.status)
	require.Equal(t, "application/json;charset=UTF-8", got.header.Get("Content-Type"))
	require.Equal(t, made, read[app](t, got))
	revision := got.header.Get("ac-revision")
	require.Equal(t, []app{made}, read[[]app](t, c.do("GET", installationsPath+"?v=1.0", junk)))

	edited := strings.Replace(connectorManifest, "{", `{"enabled":false,`, 1)
	put := []string{"If-Match", revision, "X-HTTP-Method-Override", "PUT", "Content-Type", "Application/JSON; charset=UTF-8"}
	a := c.do("PUT", one, edited, put...)
	require.Equal(t, 200, a.status, "%s", a.body)
	require.False(t, read[app](t, a).Enabled)
	require.NotEqual(t, revision, a.header.Get("ac-revision"))
	require.Equal(t, 412, c.do("PUT", one, connectorManifest, put...).status, "the revision is old by now")
	require.Equal(t, 412, c.do("DELETE", one, junk, "If-Match", revision).status)
	require.Equal(t, 412, c.do("DELETE", one, junk).status, "no revision at all")
	require.False(t, read[app](t, c.do("GET", one, "")).Enabled, "what was refused changed nothing")

	a = c.do("DELETE", one, junk, "If-Match", a.header.Get("ac-revision"))
	require.Equal(t, 204, a.status)
	require.Equal(t, 404, c.do("GET", one, "").status)
	require.Empty(t, read[[]app](t, c.do("GET", installationsPath+"?v=1.0", "")))
	all := read[[]app](t, c.do("GET", installationsPath+"?v=1.0&include_deleted=true", ""))
	require.Len(t, all, 1)
	require.True(t, all[0].Deleted)
	c.install(connectorManifest) // the name is free again
}

func TestInstallationsAreRefused(t *testing.T) {
	c := startCaller(t, sandbox.Config{})
	made := c.install(connectorManifest)
	list, one := installationsPath+"?v=1.0", installationsPath+"/"+made.ID+"?v=1.0"
	other := `{"client_name":"other"}`
	require.Equal(t, 201, c.do("POST", list, other, "If-Match", "1").status)
	for name, tc := range map[string]struct {
		method, path, body string
		headers            []string
		status             int
		says               string
	}{
		"name taken":           {"POST", list, connectorManifest, nil, 409, "client_name"},
		"name taken by edit":   {"PUT", one, other, []string{"If-Match", "3"}, 409, "client_name"},
		"bad manifest":         {"POST", list, `{}`, nil, 400, "client_name: is required"},
		"no JSON type":         {"POST", list, connectorManifest, []string{"Content-Type", "text/plain"}, 415, "Content-Type"},
		"another charset":      {"POST", list, connectorManifest, []string{"Content-Type", "application/json;charset=latin1"}, 415, "Content-Type"},
		"another parameter":    {"POST", list, connectorManifest, []string{"Content-Type", "application/json;charset=utf-8;v=1"}, 415, "Content-Type"},
		"too big":              {"POST", list, `{"client_name":"` + strings.Repeat("x", 300<<10), nil, 413, "262144"},
		"no version":           {"GET", installationsPath, "", nil, 400, "v: must be 1.0"},
		"unknown app":          {"GET", installationsPath + "/nobody?v=1.0", "", nil, 404, "no such installation"},
		"delete an unknown":    {"DELETE", installationsPath + "/nobody?v=1.0", "", []string{"If-Match", "3"}, 404, "no such"},
		"method":               {"PATCH", one, "{}", nil, 405, "method"},
		"not logged in":        {"GET", list, "", []string{"Authorization", "Bearer nobody"}, 401, "unauthorized"},
		"signed with a key":    {"GET", list, "", []string{"Authorization", good.header("GET", c.r.URL+list)}, 401, "unauthorized"},
		"of another account":   {"GET", strings.Replace(list, sandboxtest.AccountID, "nobody", 1), "", nil, 401, "unauthorized"},
		"features, no version": {"GET", accountPath + "/configuration/provision/featureGrants", "", nil, 400, "v: must"},
	} {
		t.Run(name, func(t *testing.T) {
			a := c.do(tc.method, tc.path, tc.body, tc.headers...)
			require.Equal(t, tc.status, a.status, "%s", a.body)
			require.Contains(t, string(a.body), tc.says)
		})
	}
	require.Len(t, read[[]app](t, c.do("GET", list, "")), 2)
}

// An installed app gets tokens while it is enabled, however the parameters are sent.
func TestTokensOfInstalledApps(t *testing.T) {
	c := startCaller(t, sandbox.Config{})
	made := c.install(connectorManifest)
	all := url.Values{"v": {"1.0"}, "grant_type": {"client_credentials"}, "client_id": {made.ID}, "client_secret": {made.Secret}}
	path, _, _ := strings.Cut(tokenOne, "?")
	some := func(names ...string) string {
		v := url.Values{}
		for _, n := range names {
			v[n] = all[n]
		}
		return v.Encode()
	}
	ask := func(query, form string) (int, string) {
		res, b := post(t, c.r, path+"?"+query, "application/x-www-form-urlencoded", form)
		return res.StatusCode, string(b)
	}
	for name, tc := range map[string]struct{ query, form string }{
		"all in the query":           {all.Encode(), ""},
		"all in the form":            {"", all.Encode()},
		"credentials in the form":    {some("v", "grant_type"), some("client_id", "client_secret")},
		"the secret alone in a form": {some("v", "grant_type", "client_id"), some("client_secret")},
	} {
		t.Run(name, func(t *testing.T) {
			status, body := ask(tc.query, tc.form)
			require.Equal(t, 200, status, body)
			token := read[struct {
				Token string `json:"access_token"`
				Type  string `json:"token_type"`
			}](t, answer{body: []byte(body)})
			require.Equal(t, "Bearer", token.Type)
			parsed, _, err := jwt.NewParser().ParseUnverified(token.Token, jwt.MapClaims{})
			require.NoError(t, err)
			require.Equal(t, map[string]any{"kid": "appjwt-13-05-17", "typ": "JWT", "alg": "RS256"}, parsed.Header)
			claims := parsed.Claims.(jwt.MapClaims)
			require.Equal(t, 3600.0, claims["exp"].(float64)-claims["iat"].(float64))
			delete(claims, "exp")
			delete(claims, "iat")
			require.Equal(t, jwt.MapClaims{"aud": sandboxtest.AccountID, "azp": made.ID, "scope": "msg.consumer", "iss": "Sentinel"}, claims)
		})
	}
	one := installationsPath + "/" + made.ID + "?v=1.0"
	edit := func(manifest string) {
		revision := c.do("GET", one, "").header.Get("ac-revision")
		require.Equal(t, 200, c.do("PUT", one, manifest, "If-Match", revision).status)
	}
	edit(strings.Replace(connectorManifest, "{", `{"enabled":false,`, 1))
	status, _ := ask(all.Encode(), "")
	require.Equal(t, 401, status, "disabled")
	edit(connectorManifest)
	status, _ = ask(all.Encode(), "")
	require.Equal(t, 200, status, "enabled again")
	require.Equal(t, 204, c.do("DELETE", one, "", "If-Match", c.do("GET", one, "").header.Get("ac-revision")).status)
	status, _ = ask(all.Encode(), "")
	require.Equal(t, 401, status, "deleted")
	_, token := token(t, c.r, tokenTwo, clientForm(sandboxtest.App.ID, sandboxtest.App.Secret))
	require.NotEmpty(t, token, "apps of the configuration go on")
}

func TestFeatureGrants(t *testing.T) {
	c := startCaller(t, sandbox.Config{})
	a := c.do("GET", accountPath+"/configuration/provision/featureGrants?v=1.0&excludeLegacy=true&jsonProvider=gson", "[object Object]", "Accept", "application/json")
	require.Equal(t, 200, a.status)
	require.JSONEq(t, `{"appDataList":[{"accountList":{"accountList":[{"accountId":"12345678","itemsCollection":{"data":[
		{"compoundFeatureID":"Common.Async_Messaging","value":{"value":true}}]}}]}}]}`, string(a.body))
}

// shape replaces values by their kinds, and lists by the shape of their first element.
func shape(v any) any {
	switch v := v.(type) {
	case map[string]any:
		o := map[string]any{}
		for name, member := range v {
			o[name] = shape(member)
		}
		return o
	case []any:
		if len(v) == 0 {
			return "list"
		}
		return []any{shape(v[0])}
	}
	return fmt.Sprintf("%T", v)
}

func connectorSample(t *testing.T, name string) answer {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", "..", "shared", "samples", "liveperson", "connector", name))
	if err != nil {
		t.Skip("the published samples are not here")
	}
	return answer{body: b}
}

// What is looked up and logged in with answers with the members of the published samples, each of
// its kind.
func TestAnswersHaveTheShapeOfThePublishedOnes(t *testing.T) {
	c := startCaller(t, sandbox.Config{})
	_, login := post(t, c.r, accountPath+"/login", "application/json", userBody)
	got, want := read[map[string]any](t, answer{body: login}), read[map[string]any](t, connectorSample(t, "agentvep_login_response.json"))
	got["config"].(map[string]any)["userPrivileges"] = want["config"].(map[string]any)["userPrivileges"] // none here
	require.Equal(t, shape(want), shape(got))
	require.Equal(t, true, got["config"].(map[string]any)["isAdmin"])

	domains := c.do("GET", accountPath+"/service/baseURI.json?version=1.0", "")
	require.Equal(t, shape(read[any](t, connectorSample(t, "domain_api_response.json"))), shape(read[any](t, domains)))
	require.Contains(t, string(domains.body), `"service":"accountConfigReadWrite","account":"12345678","baseURI":"`+c.r.Host+`"`)

	_, token := post(t, c.r, tokenOne, "application/x-www-form-urlencoded", clientForm(sandboxtest.App.ID, sandboxtest.App.Secret).Encode())
	require.Equal(t, shape(read[any](t, connectorSample(t, "appjwt_response.json"))), shape(read[any](t, answer{body: token})))
}
