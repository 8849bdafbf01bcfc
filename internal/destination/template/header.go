package template

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"golang.org/x/net/http/httpguts"

	"transporter/internal/fault"
)

// Pair is a named template.
type Pair struct {
	Name  string
	Value Template
}

// ParsePairs reads templates by name, with FileFields, in the order of the names.
func ParsePairs(where string, texts map[string]string) ([]Pair, error) {
	var pairs []Pair
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		value, err := Parse(where+"."+name, texts[name], FileFields())
		if err != nil {
			return nil, err
		}
		pairs = append(pairs, Pair{name, value})
	}
	return pairs, nil
}

// ours are the headers that the transporter sets itself, or that belong to the connection
// (RFC 9110 section 7.6.1).
var ours = []string{
	"Authorization", "Connection", "Content-Digest", "Content-Disposition", "Content-Length", "Expect", "Host", "Idempotency-Key",
	"Keep-Alive", "Proxy-Authorization", "Proxy-Connection", "Te", "Trailer", "Transfer-Encoding", "Upgrade", "X-Transporter-Signature",
}

// ParseHeaders reads headers as ParsePairs does, and refuses what no header can hold and the
// names that are not the operator's to set.
func ParseHeaders(where string, texts map[string]string) ([]Pair, error) {
	pairs, err := ParsePairs(where, texts)
	for _, p := range pairs {
		if err := CheckHeader(where+"."+p.Name, p.Name); err != nil {
			return nil, err
		}
		if !visible(p.Value.Fill(nil, nil)) {
			return nil, fault.New(fault.InvalidSpec, "its value has characters that a header cannot hold").WithField(where + "." + p.Name).
				WithFix("use visible ASCII characters and spaces")
		}
	}
	return pairs, err
}

// CheckHeader refuses a name that is no token (RFC 9110 section 5.1) or not the operator's to
// set.
func CheckHeader(where, name string) error {
	if !httpguts.ValidHeaderFieldName(name) {
		return fault.New(fault.InvalidSpec, "%q is not the name of a header", name).WithField(where)
	}
	if slices.Contains(ours, http.CanonicalHeaderKey(name)) {
		return fault.New(fault.InvalidSpec, "the transporter sets this header itself").WithField(where).
			WithFix("take it away, see docs/destinations.md")
	}
	return nil
}

// visible tells whether every receiver reads the text alike in a header (RFC 9110 section 5.5).
func visible(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r > '~' })
}

// EscapeHeader writes what a header cannot hold as %XX, so that no value of a file can end a
// header or begin another.
func EscapeHeader(value string) string {
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
