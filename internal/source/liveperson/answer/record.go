package answer

import (
	"bytes"
	"encoding/json"
	"net/url"
	"time"

	"transporter/internal/fault"
	"transporter/internal/source"
)

// Asked is what an answer is the answer to. Times are epoch milliseconds.
type Asked struct {
	At       int64    // when
	From, To int64    // the window; zero: not known
	Interval int64    // how long the intervals are that it counts by
	Skill    string   // the one that it is about; empty: any
	Request  *Request // the call; nil: not known
	Parts    bool     // it must be by intervals, if its API knows any
}

// Request is the call that an answer is the answer to.
type Request struct {
	Method string          `json:"method"`
	Path   string          `json:"path"`
	Query  url.Values      `json:"query,omitempty"`
	Body   json.RawMessage `json:"body,omitempty"`
}

// answered is what a record holds.
type answered struct {
	RequestedAt   string          `json:"requested_at"`
	Request       *Request        `json:"request,omitempty"`
	IntervalStart string          `json:"interval_start,omitempty"`
	IntervalEnd   string          `json:"interval_end,omitempty"`
	Response      json.RawMessage `json:"response"`
	SkillID       string          `json:"skillId,omitempty"`
}

// whole identifies the record that is an answer as a whole.
const whole = "all"

// Record makes the record of one element: in the order of its time, then of its key.
func (s Shape) Record(raw []byte, a Asked) (source.Record, error) {
	key, err := s.keyOf(raw)
	if err != nil {
		return source.Record{}, err
	}
	one := answered{Response: raw, SkillID: a.Skill}
	switch s.Of {
	case Moment:
	case Back:
		return one.during(a.At-(a.To-a.From), a.At).record(0, key, a)
	case Since:
		return one.during(a.From-a.From%Bucket, a.At).record(0, key, a)
	case Window:
		return one.during(a.From, a.To).record(0, key, a)
	default:
		return s.interval(one, a)
	}
	return one.record(0, key, a)
}

// interval makes the record of an interval. Its place is that of the mark of five minutes that it starts
// at, or for unrounded ones of the mark nearest to its start, so that every time has as many
// intervals as marks.
func (s Shape) interval(one answered, a Asked) (source.Record, error) {
	var head struct{ Timestamp json.Number }
	if err := json.Unmarshal(one.Response, &head); err != nil {
		return source.Record{}, err
	}
	start, err := head.Timestamp.Int64()
	if err != nil {
		return source.Record{}, fault.New(fault.SchemaMismatch, "the timestamp %q of an interval is no time", head.Timestamp)
	}
	if s.Of == End || s.Of == Point {
		start -= a.Interval
	}
	mark := start
	if s.Of != Point {
		mark = (start + Bucket/2) / Bucket * Bucket
	}
	if s.Of != Unrounded && start != mark {
		return source.Record{}, fault.New(fault.SchemaMismatch, "the interval of %s does not start at a mark of five minutes", Stamped(start))
	}
	return one.during(start, start+a.Interval).record(mark, Stamped(mark), a)
}

func (o answered) during(from, to int64) answered {
	o.IntervalStart, o.IntervalEnd = Stamped(from), Stamped(to)
	return o
}

func (o answered) record(order int64, key string, a Asked) (source.Record, error) {
	o.RequestedAt, o.Request = Stamped(a.At), a.Request
	raw, err := asItCame(o)
	return source.Record{Order: order, At: order, ID: key, Raw: raw, FetchedAt: a.At}, err
}

// asItCame writes JSON without another escape than what came has.
func asItCame(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

// Stamped writes a moment as records of live answers have it.
func Stamped(ms int64) string {
	return time.UnixMilli(ms).UTC().Format("2006-01-02T15:04:05.000Z07:00")
}
