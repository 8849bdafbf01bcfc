package liveperson

import (
	"net/http"
	"net/url"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func mustURL(t *testing.T, s string) *url.URL {
	t.Helper()
	u, err := url.Parse(s)
	require.NoError(t, err)
	return u
}

// The example of RFC 5849 §3.4.1.1, which has a form body and repeated names.
func TestBaseStringOfTheRFC(t *testing.T) {
	u := mustURL(t, "http://EXAMPLE.COM:80/request?b5=%3D%253D&a3=a&c%40=&a2=r%20b")
	params := u.Query()
	for name, value := range map[string]string{
		"oauth_consumer_key": "9djdj82h48djs9d2", "oauth_token": "kkk9d7dh3k39sjv7",
		"oauth_signature_method": "HMAC-SHA1", "oauth_timestamp": "137131201", "oauth_nonce": "7d8f3e4a",
		"c2": "", "a3": "2 q",
	} {
		params.Add(name, value)
	}
	require.Equal(t, "POST&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q%26a3%3Da%26b5%3D%253D%25253D"+
		"%26c%2540%3D%26c2%3D%26oauth_consumer_key%3D9djdj82h48djs9d2%26oauth_nonce%3D7d8f3e4a"+
		"%26oauth_signature_method%3DHMAC-SHA1%26oauth_timestamp%3D137131201%26oauth_token%3Dkkk9d7dh3k39sjv7",
		baseString("post", u, params))
}

// The request for a protected photo of RFC 5849 §1.2.
func TestSignatureOfTheRFC(t *testing.T) {
	u := mustURL(t, "http://photos.example.net/photos?file=vacation.jpg&size=original")
	params := u.Query()
	for name, value := range map[string]string{
		"oauth_consumer_key": "dpf43f3p2l4k3l03", "oauth_token": "nnch734d00sl2jdk",
		"oauth_signature_method": "HMAC-SHA1", "oauth_timestamp": "137131202", "oauth_nonce": "chapoH",
	} {
		params.Set(name, value)
	}
	require.Equal(t, "MdpQcU8iPSUjWoN/UDMsK2sui9I=",
		signature(baseString("GET", u, params), "kd94hf93k423kf44", "pfkkdhi9sl3r4s00"))
}

func testSigner() *signer {
	return &signer{
		APIKey: APIKey{
			ConsumerKey: "app-key-0001", ConsumerSecret: "app-secret-0001",
			Token: "access-token-0001", TokenSecret: "token-secret-0001",
		},
		now:   func() time.Time { return time.Unix(1700000000, 0) },
		nonce: func() string { return "nonce-0001" },
	}
}

func testCredentials() Credentials { return Credentials{OAuth1: &testSigner().APIKey} }

// The check vector of the platform's search.
func TestSignSearch(t *testing.T) {
	link := "https://va.msghist.liveperson.net/messaging_history/api/account/12345678/conversations/search" +
		"?offset=0&limit=100&sort=start:asc&source=LP_Export"
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, link, nil)
	require.NoError(t, err)
	params := req.URL.Query()
	for name, value := range map[string]string{
		"oauth_consumer_key": "app-key-0001", "oauth_token": "access-token-0001", "oauth_version": "1.0",
		"oauth_signature_method": "HMAC-SHA1", "oauth_timestamp": "1700000000", "oauth_nonce": "nonce-0001",
	} {
		params.Set(name, value)
	}
	require.Equal(t, "POST&https%3A%2F%2Fva.msghist.liveperson.net%2Fmessaging_history%2Fapi%2Faccount%2F12345678"+
		"%2Fconversations%2Fsearch&limit%3D100%26oauth_consumer_key%3Dapp-key-0001%26oauth_nonce%3Dnonce-0001"+
		"%26oauth_signature_method%3DHMAC-SHA1%26oauth_timestamp%3D1700000000%26oauth_token%3Daccess-token-0001"+
		"%26oauth_version%3D1.0%26offset%3D0%26sort%3Dstart%253Aasc%26source%3DLP_Export",
		baseString(req.Method, req.URL, params))

	testSigner().sign(req)
	require.Equal(t, `OAuth oauth_consumer_key="app-key-0001", oauth_token="access-token-0001", `+
		`oauth_signature_method="HMAC-SHA1", oauth_timestamp="1700000000", oauth_nonce="nonce-0001", oauth_version="1.0", `+
		`oauth_signature="Ys7MiaAMofeq8vaoVgwhqsDv39U%3D"`, req.Header.Get("Authorization"))
}

// The scheme, the case of the host and the default port do not change the signature,
// another port does (RFC 5849 §3.4.1.2).
func TestBaseStringURI(t *testing.T) {
	base := func(link string) string { return baseString("GET", mustURL(t, link), url.Values{}) }
	require.Equal(t, "GET&https%3A%2F%2Fa.example%2F&", base("https://A.example"))
	require.Equal(t, base("https://a.example/"), base("HTTPS://a.Example:443/"))
	require.Equal(t, "GET&https%3A%2F%2Fa.example%3A8443%2Fx%2520y&", base("https://a.example:8443/x%20y"))
}

func TestPercentLeavesOnlyUnreserved(t *testing.T) {
	encoded := regexp.MustCompile(`^([A-Za-z0-9._~-]|%[0-9A-F]{2})*$`)
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String().Draw(t, "s")
		e := percent(s)
		require.Regexp(t, encoded, e)
		back, err := url.PathUnescape(e)
		require.NoError(t, err)
		require.Equal(t, s, back)
	})
}

func TestNoncesDiffer(t *testing.T) {
	seen := map[string]bool{}
	for range 1000 {
		n := randomNonce()
		require.GreaterOrEqual(t, len(n), 20)
		require.False(t, seen[n])
		seen[n] = true
	}
}
