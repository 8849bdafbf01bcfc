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
)

// leafBefore is a leaf that the window was read from before.
type leafBefore struct {
	feedbook.Read

	delivered *feedbook.Read // as it was delivered before, which may be another export of it; nil: it was not
}

// asDelivered reports whether it was delivered as it is; otherwise it is of an attempt that was red.
func (l *leafBefore) asDelivered() bool { return l.delivered != nil && l.delivered.Print == l.Print }

// readBefore returns the leaves that the window was read from by an attempt that was red, or delivered with where it
// is looked at again, and has the question know them: what the platform has removed since is not waited for.
func (a *Run) readBefore(ctx context.Context, plan *Plan, q *question) (all []leafBefore, err error) {
	table := tableOf(plan.Delivery.Account, plan.Spec, q.def)
	read, err := a.Feeds.Delivered(ctx, table, plan.Delivery)
	if err != nil {
		return nil, err
	}
	var delivered []feedbook.Read
	if plan.looks() && plan.Before != nil {
		d := plan.Delivery
		d.Revision = plan.Before.Revision
		if delivered, err = a.Feeds.Delivered(ctx, table, d); err != nil {
			return nil, err
		}
	}
	if len(read) == 0 {
		read = delivered
	}
	for i := range read {
		b := leafBefore{Read: read[i]}
		if n := slices.IndexFunc(delivered, func(d feedbook.Read) bool { return d.Stamp == b.Stamp }); n >= 0 {
			b.delivered = &delivered[n]
		}
		all = append(all, b)
		q.query.Delivered = append(q.query.Delivered, read[i].Stamp)
	}
	return all, nil
}

// asRead is the name by which an operator takes a leaf as it was read, though the platform has removed it.
func (l *leafBefore) asRead() string { return feed.NameOf(l.Stamp, "as read", l.Print) }

// withdrawn is the name by which the operator does without it as it was read; what was accepted before it came is
// of no such name.
func (l *leafBefore) withdrawn() string { return feed.NameOf(l.Stamp, matterWithdrawn, l.Print) }

const matterWithdrawn = "withdrawn"

// withoutWithdrawn adds to what was accepted that the leaves are absent that are withdrawn.
func withoutWithdrawn(accepted []string) []string {
	all := slices.Clone(accepted)
	for _, name := range accepted {
		if leaf, _, ok := strings.Cut(name, " "+matterWithdrawn+" "); ok {
			all = append(all, leaf+" "+string(feed.Absent))
		}
	}
	return all
}

// kept returns the leaves of the window that the platform has removed since they were read, and that are part of it
// still: those that were delivered, and those of red attempts, as platforms clear their buckets. But where a leaf
// has come since of which there was nothing when such a one was read, it may have taken its rows over: nobody can
// tell that from a bucket that is cleared by age. Those are in doubt, and a person has to say. One that the platform
// has replaced by what the window is done without is no part of it; what was delivered of it stays.
func (r *feedReader) kept(ctx context.Context, plan *Plan, leaves []feedbook.Leaf, before []leafBefore) (gone, doubt []leafBefore, err error) {
	unread := slices.DeleteFunc(slices.Clone(before), func(b leafBefore) bool {
		return slices.ContainsFunc(leaves, func(l feedbook.Leaf) bool { return l.Stamp == b.Stamp })
	})
	if len(unread) == 0 {
		return nil, nil, nil
	}
	there, err := r.src.Exported(ctx, r.query)
	if err != nil {
		return nil, nil, err
	}
	accepted := plan.acceptedRecords()
	for _, b := range unread {
		replaced := slices.Contains(there, b.Stamp)
		doubtful := slices.ContainsFunc(leaves, func(l feedbook.Leaf) bool { return cameAfter(l.Stamp, b, before) })
		switch {
		case b.asDelivered(), !replaced && (!doubtful || slices.Contains(accepted, b.asRead())):
			gone = append(gone, b)
		case !replaced && !slices.Contains(accepted, b.withdrawn()):
			doubt = append(doubt, b)
		case b.delivered != nil:
			gone = append(gone, leafBefore{*b.delivered, b.delivered})
		default: // it is as if it had never been read
			r.query.Delivered = slices.DeleteFunc(slices.Clone(r.query.Delivered), func(s feed.Stamp) bool { return s == b.Stamp })
		}
	}
	return gone, doubt, nil
}

// cameAfter reports whether the leaf came to the window after the other had been read for it.
func cameAfter(at feed.Stamp, other leafBefore, before []leafBefore) bool {
	n := slices.IndexFunc(before, func(b leafBefore) bool { return b.Stamp == at })
	return n < 0 || before[n].Round > other.Round
}

// ask lists the leaves for who has to say what they are, if there are any.
func (r *feedReader) ask(ctx context.Context, plan *Plan, doubt []leafBefore) error {
	if len(doubt) == 0 {
		return nil
	}
	var held []receipt.Quarantined
	var named []string
	for i := range doubt[:min(len(doubt), mostWaits/2)] {
		d := &doubt[i]
		held = append(held,
			receipt.Quarantined{Record: d.withdrawn(), Reason: "it was read, and the platform has removed it: accept this name if others have taken its place"},
			receipt.Quarantined{Record: d.asRead(), Reason: "it was read, and the platform has removed it: accept this name if its rows are right"})
		named = append(named, d.String())
	}
	if _, err := r.Stage.Commit(ctx, quarantineKey(plan), held); err != nil {
		return err
	}
	return fault.New(fault.Incomplete, "%d partitions that an attempt before has read are there no more, and others have come: whether these hold their rows nobody can tell: %s",
		len(doubt), strings.Join(named[:min(len(named), namedQuarantine)], "; ")).
		WithFix("ask the platform; accept %q and the like if they were withdrawn and others have taken their place, %q if only the bucket was cleared", held[0].Record, held[1].Record)
}

// noteOf says which leaves are part of the window although they were never delivered and are there no more.
func noteOf(gone []leafBefore) string {
	var named []string
	for i := range gone {
		if !gone[i].asDelivered() {
			named = append(named, gone[i].String())
		}
	}
	if len(named) == 0 {
		return ""
	}
	return fmt.Sprintf("%d partitions are taken as an attempt before has read them, the platform has removed them: %s",
		len(named), strings.Join(named[:min(len(named), namedQuarantine)], "; "))
}

// withGone adds to the leaves those that are there no more.
func (r *feedReader) withGone(ctx context.Context, leaves []feedbook.Leaf, all []leafBefore) ([]feedbook.Leaf, error) {
	for i := range all {
		gone := &all[i].Leaf
		if gone.Key != r.table.Key {
			var err error
			if gone, err = r.anew(ctx, gone.As(), nil); err != nil {
				return nil, err
			}
		}
		leaves = append(leaves, *gone)
	}
	slices.SortFunc(leaves, func(a, b feedbook.Leaf) int { return a.Compare(b.Stamp) })
	return leaves, nil
}
