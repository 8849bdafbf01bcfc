package receipt

import (
	"context"
	"fmt"

	"transporter/internal/contract"
)

// PutWaiting notes what an attempt waits for the platform's export with, by the names that it can be
// accepted by; nothing once it waits no more.
func (b *Book) PutWaiting(ctx context.Context, d contract.Delivery, attempt int, list []Quarantined) error {
	return b.records.Put(ctx, waitingKey(d, attempt), list)
}

// Waiting returns what PutWaiting noted last of the attempt, or of the one before it as long as nothing is noted of this:
// an attempt begins with what is missing.
func (b *Book) Waiting(ctx context.Context, d contract.Delivery, attempt int) (list []Quarantined, err error) {
	for ; ; attempt-- {
		if found, err := b.records.Get(ctx, waitingKey(d, attempt), &list); found || err != nil || attempt <= 1 {
			return list, err
		}
	}
}

func waitingKey(d contract.Delivery, attempt int) string {
	d.Leg = ""
	return fmt.Sprintf("waits/%s/a%04d", d.Key(), attempt)
}

// Accept adds to what the delivery is to be made without, while an attempt of it is open.
func (b *Book) Accept(ctx context.Context, d contract.Delivery, accept contract.Acceptance) error {
	for n := 1; ; n++ {
		won, err := b.records.PutIfAbsent(ctx, fmt.Sprintf("%s%06d", acceptedPrefix(d), n), accept)
		if err != nil || won {
			return err
		}
	}
}

// Accepted returns all that Accept was told of the delivery; nil if that is nothing.
func (b *Book) Accepted(ctx context.Context, d contract.Delivery) (all *contract.Acceptance, err error) {
	for info, err := range b.store.List(ctx, acceptedPrefix(d)) {
		if err != nil {
			return nil, err
		}
		var one contract.Acceptance
		if found, err := b.records.Get(ctx, info.Key, &one); err != nil {
			return nil, err
		} else if found {
			all = all.With(&one)
		}
	}
	return all, nil
}

func acceptedPrefix(d contract.Delivery) string {
	d.Leg = ""
	return "accepted/" + d.Key() + "/"
}
