package activities

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"transporter/internal/fault"
	"transporter/internal/feed"
	"transporter/internal/feedbook"
)

// unread is a leaf that was exported and cannot be read: encrypted to a key that the source does not have, or damaged.
type unread struct {
	feed.Leaf
	why error
}

// state is how far the leaf is, as who has tried to read it knows.
func (u *unread) state() feed.State {
	if errors.Is(u.why, feed.ErrDamaged) {
		return feed.Damaged
	}
	return feed.Undecodable
}

// wait is what an operator may accept of it; the name is the same with and without any key.
func (u *unread) wait() feed.Wait {
	text := u.String() + " is encrypted to a key that the source does not have"
	if u.state() == feed.Damaged {
		text = u.String() + " is damaged: " + clip(u.why.Error())
	}
	return feed.Wait{Name: feed.NameOf(u.Stamp, string(u.state()), u.Print()), Text: text}
}

// without returns leaves that cannot be read as a delivery is made without them, once an operator has accepted
// each by its name; until then they are listed.
func (r *feedReader) without(ctx context.Context, plan *Plan, lost []unread) (out []feedbook.Print, err error) {
	var waits []feed.Wait
	var sealed, damaged []string
	for i := range lost {
		u := &lost[i]
		wait := u.wait()
		switch {
		case slices.Contains(plan.acceptedRecords(), wait.Name):
			out = append(out, feedbook.Print{Stamp: u.Stamp, Print: u.Print(), Key: r.table.Key, Out: true})
			continue
		case u.state() == feed.Damaged:
			damaged = append(damaged, wait.Text)
		default:
			sealed = append(sealed, u.String())
		}
		waits = append(waits, wait)
	}
	if err := r.damaged(ctx, plan, waits, damaged); err != nil {
		return nil, err
	}
	if err := r.noteWaits(ctx, plan, waits); err != nil {
		return nil, err
	}
	switch {
	case len(sealed) > 0:
		return nil, fault.New(fault.ConfigMissing, "the source does not have the key that %s encrypted to: %s",
			arePartitions(len(sealed)), strings.Join(sealed[:min(len(sealed), namedQuarantine)], "; ")).WithField("credentials.decrypt").
			WithFix("add that private key to the source, then resume the run; or accept the run without what is encrypted to it")
	case len(damaged) > 0:
		return nil, fault.New(fault.PartialData, "%s", strings.Join(damaged[:min(len(damaged), namedQuarantine)], "; ")) // they say what to do
	}
	return out, nil
}

func arePartitions(n int) string {
	if n == 1 {
		return "1 partition is"
	}
	return fmt.Sprintf("%d partitions are", n)
}

// readable are the leaves that could be read.
func readable(leaves []feed.Leaf, lost []unread) []feed.Leaf {
	return slices.DeleteFunc(slices.Clone(leaves), func(l feed.Leaf) bool {
		return slices.ContainsFunc(lost, func(u unread) bool { return u.Stamp == l.Stamp })
	})
}
