package liveperson

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1"
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// signer signs requests with OAuth 1.0a, HMAC-SHA1 (RFC 5849). The JSON body is not
// part of the signature.
type signer struct {
	APIKey
	now   func() time.Time
	nonce func() string
}

// newSigner returns the signer of the configuration's API key; without one nothing is signed.
func newSigner(c Config) signer {
	s := signer{now: c.Now, nonce: c.Nonce}
	if c.Credentials.OAuth1 != nil {
		s.APIKey = *c.Credentials.OAuth1
	}
	return s
}

// sign sets the Authorization header. Each call takes a new nonce: a request that is
// sent again must be signed again.
func (s *signer) sign(req *http.Request) {
	oauth := [][2]string{
		{"oauth_consumer_key", s.ConsumerKey.Reveal()},
		{"oauth_token", s.Token.Reveal()},
		{"oauth_signature_method", "HMAC-SHA1"},
		{"oauth_timestamp", strconv.FormatInt(s.now().Unix(), 10)},
		{"oauth_nonce", s.nonce()},
		{"oauth_version", "1.0"},
	}
	params := req.URL.Query()
	for _, p := range oauth {
		params.Set(p[0], p[1])
	}
	base := baseString(req.Method, req.URL, params)
	oauth = append(oauth, [2]string{"oauth_signature", signature(base, s.ConsumerSecret.Reveal(), s.TokenSecret.Reveal())})
	fields := make([]string, len(oauth))
	for i, p := range oauth {
		fields[i] = p[0] + `="` + percent(p[1]) + `"`
	}
	req.Header.Set("Authorization", "OAuth "+strings.Join(fields, ", "))
}

// baseString returns the signature base string of RFC 5849 §3.4.1; params are those of
// the query, of the protocol and of a form body together.
func baseString(method string, u *url.URL, params url.Values) string {
	host := strings.ToLower(u.Host)
	scheme := strings.ToLower(u.Scheme)
	if port := u.Port(); scheme == "http" && port == "80" || scheme == "https" && port == "443" {
		host = strings.TrimSuffix(host, ":"+port)
	}
	path := u.EscapedPath()
	if path == "" {
		path = "/"
	}
	return strings.ToUpper(method) + "&" + percent(scheme+"://"+host+path) + "&" + percent(normalized(params))
}

// normalized joins the encoded parameters in the order of RFC 5849 §3.4.1.3.2: by
// encoded name, then by encoded value.
func normalized(params url.Values) string {
	var pairs [][2]string
	for name, values := range params {
		for _, v := range values {
			pairs = append(pairs, [2]string{percent(name), percent(v)})
		}
	}
	slices.SortFunc(pairs, func(a, b [2]string) int {
		if c := strings.Compare(a[0], b[0]); c != 0 {
			return c
		}
		return strings.Compare(a[1], b[1])
	})
	joined := make([]string, len(pairs))
	for i, p := range pairs {
		joined[i] = p[0] + "=" + p[1]
	}
	return strings.Join(joined, "&")
}

func signature(base, consumerSecret, tokenSecret string) string {
	mac := hmac.New(sha1.New, []byte(percent(consumerSecret)+"&"+percent(tokenSecret)))
	mac.Write([]byte(base))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// percent encodes as RFC 5849 §3.6: all but unreserved characters, space as %20.
func percent(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }

// randomNonce returns at least 128 random bits as text.
func randomNonce() string { return rand.Text() }
