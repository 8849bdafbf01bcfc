package activities

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"transporter/internal/feed"
	"transporter/internal/feedbook"
	"transporter/internal/human"
)

// anew returns one leaf by the reader's key: as it is read again, or made of the rows that are kept of it where
// it cannot be. What was exported anew since is delivered as the revision of its window, and is none of this.
func (r *feedReader) anew(ctx context.Context, p feedbook.Print, listed *feed.Leaf) (*feedbook.Leaf, error) {
	why, unread := feedbook.Removed, error(nil)
	switch {
	case listed != nil && listed.Print() == p.Print:
		row, err := r.leaf(ctx, listed)
		if err == nil || !errors.Is(err, feed.ErrUndecodable) && !errors.Is(err, feed.ErrDamaged) {
			return row, err
		}
		if why, unread = feedbook.Undecodable, err; errors.Is(err, feed.ErrDamaged) {
			why = feedbook.Damaged
			if passes, err := r.mayPass(ctx, p); passes || err != nil {
				return nil, cmp.Or(err, unread)
			}
		}
	case listed != nil:
		why = feedbook.Replaced
	}
	was, err := r.Feeds.Kept(ctx, r.table, p)
	if err == nil && was == nil && unread != nil {
		err = unread
	}
	if err == nil && was != nil && was.Rows.Giant > 0 {
		err = r.query.Room(was.Rows.Giant)
	}
	if err != nil {
		return nil, err
	}
	again, err := r.src.Again(r.query)
	if err != nil {
		return nil, err
	}
	return r.Feeds.Rekey(ctx, r.table, p, why, again)
}

// damagePasses is how long a leaf that was whole before, and is read damaged, is read again.
const damagePasses = time.Hour

// mayPass reports whether the way may still be at fault.
func (r *feedReader) mayPass(ctx context.Context, p feedbook.Print) (bool, error) {
	since, err := r.Feeds.Noticed(ctx, r.delivery, "damaged "+p.String()+" "+p.Print, r.Now())
	return r.Now().Sub(since) < damagePasses, err
}

// fewer are leaves that were told apart anew from the rows that are kept of them, with how many had given way to
// these by the former key.
type fewer map[feed.Stamp]int64

// met notes a leaf that is told apart anew.
func (f fewer) met(l *feedbook.Leaf) {
	if l.Former > 0 {
		f[l.Stamp] = l.Former
	}
}

// note says which rows may be missing by the new key; nothing if none are.
func (f fewer) note() string {
	if len(f) == 0 {
		return ""
	}
	var rows int64
	var named []string
	for _, at := range slices.SortedFunc(maps.Keys(f), feed.Stamp.Compare) {
		rows, named = rows+f[at], append(named, at.String())
	}
	return fmt.Sprintf("%s had given way by the former key and cannot be read again, of which some may be missing if the new key is finer: %s",
		human.Count(rows, "row"), strings.Join(named[:min(len(named), namedQuarantine)], "; "))
}
