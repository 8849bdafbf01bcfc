package httpput

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/http/httpguts"

	"transporter/internal/destination/template"
)

// target is the URL: what identifies the receiver, and after it texts that may have fields.
type target struct {
	text   string // as it was written, without the query
	origin string // scheme and host
	path   template.Template
	query  template.Template
}

func parseTarget(text string) (target, error) {
	var t target
	scheme, rest, ok := strings.Cut(text, "://")
	end := strings.IndexAny(rest, "/?#")
	if end < 0 {
		end = len(rest)
	}
	host, rest := rest[:end], rest[end:]
	whole, err := url.Parse(scheme + "://" + host)
	switch {
	case !ok || err != nil || host == "" || strings.ContainsAny(host, "{}") || scheme != "https" && scheme != "http":
		return t, refuse(fieldURL, "it is not the address of a receiver").WithFix("write it as https://files.example.com/incoming/{name}")
	case whole.User != nil:
		return t, refuse(fieldURL, "it holds credentials").WithFix("give them as credentials, with auth basic")
	case strings.Contains(rest, "#"):
		return t, refuse(fieldURL, "a fragment is not sent").WithFix("take #… away")
	case scheme == "http" && !near(whole.Hostname()):
		return t, refuse(fieldURL, "http shows files and credentials to everybody on the way").WithFix("use https")
	}
	path, query, _ := strings.Cut(rest, "?")
	t.origin = scheme + "://" + host
	t.text = t.origin + path
	if t.path, err = template.Parse(fieldURL, path, template.FileFields()); err != nil {
		return t, err
	}
	if t.query, err = template.Parse(fieldURL, query, template.FileFields()); err != nil {
		return t, err
	}
	_, err = url.Parse(t.origin + t.path.Fill(nil, nil) + "?" + t.query.Fill(nil, nil))
	if err != nil || strings.ContainsFunc(rest, func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
		return t, refuse(fieldURL, "it has characters that a URL cannot hold").WithFix("write them as %%XX")
	}
	return t, nil
}

// near tells whether the host is an address of this machine or of a private network, by its
// literal.
func near(host string) bool {
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && (addr.IsLoopback() || addr.IsPrivate())
}

func (t target) has(field string) bool { return t.path.Has(field) || t.query.Has(field) }

// fill returns the URL for a file. In the path a name keeps its slashes.
func (t target) fill(values map[string]string, parameters []pair) (*url.URL, error) {
	u, err := url.Parse(t.origin + t.path.Fill(values, escapePath))
	if err != nil {
		return nil, refuse(fieldURL, "it is no URL once it is filled for %s", values["name"])
	}
	if u.Path == "" {
		u.Path = "/"
	}
	parts := []string{}
	if q := t.query.Fill(values, url.QueryEscape); q != "" {
		parts = append(parts, q)
	}
	for _, p := range parameters {
		parts = append(parts, url.QueryEscape(p.name)+"="+url.QueryEscape(p.value.Fill(values, nil)))
	}
	u.RawQuery = strings.Join(parts, "&")
	return u, nil
}

func escapePath(value string) string {
	parts := strings.Split(value, "/")
	for i, p := range parts {
		parts[i] = url.PathEscape(p)
	}
	return strings.Join(parts, "/")
}

// parsePairs reads an object of templates, in the order of their names.
func parsePairs(field, text string) ([]pair, error) {
	if text == "" {
		return nil, nil
	}
	var object map[string]string
	if err := json.Unmarshal([]byte(text), &object); err != nil {
		return nil, refuse(field, "it is not an object of texts").WithFix(`write {"name": "value"}`)
	}
	var pairs []pair
	for _, name := range slices.Sorted(maps.Keys(object)) {
		value, err := template.Parse(at(field, name), object[name], template.FileFields())
		if err != nil {
			return nil, err
		}
		pairs = append(pairs, pair{name, value})
	}
	return pairs, nil
}

// ours are the headers that the transporter sets itself, or that belong to the connection
// (RFC 9110 section 7.6.1).
var ours = []string{
	"Authorization", "Connection", "Content-Digest", "Content-Disposition", "Content-Length", "Expect", "Host", "Idempotency-Key",
	"Keep-Alive", "Proxy-Authorization", "Proxy-Connection", "Te", "Trailer", "Transfer-Encoding", "Upgrade", "X-Transporter-Signature",
}

func parseHeaders(text string, form bool) ([]pair, error) {
	pairs, err := parsePairs(fieldHeaders, text)
	for _, p := range pairs {
		where := at(fieldHeaders, p.name)
		if err := checkHeader(where, p.name); err != nil {
			return nil, err
		}
		if form && http.CanonicalHeaderKey(p.name) == "Content-Type" {
			return nil, refuse(where, "a form has a Content-Type of its own")
		}
		if !visible(p.value.Fill(nil, nil)) {
			return nil, refuse(where, "its value has characters that a header cannot hold").WithFix("use visible ASCII characters and spaces")
		}
	}
	return pairs, err
}

// visible tells whether every receiver reads the text alike in a header (RFC 9110 section 5.5).
func visible(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r > '~' })
}

// checkHeader refuses a name that is no token (RFC 9110 section 5.1) or not the operator's to
// set.
func checkHeader(where, name string) error {
	if !httpguts.ValidHeaderFieldName(name) {
		return refuse(where, "%q is not the name of a header", name)
	}
	if slices.Contains(ours, http.CanonicalHeaderKey(name)) {
		return refuse(where, "the transporter sets this header itself").WithFix("take it away, see docs/destinations.md")
	}
	return nil
}

// escapeHeader writes what a header cannot hold as %XX, so that no value of a file can end a
// header or begin another.
func escapeHeader(value string) string {
	var b strings.Builder
	for i := range len(value) {
		if c := value[i]; c < ' ' || c > '~' || c == '%' {
			fmt.Fprintf(&b, "%%%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

func parseList[V any](field, text string) (list []V, err error) {
	if err := json.Unmarshal([]byte(text), &list); err != nil || len(list) == 0 {
		return nil, refuse(field, "it is not a list").WithFix("write [200, 201]")
	}
	return list, nil
}
