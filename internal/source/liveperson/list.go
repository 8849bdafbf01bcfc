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
	"transporter/internal/source/liveperson/answer"
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

// api returns the API of the list: that of users takes more kinds of credentials.
func (l list) api() api {
	if l == lists["users"] {
		return usersAPI
	}
	return configurationAPI
}

// resource makes the list one that can be read.
func (l list) resource() resource {
	return resource{
		api: l.api(),
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
		api: l.api(), method: http.MethodGet, path: c.path(l.path),
		query: url.Values{"v": {listVersion}, "select": {"$all"}, "include_deleted": {"true"}}, endless: true,
	}
}

// readList streams the collection into one slice. The source gives no count: an answer
// is whole when its array ends.
func (c *Client) readList(ctx context.Context, l list, sl source.Slice, sink source.Sink) error {
	s := session{Client: c}
	r := listReader{list: l, now: c.now, staged: staged{slice: sl, sink: sink}}
	defer r.abort()
	err := s.call(ctx, c.listRequest(l), func(body io.Reader) error {
		r.revision = revisionOf(s.header)
		return r.answer(ctx, func() error {
			return eachElement(body, func(raw []byte) error { return r.item(ctx, raw) })
		})
	})
	return r.commit(ctx, s.calls, err)
}

// listReader stages the elements of one answer.
type listReader struct {
	list
	staged
	now   func() time.Time
	clean bytes.Buffer

	revision string // of the list, as JSON; empty if the answer states none
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
	return r.add(ctx, source.Record{ID: id, Raw: r.clean.Bytes(), FetchedAt: r.now().UnixMilli()})
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
	d := answer.Decoder(body)
	if err := answer.EachIn(d, element); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return errors.New("text after the end of the JSON array")
	}
	return nil
}
