package sandbox_test

import (
	"fmt"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/sandbox"
	"transporter/internal/sandbox/oauth"
	"transporter/internal/sandbox/sandboxtest"
)

func set(name, value string) func(map[string]string) {
	return func(p map[string]string) { p[name] = value }
}

func ago(d time.Duration) string { return fmt.Sprint(time.Now().Add(-d).Unix()) }

func TestRequestsMustBeSigned(t *testing.T) {
	r := sandboxtest.Start(t, sandbox.Config{Now: func() time.Time { return sandboxtest.Now.AddDate(-3, 0, 0) }})
	target := r.URL + searchPath + "?source=t+e%20s%2Bt&sort=start:asc&limit=1"
	body := `{"start":{"from":1,"to":2}}`
	stranger := sandboxtest.Key
	stranger.Consumer = "someone"
	badToken := sandboxtest.Key
	badToken.Token = "another"
	badSecret := sandboxtest.Key
	badSecret.TokenSecret = "guess"
	for _, c := range []struct {
		name    string
		signer  signer
		status  int
		problem oauth.Problem
	}{
		{"good, though the data clock is years behind", good, 200, ""},
		{"within the skew", signer{key: sandboxtest.Key, change: set("oauth_timestamp", ago(240*time.Second))}, 200, ""},
		{"version left out", signer{key: sandboxtest.Key, change: func(p map[string]string) { delete(p, "oauth_version") }}, 200, ""},
		{"no header", signer{}, 401, oauth.ParameterAbsent},
		{"too old", signer{key: sandboxtest.Key, change: set("oauth_timestamp", ago(330*time.Second))}, 401, oauth.TimestampRefused},
		{"from the future", signer{key: sandboxtest.Key, change: set("oauth_timestamp", ago(-400*time.Second))}, 401, oauth.TimestampRefused},
		{"unreadable timestamp", signer{key: sandboxtest.Key, change: set("oauth_timestamp", "today")}, 401, oauth.TimestampRefused},
		{"unknown consumer key", signer{key: stranger}, 401, oauth.ConsumerUnknown},
		{"unknown token", signer{key: badToken}, 401, oauth.TokenRejected},
		{"wrong secret", signer{key: badSecret}, 401, oauth.SignatureInvalid},
		{"tampered signature", signer{key: sandboxtest.Key, spoil: set("oauth_signature", "AAAAAAAAAAAAAAAAAAAAAAAAAAA=")}, 401, oauth.SignatureInvalid},
		{"parameter changed after signing", signer{key: sandboxtest.Key, spoil: set("oauth_nonce", "other")}, 401, oauth.SignatureInvalid},
		{"other method", signer{key: sandboxtest.Key, change: set("oauth_signature_method", "PLAINTEXT")}, 401, oauth.MethodRejected},
		{"other version", signer{key: sandboxtest.Key, change: set("oauth_version", "2.0")}, 401, oauth.VersionRejected},
		{"no nonce", signer{key: sandboxtest.Key, change: func(p map[string]string) { delete(p, "oauth_nonce") }}, 401, oauth.ParameterAbsent},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := do(t, r, "POST", target, body, c.signer)
			require.Equal(t, c.status, a.status, "%s", a.body)
			if c.problem != "" {
				require.Contains(t, string(a.body), `"reason":"oauth_problem=`+string(c.problem)+"&oauth_problem_advice=")
			}
		})
	}
}

func TestNoncesAreUsedOnce(t *testing.T) {
	r := sandboxtest.Start(t, sandbox.Config{})
	target := r.URL + searchPath + "?source=test"
	s := signer{key: sandboxtest.Key, change: set("oauth_nonce", "once")}
	body := startBody(sandboxtest.Now.Add(-time.Hour), sandboxtest.Now, "")
	require.Equal(t, 200, do(t, r, "POST", target, body, s).status)
	again := do(t, r, "POST", target, body, s)
	require.Equal(t, 401, again.status)
	require.Contains(t, string(again.body), string(oauth.NonceUsed))
	forged := signer{key: sandboxtest.Key, change: set("oauth_nonce", "burnt"), spoil: set("oauth_signature", "x")}
	require.Equal(t, 401, do(t, r, "POST", target, body, forged).status)
	fresh := signer{key: sandboxtest.Key, change: set("oauth_nonce", "burnt")}
	require.Equal(t, 200, do(t, r, "POST", target, body, fresh).status, "a forger cannot use up a nonce")
}

func TestTheSignatureCoversHostPathAndQuery(t *testing.T) {
	r := sandboxtest.Start(t, sandbox.Config{})
	body := startBody(sandboxtest.Now.Add(-time.Hour), sandboxtest.Now, "")
	u, err := url.Parse(r.URL)
	require.NoError(t, err)
	for name, signed := range map[string]string{
		"another host":   "https://va.msghist.liveperson.net" + searchPath + "?source=test",
		"another scheme": "http://" + u.Host + searchPath + "?source=test",
		"another path":   r.URL + byIDPath + "?source=test",
		"another query":  r.URL + searchPath + "?source=test&limit=100",
	} {
		t.Run(name, func(t *testing.T) {
			header := good.header("POST", signed)
			a := doWithHeader(t, r, r.URL+searchPath+"?source=test", body, header)
			require.Equal(t, 401, a.status)
			require.Contains(t, string(a.body), string(oauth.SignatureInvalid))
		})
	}
}

func TestKeysBelongToAccountsAndHavePermissions(t *testing.T) {
	other := oauth.Key{Consumer: "c2", ConsumerSecret: "s2", Token: "t2", TokenSecret: "ts2"}
	r := sandboxtest.Start(t, sandbox.Config{Accounts: []sandbox.Account{
		{ID: sandboxtest.AccountID, Keys: []sandbox.Key{{Key: sandboxtest.Key, Services: []string{sandbox.ServiceConfiguration}}}},
		{ID: "other", Keys: []sandbox.Key{{Key: other}}},
	}})
	body := startBody(sandboxtest.Now.Add(-time.Hour), sandboxtest.Now, "")
	require.Equal(t, 403, do(t, r, "POST", r.URL+searchPath+"?source=test", body, good).status)
	require.Equal(t, 200, do(t, r, "GET", r.URL+usersPath+"?v=4.0", "", good).status)
	require.Equal(t, 401, do(t, r, "GET", r.URL+usersPath+"?v=4.0", "", signer{key: other}).status)
	nobody := "/messaging_history/api/account/nobody/conversations/search?source=test"
	require.Equal(t, 401, do(t, r, "POST", r.URL+nobody, body, good).status)
	a := doWithHeader(t, r, r.URL+searchPath+"?source=test", body, "Bearer abc")
	require.Equal(t, 401, a.status)
}
