package sandbox

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// reach is what an API of the agent activity host, or the net handle time API, allows to
// ask for at once.
type reach struct {
	defaultLimit, mostLimit int
	span                    func(from time.Time) time.Time // the latest end for that beginning
	oldest                  func(now time.Time) time.Time
}

// asked is a validated query of such an API. Both bounds are included.
type asked struct {
	page

	from, to int64
}

// sourceName is the form that the handle time pages give for the parameter source.
var sourceName = regexp.MustCompile(`^[a-zA-Z0-9_]{1,20}$`)

// readSpan checks source, the span of time and the page. Causes name every parameter that is
// wrong; without a span the last 24 hours are meant.
func (a reach) readSpan(v url.Values, now time.Time, fromName, toName string) (q asked, causes []string) {
	note := func(err error) {
		if err != nil {
			causes = append(causes, err.Error())
		}
	}
	var err error
	q.offset, err = parameter(v, "offset", 0, 0, 1<<31)
	note(err)
	q.limit, err = parameter(v, "limit", a.defaultLimit, 1, a.mostLimit)
	note(err)
	if !sourceName.MatchString(v.Get("source")) {
		causes = append(causes, "source: is required and must match ^[a-zA-Z0-9_]{1,20}$")
	}
	from, hasFrom, err := moment(v, fromName, "fromMillis")
	note(err)
	to, hasTo, err := moment(v, toName, "toMillis")
	note(err)
	switch {
	case len(causes) > 0:
	case hasFrom != hasTo:
		causes = append(causes, fromName+": must be given together with "+toName)
	case !hasFrom:
		from, to = now.Add(-24*time.Hour), now
	case to.Before(from):
		causes = append(causes, toName+": must not be before "+fromName)
	case to.After(a.span(from)):
		causes = append(causes, toName+": the timeframe is too long")
	case from.Before(a.oldest(now)):
		causes = append(causes, fromName+": is too long ago")
	}
	q.from, q.to = from.UnixMilli(), to.UnixMilli()
	return q, causes
}

// moment reads a time given as text or as epoch milliseconds, but not both.
func moment(v url.Values, text, millis string) (at time.Time, given bool, err error) {
	switch {
	case v.Has(text) && v.Has(millis):
		return at, true, fmt.Errorf("%s: must not be given together with %s", text, millis)
	case v.Has(millis):
		ms, err := strconv.ParseInt(v.Get(millis), 10, 64)
		if err != nil {
			return at, true, fmt.Errorf("%s: must be epoch milliseconds", millis)
		}
		return time.UnixMilli(ms).UTC(), true, nil
	case !v.Has(text):
		return at, false, nil
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04Z07:00", "2006-01-02T15:04:05", "2006-01-02T15:04"} {
		if at, err = time.Parse(layout, v.Get(text)); err == nil {
			return at.UTC(), true, nil
		}
	}
	return at, true, fmt.Errorf("%s: must be an RFC 3339 date-time", text)
}

// writeCauses is a 400 in the published shape of the agent activity host.
func writeCauses(w http.ResponseWriter, causes []string) {
	writeJSON(w, http.StatusBadRequest, map[string]any{
		"causes": causes,
		"message": "The server cannot or will not process the request due to something that is perceived to be a client error " +
			"(e.g., malformed request syntax). Please fix the issues detailed in `causes` and try again",
	})
}

// onlyGet refuses every other method.
func onlyGet(w http.ResponseWriter, r *http.Request) bool {
	if r.Method == http.MethodGet {
		return true
	}
	w.Header().Set("Allow", http.MethodGet)
	writeError(w, http.StatusMethodNotAllowed, "method: must be GET")
	return false
}

// appendReferences writes the links of a page of a result with that many rows.
func appendReferences(dst []byte, r *http.Request, p page, count int) []byte {
	var links []string
	link := func(rel string, offset int) {
		q := r.URL.Query()
		q.Set("offset", strconv.Itoa(offset))
		q.Set("limit", strconv.Itoa(p.limit))
		links = append(links, fmt.Sprintf(`{"rel":%q,"href":%q}`, rel, foreignHost+r.URL.EscapedPath()+"?"+q.Encode()))
	}
	link("self", p.offset)
	if p.offset+p.limit < count {
		link("next", p.offset+p.limit)
	}
	if p.offset > 0 {
		link("previous", max(p.offset-p.limit, 0))
	}
	if count > p.limit {
		link("last", (count-1)/p.limit*p.limit)
	}
	link("first", 0)
	return append(append(append(dst, `"references":[`...), strings.Join(links, ",")...), ']')
}
