package activities

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.temporal.io/sdk/activity"

	"transporter/internal/fault"
	"transporter/internal/feed"
	"transporter/internal/feedbook"
	"transporter/internal/human"
	"transporter/internal/receipt"
	"transporter/internal/source"
)

// miscount is a leaf with another number of lines than the platform says that it wrote.
type miscount struct {
	feed.Stamp
	feed.Count

	lines int64
}

// record is the name by which an operator accepts it: these two numbers, and no others that come later.
func (m miscount) record() string {
	return fmt.Sprintf("%s%s row count %d instead of %d", source.BadPrefix, m.Stamp, m.lines, m.Rows)
}

func (m miscount) reason() string {
	return fmt.Sprintf("%d rows were read, %s says %d", m.lines, feed.CountsTable, m.Rows)
}

// miscounts returns the leaves that have another number of lines than is said, where it is said by
// now, without those that were accepted by name.
func miscounts(counts feed.Counts, listed []feed.Leaf, read []feedbook.Leaf, accepted []string) (off []miscount) {
	for i := range listed {
		said, ok := counts.Of(&listed[i])
		m := miscount{listed[i].Stamp, said, read[i].Lines}
		if ok && m.Rows != m.lines && !slices.Contains(accepted, m.record()) {
			off = append(off, m)
		}
	}
	return off
}

// countsFor returns what the platform says of how many rows it exported. Keys that are good for some feeds
// alone may not read that: it is not said then, as where nobody exports it.
func countsFor(ctx context.Context, src source.Exports, q source.Query) (counts feed.Counts, note string, err error) {
	counts, err = src.Counts(ctx, q)
	if fault.Is(err, fault.PermissionDenied) {
		activity.GetLogger(ctx).Warn("rows of partitions are not compared with what the platform counts", "error", err)
		return nil, "not compared with " + feed.CountsTable + ", which the source's keys may not read", nil
	}
	return counts, "", err
}

// reconcile compares the lines that were read of each leaf with what the platform says that it wrote,
// where it says so by now: its counts come later than the exports, and are not waited for; whoever
// looks for late data compares again. A leaf that has others is fault.Incomplete until an operator
// accepts it by name, as a line that cannot be read is. The note says what could not be compared.
func (r *feedReader) reconcile(ctx context.Context, plan *Plan, listed []feed.Leaf, read []feedbook.Leaf) (note string, err error) {
	q := r.query
	if plan.looks() || plan.Delivery.Revision > 0 {
		end := time.UnixMilli(q.To).Add(dailyDays * aDay)
		if now := r.Now(); now.Before(end) {
			end = now
		}
		q.To = max(q.To, end.UnixMilli()) // counts that came on later days
	}
	counts, note, err := countsFor(ctx, r.src, q)
	if err != nil {
		return "", err
	}
	if i := slices.IndexFunc(listed, func(l feed.Leaf) bool { return counts.Unclear(&l) }); i >= 0 {
		note = fmt.Sprintf("%s is counted by intervals that may mean several things: not compared", listed[i].Stamp)
	}
	off := miscounts(counts, listed, read, plan.acceptedRecords())
	if len(off) == 0 {
		return note, nil
	}
	held, named := make([]receipt.Quarantined, len(off)), make([]string, len(off))
	for i, m := range off {
		held[i] = receipt.Quarantined{Record: m.record(), Column: feed.CountsTable, Reason: m.reason()}
		named[i] = fmt.Sprintf("%s: %s", m.Stamp, m.reason())
	}
	if _, err := r.Stage.Commit(ctx, quarantineKey(plan), held); err != nil {
		return "", err
	}
	return "", fault.New(fault.Incomplete, "%d of %s read with another number of rows than the platform counts: %s", len(held), human.Count(len(listed), "partition"),
		strings.Join(named[:min(len(named), namedQuarantine)], "; ")).
		WithFix("have the platform export them anew and resume the run, or accept it as it is by the names that it lists (%q)", held[0].Record)
}
