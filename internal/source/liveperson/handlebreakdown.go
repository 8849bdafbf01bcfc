package liveperson

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/source"
)

const hourMillis = int64(time.Hour / time.Millisecond)

// handleBreakdown reads the files that tell how the handle time of the window's segments came
// about (Get Agent Segments Breakdown Files List, Get Agent Segments Breakdown File). A list
// takes a day at once. Files are of whole hours, and so are slices: what belongs to segments
// beside the window comes too, and is told apart by the segment.
var handleBreakdown = resource{
	api: handleTimeAPI,
	begin: func(c *Client, q source.Query) (reading, error) {
		return reading{
			cut: func(context.Context) (list []source.Slice, err error) {
				for _, i := range cut(interval{q.From - q.From%hourMillis, q.To + (hourMillis-q.To%hourMillis)%hourMillis}, 24*time.Hour) {
					list = append(list, source.Slice{Key: contract.Span{From: i.from, To: i.to}.String(), From: i.from, To: i.to})
				}
				return list, nil
			},
			read: func(ctx context.Context, sl source.Slice, sink source.Sink) error {
				return c.readBreakdown(ctx, sl, sink)
			},
		}, nil
	},
	probe: func(ctx context.Context, c *Client) error {
		s := session{Client: c}
		to := c.now().UnixMilli()
		_, err := s.breakdownFiles(ctx, source.Slice{From: to - grainMillis, To: to})
		return err
	},
}

// readBreakdown reads the files of a slice, and then its segments: the source counts no units, so
// that a segment with handle time of which no file tells is how a missing one shows.
func (c *Client) readBreakdown(ctx context.Context, sl source.Slice, sink source.Sink) error {
	s := session{Client: c}
	return s.anew(ctx, sl, sink, func(w source.SliceWriter) (source.Counts, error) {
		b := breakdown{session: &s, slice: sl, w: w, units: map[unitKey]bool{}, told: map[segmentKey]bool{}}
		files, err := s.breakdownFiles(ctx, sl)
		if err != nil {
			return b.counts, err
		}
		for _, path := range files {
			if err := b.file(ctx, path); err != nil {
				return b.counts, err
			}
		}
		return b.counts, b.whole(ctx)
	})
}

func (s *session) breakdownFiles(ctx context.Context, sl source.Slice) (files []string, err error) {
	q := url.Values{"source": {s.config.Caller}, "from": {fmt.Sprint(sl.From)}, "to": {fmt.Sprint(sl.To - 1)}}
	req := request{api: handleTimeAPI, method: http.MethodGet, path: s.path("/api/account/{account}/agent-segments/breakdown"), query: q}
	err = s.call(ctx, req, func(body io.Reader) error {
		var list struct{ Files []string }
		if files = nil; body == nil {
			return nil
		}
		err := json.NewDecoder(body).Decode(&list)
		files = list.Files
		return err
	})
	return files, err
}

// whole refuses a breakdown that tells nothing of a segment which ended in the slice and has handle
// time: the agent would have worked no time on it.
func (b *breakdown) whole(ctx context.Context) error {
	r := pagedReader{session: session{Client: b.Client}, paged: handleTime}
	span, missing, example := interval{b.slice.From, b.slice.To}, 0, ""
	r.records = func(raw []byte, _ func(source.Record) error) (string, error) {
		var x struct {
			Took json.Number `json:"totalHandleTimeMillis"`
		}
		if err := json.Unmarshal(raw, &x); err != nil {
			return "", fault.New(fault.SchemaMismatch, "an agent segment cannot be read: %w", err)
		}
		return agentSegment(raw, func(rec source.Record) error {
			if took, _ := x.Took.Int64(); took > 0 && span.has(rec.At) && !b.told[keyOfSegment(rec.ID)] {
				missing, example = missing+1, rec.ID
			}
			return nil
		})
	}
	_, err := r.pass(ctx, span)
	b.calls += r.calls
	if err != nil || missing == 0 {
		return err
	}
	return fault.New(fault.PartialData, "%s: %d segments that ended from %s to %s have handle time, and no file tells of it (%s)",
		handleTimeAPI.title, missing, clockText(span.from), clockText(span.to), example).
		WithFix("nothing: the run is tried again; if it stays, tell the platform's support, or make the task without handle times")
}
