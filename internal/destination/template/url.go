package template

import (
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"transporter/internal/fault"
)

// URL is an address that is filled for every file. Fields may stand in its path and query, not
// in what identifies the receiver.
type URL struct {
	Text   string // as it was written, without the query
	Origin string // scheme and host
	path   Template
	query  Template
}

// ParseURL reads an https address with FileFields; http is taken only to a literal address of
// this machine or of a private network. What is wrong is fault.InvalidSpec that names where.
func ParseURL(where, text string) (URL, error) {
	refuse := func(fix, format string, args ...any) (URL, error) {
		return URL{}, fault.New(fault.InvalidSpec, format, args...).WithField(where).WithFix("%s", fix)
	}
	scheme, rest, ok := strings.Cut(text, "://")
	end := strings.IndexAny(rest+"/", "/?#")
	host, rest := rest[:end], rest[end:]
	origin, err := url.Parse(scheme + "://" + host)
	switch {
	case !ok || err != nil || host == "" || strings.ContainsAny(host, "{}") || scheme != "https" && scheme != "http":
		return refuse("write it as https://files.example.com/incoming/{name}", "it is not the address of a receiver")
	case origin.User != nil:
		return refuse("give them as credentials, with auth basic", "it holds credentials")
	case strings.Contains(rest, "#"):
		return refuse("take #… away", "a fragment is not sent")
	case scheme == "http" && !near(origin.Hostname()):
		return refuse("use https", "http shows files and credentials to everybody on the way")
	}
	path, query, _ := strings.Cut(rest, "?")
	u := URL{Text: scheme + "://" + host + path, Origin: scheme + "://" + host}
	if u.path, err = Parse(where, path, FileFields()); err != nil {
		return u, err
	}
	if u.query, err = Parse(where, query, FileFields()); err != nil {
		return u, err
	}
	filled, err := url.Parse(u.Origin + u.path.Fill(nil, nil) + "?" + u.query.Fill(nil, nil))
	if err != nil || !visible(rest) || strings.Contains(rest, " ") {
		return refuse("write them as %XX", "it has characters that a URL cannot hold")
	}
	if climbs(filled.Path) {
		return refuse("write the folder that is meant", "its path holds the part . or ..")
	}
	return u, nil
}

// climbs tells whether a decoded path has parts that receivers resolve (RFC 3986 section 5.2.4),
// so that files would lie elsewhere than the address says.
func climbs(path string) bool {
	parts := strings.Split(path, "/")
	return slices.Contains(parts, ".") || slices.Contains(parts, "..")
}

// near tells whether the host is an address of this machine or of a private network, by its
// literal.
func near(host string) bool {
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && (addr.IsLoopback() || addr.IsPrivate())
}

// Fill returns the address for the values, with the parameters after its own query. In the path
// a value keeps its slashes; one that would lead out of its folder is fault.InvalidSpec.
func (u URL) Fill(values map[string]string, parameters []Pair) (*url.URL, error) {
	out, err := url.Parse(u.Origin + u.path.Fill(values, escapePath))
	if err != nil {
		return nil, fault.New(fault.InvalidSpec, "%s is no address once it is filled for %s", u.Text, values["name"])
	}
	if climbs(out.Path) {
		return nil, fault.New(fault.InvalidSpec, "a value of %s leads out of the folder: it is . or .. in the path", u.Text).WithField("url").
			WithFix("use other fields in the path, such as {name} or {task}")
	}
	if out.Path == "" {
		out.Path = "/"
	}
	parts := []string{}
	if q := u.query.Fill(values, url.QueryEscape); q != "" {
		parts = append(parts, q)
	}
	for _, p := range parameters {
		parts = append(parts, url.QueryEscape(p.Name)+"="+url.QueryEscape(p.Value.Fill(values, nil)))
	}
	out.RawQuery = strings.Join(parts, "&")
	return out, nil
}

func escapePath(value string) string {
	parts := strings.Split(value, "/")
	for i, p := range parts {
		parts[i] = url.PathEscape(p)
	}
	return strings.Join(parts, "/")
}

// Distinct reports whether every file of a task gets an address of its own.
func (u URL) Distinct(parameters []Pair) bool {
	texts := []Template{u.path, u.query}
	for _, p := range parameters {
		texts = append(texts, p.Value)
	}
	for _, t := range texts {
		if t.Has("name") || t.Has("file") || t.Has("sha256") {
			return true
		}
	}
	return false
}
