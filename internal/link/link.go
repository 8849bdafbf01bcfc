// Package link is the book of addresses under which whoever has one can fetch a delivered file
// for a while. Every entry is sealed JSON, see package record; entries stay for good, as proof of
// who could fetch what:
//
//	links/{id}/made                      the link, written once
//	links/{id}/revoked                   when it was revoked, written once
//	links/{id}/used-{process}            how often a process served it, written by that process only
//	links-by-delivery/{delivery key}/{id}  empty: how the links of a run are found
package link

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/seal"
	"transporter/internal/store"
	"transporter/internal/store/record"
)

// Link is the permission to fetch one file until it expires. Ref refers to an OpenPGP message.
type Link struct {
	ID       string       `json:"id"`       // 32 hexadecimal characters
	Delivery string       `json:"delivery"` // key of contract.Delivery, with its leg
	Name     string       `json:"name"`
	Ref      contract.Ref `json:"ref"`
	Made     time.Time    `json:"made"`
	Expires  time.Time    `json:"expires"`
}

// Book reads and writes links. It is safe for concurrent use by any number of processes.
type Book struct {
	store   store.Store
	records *record.Records
	now     func() time.Time

	process  string // names this book's own counts
	counting sync.Mutex
}

// New returns the book in the store, sealed by the box.
func New(st store.Store, box *seal.Box, now func() time.Time) *Book {
	return &Book{store: st, records: record.New(st, box), now: now, process: strings.ToLower(rand.Text())}
}

// Make returns the live link of the file in the delivery, and makes one where there is none: an
// attempt that is repeated finds that of the attempt before, with its expiry, and one that comes
// after the link has ended makes the next. Of the asked link ID and Made are ignored. Idempotent.
func (b *Book) Make(ctx context.Context, asked Link) (Link, error) {
	for n := 1; ; n++ {
		l := asked
		l.ID, l.Made, l.Expires = idOf(asked, n), b.now().UTC(), asked.Expires.UTC().Truncate(time.Second)
		// The index comes first: an entry of it without a link is skipped, a link without one is lost.
		if _, err := b.store.Put(ctx, indexPrefix+l.Delivery+"/"+l.ID, bytes.NewReader(nil)); err != nil {
			return Link{}, fmt.Errorf("make link: %w", err)
		}
		won, err := b.records.PutIfAbsent(ctx, madeKey(l.ID), l)
		if won || err != nil {
			return l, err
		}
		before, err := b.Get(ctx, l.ID)
		if err != nil {
			return Link{}, err
		}
		if before != nil && before.State(b.now()) == Live {
			return before.Link, nil
		}
	}
}

// idOf names the n-th link of a file. Nobody guesses it: links are found by a signature only.
func idOf(l Link, n int) string {
	h := sha256.New()
	fmt.Fprintf(h, "%s\x00%s\x00%s\x00%d", l.Delivery, l.Name, l.Ref.SHA256, n)
	return hex.EncodeToString(h.Sum(nil)[:idBytes])
}

// Get returns the link and what became of it; nil if there is none.
func (b *Book) Get(ctx context.Context, id string) (*Standing, error) {
	if !idForm.MatchString(id) {
		return nil, nil
	}
	var s Standing
	found, err := b.records.Get(ctx, madeKey(id), &s.Link)
	if !found || err != nil {
		return nil, err
	}
	if s.Revoked, err = b.revoked(ctx, id); err != nil {
		return nil, err
	}
	s.Used, err = b.used(ctx, id)
	return &s, err
}

// Of returns the links of a delivery, of all its legs where it names none.
func (b *Book) Of(ctx context.Context, d contract.Delivery) ([]Standing, error) {
	var all []Standing
	for info, err := range b.store.List(ctx, indexPrefix+d.Key()+"/") {
		if err != nil {
			return nil, fmt.Errorf("list links: %w", err)
		}
		s, err := b.Get(ctx, info.Key[strings.LastIndex(info.Key, "/")+1:])
		if err != nil {
			return nil, err
		}
		if s != nil {
			all = append(all, *s)
		}
	}
	return all, nil
}

// Revoke ends the link at once, for good. One that does not exist in the delivery is
// fault.NotFound. Idempotent: the first time counts.
func (b *Book) Revoke(ctx context.Context, d contract.Delivery, id string) error {
	s, err := b.Get(ctx, id)
	if err != nil {
		return err
	}
	if s == nil || !strings.HasPrefix(s.Delivery, d.Key()+"/") {
		return fault.New(fault.NotFound, "the run has no link %s", strconv.Quote(id))
	}
	_, err = b.records.PutIfAbsent(ctx, "links/"+id+"/revoked", b.now().UTC())
	return err
}

func (b *Book) revoked(ctx context.Context, id string) (at time.Time, err error) {
	_, err = b.records.Get(ctx, "links/"+id+"/revoked", &at)
	return at, err
}

const (
	indexPrefix = "links-by-delivery/"
	idBytes     = 16
)

var idForm = regexp.MustCompile(`^[0-9a-f]{32}$`)

func madeKey(id string) string { return "links/" + id + "/made" }
