package receipt

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"transporter/internal/contract"
	"transporter/internal/fault"
)

// nameTries bounds the race for the next number of a name; each loss means that somebody
// else got it, so two in a row are rare already.
const nameTries = 16

// NameHolder says whose file a final name at a destination holds.
type NameHolder struct {
	Name     string            `json:"name"`
	Delivery contract.Delivery `json:"delivery"`
	SHA256   string            `json:"sha256"`
	At       time.Time         `json:"at"`
}

// Name returns who holds the final name at the destination, nil if nobody does.
func (b *Book) Name(ctx context.Context, account, destination, name string) (*NameHolder, error) {
	holder, _, err := b.newestName(ctx, account, destination, name)
	return holder, err
}

// Holders returns everybody who has claimed the final name at the destination, oldest
// first. A claim is made before the file is there, so not each of them has written it.
func (b *Book) Holders(ctx context.Context, account, destination, name string) ([]NameHolder, error) {
	var all []NameHolder
	for info, err := range b.store.List(ctx, namePrefix(account, destination, name)) {
		if err != nil {
			return nil, err
		}
		h, err := b.holder(ctx, info.Key, name)
		if err != nil {
			return nil, err
		}
		all = append(all, *h)
	}
	return all, nil
}

// ClaimName makes h the holder of its name at the destination and returns who held it
// before, nil if nobody did. A holder that does not yield to h is fault.Collision; the same
// delivery may claim again with other bytes. Idempotent.
func (b *Book) ClaimName(ctx context.Context, destination string, h NameHolder) (before *NameHolder, err error) {
	for range nameTries {
		before, number, err := b.newestName(ctx, h.Delivery.Account, destination, h.Name)
		if err != nil {
			return nil, err
		}
		if before != nil && before.Delivery == h.Delivery && before.SHA256 == h.SHA256 {
			return before, nil
		}
		if before != nil {
			if err := before.Refuse(h); err != nil {
				return before, err
			}
		}
		key := fmt.Sprintf("%s%06d", namePrefix(h.Delivery.Account, destination, h.Name), number+1)
		won, err := b.records.PutIfAbsent(ctx, key, h)
		if won || err != nil {
			return before, err
		}
	}
	return nil, fault.New(fault.Conflict, "claim name %q: others claim it all the time", h.Name)
}

// YieldsTo tells whether the name may be taken by another: the same delivery, a later revision of
// the window, or a newer generation of the task with it. A file of another window stays, also one of
// a partition, since nothing else of the task has its rows.
func (h *NameHolder) YieldsTo(other NameHolder) bool {
	held, by := h.Delivery, other.Delivery
	if held == by {
		return true
	}
	if held.Account != by.Account || held.Task != by.Task {
		return false
	}
	if held.Span != by.Span {
		return false
	}
	if held.Generation != by.Generation {
		return held.Generation < by.Generation
	}
	return held.Revision < by.Revision
}

// Refuse returns nil if the name yields to the other, else fault.Collision, which says whose it is
// and what to do.
func (h *NameHolder) Refuse(other NameHolder) error {
	if h.YieldsTo(other) {
		return nil
	}
	held, by := h.Delivery, other.Delivery
	text := fmt.Sprintf("name %q at the destination belongs to %s", h.Name, held.Key())
	switch {
	case held.Account != by.Account || held.Task != by.Task:
		return fault.New(fault.Collision, "%s", text).WithFix("give one of the two tasks another file name or folder")
	case held.Span != by.Span:
		return fault.New(fault.Collision, "%s: another window of the task, which stays as it is", text).
			WithFix("give the task's destination another feedVersion if it has partitions, else a fileName with {from} and {to}, or another path, and resume the run")
	}
	return fault.New(fault.Collision, "%s: another delivery of the window, which is not older", text).
		WithFix("leave it at that, or deliver the window once more: starter task run --rerun")
}

// newestName returns the last entry of the name and its number.
func (b *Book) newestName(ctx context.Context, account, destination, name string) (*NameHolder, int, error) {
	last, number := "", 0
	for info, err := range b.store.List(ctx, namePrefix(account, destination, name)) {
		if err != nil {
			return nil, 0, err
		}
		last, number = info.Key, number+1
	}
	if last == "" {
		return nil, 0, nil
	}
	h, err := b.holder(ctx, last, name)
	return h, number, err
}

// holder reads one entry of the name.
func (b *Book) holder(ctx context.Context, key, name string) (*NameHolder, error) {
	var h NameHolder
	found, err := b.records.Get(ctx, key, &h)
	if err != nil {
		return nil, err
	}
	if !found || h.Name != name {
		return nil, fault.New(fault.Corrupt, "name %q at the destination: its entry %s is not its own", name, key)
	}
	return &h, nil
}

// namePrefix holds a hash, since a file name may have any characters and length.
func namePrefix(account, destination, name string) string {
	sum := sha256.Sum256([]byte(name))
	return "names/" + account + "/" + destination + "/" + hex.EncodeToString(sum[:16]) + "/"
}
