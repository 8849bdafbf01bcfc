// Package appbook is the book of apps whose webhooks we take, in the store: what the api must
// know of an app to judge a delivery, without asking its account, which needs a worker. Workers
// write it when an app is installed, changed or uninstalled:
//
//	apps/{account}/{app}
//	unread/{account}/{app}/{sha256}
package appbook

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"golang.org/x/sync/errgroup"

	"transporter/internal/account"
	"transporter/internal/seal"
	"transporter/internal/store"
	"transporter/internal/store/record"
)

const (
	folder = "apps/"
	unread = "unread/"
	// readers is how many entries are read at a time.
	readers = 16
)

// Entry is an app as its deliveries name it.
type Entry struct {
	Account  string         `json:"account"`  // ours
	App      string         `json:"app"`      // ours
	Platform string         `json:"platform"` // account at the platform
	ClientID string         `json:"clientId"`
	Secret   account.Sealed `json:"secret"` // account.App.Webhook
}

// Book reads and writes the book. It is safe for concurrent use by any number of processes.
type Book struct {
	store   store.Store
	records *record.Records
}

// New returns the book in the store, sealed by the box.
func New(st store.Store, box *seal.Box) *Book {
	return &Book{store: st, records: record.New(st, box)}
}

// Put writes the entry in place of the app's older one. Idempotent.
func (b *Book) Put(ctx context.Context, e Entry) error {
	if err := b.records.Put(ctx, key(e.Account, e.App), e); err != nil {
		return fmt.Errorf("write the book of apps: %w", err)
	}
	return nil
}

// Remove takes an app out of the book; one that is not there is no error.
func (b *Book) Remove(ctx context.Context, accountID, app string) error {
	if err := b.store.Delete(ctx, key(accountID, app)); err != nil {
		return fmt.Errorf("write the book of apps: %w", err)
	}
	return nil
}

// All returns every entry, in the order of accounts and apps.
func (b *Book) All(ctx context.Context) ([]Entry, error) {
	var keys []string
	for info, err := range b.store.List(ctx, folder) {
		if err != nil {
			return nil, fmt.Errorf("read the book of apps: %w", err)
		}
		keys = append(keys, info.Key)
	}
	read := make([]*Entry, len(keys))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(readers)
	for i, key := range keys {
		group.Go(func() error {
			var e Entry
			found, err := b.records.Get(ctx, key, &e)
			if found { // else it was removed meanwhile
				read[i] = &e
			}
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, fmt.Errorf("read the book of apps: %w", err)
	}
	var all []Entry
	for _, e := range read {
		if e != nil {
			all = append(all, *e)
		}
	}
	return all, nil
}

// Keep keeps a delivery that is the app's and that nobody can assign to a conversation, as it
// came, for people to look at. Idempotent.
func (b *Book) Keep(ctx context.Context, accountID, app string, body []byte) error {
	sum := sha256.Sum256(body)
	if _, err := b.records.PutIfAbsent(ctx, unread+accountID+"/"+app+"/"+hex.EncodeToString(sum[:]), body); err != nil {
		return fmt.Errorf("keep a delivery: %w", err)
	}
	return nil
}

func key(accountID, app string) string { return folder + accountID + "/" + app }
