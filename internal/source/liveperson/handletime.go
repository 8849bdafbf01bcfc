package liveperson

import (
	"bufio"
	"bytes"
	"compress/gzip"
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

// HandleTime is the resource of agent segments with their handle time, HandleBreakdown that
// of the single answers which it is the sum of.
const (
	HandleTime      = "handle_time"
	HandleBreakdown = "handle_time_breakdown"
)

var handleTimeAPI = api{
	service: "agentActivityDomain", title: "Actual Handle Time API",
	permission: "category Data, Workforce Management, Agent Activity API; the account manager enables it", blank: true,
}

// handleTime reads the segments that ended in the window (Actual Handle Time API, Get Agent
// Segments), which allows a week at once and 500 segments a page.
var handleTime = paged{
	api: handleTimeAPI, path: "/api/account/{account}/agent-segments", array: "segments",
	limit: 500, span: 24 * time.Hour, counted: true,
	query: func(from, to int64) url.Values {
		return url.Values{"fromMillis": {fmt.Sprint(from)}, "toMillis": {fmt.Sprint(to)}}
	},
	records: agentSegment,
}

func agentSegment(raw []byte, give func(source.Record) error) (string, error) {
	var x struct {
		SegmentID string `json:"segmentId"`
		EndTimeL  int64  `json:"endTimeL"`
	}
	if err := json.Unmarshal(raw, &x); err != nil {
		return "", fault.New(fault.SchemaMismatch, "an agent segment cannot be read: %w", err)
	}
	if x.SegmentID == "" || x.EndTimeL <= 0 {
		return "", fault.New(fault.SchemaMismatch, "an agent segment has no segmentId or endTimeL (id %q)", x.SegmentID)
	}
	var tight bytes.Buffer
	if err := json.Compact(&tight, raw); err != nil {
		return "", fault.New(fault.SchemaMismatch, "an agent segment cannot be read: %w", err)
	}
	return x.SegmentID, give(source.Record{Order: x.EndTimeL, At: x.EndTimeL, ID: x.SegmentID, Raw: tight.Bytes()})
}

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

func (c *Client) readBreakdown(ctx context.Context, sl source.Slice, sink source.Sink) error {
	s := session{Client: c}
	files, err := s.breakdownFiles(ctx, sl)
	if err != nil {
		return err
	}
	w, err := sink.Begin(ctx, sl)
	if err != nil {
		return err
	}
	defer w.Abort()
	var counts source.Counts
	for _, path := range files {
		lines, err := s.breakdownFile(ctx, path)
		if err != nil {
			return err
		}
		for _, raw := range lines {
			rec, err := handleUnit(raw, sl, c.now())
			if err != nil {
				return fmt.Errorf("%s: %w", path, err)
			}
			counts.Total, counts.Fetched, counts.Kept = counts.Total+1, counts.Fetched+1, counts.Kept+1
			if err := w.Add(ctx, rec); err != nil {
				return err
			}
		}
	}
	counts.Calls = s.calls
	return w.Commit(ctx, counts)
}

func (s *session) breakdownFiles(ctx context.Context, sl source.Slice) (files []string, err error) {
	q := url.Values{"source": {s.config.Caller}, "from": {fmt.Sprint(sl.From)}, "to": {fmt.Sprint(sl.To - 1)}}
	req := request{api: handleTimeAPI, method: http.MethodGet, path: s.path("/api/account/{account}/agent-segments/breakdown"), query: q}
	err = s.call(ctx, req, func(body io.Reader) error {
		var list struct{ Files []string }
		if body == nil {
			return nil
		}
		err := json.NewDecoder(body).Decode(&list)
		files = list.Files
		return err
	})
	return files, err
}

// breakdownFile returns the lines of one hour's file. It comes compressed.
func (s *session) breakdownFile(ctx context.Context, path string) (lines [][]byte, err error) {
	q := url.Values{"source": {s.config.Caller}, "path": {path}}
	req := request{api: handleTimeAPI, method: http.MethodGet, path: s.path("/api/account/{account}/agent-segments/files"), query: q}
	err = s.call(ctx, req, func(body io.Reader) error {
		if lines = nil; body == nil {
			return fault.New(fault.PartialData, "%s: the file %s is listed, and not there", handleTimeAPI.title, path).
				WithFix("nothing: the run is tried again")
		}
		z, err := gzip.NewReader(body)
		if err != nil {
			return err
		}
		in := bufio.NewScanner(io.LimitReader(z, s.config.Limits.MaxBody))
		in.Buffer(nil, maxUnit)
		for in.Scan() {
			if line := bytes.TrimSpace(in.Bytes()); len(line) > 0 {
				lines = append(lines, bytes.Clone(line))
			}
		}
		return in.Err()
	})
	return lines, err
}

const hourMillis = int64(time.Hour / time.Millisecond)

// maxUnit is the longest line of a breakdown file; the documented ones have 300 bytes.
const maxUnit = 1 << 20

func handleUnit(raw []byte, sl source.Slice, now time.Time) (source.Record, error) {
	var x struct {
		SegmentID string `json:"segmentId"`
		Sequence  *int64 `json:"sequence"`
	}
	if err := json.Unmarshal(raw, &x); err != nil || x.SegmentID == "" || x.Sequence == nil {
		return source.Record{}, fault.New(fault.SchemaMismatch, "a line has no segmentId or sequence (segment %q)", x.SegmentID)
	}
	return source.Record{
		Order: sl.From, ID: fmt.Sprintf("%s:%06d", x.SegmentID, *x.Sequence), Raw: raw, FetchedAt: now.UnixMilli(),
	}, nil
}
