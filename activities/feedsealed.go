package activities

import (
	"context"
	"slices"
	"strings"

	"transporter/internal/fault"
	"transporter/internal/feed"
	"transporter/internal/feedbook"
)

// without returns leaves that cannot be decoded as a delivery is made without them, once an operator has accepted
// each by the name that it has without any key; until then they are listed.
func (r *feedReader) without(ctx context.Context, plan *Plan, sealed []feed.Leaf) (out []feedbook.Print, err error) {
	var waits []feed.Wait
	var named []string
	for i := range sealed {
		l := &sealed[i]
		name := feed.NameOf(l.Stamp, string(feed.Undecodable), l.Print())
		if slices.Contains(plan.acceptedRecords(), name) {
			out = append(out, feedbook.Print{Stamp: l.Stamp, Print: l.Print(), Key: r.table.Key, Out: true})
			continue
		}
		waits = append(waits, feed.Wait{Name: name, Text: l.String() + " is encrypted to a key that the source does not have"})
		named = append(named, l.String())
	}
	if len(waits) == 0 {
		return out, nil
	}
	if err := r.noteWaits(ctx, plan, waits); err != nil {
		return nil, err
	}
	return nil, fault.New(fault.ConfigMissing, "%d partitions are encrypted to a key that the source does not have: %s",
		len(waits), strings.Join(named[:min(len(named), namedQuarantine)], "; ")).WithField("credentials.decrypt").
		WithFix("add the private key that they are encrypted to to the source, then resume the run; or accept the run without them")
}

// unsealed are the leaves that could be decoded.
func unsealed(leaves, sealed []feed.Leaf) []feed.Leaf {
	return slices.DeleteFunc(slices.Clone(leaves), func(l feed.Leaf) bool {
		return slices.ContainsFunc(sealed, func(s feed.Leaf) bool { return s.Stamp == l.Stamp })
	})
}
