package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/klauspost/compress/gzip"
	"golang.org/x/sync/errgroup"

	"transporter/internal/feed"
)

const (
	feedTable      = "convos_metrics"
	feedSplits     = 20
	feedRepeats    = 30         // of a hundred rows have the key of another one
	feedStride     = 2147483647 // a prime: consecutive lines are far apart in the order of making
	feedGeneration = 4          // splits that are made at once
)

// leaf is one partition of a feed: lines of convos_metrics as docs.asapp.com/reporting/
// asapp-messaging-feeds has its columns, in gzip splits.
type leaf struct {
	dir    string
	rows   int
	unique int
	size   int64 // clear bytes
	packed int64
}

// convosMetrics are the columns of the table with the types that DuckDB reads them as.
var convosMetrics = []struct{ name, sql string }{
	{"company_subdivision", "VARCHAR"},
	{"company_segments", "VARCHAR"},
	{"first_utterance_ts", "VARCHAR"},
	{"conversation_id", "VARCHAR"},
	{"customer_id", "VARCHAR"},
	{"platform", "VARCHAR"},
	{"device_type", "VARCHAR"},
	{"assisted", "BIGINT"},
	{"total_handle_time", "DOUBLE"},
	{"total_lead_time", "DOUBLE"},
	{"total_wrap_up_time", "DOUBLE"},
	{"total_session_time", "DOUBLE"},
	{"customer_sent_msgs", "BIGINT"},
	{"agent_sent_msgs", "BIGINT"},
	{"auto_generated_msgs", "BIGINT"},
	{"first_rep_response_count", "BIGINT"},
	{"total_seconds_to_first_rep_response", "DOUBLE"},
	{"agent_response_count", "BIGINT"},
	{"customer_response_count", "BIGINT"},
	{"total_rep_seconds_to_respond", "DOUBLE"},
	{"total_cust_seconds_to_respond", "DOUBLE"},
	{"time_in_queue", "DOUBLE"},
	{"auto_suggest_msgs", "BIGINT"},
	{"auto_complete_msgs", "BIGINT"},
	{"auto_wait_for_agent_msgs", "BIGINT"},
	{"customer_wait_for_agent_msgs", "BIGINT"},
	{"attempted_chat", "BIGINT"},
	{"out_business_ct", "BIGINT"},
	{"issue_id", "VARCHAR"},
	{"rep_sent_msgs", "BIGINT"},
	{"rep_response_count", "BIGINT"},
	{"auto_wait_for_rep_msgs", "BIGINT"},
	{"customer_wait_for_rep_msgs", "BIGINT"},
	{"hold_ct", "BIGINT"},
	{"total_hold_time_seconds", "DOUBLE"},
	{"company_name", "VARCHAR"},
}

// makeLeaf writes a leaf of about so many clear bytes, the same for the same size.
func makeLeaf(ctx context.Context, dir string, size int64) (leaf, error) {
	l := leaf{dir: dir}
	l.rows = max(feedSplits, int(size/int64(len(l.line(nil, 1)))))
	l.unique = l.rows * (100 - feedRepeats) / 100
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return l, err
	}
	sizes := make([]int64, feedSplits)
	all, ctx := errgroup.WithContext(ctx)
	all.SetLimit(feedGeneration)
	for split := range feedSplits {
		all.Go(func() (err error) {
			sizes[split], err = l.writeSplit(ctx, split)
			return err
		})
	}
	if err := all.Wait(); err != nil {
		return l, err
	}
	for split, n := range sizes {
		packed, err := sizeOf(l.path(split))
		if err != nil {
			return l, err
		}
		l.size, l.packed = l.size+n, l.packed+packed
	}
	return l, nil
}

func (l leaf) path(split int) string {
	return filepath.Join(l.dir, feed.FileName(feedTable, split, true, false))
}

// writeSplit writes every twentieth row, in an order in which repeated keys lie far apart.
func (l leaf) writeSplit(ctx context.Context, split int) (size int64, err error) {
	f, err := os.Create(l.path(split))
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	packed, err := gzip.NewWriterLevel(f, gzip.DefaultCompression)
	if err != nil {
		return 0, err
	}
	w := bufio.NewWriterSize(packed, 1<<20)
	var line []byte
	for i := split; i < l.rows && ctx.Err() == nil; i += feedSplits {
		line = append(l.line(line[:0], i*feedStride%l.rows), '\n')
		size += int64(len(line))
		if _, err := w.Write(line); err != nil {
			return size, err
		}
	}
	return size, errors.Join(ctx.Err(), w.Flush(), packed.Close())
}

// line appends row number n. No two rows of a key have one first_utterance_ts, so that it says by
// itself which of them counts. The form is that in which DuckDB writes the row.
func (l leaf) line(dst []byte, n int) []byte {
	r := rand.New(rand.NewPCG(7, uint64(n))) //nolint:gosec // made-up data
	issue := n
	if l.unique > 0 && n >= l.unique {
		issue = r.IntN(l.unique)
	}
	person := rand.New(rand.NewPCG(9, uint64(issue))) //nolint:gosec // made-up data
	at := time.UnixMicro(windowFrom.UnixMicro() + int64(n)*3600_000_000/int64(max(l.rows, 1))).UTC()
	dst = append(dst, '{')
	for i, column := range convosMetrics {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(append(append(dst, '"'), column.name...), `":`...)
		switch {
		case column.name == "issue_id":
			dst = fmt.Appendf(dst, `"%011d"`, 30_000_000_000+issue*41)
		case column.name == "first_utterance_ts":
			dst = at.AppendFormat(dst, `"2006-01-02T15:04:05.000000+00:00"`)
		case column.name == "customer_id":
			dst = fmt.Appendf(dst, `"%016x%016x"`, person.Uint64(), person.Uint64())
		case column.name == "company_name":
			dst = append(dst, `"acme"`...)
		case column.name == "platform":
			dst = strconv.AppendQuote(dst, []string{"web", "ios", "android", "apple"}[person.IntN(4)])
		case column.name == "device_type":
			dst = strconv.AppendQuote(dst, []string{"desktop", "mobile", "tablet"}[person.IntN(3)])
		case column.sql == "VARCHAR":
			dst = append(dst, "null"...)
		case column.sql == "DOUBLE":
			dst = strconv.AppendFloat(dst, float64(2*r.IntN(900_000)+1)/1000, 'f', -1, 64)
		default:
			dst = strconv.AppendInt(dst, int64(r.IntN(20)), 10)
		}
	}
	return append(dst, '}')
}
