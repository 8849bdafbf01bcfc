package sandbox_test

import (
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"io"
	"math/big"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/require"

	"transporter/internal/sandbox"
	"transporter/internal/sandbox/sandboxtest"
)

const (
	accountPath = "/api/account/" + sandboxtest.AccountID
	userBody    = `{"username":"reporter","password":"login-password-0001"}`
	keyOfLogin  = `"appKey":"app-key-0001","secret":"app-secret-0001","accessToken":"access-token-0001","accessTokenSecret":"token-secret-0001"`

	tokenOne = "/sentinel/api/account/" + sandboxtest.AccountID + "/app/token?v=1.0"
	tokenTwo = "/sentinel/api/v2/account/" + sandboxtest.AccountID + "/app/token"
)

// post sends a body and returns the answer with its body.
func post(t *testing.T, r *sandboxtest.Running, path, contentType, body string, cookies ...*http.Cookie) (*http.Response, []byte) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, r.URL+path, strings.NewReader(body))
	require.NoError(t, err)
	req.Header.Set("Content-Type", contentType)
	for _, c := range cookies {
		req.AddCookie(c)
	}
	res, err := r.Client.Do(req)
	require.NoError(t, err)
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	return res, b
}

type loggedIn struct{ CSRF, Bearer, SessionTTL string }

func logIn(t *testing.T, r *sandboxtest.Running, account, body string) (loggedIn, *http.Cookie) {
	t.Helper()
	res, b := post(t, r, "/api/account/"+account+"/login?v=1.3", "application/json", body)
	require.Equal(t, 200, res.StatusCode, "%s", b)
	var l loggedIn
	require.NoError(t, json.Unmarshal(b, &l))
	require.Len(t, res.Cookies(), 1)
	return l, res.Cookies()[0]
}

func TestASessionBeginsLivesOnAndEnds(t *testing.T) {
	now := time.Now()
	r := sandboxtest.Start(t, sandbox.Config{RealNow: func() time.Time { return now }})
	users := func(bearer string) int {
		return doWithMethod(t, r, http.MethodGet, r.URL+usersPath+"?v=4.0", "Bearer "+bearer)
	}
	l, cookie := logIn(t, r, sandboxtest.AccountID, userBody)
	require.Equal(t, "Session_id", cookie.Name)
	require.Equal(t, "28800000", l.SessionTTL)
	require.Equal(t, 200, users(l.Bearer))

	tell := func(path, csrf string, c *http.Cookie) (int, string) {
		res, b := post(t, r, accountPath+path, "application/json", `{"csrf":"`+csrf+`"}`, c)
		return res.StatusCode, string(b)
	}
	now = now.Add(7 * time.Hour)
	status, body := tell("/refresh?v=1.3", l.CSRF, cookie)
	require.Equal(t, 200, status)
	require.Empty(t, body)
	status, body = tell("/refresh?v=1.3", "another", cookie)
	require.Equal(t, 401, status)
	require.Contains(t, body, `"internalCode":10`)
	require.Contains(t, body, `"responseStatus":"UNAUTHORIZED"`)
	status, _ = tell("/logout", l.CSRF, &http.Cookie{Name: cookie.Name, Value: "another"})
	require.Equal(t, 401, status)

	now = now.Add(7 * time.Hour)
	require.Equal(t, 200, users(l.Bearer), "the refresh let it live on")
	status, _ = tell("/logout", l.CSRF, cookie)
	require.Equal(t, 200, status)
	require.Equal(t, 401, users(l.Bearer))
	l, _ = logIn(t, r, sandboxtest.AccountID, userBody)
	now = now.Add(8*time.Hour + time.Second)
	require.Equal(t, 401, users(l.Bearer), "past its end")
}

func TestWhoMayLogIn(t *testing.T) {
	r := sandboxtest.Start(t, sandbox.Config{})
	for name, tc := range map[string]struct {
		body   string
		status int
	}{
		"user":                    {userBody, 200},
		"API user":                {`{"username":"api-reporter",` + keyOfLogin + `}`, 200},
		"wrong password":          {`{"username":"reporter","password":"guess"}`, 401},
		"no password":             {`{"username":"reporter"}`, 401},
		"a user with another key": {`{"username":"reporter",` + keyOfLogin + `}`, 401},
		"API user without a key":  {`{"username":"api-reporter"}`, 401},
		"unknown user":            {`{"username":"nobody","password":""}`, 401},
		"no user":                 {`{}`, 400},
		"not JSON":                {`hello`, 400},
	} {
		t.Run(name, func(t *testing.T) {
			res, b := post(t, r, accountPath+"/login?v=1.3", "application/json", tc.body)
			require.Equal(t, tc.status, res.StatusCode, "%s", b)
			require.Equal(t, tc.status == 200, strings.Contains(string(b), `"bearer"`))
		})
	}
}

func token(t *testing.T, r *sandboxtest.Running, path string, form url.Values) (int, string) {
	t.Helper()
	res, b := post(t, r, path, "application/x-www-form-urlencoded", form.Encode())
	var answer struct {
		Token string `json:"access_token"`
		Type  string `json:"token_type"`
	}
	require.NoError(t, json.Unmarshal(b, &answer))
	require.Equal(t, res.StatusCode == http.StatusOK, answer.Type == "Bearer")
	return res.StatusCode, answer.Token
}

func clientForm(id, secret string) url.Values {
	return url.Values{"grant_type": {"client_credentials"}, "client_id": {id}, "client_secret": {secret}}
}

