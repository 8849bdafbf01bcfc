package task

import (
	"encoding/json"
	"time"
)

// Rules is what Validate must know besides the task itself. The caller fills it from the
// catalog and the account, so that this package stays pure.
type Rules struct {
	Now     time.Time    // creation or edit; decides whether a start lies in the past
	Report  *ReportRules // nil: the catalog has no such report
	Reports []string     // ids of the catalog, for suggestions

	// Ids that exist in the account. A nil set is not checked, an empty one refuses all.
	Sources      map[string]bool
	Destinations map[string]bool
	Keys         map[string]bool

	// Signs tells that the account has a key of its own to sign with.
	Signs bool
}

// ReportRules is what the report that a task names allows.
type ReportRules struct {
	ID              string
	Versions        []string      // that are shipped
	Formats         []string      // json, jsonl, csv, …
	MinInterval     time.Duration // 24 hours: daily is the most often
	MaxWindow       time.Duration // zero: windows may be of any length
	DefaultDelay    time.Duration
	Reach           time.Duration     // how far back the source answers; zero: without limit
	Revisable       time.Duration     // how far back a window can be read again without losing anything; zero: without limit
	Backfill        bool              // a start in the past is allowed
	Raw             bool              // source records as they are
	Awaited         bool              // the platform exports windows when it is done, not when they end
	Final           string            // why windows cannot be read again later; empty: they can
	Columns         map[string]string // types by name; nil: records as they are
	Spread          map[string]string // parameters that have several columns written in place of one, by that one
	CheckParameters func(map[string]json.RawMessage) error
}
