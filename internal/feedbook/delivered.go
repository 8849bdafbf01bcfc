package feedbook

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"transporter/internal/contract"
	"transporter/internal/feed"
)

// Print is the fingerprint of a leaf as it was delivered.
type Print struct {
	feed.Stamp

	Print string   `json:"print"`
	Key   feed.Key `json:"key,omitempty"` // what its rows were told apart by

	Out bool `json:"out,omitempty"` // the delivery was accepted without it: it is known, and no part of it

	Round int `json:"round,omitempty"` // how often leaves of the delivery were noted before its first was
}

// Read is a leaf that a delivery was read from.
type Read struct {
	Leaf

	Round int // Print.Round
}

// As returns the leaf as it is delivered.
func (l *Leaf) As() Print { return Print{Stamp: l.Stamp, Print: l.Print, Key: l.Key} }

// Prints returns the leaves as they are delivered.
func Prints(leaves []Leaf) []Print {
	prints := make([]Print, len(leaves))
	for i := range leaves {
		prints[i] = leaves[i].As()
	}
	return prints
}

func deliveredKey(d contract.Delivery) string {
	return fmt.Sprintf("feeds-delivered/%s/%s/g%d/%s-r%d", d.Account, d.Task, d.Generation, d.Span, d.Revision)
}

// Deliver notes which exports of its leaves a delivery is made of, and which it was accepted without, in place of
// those noted before: an attempt that was red, too, has read them.
func (l *Ledger) Deliver(ctx context.Context, d contract.Delivery, leaves []Leaf, without ...Print) error {
	var before []Print
	if _, err := l.records.Get(ctx, deliveredKey(d), &before); err != nil {
		return err
	}
	prints, round := append(Prints(leaves), without...), 0
	for _, b := range before {
		round = max(round, b.Round+1)
	}
	for i := range prints {
		prints[i].Round = round
		if n := slices.IndexFunc(before, func(b Print) bool { return b.Stamp == prints[i].Stamp }); n >= 0 {
			prints[i].Round = before[n].Round
		}
	}
	return l.records.Put(ctx, deliveredKey(d), prints)
}

// Delivered returns the leaves that a delivery is made of, in the order of their stamps: as they were read for
// it, or as somebody read them last if that is no more.
func (l *Ledger) Delivered(ctx context.Context, t Table, d contract.Delivery) (leaves []Read, err error) {
	var prints []Print
	if _, err := l.records.Get(ctx, deliveredKey(d), &prints); err != nil {
		return nil, err
	}
	for _, p := range prints {
		if p.Out {
			continue
		}
		row, err := l.Kept(ctx, t, p)
		if err != nil {
			return nil, err
		}
		if row != nil {
			leaves = append(leaves, Read{*row, p.Round})
		}
	}
	return leaves, nil
}

// Kept returns the leaf of the table by the key that the print is of: that very export, or the one that
// somebody read last if it is no more; nil if there never was one.
func (l *Ledger) Kept(ctx context.Context, t Table, p Print) (*Leaf, error) {
	t.Key = p.Key
	all, err := l.generations(ctx, t, p.Stamp)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	if row := find(all, p.Print); row != nil {
		return row, nil
	}
	return &all[len(all)-1], nil
}

// Changed reports whether a leaf came, or was exported anew, since the delivery, or was told apart by
// another key than this. Leaves that are gone are none of it: what was delivered stays.
func (l *Ledger) Changed(ctx context.Context, d contract.Delivery, key feed.Key, now []feed.Leaf) (bool, error) {
	var prints []Print
	found, err := l.records.Get(ctx, deliveredKey(d), &prints)
	if err != nil || !found {
		return false, err
	}
	return slices.ContainsFunc(now, func(n feed.Leaf) bool {
		return !slices.ContainsFunc(prints, func(p Print) bool {
			return p.Stamp == n.Stamp && p.Print == n.Print() && (p.Key == key || key == feed.AnyKey)
		})
	}), nil
}

// Gone returns the leaves of the delivery that are not among these.
func (l *Ledger) Gone(ctx context.Context, d contract.Delivery, now []feed.Leaf) (gone []Print, err error) {
	var prints []Print
	_, err = l.records.Get(ctx, deliveredKey(d), &prints)
	for _, p := range prints {
		if !p.Out && !slices.ContainsFunc(now, func(n feed.Leaf) bool { return n.Stamp == p.Stamp }) {
			gone = append(gone, p)
		}
	}
	return gone, err
}

func lookedKey(account, task string) string { return "feeds-looked/" + account + "/" + task }

// Looked returns when a pass last looked for changed leaves of a task; zero: never.
func (l *Ledger) Looked(ctx context.Context, account, task string) (at time.Time, err error) {
	_, err = l.records.Get(ctx, lookedKey(account, task), &at)
	return at, err
}

// Look notes that a pass has.
func (l *Ledger) Look(ctx context.Context, account, task string, at time.Time) error {
	return l.records.Put(ctx, lookedKey(account, task), at.UTC())
}

// Noticed returns when something of a delivery was noticed first: now, unless it was before. The text
// says what, and is told apart from anything else by that alone.
func (l *Ledger) Noticed(ctx context.Context, d contract.Delivery, what string, now time.Time) (at time.Time, err error) {
	sum := sha256.Sum256([]byte(what))
	key := deliveredKey(d) + "~" + hex.EncodeToString(sum[:8])
	if _, err := l.records.PutIfAbsent(ctx, key, now.UTC()); err != nil {
		return at, err
	}
	_, err = l.records.Get(ctx, key, &at)
	return at, err
}
