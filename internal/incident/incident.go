// Package incident is the book of what is wrong now: one entry an incident, from when it is
// noticed until it is over, so that people are told once of each. Entries lie sealed in
// the store:
//
//	incidents/{account}/open/{task}~{kind}~{hash of the key}
//	incidents/{account}/closed/{task}~{kind}~{hash of the key}~{opened}
//	incidents/{account}/told/{id of a message that went out}
package incident

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"

	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/seal"
	"transporter/internal/store"
	"transporter/internal/store/record"
)

// Kinds of incidents.
const (
	RunFailed      = "run-failed"      // a window's run is red
	WindowLate     = "window-late"     // not delivered by its deadline
	WindowLost     = "window-lost"     // the source no longer has it
	ScheduleEdited = "schedule-edited" // in Temporal; it was written anew
	ScheduleLost   = "schedule-lost"   // deleted in Temporal; it was made again
	KeyExpiring    = "key-expiring"    // that a task's files are for, and nothing takes over
	FeedHeld       = "feed-held"       // its description changed; the key is the change
	FeedBroken     = "feed-broken"     // a partition of a window contradicts itself; the key is the window, with " damaged" for one with a file that is not whole
	FeedLate       = "feed-late"       // a window that the platform should have exported by now; the key is the window
	FeedSilent     = "feed-silent"     // parts of a window that a feed by the minute has nothing of; the key is the window
	FeedWithdrawn  = "feed-withdrawn"  // partitions of a delivered window that are there no more, though older ones are; the key is the window
	NotifyFailed   = "notify-failed"   // of the account: people cannot be told one way
)

// ByEmail is the key of NotifyFailed about email; of a webhook it is the address.
const ByEmail = "email"

// Incident is one thing that is wrong. Account, Task, Kind and Key identify it; it holds no
// secret.
type Incident struct {
	Account string `json:"account"`
	Task    string `json:"task"`
	Kind    string `json:"kind"`
	Key     string `json:"key,omitempty"` // what it is about within the task, such as a window

	Title  string    `json:"title"`
	Detail string    `json:"detail,omitempty"`
	Fix    string    `json:"fix,omitempty"` // what to do
	Run    string    `json:"run,omitempty"` // workflow ID
	Opened time.Time `json:"opened"`
	Closed time.Time `json:"closed,omitzero"`
	How    string    `json:"how,omitempty"` // it was closed
}

// WindowKey is the key of incidents about one window of a task.
func WindowKey(generation int, w contract.Span) string { return fmt.Sprintf("g%d/%s", generation, w) }

// Book reads and writes incidents. It is safe for concurrent use by any number of
// processes.
type Book struct {
	store   store.Store
	records *record.Records
}

// New returns the book in the store, sealed by the box.
func New(st store.Store, box *seal.Box) *Book {
	return &Book{store: st, records: record.New(st, box)}
}

// Open notes the incident unless it is open already; opened tells whether this call did.
func (b *Book) Open(ctx context.Context, i Incident) (opened bool, err error) {
	if i.Account == "" || i.Kind == "" || i.Opened.IsZero() {
		return false, fault.New(fault.InvalidSpec, "open incident: account, kind and time are needed")
	}
	return b.records.PutIfAbsent(ctx, openKey(i.Account, i.Task, i.Kind, i.Key), i)
}

// Restate has an open incident say what is true of it now; when it was opened stays. It does nothing if none is open.
func (b *Book) Restate(ctx context.Context, i Incident) error {
	was, err := b.Get(ctx, i.Account, i.Task, i.Kind, i.Key)
	if err != nil || was == nil {
		return err
	}
	if i.Opened = was.Opened; i == *was {
		return nil
	}
	return b.records.Put(ctx, openKey(i.Account, i.Task, i.Kind, i.Key), i)
}

// Get returns the open incident, nil if there is none.
func (b *Book) Get(ctx context.Context, account, task, kind, key string) (*Incident, error) {
	var i Incident
	found, err := b.records.Get(ctx, openKey(account, task, kind, key), &i)
	if err != nil || !found {
		return nil, err
	}
	return &i, nil
}

// Told reports whether the message of that id went out.
func (b *Book) Told(ctx context.Context, account, id string) (bool, error) {
	_, err := b.store.Stat(ctx, toldKey(account, id))
	if errors.Is(err, store.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// Tell notes that the message of that id went out. Idempotent.
func (b *Book) Tell(ctx context.Context, account, id string) error {
	_, err := b.store.Put(ctx, toldKey(account, id), bytes.NewReader(nil))
	return err
}

func toldKey(account, id string) string { return "incidents/" + account + "/told/" + id }

// Close ends the incident and returns it, nil if none was open. After a crash in between it
// is returned again.
func (b *Book) Close(ctx context.Context, account, task, kind, key string, at time.Time, how string) (*Incident, error) {
	open := openKey(account, task, kind, key)
	var i Incident
	found, err := b.records.Get(ctx, open, &i)
	if err != nil || !found {
		return nil, err
	}
	i.Closed, i.How = at.UTC(), how
	closed := fmt.Sprintf("incidents/%s/closed/%s~%d", account, name(task, kind, key), i.Opened.UnixMilli())
	if err := b.records.Put(ctx, closed, i); err != nil {
		return nil, err
	}
	if err := b.store.Delete(ctx, open); err != nil && !errors.Is(err, store.ErrNotExist) {
		return nil, err
	}
	return &i, nil
}

// All returns the open incidents of the account, oldest first.
func (b *Book) All(ctx context.Context, account string) ([]Incident, error) {
	var all []Incident
	for info, err := range b.store.List(ctx, "incidents/"+account+"/open/") {
		if err != nil {
			return nil, err
		}
		var i Incident
		found, err := b.records.Get(ctx, info.Key, &i)
		if err != nil {
			return nil, err
		}
		if found { // else it was closed meanwhile
			all = append(all, i)
		}
	}
	slices.SortFunc(all, func(x, y Incident) int {
		return cmp.Or(x.Opened.Compare(y.Opened), cmp.Compare(x.Task+x.Kind+x.Key, y.Task+y.Kind+y.Key))
	})
	return all, nil
}

func openKey(account, task, kind, key string) string {
	return "incidents/" + account + "/open/" + name(task, kind, key)
}

// name holds a hash of the key, which may have any characters and length.
func name(task, kind, key string) string {
	sum := sha256.Sum256([]byte(key))
	return task + "~" + kind + "~" + hex.EncodeToString(sum[:8])
}
