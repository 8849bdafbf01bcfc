package liveperson

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"transporter/internal/fault"
	"transporter/internal/source"
	"transporter/internal/source/access"
)

// Outbound is the resource of messages that the brand sent to consumers.
const Outbound = "outbound"

// AppMember is what records of Outbound have beside their own members: the app that was asked
// for, which the platform states of an answer and not of a record.
const AppMember = "_app"

// outboundApps are those that are reported on: Proactive Messaging, Connect To Messaging.
var outboundApps = []string{"prmsg", "c2m"}

// outboundAPI is at hosts that the Domain API does not name: where Sentinel is at
// ZONE.sentinel.…, it is at ZONE.cx-reporting.… (Outbound Reporting API, "domain").
var outboundAPI = api{
	service: sentinelAPI.service, neighbour: "cx-reporting", title: "Outbound Reporting API",
	permission: "an app of Proactive Messaging or Connect To Messaging 2.0",
	takes:      access.Takes(Outbound), tokens: appJWT, blank: true,
}

const (
	transactionsPath = "/api/account/{account}/app/%s/transactions/"
	// outboundSpan is the longest that may be asked for at once.
	outboundSpan = 24 * time.Hour
	// outboundMoment is the shortest, in milliseconds.
	outboundMoment = 1000
)

// outboundParams are the parameters of the resource.
type outboundParams struct {
	Apps []string `json:"apps"`
}

// outbound reads transactions by the time at which they were attempted (Outbound Reporting API,
// Transaction API).
var outbound = resource{
	api: outboundAPI,
	begin: func(c *Client, q source.Query) (reading, error) {
		p := outboundParams{Apps: slices.Clone(outboundApps)} // decoding writes into it
		if err := parseParams(q.Params, &p); err != nil {
			return reading{}, err
		}
		for _, app := range p.Apps {
			if !slices.Contains(outboundApps, app) {
				return reading{}, fault.New(fault.InvalidSpec, "%q is no app that is reported on", app).
					WithField("parameters.apps").WithFix("give one or more of %s", strings.Join(outboundApps, ", "))
			}
		}
		if q.From >= q.To {
			return reading{}, fault.New(fault.InvalidSpec, "the window %d to %d is empty", q.From, q.To).WithField("window")
		}
		return reading{
			cut: func(context.Context) ([]source.Slice, error) { return paged{span: outboundSpan}.cut(q.From, q.To), nil },
			read: func(ctx context.Context, sl source.Slice, sink source.Sink) error {
				return c.readOutbound(ctx, p.Apps, sl, sink)
			},
		}, nil
	},
	probe: func(ctx context.Context, c *Client) error {
		r := outboundReader{holder: holder{session: session{Client: c}}, app: outboundApps[0]}
		defer r.settle(&r.buf)
		to := c.now().UnixMilli()
		_, err := r.page(ctx, interval{to - grainMillis, to}, "", nil)
		return err
	},
}

// readOutbound reads the transactions of the apps into one slice.
func (c *Client) readOutbound(ctx context.Context, apps []string, sl source.Slice, sink source.Sink) error {
	r := outboundReader{holder: holder{session: session{Client: c}}, slice: sl}
	defer r.settle(&r.buf)
	return r.anew(ctx, sl, sink, func(w source.SliceWriter) (source.Counts, error) {
		r.w = w
		err := r.pass(ctx, apps)
		return r.counts, err
	})
}

// outboundReader reads the pages of one slice. The buffer is re-used from page to page.
type outboundReader struct {
	holder
	w      source.SliceWriter
	slice  source.Slice
	app    string
	seen   map[string]bool
	counts source.Counts
	buf    bytes.Buffer
}

// pass reads everything once.
func (r *outboundReader) pass(ctx context.Context, apps []string) error {
	r.counts, r.seen = source.Counts{}, map[string]bool{}
	for _, r.app = range apps {
		if err := r.span(ctx, interval{r.slice.From, r.slice.To}); err != nil {
			return err
		}
	}
	return nil
}

// span reads the transactions that were attempted in the time. An answer knows no smaller pages: one that is too
// long to be held is asked for in halves of the time, down to a moment, of which it is withheld.
func (r *outboundReader) span(ctx context.Context, i interval) error {
	cursor, err := r.walk(ctx, i)
	if !errors.Is(err, errHuge) {
		return err
	}
	if i.to-i.from <= outboundMoment {
		return r.withhold(ctx, i, cursor)
	}
	mid := i.from + (i.to-i.from)/2
	if err := r.span(ctx, interval{i.from, mid}); err != nil {
		return err
	}
	return r.span(ctx, interval{mid, i.to})
}

// withhold stages what stands for the transactions of a moment from the page on that is too long.
func (r *outboundReader) withhold(ctx context.Context, i interval, cursor string) error {
	var sum *tokens
	_, err := r.page(ctx, i, cursor, func(body io.Reader) error {
		s := skimmer{in: bufio.NewReaderSize(body, skimAhead)}
		sum = newTokens()
		return s.object(func(key string) error {
			if s.sum = nil; key == "transactions" { // cursors have another text each time
				s.sum = sum
			}
			return s.pass()
		})
	})
	if err == nil && sum == nil {
		err = fault.New(fault.PartialData, "%s: the answer about %s was too long, and is not when it is asked for again", outboundAPI.title, rfc3339(i.from)).
			WithFix("nothing: the run is tried again")
	}
	if err != nil {
		return err
	}
	id := fmt.Sprintf("%s%s/%s transactions of %s %s", source.BadPrefix, rfc3339(i.from), rfc3339(i.to), r.app, sum.name())
	r.counts.Total, r.counts.Fetched, r.counts.Kept = r.counts.Total+1, r.counts.Fetched+1, r.counts.Kept+1
	return r.w.Add(ctx, source.Record{
		Order: i.from, At: i.from, ID: id, FetchedAt: r.now().UnixMilli(), Cut: true,
		Raw: source.Withheld(fmt.Sprintf("the platform's answer about this moment alone has more than %d MiB, too much to be kept", hugePage>>20)),
	})
}

