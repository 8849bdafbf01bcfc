package answer

import (
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"math"
	"slices"
	"strings"
	"time"

	"transporter/internal/fault"
	"transporter/internal/source"
)

// Read gives the records of an answer of the resource that anybody asked for, in the order in which they
// lie. Unlike a run, who asked may have had the time as a whole, without intervals: the answer then is
// one record, about the window. An answer of another API, or one that needs what a does not say, is
// fault.SchemaMismatch.
func Read(resource string, body io.ReadSeeker, a Asked, give func(source.Record) error) error {
	if resource == QueuesNow {
		return readQueues(body, a, give)
	}
	if resource != bySkill {
		a.Skill = "" // an answer about any
	}
	s, ok := shapes[resource]
	if !ok {
		return fault.New(fault.SchemaMismatch, "%s is no resource about now", resource)
	}
	if s.Array != "" {
		err := s.known(a, resource)
		if err == nil {
			err = s.apart(body, a, give)
		}
		var lacks missing
		if !errors.As(err, &lacks) || s.Members == nil {
			return err
		}
		if a.Parts {
			return byIntervals(fault.New(fault.SchemaMismatch, "%w", lacks))
		}
		s = Shape{Of: Window, Members: s.Members}
		if _, err := body.Seek(0, io.SeekStart); err != nil {
			return err
		}
	}
	return s.readWhole(resource, body, a, give)
}

// apart gives the records of the elements. Intervals that do not lie as far apart as they are said to be
// long are refused.
func (s Shape) apart(body io.Reader, a Asked, give func(source.Record) error) error {
	var starts []int64
	var untold error
	err := s.Each(body, func(raw []byte) error {
		r, err := s.Record(raw, a)
		if err != nil {
			return err
		}
		if a.Parts {
			untold = cmp.Or(untold, s.told(raw))
		}
		starts = append(starts, r.Order)
		return give(r)
	})
	if err != nil || s.Of < End {
		return err
	}
	slices.Sort(starts)
	starts = slices.Compact(starts)
	gap := int64(math.MaxInt64)
	for i := 1; i < len(starts); i++ {
		gap = min(gap, starts[i]-starts[i-1])
	}
	if len(starts) < 2 {
		gap = a.Interval // one alone is as long as it is said to be
	}
	switch {
	case a.Parts && gap != Bucket:
		return byIntervals(fault.New(fault.SchemaMismatch, "intervals of the answer lie %s apart, and %s is how long those are that rows count",
			lengthOf(gap), lengthOf(Bucket)))
	case gap != a.Interval:
		return fault.New(fault.SchemaMismatch, "intervals of the answer lie %s apart, and %s is how long they are said to be", lengthOf(gap), lengthOf(a.Interval)).
			WithFix("give the interval that was asked for")
	}
	return untold
}

// told refuses an interval that does not say what rows count, but the account as a whole: it would be taken for
// one in which nothing happened. The API leaves such a map empty, not out.
func (s Shape) told(raw []byte) error {
	var interval map[string]json.RawMessage
	if err := json.Unmarshal(raw, &interval); err != nil {
		return err
	}
	var data map[string]json.RawMessage
	if inner := interval["metricsData"]; inner != nil {
		if err := json.Unmarshal(inner, &data); err != nil {
			return err
		}
	}
	if s.By == "" || interval[s.By] != nil || data[s.By] != nil {
		return nil
	}
	return fault.New(fault.SchemaMismatch, "an interval of the answer has no %s", s.By).
		WithFix("give an answer that was asked for with %s and interval=5", s.ByAsking)
}

// byIntervals says how to have an answer that rows can be counted from.
func byIntervals(e *fault.Error) error {
	return e.WithFix("give an answer by intervals, which was asked for with interval=5")
}

func lengthOf(ms int64) time.Duration { return time.Duration(ms) * time.Millisecond }

// readWhole takes the answer as the one element, if it is of this API.
func (s Shape) readWhole(resource string, body io.Reader, a Asked, give func(source.Record) error) error {
	return theWhole(body, func(raw []byte) error {
		var members map[string]json.RawMessage
		if err := json.Unmarshal(raw, &members); err != nil {
			return err
		}
		if !slices.ContainsFunc(s.Members, func(name string) bool { return members[name] != nil }) {
			return fault.New(fault.SchemaMismatch, "the answer has none of %s", strings.Join(s.Members, ", ")).
				WithFix("give an answer of the API that the report is of")
		}
		if err := s.known(a, resource); err != nil {
			return err
		}
		r, err := s.Record(raw, a)
		if s.Of == Window { // as an interval has them
			r.Order, r.At, r.ID = a.From, a.From, Stamped(a.From)
		}
		if err != nil {
			return err
		}
		return give(r)
	})
}

// known refuses to make up what the answer does not say and nobody else did.
func (s Shape) known(a Asked, resource string) error {
	switch {
	case resource == bySkill && a.Skill == "":
		return fault.New(fault.SchemaMismatch, "the answer does not say which skill it is about").
			WithFix("give the one that was asked for as the parameter skill_ids")
	case s.Of == Since && (a.From >= a.To || a.From >= a.At):
		return fault.New(fault.SchemaMismatch, "the answer does not say since when it counts").
			WithFix("give a window that began before it was asked for")
	case s.Of == Back && a.From >= a.To:
		return fault.New(fault.SchemaMismatch, "the answer does not say how long the time before it is that it counts").
			WithFix("give a window that is as long as the timeframe that was asked for")
	case s.Of == Window && a.From >= a.To:
		return fault.New(fault.SchemaMismatch, "the answer does not say which time it counts").
			WithFix("give the window that was asked for")
	}
	return nil
}

func readQueues(body io.Reader, a Asked, give func(source.Record) error) error {
	var answer map[string]json.RawMessage
	if err := json.NewDecoder(body).Decode(&answer); err != nil {
		return err
	}
	for _, channel := range []string{Messaging, Chat} {
		if answer[queueMembers[channel]] != nil {
			return Queues(channel, answer, a.At, give)
		}
	}
	return fault.New(fault.SchemaMismatch, "the answer has neither %s nor %s", queueMembers[Messaging], queueMembers[Chat]).
		WithFix("give an answer of msgqueuehealth/current or of queuestate")
}
