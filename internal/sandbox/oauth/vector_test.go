package oauth

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"
)

// The check vector of the data APIs' reference (liveperson-data-apis.md §2.2), computed
// with other code that reproduces RFC 5849 §1.2.
const (
	vectorURL  = "https://va.msghist.liveperson.net/messaging_history/api/account/12345678/conversations/search?offset=0&limit=100&sort=start:asc&source=LP_Export"
	vectorBase = "POST&https%3A%2F%2Fva.msghist.liveperson.net%2Fmessaging_history%2Fapi%2Faccount%2F12345678%2Fconversations%2Fsearch&" +
		"limit%3D100%26oauth_consumer_key%3Dapp-key-0001%26oauth_nonce%3Dnonce-0001%26oauth_signature_method%3DHMAC-SHA1%26" +
		"oauth_timestamp%3D1700000000%26oauth_token%3Daccess-token-0001%26oauth_version%3D1.0%26offset%3D0%26sort%3Dstart%253Aasc%26source%3DLP_Export"
	vectorSignature = "Ys7MiaAMofeq8vaoVgwhqsDv39U="
)

func TestTheReferenceVectorVerifies(t *testing.T) {
	list, ok := parseHeader(`OAuth oauth_consumer_key="app-key-0001", oauth_token="access-token-0001", oauth_signature_method="HMAC-SHA1", ` +
		`oauth_timestamp="1700000000", oauth_nonce="nonce-0001", oauth_version="1.0", oauth_signature="ignored"`)
	require.True(t, ok)
	base, err := BaseString(httptest.NewRequest(http.MethodPost, vectorURL, nil), "https", list)
	require.NoError(t, err)
	require.Equal(t, vectorBase, base)
	require.Equal(t, vectorSignature, Sign(base, "app-secret-0001", "token-secret-0001"))
}

// RFC 5849 §1.2 signs a GET with HMAC-SHA1 and a default port, and has no version.
func TestTheExampleOfTheRFCVerifies(t *testing.T) {
	list, ok := parseHeader(`OAuth realm="Photos", oauth_consumer_key="dpf43f3p2l4k3l03", oauth_token="nnch734d00sl2jdk", ` +
		`oauth_signature_method="HMAC-SHA1", oauth_timestamp="137131202", oauth_nonce="chapoH", oauth_signature="MdpQcU8iPSUjWoN%2FUDMsK2sui9I%3D"`)
	require.True(t, ok)
	base, err := BaseString(httptest.NewRequest(http.MethodGet, "http://photos.example.net:80/photos?file=vacation.jpg&size=original", nil), "http", list)
	require.NoError(t, err)
	require.Equal(t, value(list, "oauth_signature"), Sign(base, "kd94hf93k423kf44", "pfkkdhi9sl3r4s00"))
}

func TestTheBaseStringNormalizes(t *testing.T) {
	for _, c := range []struct{ name, url, scheme, want string }{
		{"default https port is left out", "https://HOST.example:443/p", "https", "GET&https%3A%2F%2Fhost.example%2Fp&"},
		{"other ports stay", "https://host.example:8443/p", "https", "GET&https%3A%2F%2Fhost.example%3A8443%2Fp&"},
		{"plus is a blank", "http://h/p?a=x+y", "http", "GET&http%3A%2F%2Fh%2Fp&a%3Dx%2520y"},
		{"repeated names sort by value", "http://h/p?a=2&a=1&a-b=0", "http", "GET&http%3A%2F%2Fh%2Fp&a%3D1%26a%3D2%26a-b%3D0"},
		{"empty values stay", "http://h/p?b5=%3D%253D&a3=a&c%40=&a2=r%20b", "http", "GET&http%3A%2F%2Fh%2Fp&a2%3Dr%2520b%26a3%3Da%26b5%3D%253D%25253D%26c%2540%3D"},
		{"tilde is unreserved", "http://h/p?x=%7e*", "http", "GET&http%3A%2F%2Fh%2Fp&x%3D~%252A"},
	} {
		t.Run(c.name, func(t *testing.T) {
			base, err := BaseString(httptest.NewRequest(http.MethodGet, c.url, nil), c.scheme, nil)
			require.NoError(t, err)
			require.Equal(t, c.want, base)
		})
	}
}
