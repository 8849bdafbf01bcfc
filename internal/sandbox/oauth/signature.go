// Package oauth checks OAuth 1.0a request signatures as a service provider does
// (RFC 5849). It shares no code with the client's signer, so that each tests the other.
package oauth

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// pair is one decoded request parameter.
type pair struct{ name, value string }

// BaseString is the signature base string of RFC 5849 §3.4.1 for a request received
// over scheme, with the protocol parameters of its Authorization header. The body is
// not covered: only form bodies would be, and the platform takes JSON.
func BaseString(r *http.Request, scheme string, protocol []pair) (string, error) {
	parameters, err := queryPairs(r.URL.RawQuery)
	if err != nil {
		return "", err
	}
	for _, p := range protocol {
		if p.name != "oauth_signature" && p.name != "realm" {
			parameters = append(parameters, p)
		}
	}
	list := make([]string, len(parameters))
	for i, p := range parameters {
		list[i] = escape(p.name) + "=" + escape(p.value)
	}
	// Sorted by encoded name, then encoded value: "=" sorts before every character that
	// encoding leaves in a name, but not before "-" and ".", hence the explicit compare.
	slices.SortFunc(list, func(a, b string) int {
		an, av, _ := strings.Cut(a, "=")
		bn, bv, _ := strings.Cut(b, "=")
		if c := strings.Compare(an, bn); c != 0 {
			return c
		}
		return strings.Compare(av, bv)
	})
	return strings.ToUpper(r.Method) + "&" + escape(baseURI(r, scheme)) + "&" + escape(strings.Join(list, "&")), nil
}

// baseURI is RFC 5849 §3.4.1.2: lower-case scheme and host, default port left out.
func baseURI(r *http.Request, scheme string) string {
	host := strings.ToLower(r.Host)
	switch scheme {
	case "http":
		host = strings.TrimSuffix(host, ":80")
	case "https":
		host = strings.TrimSuffix(host, ":443")
	}
	return scheme + "://" + host + r.URL.EscapedPath()
}

// queryPairs decodes a query as a form: "+" is a blank, repeated names are kept.
func queryPairs(raw string) ([]pair, error) {
	var list []pair
	for part := range strings.SplitSeq(raw, "&") {
		if part == "" {
			continue
		}
		n, v, _ := strings.Cut(part, "=")
		name, err := url.QueryUnescape(n)
		if err != nil {
			return nil, err
		}
		value, err := url.QueryUnescape(v)
		if err != nil {
			return nil, err
		}
		list = append(list, pair{name, value})
	}
	return list, nil
}

// Sign is the HMAC-SHA1 signature of RFC 5849 §3.4.2, in base64.
func Sign(base, consumerSecret, tokenSecret string) string {
	mac := hmac.New(sha1.New, []byte(escape(consumerSecret)+"&"+escape(tokenSecret)))
	mac.Write([]byte(base))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// escape is the percent-encoding of RFC 5849 §3.6: everything but the unreserved.
func escape(s string) string {
	const upper = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-', c == '.', c == '_', c == '~':
			b.WriteByte(c)
		default:
			b.WriteByte('%')
			b.WriteByte(upper[c>>4])
			b.WriteByte(upper[c&15])
		}
	}
	return b.String()
}
