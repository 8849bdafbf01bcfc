package source

import (
	"context"

	"transporter/internal/feed"
)

// Exports reads the tables that a platform exports as partitions. Its windows become complete some
// time after their end, which nobody knows before.
type Exports interface {
	Tested
	// Leaves returns the leaves that the window of the query is made of, in the order of their
	// stamps, once all of them are complete. Until then it is fault.NotReady with what is waited
	// for and when to look again; what waiting cannot mend is another fault. For those of
	// Query.Delivered of which nothing is there any more nobody waits, nor for what is in Query.Accepted: feed.WaitsOf
	// its error tells the names of everything else.
	Leaves(ctx context.Context, q Query) ([]feed.Leaf, error)
	// Listed returns the leaves of the window that are complete, whatever else is missing.
	Listed(ctx context.Context, q Query) ([]feed.Leaf, error)
	// Exported returns the leaves of the window of which anything is there, whole or not.
	Exported(ctx context.Context, q Query) ([]feed.Stamp, error)
	// Silent returns the parts of a complete window of which the platform has exported nothing though it should
	// have (feed.Silent), and those that are missing of it because Query.Accepted says so.
	// Query.Taken counts before what is listed.
	Silent(ctx context.Context, q Query) (silent, missing feed.Windows, err error)
	// Counts returns how many rows the platform says that the exports of the window's days had, as far
	// as it says so yet. Keys that may read the feed and not these are fault.PermissionDenied.
	Counts(ctx context.Context, q Query) (feed.Counts, error)
	// Read gives every line of the leaf to add, which takes them from several goroutines: rows with
	// their key as the ID and their rank, and lines that cannot be read with an ID that begins with BadPrefix. An
	// object that has changed since it was listed is fault.Conflict: list again. Rows of several
	// companies are fault.SchemaMismatch, a file that the source has no key for is feed.ErrUndecodable. Bytes is what was downloaded.
	Read(ctx context.Context, q Query, leaf feed.Leaf, add func(context.Context, Record) error) (LeafCounts, error)
	// Again returns what gives a row once more that Read gave, with the key of this query; one that has
	// none as a line that cannot be read. It is not safe for concurrent use.
	Again(q Query) (func(at feed.Stamp, row Record) Record, error)
}

// LeafCounts is what was read of a leaf.
type LeafCounts struct {
	Lines int64 `json:"lines"` // rows and bad lines
	Bad   int64 `json:"bad"`
	Bytes int64 `json:"bytes"`

	Company string `json:"company,omitempty"` // whose rows they are; empty: they do not say
}

// BadPrefix begins the ID of a line that is no row, which then says where it is. Keys of rows
// are JSON arrays, so that no row has it, and bad lines are before all rows.
const BadPrefix = "!"
