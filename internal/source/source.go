// Package source is the port to the platforms that records are read from.
package source

import (
	"context"
	"encoding/json"

	"transporter/internal/contract"
	"transporter/internal/feed"
	"transporter/internal/probe"
)

// Query says what to read. Window bounds are epoch milliseconds UTC, half-open.
type Query struct {
	Resource string // messaging_interactions, engagement_history, users, skills, agent_groups, profiles
	From, To int64
	Params   map[string]json.RawMessage // validated by the report: time_basis, status, skill_ids, content, …
	Now      int64                      // the reader's clock, for bounds that may not lie in the future

	Accepted  []string     // by the names of feed.Wait, what the window is taken without
	Delivered []feed.Stamp // of exports: leaves of the window that were delivered before, which may be gone by now
	Key       feed.Key     // of exports: what tells rows apart; empty: as the table's rule says

	// Taken, of exports, is what Silent takes leaves that are there for, whatever a listing says: those that could not
	// be read, and Complete those that the window has as they were read before.
	Taken map[feed.Stamp]feed.State

	// Room, of exports, is asked before a line of at most so many bytes is held that is larger than
	// feed.UsualLine: its error ends the reading. A reading holds one such line at a time. Nil: there is room for any.
	Room func(bytes int64) error

	Turn  contract.Turn  // how urgent its requests are
	Waits func(more int) // told 1 when a request waits for a slot of the account, -1 when no more; may be nil
}

// Record is one source record as it came: compact JSON, key order and numbers kept.
type Record struct {
	Order     int64  // its place among the records, then by ID: mostly a time in epoch milliseconds; zero for lists
	At        int64  // the time that decides its window, epoch milliseconds; zero: it does not say
	ID        string // the record's identity, unique within the resource
	Raw       []byte // valid until the next call
	FetchedAt int64  // when the page was read, epoch milliseconds
	Rank      string // of feeds: of the rows with one ID that of the greatest rank, as bytes, counts
	Cut       bool   // the source has sent a part of it alone, whatever it was read by: reports refuse it
}

// Slice is one piece of a query's axis that is read and staged as a whole. Slices of
// one query do not overlap, and their keys sort in the order of their records.
type Slice struct {
	Key      string `json:"key"`
	From, To int64
}

// Counts is the reconciliation of what was read.
type Counts struct {
	Total      int64 `json:"total"`      // the source's own count
	Fetched    int64 `json:"fetched"`    // distinct records received
	Kept       int64 `json:"kept"`       // of those, inside the window
	Duplicates int64 `json:"duplicates"` // received again
	Calls      int64 `json:"calls"`
}

// Sink takes slices. It is safe for concurrent use; one SliceWriter is not.
type Sink interface {
	// Done reports that an earlier attempt finished the slice.
	Done(ctx context.Context, s Slice) (bool, error)
	// Begin opens the slice for writing. Records may come in any order and twice.
	Begin(ctx context.Context, s Slice) (SliceWriter, error)
	// Plan remembers how the query was cut, so that the next attempt cuts it alike.
	// Planned returns what was remembered, or nil.
	Plan(ctx context.Context, slices []Slice) error
	Planned(ctx context.Context) ([]Slice, error)
}

// SliceWriter stages the records of one slice. Nothing of it is visible before Commit.
type SliceWriter interface {
	Add(ctx context.Context, r Record) error
	Commit(ctx context.Context, c Counts) error
	// Abort drops what was added; after Commit it does nothing.
	Abort()
}

// Steps of a test, in order. After them one for each resource follows, named "read" with its
// name.
const (
	StepConnect = "connect" // ask where the platform serves the account
	StepLogin   = "log in"
)

// Tested is what a person may try before anything relies on it.
type Tested interface {
	// Test calls each API the given resources need and says what is missing, with the steps
	// that were tried.
	Test(ctx context.Context, resources []string) (probe.Log, error)
}

// Source reads one platform account.
type Source interface {
	Tested
	// Fetch reads every record of the query into the sink, slice by slice, skipping
	// slices that are done. It is complete or an error: a source count that does not
	// agree with the distinct records received is tried again and then
	// fault.CountMismatch; partial answers are fault.PartialData. Of what does not fit together
	// feed.WaitsOf the error tells the names, if Query.Accepted lets the window be taken without.
	Fetch(ctx context.Context, q Query, sink Sink) error
}
