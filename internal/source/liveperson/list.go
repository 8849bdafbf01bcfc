package liveperson

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"transporter/internal/fault"
	"transporter/internal/source"
)

// list is a collection of the account configuration API: one JSON array, never paged.
type list struct{ name, path string }

var lists = map[string]list{
	"users":        {"users", "/api/account/{account}/configuration/le-users/users"},
	"skills":       {"skills", "/api/account/{account}/configuration/le-users/skills"},
	"agent_groups": {"agent groups", "/api/account/{account}/configuration/le-users/agentGroups"},
	"profiles":     {"profiles", "/api/account/{account}/configuration/le-users/profiles"},
	"lobs":         {"lines of business", "/api/account/{account}/configuration/le-users/lobs"},

	"status_reasons": {"agent status reasons", "/api/account/{account}/configuration/le-agents/status-reasons"},
}

// resource makes the list one that can be read.
func (l list) resource() resource {
	return resource{
		api: configurationAPI,
		begin: func(c *Client, _ source.Query) (reading, error) {
			return reading{inOnePiece, func(ctx context.Context, sl source.Slice, sink source.Sink) error {
				return c.readList(ctx, l, sl, sink)
			}}, nil
		},
		probe: func(ctx context.Context, c *Client) error { return c.probeList(ctx, l) },
	}
}

// probeList asks for ids alone and reads no further than the head of the answer.
func (c *Client) probeList(ctx context.Context, l list) error {
	req := c.listRequest(l)
	req.query.Set("select", "id")
	s := session{Client: c}
	return s.call(ctx, req, func(io.Reader) error { return nil })
}

// listVersion is the newest documented version of the API.
const listVersion = "4.0"

func (c *Client) listRequest(l list) request {
	return request{
		api: configurationAPI, method: http.MethodGet, path: c.path(l.path),
		query: url.Values{"v": {listVersion}, "select": {"$all"}, "include_deleted": {"true"}},
	}
}

// readList streams the collection into one slice. The source gives no count: an answer
// is whole when its array ends.
func (c *Client) readList(ctx context.Context, l list, sl source.Slice, sink source.Sink) error {
	s := session{Client: c}
	r := listReader{list: l, now: c.now}
	defer r.abort()
	err := s.call(ctx, c.listRequest(l), func(body io.Reader) error {
		r.revision = revisionOf(s.header)
		return r.read(ctx, body, sl, sink)
	})
	if r.staging != nil {
		return r.staging
	}
	if err != nil {
		return err
	}
	r.counts.Calls = s.calls
	return r.w.Commit(ctx, r.counts)
}

// listReader stages the elements of one answer.
type listReader struct {
	list
	now    func() time.Time
	w      source.SliceWriter
	counts source.Counts
	seen   map[string]bool
	clean  bytes.Buffer

	revision string // of the list, as JSON; empty if the answer states none
	staging  error  // of the sink; reading again does not mend it
}

// read stages one answer; what an earlier, broken one left is dropped. What it returns
// is the answer's fault; the sink's is kept apart.
func (r *listReader) read(ctx context.Context, body io.Reader, sl source.Slice, sink source.Sink) (broken error) {
	r.abort()
	r.counts, r.seen = source.Counts{}, map[string]bool{}
	r.w, r.staging = sink.Begin(ctx, sl)
	if r.staging == nil && body != nil {
		broken = eachElement(body, func(raw []byte) error { return r.item(ctx, raw) })
	}
	if r.staging != nil {
		broken = nil
	}
	return broken
}

func (r *listReader) abort() {
	if r.w != nil {
		r.w.Abort()
	}
}

func (r *listReader) item(ctx context.Context, raw []byte) error {
	r.clean.Reset()
	id, err := cleanItem(&r.clean, raw)
	if err == nil && id == "" {
		err = errors.New("it has no id")
	}
	if err != nil {
		at := r.counts.Fetched + r.counts.Duplicates
		return fault.New(fault.SchemaMismatch, "element %d of the %s: %w", at, r.name, err)
	}
	if r.revision != "" {
		r.clean.Truncate(r.clean.Len() - 1) // an object with an id is not empty
		r.clean.WriteString(`,"` + RevisionMember + `":` + r.revision + `}`)
	}
	if r.seen[id] {
		r.counts.Duplicates++
	} else {
		r.seen[id] = true
		r.counts.Total++
		r.counts.Fetched++
		r.counts.Kept++
	}
	r.staging = r.w.Add(ctx, source.Record{ID: id, Raw: r.clean.Bytes(), FetchedAt: r.now().UnixMilli()})
	return r.staging
}

// RevisionMember is what records of configuration lists have beside their own members: the
// revision of the list that they were read from.
const RevisionMember = "_revision"

// revisionOf returns the revision that an answer states, as a JSON text.
func revisionOf(h http.Header) string {
	rev := h.Get("ac-revision")
	if rev == "" {
		rev = strings.Trim(strings.TrimPrefix(h.Get("ETag"), "W/"), `"`) // RFC 9110 §8.8.3
	}
	if rev == "" {
		return ""
	}
	b, err := json.Marshal(rev)
	if err != nil {
		return "" // never: texts marshal
	}
	return string(b)
}

// eachElement streams the elements of a JSON array; raw is valid until the next one.
func eachElement(body io.Reader, element func(raw []byte) error) error {
	d := json.NewDecoder(body)
	if t, err := d.Token(); err != nil || t != json.Delim('[') {
		return errors.Join(errors.New("the answer is not a JSON array"), err)
	}
	var raw json.RawMessage
	for d.More() {
		if err := d.Decode(&raw); err != nil {
			return err
		}
		if err := element(raw); err != nil {
			return err
		}
	}
	if _, err := d.Token(); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return errors.New("text after the end of the JSON array")
	}
	return nil
}