// A token of the second version verifies with the published key set alone.
func TestTokensVerifyWithThePublishedKeys(t *testing.T) {
	r := sandboxtest.Start(t, sandbox.Config{})
	res, err := r.Client.Get(r.URL + "/sentinel/well-known/jwks")
	require.NoError(t, err)
	defer res.Body.Close()
	var set struct{ Keys []struct{ N, E string } }
	require.NoError(t, json.NewDecoder(res.Body).Decode(&set))
	require.Len(t, set.Keys, 1)
	number := func(s string) *big.Int {
		b, err := base64.RawURLEncoding.DecodeString(s)
		require.NoError(t, err)
		return new(big.Int).SetBytes(b)
	}
	key := &rsa.PublicKey{N: number(set.Keys[0].N), E: int(number(set.Keys[0].E).Int64())}
	verify := func(token string) (jwt.MapClaims, error) {
		claims := jwt.MapClaims{}
		_, err := jwt.ParseWithClaims(token, claims, func(*jwt.Token) (any, error) { return key, nil }, jwt.WithValidMethods([]string{"RS256"}))
		return claims, err
	}
	status, two := token(t, r, tokenTwo, clientForm(sandboxtest.App.ID, sandboxtest.App.Secret))
	require.Equal(t, 200, status)
	claims, err := verify(two)
	require.NoError(t, err)
	require.Equal(t, "Sentinel", claims["iss"])
	require.Equal(t, sandboxtest.App.ID, claims["azp"])
	require.Equal(t, "users.read", claims["scope"])
	require.Equal(t, 3600.0, claims["exp"].(float64)-claims["iat"].(float64))
	status, one := token(t, r, tokenOne, clientForm(sandboxtest.App.ID, sandboxtest.App.Secret))
	require.Equal(t, 200, status)
	_, err = verify(one)
	require.Error(t, err, "the first version has a key of its own")
}

func TestTokensAreRefused(t *testing.T) {
	r := sandboxtest.Start(t, sandbox.Config{})
	good := clientForm(sandboxtest.App.ID, sandboxtest.App.Secret)
	otherGrant := clientForm(sandboxtest.App.ID, sandboxtest.App.Secret)
	otherGrant.Set("grant_type", "password")
	for name, tc := range map[string]struct {
		path   string
		form   url.Values
		status int
	}{
		"wrong secret":    {tokenTwo, clientForm(sandboxtest.App.ID, "guess"), 401},
		"unknown app":     {tokenTwo, clientForm("nobody", sandboxtest.App.Secret), 401},
		"other grant":     {tokenTwo, otherGrant, 400},
		"no version":      {strings.TrimSuffix(tokenOne, "?v=1.0"), good, 400},
		"another account": {strings.Replace(tokenTwo, sandboxtest.AccountID, "nobody", 1), good, 401},
	} {
		t.Run(name, func(t *testing.T) {
			status, _ := token(t, r, tc.path, tc.form)
			require.Equal(t, tc.status, status)
		})
	}
}

// Every API takes its kinds of credentials and no others.
func TestEachAPIChecksTheKindOfCredentials(t *testing.T) {
	limited := sandbox.User{Name: "limited", Password: "p", Services: []string{sandbox.ServiceChats}}
	noScope := sandbox.App{ID: "plain", Secret: "s"}
	r := sandboxtest.Start(t, sandbox.Config{Accounts: []sandbox.Account{
		{ID: sandboxtest.AccountID, Users: []sandbox.User{sandboxtest.User, limited}, Apps: []sandbox.App{sandboxtest.App, noScope}},
		{ID: "other", Users: []sandbox.User{sandboxtest.User}},
	}})
	session, _ := logIn(t, r, sandboxtest.AccountID, userBody)
	few, _ := logIn(t, r, sandboxtest.AccountID, `{"username":"limited","password":"p"}`)
	stranger, _ := logIn(t, r, "other", userBody)
	_, one := token(t, r, tokenOne, clientForm(sandboxtest.App.ID, sandboxtest.App.Secret))
	_, two := token(t, r, tokenTwo, clientForm(sandboxtest.App.ID, sandboxtest.App.Secret))
	_, plain := token(t, r, tokenTwo, clientForm("plain", "s"))
	users, skills := usersPath+"?v=4.0", strings.Replace(usersPath, "users/users", "users/skills", 1)+"?v=4.0"
	for name, tc := range map[string]struct {
		path, bearer string
		status       int
	}{
		"users by a session":             {users, session.Bearer, 200},
		"users by a token":               {users, two, 200},
		"users by a token without scope": {users, plain, 403},
		"users by a token of version 1":  {users, one, 401},
		"users by a user who may not":    {users, few.Bearer, 403},
		"users by another account's":     {users, stranger.Bearer, 401},
		"skills by a session":            {skills, session.Bearer, 200},
		"skills by a token":              {skills, two, 401},
		"status changes by a session":    {"/api/v2/account/" + sandboxtest.AccountID + "/status-changes", session.Bearer, 401},
		"a token that somebody changed":  {users, two[:len(two)-8] + "AAAAAAAA", 401},
		"a bearer that nobody was given": {users, strings.Repeat("0", 64), 401},
		"an empty bearer":                {users, "", 401},
		"an account that does not exist": {strings.Replace(users, sandboxtest.AccountID, "nobody", 1), session.Bearer, 401},
		"a token for an unknown account": {strings.Replace(users, sandboxtest.AccountID, "nobody", 1), two, 401},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, tc.status, doWithMethod(t, r, http.MethodGet, r.URL+tc.path, "Bearer "+tc.bearer))
		})
	}
}

// doWithMethod returns the status of a request without a body.
func doWithMethod(t *testing.T, r *sandboxtest.Running, method, target, authorization string) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, target, nil)
	require.NoError(t, err)
	req.Header.Set("Authorization", authorization)
	res, err := r.Client.Do(req)
	require.NoError(t, err)
	defer res.Body.Close()
	return res.StatusCode
}
