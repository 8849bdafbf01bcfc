package liveperson

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"

	"transporter/internal/fault"
	"transporter/internal/source"
)

// snapshot is what an API says of this moment, or of the time up to it: one answer, which is
// one record, or with array one for each of its elements.
type snapshot struct {
	api
	path  string
	array string // the key of the elements; empty: the answer is the record
	key   string // the member that identifies an element
	// query is what to ask for at now; back is how long the window is.
	query func(f *filters, now, back int64) url.Values
	body  func(f *filters) any // of a POST; nil: it is a GET
	timed bool                 // the answer is about the time from now back, as long as the window
}

// resource makes the snapshot one that can be read.
func (m snapshot) resource() resource {
	return resource{
		api: m.api,
		begin: func(c *Client, q source.Query) (reading, error) {
			w, err := newLiveWindow(c, q, minuteMillis)
			if err == nil {
				err = m.within(&w)
			}
			return reading{inOnePiece, func(ctx context.Context, sl source.Slice, sink source.Sink) error {
				return c.readSnapshot(ctx, m, &w, sl, sink)
			}}, err
		},
		probe: func(ctx context.Context, c *Client) error {
			s := session{Client: c}
			r, err := m.ask(c, &filters{}, c.now().UnixMilli(), bucketMillis)
			if err != nil {
				return err
			}
			return s.call(ctx, r, func(io.Reader) error { return nil })
		},
	}
}

// within refuses a window that is longer than an answer about it looks back.
func (m snapshot) within(w *liveWindow) error {
	if !m.timed || w.to-w.from <= lookBackMillis {
		return nil
	}
	return fault.New(fault.InvalidSpec, "the window is longer than the 24 hours that %s looks back", m.title).
		WithField("window").WithFix("take windows of at most 24 hours")
}

func (m snapshot) ask(c *Client, f *filters, now, back int64) (request, error) {
	r := c.get(m.api, m.path, m.query(f, now, back))
	if m.body == nil {
		return r, nil
	}
	var err error
	r.method = http.MethodPost
	r.body, err = json.Marshal(m.body(f))
	return r, err
}

// readSnapshot reads the answer into one slice, in one call, so that all of it is of one
// moment.
func (c *Client) readSnapshot(ctx context.Context, m snapshot, w *liveWindow, sl source.Slice, sink source.Sink) error {
	r, err := m.ask(c, &w.filters, w.clock(), w.to-w.from)
	if err != nil {
		return err
	}
	s, st := session{Client: c}, staged{slice: sl, sink: sink}
	defer st.abort()
	err = s.call(ctx, r, func(body io.Reader) error {
		at := w.clock()
		return st.answer(ctx, func() error {
			return m.each(body, func(raw []byte) error { return m.stage(ctx, &st, askedBy(r), raw, at, w) })
		})
	})
	return st.commit(ctx, s.calls, err)
}

// each gives the elements of an answer, or the answer as a whole.
func (m snapshot) each(body io.Reader, element func(raw []byte) error) error {
	if m.array != "" {
		return eachOf(body, m.array, element)
	}
	raw, err := io.ReadAll(body)
	if err == nil && !json.Valid(raw) {
		err = errors.New("the answer is not JSON")
	}
	if err != nil {
		return err
	}
	return element(raw)
}

func (m snapshot) stage(ctx context.Context, st *staged, by asked, raw []byte, at int64, w *liveWindow) error {
	key, err := memberOf(raw, m.key)
	if err != nil {
		return err
	}
	one := answered{Request: by, Response: raw}
	if m.timed {
		one.IntervalStart, one.IntervalEnd = stamped(at-(w.to-w.from)), stamped(at)
	}
	rec, err := one.record(0, key, at)
	if err != nil {
		return err
	}
	return st.add(ctx, rec)
}

// wholeAnswer identifies the record that is an answer as a whole.
const wholeAnswer = "all"

// memberOf returns what identifies the element: its member, or wholeAnswer without a name.
func memberOf(raw []byte, name string) (string, error) {
	if name == "" {
		return wholeAnswer, nil
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(raw, &members); err != nil {
		return "", err
	}
	if key := string(plainText(members[name])); key != "" && key != "null" {
		return key, nil
	}
	return "", fault.New(fault.SchemaMismatch, "an element of the answer has no %s", name)
}

// backInMinutes is the timeframe that goes back as long as the window is.
func backInMinutes(back int64) string {
	return strconv.FormatInt(max((back+minuteMillis-1)/minuteMillis, 1), 10)
}
