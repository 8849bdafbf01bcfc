// Package feedschema keeps what the platforms of sources say of their feeds, day by day, and holds a
// feed whose description changed in a way that may make wrong what is read: until an operator has
// looked at that very change and released it. Nothing is ever removed. Sealed in the store:
//
//	feed-schemas/{account}/{source}/changes/{number}                  what changed, and from what to what
//	feed-schemas/{account}/{source}/documents/{sha256}                a description, as it came
//	feed-schemas/{account}/{source}/released/{change}                 who released it, when and why
//	feed-schemas/{account}/{source}/columns/{feed}~{version}~{hash}   a column that the data have
//	feed-schemas/{account}/{source}/seen                              the newest description looked at
package feedschema

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"transporter/internal/fault"
	"transporter/internal/feed"
	"transporter/internal/feed/docs"
	"transporter/internal/seal"
	"transporter/internal/store"
	"transporter/internal/store/record"
)

// appendTries bounds the race for the next number; each loss means that somebody else wrote it, and
// few workers look at one source.
const appendTries = 16

// Book reads and writes what is known of feeds. It is safe for concurrent use by any number of
// processes.
type Book struct {
	store   store.Store
	records *record.Records
}

// New returns the book in the store, sealed by the box.
func New(st store.Store, box *seal.Box) *Book {
	return &Book{store: st, records: record.New(st, box)}
}

// entry is one time that something changed. The first one of a source has no changes.
type entry struct {
	Seq      int                 `json:"seq"` // from 1, without gaps
	At       time.Time           `json:"at"`
	Object   feed.Object         `json:"object"`             // the description from then on
	SHA256   string              `json:"sha256,omitempty"`   // of its text; empty: there was none yet
	Versions map[string][]string `json:"versions,omitempty"` // folders version=… of the feeds looked at
	Changes  []docs.Change       `json:"changes,omitempty"`
}

// holds returns the changes of one feed that hold it, and the name by which they are released: a hash
// that no other change has.
func (e entry) holds(name, version string) (id string, changes []docs.Change) {
	for _, c := range e.Changes {
		if c.Feed == name && c.Version == version && c.Holds() {
			changes = append(changes, c)
		}
	}
	if len(changes) == 0 {
		return "", nil
	}
	text, err := json.Marshal(struct {
		Seq     int
		Changes []docs.Change
	}{e.Seq, changes})
	if err != nil {
		panic("a change that is no JSON: " + err.Error()) // it holds texts alone
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8]), changes
}

// entries returns what changed, in order.
func (b *Book) entries(ctx context.Context, account, source string) ([]entry, error) {
	var all []entry
	for info, err := range b.store.List(ctx, folder(account, source)+"changes/") {
		if err != nil {
			return nil, err
		}
		var e entry
		found, err := b.records.Get(ctx, info.Key, &e)
		if err != nil {
			return nil, err
		}
		if !found || e.Seq != len(all)+1 {
			return nil, fault.New(fault.Corrupt, "changes of the feeds of source %s: number %d is missing", source, len(all)+1).
				WithFix("restore the store from its backup")
		}
		all = append(all, e)
	}
	return all, nil
}

// document reads a kept description.
func (b *Book) document(ctx context.Context, account, source, sum string) (docs.Document, error) {
	text, err := b.text(ctx, account, source, sum)
	if err != nil {
		return docs.Document{}, err
	}
	d, _, err := docs.Parse(text)
	return d, err
}

func (b *Book) text(ctx context.Context, account, source, sum string) ([]byte, error) {
	var text []byte
	found, err := b.records.Get(ctx, folder(account, source)+"documents/"+sum, &text)
	if err == nil && !found {
		err = fault.New(fault.Corrupt, "the description %s of source %s is missing", sum, source).WithFix("restore the store from its backup")
	}
	return text, err
}

// keep stores a description as it came.
func (b *Book) keep(ctx context.Context, account, source, sum string, text []byte) error {
	_, err := b.records.PutIfAbsent(ctx, folder(account, source)+"documents/"+sum, text)
	return err
}

// add appends what next makes of the entry before, unless that is nothing: of any number of workers
// that see the same change one writes it, and none is lost.
func (b *Book) add(ctx context.Context, account, source string, next func(last entry) (*entry, error)) (*entry, error) {
	for range appendTries {
		all, err := b.entries(ctx, account, source)
		if err != nil {
			return nil, err
		}
		var last entry
		if len(all) > 0 {
			last = all[len(all)-1]
		}
		e, err := next(last)
		if e == nil || err != nil {
			return nil, err
		}
		e.Seq = last.Seq + 1
		won, err := b.records.PutIfAbsent(ctx, fmt.Sprintf("%schanges/%08d", folder(account, source), e.Seq), e)
		if won || err != nil {
			return e, err
		}
	}
	return nil, fault.New(fault.Conflict, "note changes of the feeds of source %s: others write all the time", source)
}

func folder(account, source string) string { return "feed-schemas/" + account + "/" + source + "/" }

// missing returns those of some names that are not among others.
func missing(some, others []string) (out []string) {
	for _, s := range some {
		if !slices.Contains(others, s) {
			out = append(out, s)
		}
	}
	return out
}
