package sandbox

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"unicode/utf8"

	"transporter/internal/sandbox/history"
)

const (
	defaultLimit = 50
	mostLimit    = 100
	longSource   = 20
)

// page is the validated query string of a history request.
type page struct {
	offset, limit int
	sort          history.Sort
	typed         bool // v=2
}

var sorts = map[string]history.Sort{
	"": history.Unsorted, "start:asc": history.StartAsc, "start:desc": history.StartDesc,
	"end:asc": history.EndAsc, "end:desc": history.EndDesc,
}

// parsePage checks every query parameter; the error names the one that is wrong.
func parsePage(v url.Values) (p page, err error) {
	if n := utf8.RuneCountInString(v.Get("source")); n == 0 || n > longSource {
		return p, fmt.Errorf("source: is required and must not exceed %d characters", longSource)
	}
	return parseAnonymousPage(v)
}

// parseAnonymousPage is parsePage for those who need not say who they are.
func parseAnonymousPage(v url.Values) (p page, err error) {
	if p.offset, err = parameter(v, "offset", 0, 0, 1<<31); err != nil {
		return p, err
	}
	if p.limit, err = parameter(v, "limit", defaultLimit, 1, mostLimit); err != nil {
		return p, err
	}
	version, err := parameter(v, "v", 1, 1, 2)
	if err != nil {
		return p, err
	}
	p.typed = version == 2
	var ok bool
	if p.sort, ok = sorts[v.Get("sort")]; !ok {
		return p, fmt.Errorf("sort: %q must be start or end with :asc or :desc", v.Get("sort"))
	}
	return p, nil
}

func parameter(v url.Values, name string, missing, least, most int) (int, error) {
	if !v.Has(name) {
		return missing, nil
	}
	n, err := strconv.Atoi(v.Get(name))
	if err != nil || n < least {
		return 0, fmt.Errorf("%s: must be a number greater than or equal to %d", name, least)
	}
	if n > most {
		return 0, fmt.Errorf("%s: must be less than or equal to %d", name, most)
	}
	return n, nil
}

// foreignHost is what paging links carry: plain http and a host that only the platform's
// inside knows. Clients must not follow them.
const foreignHost = "http://msghist-backend.invalid:8082"

// appendMetadata writes the envelope's head: count, links, shard status.
func appendMetadata(dst []byte, r *http.Request, p page, count int, partial bool) []byte {
	dst = append(dst, `{"_metadata":{"count":`...)
	dst = strconv.AppendInt(dst, int64(count), 10)
	link := func(rel string, offset int) {
		q := r.URL.Query()
		q.Set("offset", strconv.Itoa(offset))
		q.Set("limit", strconv.Itoa(p.limit))
		dst = fmt.Appendf(dst, `,"%s":{"rel":"%s","href":%q}`, rel, rel, foreignHost+r.URL.EscapedPath()+"?"+q.Encode())
	}
	link("self", p.offset)
	if p.offset+p.limit < count {
		link("next", p.offset+p.limit)
	}
	link("last", max(count-1, 0)/p.limit*p.limit)
	if p.offset > 0 {
		link("prev", max(p.offset-p.limit, 0))
		link("first", 0)
	}
	dst = append(dst, `,"shardsStatusResult":{"partialResult":`...)
	if partial {
		dst = append(dst, `true,"failureShards":1,"totalShards":5}}`...)
	} else {
		dst = append(dst, `false}}`...)
	}
	return dst
}
