package liveperson

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"transporter/internal/fault"
	"transporter/internal/source"
)

// maxUnit is the longest line of a breakdown file; the documented ones have 300 bytes.
const maxUnit = 1 << 20

// toldSegment is a segment, and what files tell of it.
type toldSegment struct {
	ended  int64 // zero: the API does not list it among those that ended in the hour
	worked bool
	units  sequences
}

// sequences are the numbers of a segment's units, which count from 1 without a gap: a bit each,
// where a key each would be many times the units' segments.
type sequences struct {
	low  uint64
	rest map[int64]bool
}

// add notes the number; false if it was there.
func (s *sequences) add(n int64) bool {
	if n >= 0 && n < 64 {
		before := s.low
		s.low |= 1 << n
		return s.low != before
	}
	if s.rest[n] {
		return false
	}
	if s.rest == nil {
		s.rest = map[int64]bool{}
	}
	s.rest[n] = true
	return true
}

func (s *sequences) any() bool { return s.low != 0 || len(s.rest) > 0 }

// file stages the lines of one hour's file, which comes compressed. Where it breaks off after some
// of them were staged, the slice begins anew: it might be another file by then.
func (b *breakdown) file(ctx context.Context, path string) error {
	q := url.Values{"source": {b.config.Caller}, "path": {path}}
	req := request{api: handleTimeAPI, method: http.MethodGet, path: b.path("/api/account/{account}/agent-segments/files"), query: q, endless: true}
	var failure error // asking again does not mend it
	err := b.call(ctx, req, func(body io.Reader) error {
		if body == nil {
			return fault.New(fault.PartialData, "%s: the file %s is listed, and not there", handleTimeAPI.title, path).
				WithFix("nothing: the run is tried again")
		}
		before := b.counts.Fetched
		err := eachLine(body, func(line []byte) error {
			failure = b.add(ctx, line)
			return failure
		})
		switch {
		case failure != nil:
			return nil //nolint:nilerr // what is returned is tried again
		case errors.Is(err, bufio.ErrBufferFull):
			failure = fault.New(fault.SchemaMismatch, "a line is longer than %d KiB", maxUnit>>10)
			return nil
		case err != nil && b.counts.Fetched > before:
			return fault.New(fault.PartialData, "%s: the file %s broke off: %w", handleTimeAPI.title, path, err)
		}
		return err
	})
	if failure != nil {
		return fmt.Errorf("%s: %w", path, failure)
	}
	return err
}

// eachLine gives the lines of a compressed text that are not blank, each until the next one.
func eachLine(body io.Reader, line func([]byte) error) error {
	z, err := gzip.NewReader(body)
	if err != nil {
		return err
	}
	in := bufio.NewReaderSize(z, maxUnit)
	for more := true; more; {
		text, err := in.ReadSlice('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return err // the line before it is none
		}
		more = err == nil
		if text = bytes.TrimSpace(text); len(text) > 0 {
			if err := line(text); err != nil {
				return err
			}
		}
	}
	return nil
}

// add stages one unit; one that is told twice counts once.
func (b *breakdown) add(ctx context.Context, raw []byte) error {
	var x struct {
		SegmentID string `json:"segmentId"`
		Sequence  *int64 `json:"sequence"`
	}
	if err := json.Unmarshal(raw, &x); err != nil || x.SegmentID == "" || x.Sequence == nil {
		return fault.New(fault.SchemaMismatch, "a line has no segmentId or sequence (segment %q)", x.SegmentID)
	}
	segment := b.told[x.SegmentID]
	if segment == nil {
		segment = &toldSegment{}
		b.told[x.SegmentID] = segment
	}
	of := b.wanted == nil || b.wanted.has(segment.ended)
	if !segment.units.add(*x.Sequence) {
		b.counts.Duplicates++
	} else {
		b.counts.Total, b.counts.Fetched = b.counts.Total+1, b.counts.Fetched+1
		if of {
			b.counts.Kept++
		}
	}
	if !of {
		return nil
	}
	return b.w.Add(ctx, source.Record{
		Order: b.slice.From, ID: fmt.Sprintf("%s:%06d", x.SegmentID, *x.Sequence), Raw: raw, FetchedAt: b.now().UnixMilli(),
	})
}
