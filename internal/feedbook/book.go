// Package feedbook keeps in the store what was read of feeds: the ledger of leaves with their rows,
// which all tasks of a source share, and the states of tables, which each task has of its own.
//
//	feeds/{account}/{source}/{report}/{dedupe}[~{key}]/v{version}/leaves/{stamp}/{generation}   ledger of a leaf
//	feeds/{account}/{source}/{report}/{dedupe}[~{key}]/v{version}/rows/…                        its rows, sorted
//	tables/{account}/{task}/g{generation}/{number}                                     states
//	tables-merged/{account}/{task}/g{generation}/{month}/{hash}                        which leaves were merged into bases
//	tables-rows/{account}/{task}/g{generation}/{number}/…                              bases of states
package feedbook

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"transporter/internal/contract"
	"transporter/internal/feed"
	"transporter/internal/latest"
	"transporter/internal/seal"
	"transporter/internal/source"
	"transporter/internal/staging"
	"transporter/internal/store"
	"transporter/internal/store/record"
)

// What lies where in the store.
const (
	leavesFolder = "feeds/"
	tablesFolder = "tables/"
	mergedFolder = "tables-rows/"

	membersFolder = "tables-merged/"
)

// Ledger tells of leaves and states, not of rows: the HTTP API may read it. It is safe for
// concurrent use, also by several processes.
type Ledger struct {
	store   store.Store
	records *record.Records
}

// NewLedger returns the ledger in the store; the box is that of records.
func NewLedger(st store.Store, box *seal.Box) *Ledger { return &Ledger{st, record.New(st, box)} }

// Book is the ledger with the rows, which lie in the stage.
type Book struct {
	*Ledger

	stage *staging.Stage
	now   func() time.Time
}

// New returns the book.
func New(l *Ledger, stage *staging.Stage, now func() time.Time) *Book { return &Book{l, stage, now} }

// keys lists what lies below a prefix, in ascending order.
func (l *Ledger) keys(ctx context.Context, prefix string) (keys []string, err error) {
	for info, err := range l.store.List(ctx, prefix) {
		if err != nil {
			return nil, err
		}
		keys = append(keys, info.Key)
	}
	return keys, nil
}

// Table is one table of a source, its rows told apart and ranked in one way.
type Table struct {
	Account, Source, Report string
	Dedupe, Version         string

	Key feed.Key // what tells rows apart; empty: as Dedupe says
}

// prefix is where the leaves of the table lie: those of each key apart.
func (t Table) prefix() string {
	rule := t.Dedupe
	if t.Key != "" {
		sum := sha256.Sum256([]byte(t.Key)) // a column's name may have any characters
		rule += "~" + hex.EncodeToString(sum[:8])
	}
	return path.Join(leavesFolder, t.Account, t.Source, t.Report, rule, "v"+t.Version)
}

// Leaf is the ledger row of a leaf that was read.
type Leaf struct {
	feed.Stamp

	Print      string    `json:"print"`         // of its objects when it was read
	Key        feed.Key  `json:"key,omitempty"` // what its rows are told apart by, see Table
	Generation int       `json:"generation"`    // rises with each re-export that was read, from 1
	Objects    int       `json:"objects"`       // data files
	Success    time.Time `json:"success"`       // when _SUCCESS was written, by the storage's clock; zero where there is none
	Read       time.Time `json:"read"`
	Retired    time.Time `json:"retired,omitzero"` // since when nobody finds it, because a newer export is there: its rows go
	Notes      []string  `json:"notes,omitempty"`  // what was odd about it: warnings, and what was left aside

	source.LeafCounts
	Rows     latest.Set     `json:"rows"`               // the latest row of each key within the leaf
	BadLines []contract.Ref `json:"badLines,omitempty"` // sorted records
}

// Repeated is how many rows of the leaf gave way to another of their key.
func (l *Leaf) Repeated() int64 { return l.Lines - l.Bad - l.Rows.Rows }

func stampFolder(t Table, s feed.Stamp) string {
	name := strings.NewReplacer("dt=", "", "/hr=", "T", "/mi=", "").Replace(s.String())
	return t.prefix() + "/leaves/" + name + "/"
}

// Leaf returns the ledger row of the leaf as it was listed; nil if it was not read, or has gone since.
func (l *Ledger) Leaf(ctx context.Context, t Table, leaf *feed.Leaf) (*Leaf, error) {
	all, err := l.generations(ctx, t, leaf.Stamp)
	if err != nil {
		return nil, err
	}
	return find(all, leaf.Print()), nil
}

// find returns the export of the fingerprint; nil if there is none whose rows are there for long.
func find(all []Leaf, print string) *Leaf {
	for _, row := range slices.Backward(all) {
		if row.Print == print && row.Retired.IsZero() {
			return &row
		}
	}
	return nil
}

// generations returns what was read of the leaf, the newest last.
func (l *Ledger) generations(ctx context.Context, t Table, s feed.Stamp) (all []Leaf, err error) {
	keys, err := l.keys(ctx, stampFolder(t, s))
	if err != nil {
		return nil, err
	}
	for _, key := range keys {
		var row Leaf
		if found, err := l.records.Get(ctx, key, &row); err != nil {
			return nil, err
		} else if found {
			all = append(all, row)
		}
	}
	return all, nil
}

// Leaves returns the newest ledger row of every leaf of the table whose day is from…to, both
// included, in the order of their stamps.
func (l *Ledger) Leaves(ctx context.Context, t Table, from, to string) (rows []Leaf, err error) {
	keys, err := l.keys(ctx, t.prefix()+"/leaves/")
	if err != nil {
		return nil, err
	}
	newest := map[string]string{} // the last key of each stamp's folder
	for _, key := range keys {
		folder := path.Dir(key)
		if date := path.Base(folder); date >= from && date[:min(len(date), len(to))] <= to {
			newest[folder] = key
		}
	}
	for _, key := range newest {
		var row Leaf
		if found, err := l.records.Get(ctx, key, &row); err != nil {
			return nil, err
		} else if found {
			rows = append(rows, row)
		}
	}
	slices.SortFunc(rows, func(a, b Leaf) int { return a.Compare(b.Stamp) })
	return rows, nil
}

func generationKey(folder string, generation int) string {
	return fmt.Sprintf("%s%06d", folder, generation)
}