// outboundAnswer is one page; the elements point into the reader's buffer.
type outboundAnswer struct {
	Page struct {
		Count      int64  `json:"count"`
		NextPage   string `json:"nextPage"`
		NextOffset *int64 `json:"nextOffset"`
	} `json:"page"`
	Transactions *[]json.RawMessage `json:"transactions"`
}

// walk follows the cursor of an app to its end, or to the page that it cannot read. The page does not say whether count is that of
// a page or of all; what was received must be as many in one sense or the other.
func (r *outboundReader) walk(ctx context.Context, i interval) (cursor string, err error) {
	cursors, own := map[string]bool{}, map[string]bool{}
	first, ofPages, ofAll := int64(0), true, true
	for n := 0; ; n++ {
		p, err := r.page(ctx, i, cursor, nil)
		if err != nil {
			return cursor, err
		}
		before := len(own)
		for _, raw := range *p.Transactions {
			id, err := r.add(ctx, raw)
			if err != nil {
				return cursor, err
			}
			own[id] = true
		}
		if n == 0 {
			first = p.Page.Count
		}
		got := int64(len(own) - before)
		ofPages, ofAll = ofPages && got == p.Page.Count, ofAll && first == p.Page.Count
		if cursor = p.Page.NextPage; cursor == "" {
			break
		}
		if cursors[cursor] {
			return cursor, fault.New(fault.PartialData, "%s: the pages of %s lead back to one that was read", outboundAPI.title, r.app).
				WithFix("nothing: the run is tried again")
		}
		cursors[cursor] = true
	}
	received := int64(len(own))
	if ofPages || ofAll && received == first {
		return cursor, nil
	}
	return cursor, fault.New(fault.CountMismatch, "%s: %d transactions of %s were received, which is not what their pages count", outboundAPI.title, received, r.app).
		WithFix("run again later; if it stays, the platform's count or its paging is wrong: tell its support")
}

// page asks for one page. An answer that goes on by an offset, as older ones did, cannot be
// followed, and is no end.
func (r *outboundReader) page(ctx context.Context, i interval, cursor string, past func(io.Reader) error) (p outboundAnswer, err error) {
	q := url.Values{"attemptedStartTime": {fmt.Sprint(i.from)}, "attemptedEndTime": {fmt.Sprint(i.to)}}
	if cursor != "" {
		q.Set("nextPage", cursor)
	}
	req := request{api: outboundAPI, method: http.MethodGet, path: r.path(fmt.Sprintf(transactionsPath, r.app)), query: q}
	r.settle(&r.buf)
	err = r.hold(ctx, req, &r.buf, func(body []byte) error {
		p = outboundAnswer{}
		if body == nil && cursor != "" {
			return fault.New(fault.PartialData, "%s: a page that another leads to is not there", outboundAPI.title).
				WithFix("nothing: the run is tried again")
		}
		if body == nil {
			p.Transactions = &[]json.RawMessage{} // 204: nothing there
			return nil
		}
		if err := json.Unmarshal(body, &p); err != nil {
			return err
		}
		switch {
		case p.Transactions == nil:
			return errors.New("the answer has no transactions")
		case p.Page.NextPage == "" && p.Page.NextOffset != nil && *p.Page.NextOffset > 0:
			return fault.New(fault.SchemaMismatch, "%s: the next page is named by nextOffset %d, not by nextPage", outboundAPI.title, *p.Page.NextOffset).
				WithFix("tell whoever keeps this program: the platform's paging is another than it knows")
		}
		return nil
	}, past)
	return p, err
}

// add stages a transaction that was attempted in the slice: whether the API includes its bounds
// is not said, so both are asked for and windows share none.
func (r *outboundReader) add(ctx context.Context, raw []byte) (id string, err error) {
	rec, err := transaction(raw, r.app)
	if err != nil {
		return "", err
	}
	if r.seen[rec.ID] {
		r.counts.Duplicates++
		return rec.ID, nil
	}
	r.seen[rec.ID] = true
	r.counts.Total++
	r.counts.Fetched++
	if rec.At < r.slice.From || rec.At >= r.slice.To {
		return rec.ID, nil
	}
	r.counts.Kept++
	rec.FetchedAt = r.now().UnixMilli()
	return rec.ID, r.w.Add(ctx, rec)
}

// transaction is one record: as it came, with the app after its own members.
func transaction(raw []byte, app string) (source.Record, error) {
	var x struct {
		TransactionID string    `json:"transactionId"`
		Attempted     time.Time `json:"attemptedTime"`
	}
	if err := json.Unmarshal(raw, &x); err != nil {
		return source.Record{}, fault.New(fault.SchemaMismatch, "a transaction cannot be read: %w", err)
	}
	if x.TransactionID == "" || x.Attempted.IsZero() {
		return source.Record{}, fault.New(fault.SchemaMismatch, "a transaction has no transactionId or attemptedTime (id %.80q)", x.TransactionID)
	}
	var tight bytes.Buffer
	if err := json.Compact(&tight, raw); err != nil {
		return source.Record{}, fault.New(fault.SchemaMismatch, "a transaction cannot be read: %w", err)
	}
	tight.Truncate(tight.Len() - 1) // an object with an id is not empty
	fmt.Fprintf(&tight, `,"%s":%q}`, AppMember, app)
	at := x.Attempted.UnixMilli()
	return source.Record{Order: at, At: at, ID: x.TransactionID + ":" + app, Raw: tight.Bytes()}, nil
}
