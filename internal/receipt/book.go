// Package receipt is the book of what was done: receipts of deliveries, claims of
// windows, records of runs and holders of file names. Every entry is sealed JSON under a
// key that a person can read:
//
//	receipts/{account}/{task}/g{n}/{from-to}/r{n}/{leg}.receipt
//	redeliveries/{account}/{task}/g{n}/{from-to}/r{n}/{leg}/a{attempt}
//	claims/{account}/{task}/g{n}/{from-to}/r{n}/a{attempt}
//	waits/{account}/{task}/g{n}/{from-to}/r{n}/a{attempt}
//	accepted/{account}/{task}/g{n}/{from-to}/r{n}/{number}
//	runs/{account}/{task}/{run}
//	runs-by-time/…, see RunFilter
//	names/{account}/{destination}/{hash of the name}/{number}
//	certificates/{account}/{task}/{hash}
package receipt

import (
	"context"
	"fmt"

	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/seal"
	"transporter/internal/store"
	"transporter/internal/store/record"
)

// Book reads and writes entries. It is safe for concurrent use by any number of
// processes.
type Book struct {
	store   store.Store
	records *record.Records
}

// New returns the book in the store, sealed by the box.
func New(st store.Store, box *seal.Box) *Book {
	return &Book{store: st, records: record.New(st, box)}
}

// PutReceipt writes the receipt unless its delivery has one; won tells whether this one
// counts. A receipt is never changed.
func (b *Book) PutReceipt(ctx context.Context, r Receipt) (won bool, err error) {
	return b.records.PutIfAbsent(ctx, receiptKey(r.Delivery), r)
}

// Receipt returns the receipt of the delivery, nil if there is none.
func (b *Book) Receipt(ctx context.Context, d contract.Delivery) (*Receipt, error) {
	var r Receipt
	found, err := b.records.Get(ctx, receiptKey(d), &r)
	if !found || err != nil {
		return nil, err
	}
	return &r, nil
}

// PutRedelivery writes the proof that the delivery was sent again by the attempt, once. The
// receipt of the delivery stays as it is.
func (b *Book) PutRedelivery(ctx context.Context, attempt int, r Receipt) error {
	_, err := b.records.PutIfAbsent(ctx, redeliveryKey(r.Delivery, attempt), r)
	return err
}

// Redelivery returns the proof of PutRedelivery, nil if there is none.
func (b *Book) Redelivery(ctx context.Context, d contract.Delivery, attempt int) (*Receipt, error) {
	var r Receipt
	found, err := b.records.Get(ctx, redeliveryKey(d, attempt), &r)
	if !found || err != nil {
		return nil, err
	}
	return &r, nil
}

func redeliveryKey(d contract.Delivery, attempt int) string {
	return fmt.Sprintf("redeliveries/%s/a%04d", d.Key(), attempt)
}

func receiptKey(d contract.Delivery) string { return "receipts/" + d.Key() + ".receipt" }

// Claim says that the claim's workflow works on the attempt of the delivery, whose leg is
// ignored. The first claim wins; the same workflow may claim again. If it did not win,
// holder is the claim that counts.
func (b *Book) Claim(ctx context.Context, c Claim) (won bool, holder Claim, err error) {
	if c.Attempt < 1 || c.WorkflowID == "" {
		return false, Claim{}, fault.New(fault.InvalidSpec, "claim window: attempt (from 1) and workflow are needed")
	}
	c.Delivery.Leg = ""
	key := fmt.Sprintf("%sa%04d", claimsPrefix(c.Delivery), c.Attempt)
	won, err = b.records.PutIfAbsent(ctx, key, c)
	if won || err != nil {
		return won, c, err
	}
	found, err := b.records.Get(ctx, key, &holder)
	if err == nil && !found {
		err = fault.New(fault.Conflict, "claim window: the claim at %s was removed meanwhile", key)
	}
	return holder.WorkflowID == c.WorkflowID, holder, err
}

// Claims returns the claims of the delivery, whose leg is ignored, in order of attempts.
func (b *Book) Claims(ctx context.Context, d contract.Delivery) ([]Claim, error) {
	d.Leg = ""
	var claims []Claim
	for info, err := range b.store.List(ctx, claimsPrefix(d)) {
		if err != nil {
			return nil, err
		}
		var c Claim
		found, err := b.records.Get(ctx, info.Key, &c)
		if err != nil {
			return nil, err
		}
		if found {
			claims = append(claims, c)
		}
	}
	return claims, nil
}

func claimsPrefix(d contract.Delivery) string { return "claims/" + d.Key() + "/" }
