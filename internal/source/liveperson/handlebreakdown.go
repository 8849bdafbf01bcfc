package liveperson

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/feed"
	"transporter/internal/source"
)

const hourMillis = int64(time.Hour / time.Millisecond)

// breakdownParams are the parameters of a query for the breakdown.
type breakdownParams struct {
	// OfWindow is for those who deliver units: each belongs to the window that its segment ended
	// in. Without it all units of the window's hours come, for those who join them to segments.
	OfWindow bool `json:"of_window"`
}

// handleBreakdown reads the files that tell how the handle time of the window's segments came
// about (Get Agent Segments Breakdown Files List, Get Agent Segments Breakdown File). They are of
// whole hours, by the end of segments, and a slice is of one: what it holds of segments and units
// is bounded by an hour.
var handleBreakdown = resource{
	api: handleTimeAPI,
	begin: func(c *Client, q source.Query) (reading, error) {
		var p breakdownParams
		if err := parseParams(q.Params, &p); err != nil {
			return reading{}, err
		}
		wanted := interval{q.From, q.To}
		return reading{
			cut: func(context.Context) ([]source.Slice, error) { return hoursOf(wanted), nil },
			read: func(ctx context.Context, sl source.Slice, sink source.Sink) error {
				b := breakdown{session: session{Client: c}, slice: sl, accepted: q.Accepted}
				if p.OfWindow {
					b.wanted = &wanted
				}
				return b.read(ctx, sink)
			},
		}, nil
	},
	probe: func(ctx context.Context, c *Client) error {
		to := c.now().UnixMilli()
		b := breakdown{session: session{Client: c}, slice: source.Slice{From: to - grainMillis, To: to}}
		_, err := b.files(ctx)
		return err
	},
}

// hoursOf are the full hours that the interval touches.
func hoursOf(i interval) (list []source.Slice) {
	for at := i.from - i.from%hourMillis; at < i.to; at += hourMillis {
		list = append(list, source.Slice{Key: contract.Span{From: at, To: at + hourMillis}.String(), From: at, To: at + hourMillis})
	}
	return list
}

// breakdown stages the files of one slice, a line a record.
type breakdown struct {
	session
	slice    source.Slice
	wanted   *interval // nil: units of all segments
	accepted []string  // doubts to go on with
	w        source.SliceWriter
	counts   source.Counts
	told     map[string]*toldSegment
}

// read reads the segments that ended in the hour, then the files. The source counts no units, so
// that a segment with handle time of which no file tells is how a missing one shows.
func (b *breakdown) read(ctx context.Context, sink source.Sink) error {
	return b.anew(ctx, b.slice, sink, func(w source.SliceWriter) (source.Counts, error) {
		b.w, b.counts, b.told = w, source.Counts{}, map[string]*toldSegment{}
		if err := b.segments(ctx); err != nil {
			return b.counts, err
		}
		files, err := b.files(ctx)
		if err != nil {
			return b.counts, err
		}
		for _, path := range files {
			if err := b.file(ctx, path); err != nil {
				return b.counts, err
			}
		}
		return b.counts, b.whole()
	})
}

// segments notes those that ended in the slice. One that is too long to be read is told of among the units.
func (b *breakdown) segments(ctx context.Context) error {
	r := pagedReader{holder: holder{session: session{Client: b.Client}}, paged: handleTime, w: b.w}
	defer r.settle(&r.buf)
	span := interval{b.slice.From, b.slice.To}
	r.records = func(raw []byte, _ func(source.Record) error) (string, error) {
		var x struct {
			Took json.Number `json:"totalHandleTimeMillis"`
		}
		if err := json.Unmarshal(raw, &x); err != nil {
			return "", fault.New(fault.SchemaMismatch, "an agent segment cannot be read: %w", err)
		}
		return agentSegment(raw, func(rec source.Record) error {
			if took, _ := x.Took.Int64(); span.has(rec.At) {
				b.told[rec.ID] = &toldSegment{ended: rec.At, worked: took > 0}
			}
			return nil
		})
	}
	counts, err := r.pass(ctx, span) // of those alone that are too long to be read
	b.counts, b.calls = counts, b.calls+r.calls
	return err
}

func (b *breakdown) files(ctx context.Context) (files []string, err error) {
	q := url.Values{"source": {b.config.Caller}, "from": {fmt.Sprint(b.slice.From)}, "to": {fmt.Sprint(b.slice.To - 1)}}
	req := request{api: handleTimeAPI, method: http.MethodGet, path: b.path("/api/account/{account}/agent-segments/breakdown"), query: q}
	err = b.call(ctx, req, func(body io.Reader) error {
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

// whole refuses an hour whose segments and files do not fit together, unless that was accepted. A segment with handle
// time of which no file tells is one that the agent would have worked no time on. Where the window decides, a unit
// of a segment that ended at no known time is in none, and would be left out for good.
func (b *breakdown) whole() error {
	var untold, unlisted []string
	for id, s := range b.told {
		switch {
		case s.ended == 0 && b.wanted != nil:
			unlisted = append(unlisted, id)
		case s.worked && !s.units.any():
			untold = append(untold, id)
		}
	}
	if len(untold)+len(unlisted) == 0 {
		return nil
	}
	wait := b.doubt(untold, unlisted)
	if slices.Contains(b.accepted, wait.Name) {
		return nil
	}
	return errDoubt(wait)
}

// doubt names what does not fit together in the hour by the segments that it is of, so that it has another name once
// it is of others.
func (b *breakdown) doubt(untold, unlisted []string) feed.Wait {
	hash, texts := sha256.New(), []string(nil)
	for _, x := range []struct {
		ids  []string
		text string
	}{
		{untold, "%d segments that ended from %s to %s have handle time, and no file tells of it (%s)"},
		{unlisted, "files tell of %d segments that are not listed among those which ended from %s to %s (%s)"},
	} {
		slices.Sort(x.ids)
		_, _ = fmt.Fprintf(hash, "%q\n", x.ids) // a hash takes anything
		if len(x.ids) > 0 {
			texts = append(texts, fmt.Sprintf(x.text, len(x.ids), clockText(b.slice.From), clockText(b.slice.To), x.ids[0]))
		}
	}
	return feed.Wait{
		Name: fmt.Sprintf("%sbreakdown %s unmatched %x", source.BadPrefix, clockText(b.slice.From), hash.Sum(nil)[:8]),
		Text: handleTimeAPI.title + ": " + strings.Join(texts, "; "),
	}
}
