package oauth

import (
	"net/url"
	"strings"
)

// parseHeader reads `OAuth name="value", …` (RFC 5849 §3.5.1). A parameter given twice,
// unquoted or badly encoded makes the header unreadable.
func parseHeader(h string) ([]pair, bool) {
	scheme, rest, ok := strings.Cut(strings.TrimSpace(h), " ")
	if !ok || !strings.EqualFold(scheme, "OAuth") {
		return nil, false
	}
	var list []pair
	seen := map[string]bool{}
	for part := range strings.SplitSeq(rest, ",") {
		part = strings.TrimSpace(part)
		if part == "" {
			continue
		}
		n, v, ok := strings.Cut(part, "=")
		if !ok || len(v) < 2 || v[0] != '"' || v[len(v)-1] != '"' {
			return nil, false
		}
		name, err := url.PathUnescape(n)
		if err != nil || seen[name] {
			return nil, false
		}
		value, err := url.PathUnescape(v[1 : len(v)-1])
		if err != nil {
			return nil, false
		}
		seen[name] = true
		list = append(list, pair{name, value})
	}
	return list, true
}

func value(list []pair, name string) string {
	for _, p := range list {
		if p.name == name {
			return p.value
		}
	}
	return ""
}
