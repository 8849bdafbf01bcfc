package activities

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"transporter/internal/fault"
	"transporter/internal/feed"
	"transporter/internal/feedbook"
	"transporter/internal/receipt"
	"transporter/internal/source"
)

// reconcile compares the lines that were read of each leaf with what the platform says that it wrote,
// where it says so by now: its counts come later than the exports, and are not waited for. A leaf
// that has others is fault.Incomplete until an operator accepts it by name, as a line that cannot be
// read is.
func (r *feedReader) reconcile(ctx context.Context, plan *Plan, listed []feed.Leaf, read []feedbook.Leaf) error {
	counts, err := r.src.Counts(ctx, r.query)
	if err != nil {
		return err
	}
	var held []receipt.Quarantined
	var named []string
	for i := range listed {
		said, ok := counts.Of(&listed[i])
		id := fmt.Sprintf("%s%s row count", source.BadPrefix, listed[i].Stamp)
		if !ok || said == read[i].Lines || slices.Contains(plan.acceptedRecords(), id) {
			continue
		}
		reason := fmt.Sprintf("%d rows were read, %s says %d", read[i].Lines, feed.CountsTable, said)
		held = append(held, receipt.Quarantined{Record: id, Column: feed.CountsTable, Reason: reason})
		named = append(named, fmt.Sprintf("%s: %s", listed[i].Stamp, reason))
	}
	if len(held) == 0 {
		return nil
	}
	if _, err := r.Stage.Commit(ctx, quarantineKey(plan), held); err != nil {
		return err
	}
	return fault.New(fault.Incomplete, "%d of %d partitions have another number of rows than the platform counts: %s", len(held), len(listed),
		strings.Join(named[:min(len(named), namedQuarantine)], "; ")).
		WithFix("have the platform export them anew and resume the run, or accept it as it is by the names that it lists (%q)", held[0].Record)
}
