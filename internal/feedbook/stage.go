package feedbook

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"transporter/internal/fault"
	"transporter/internal/feed"
	"transporter/internal/latest"
	"transporter/internal/source"
	"transporter/internal/staging"
)

// sortBytes of rows are collected before they are staged.
var sortBytes = 40 << 20 // a variable for tests

// Reading gives every line of a leaf to add, from several goroutines (source.Exports).
type Reading func(add func(context.Context, source.Record) error) (source.LeafCounts, error)

// Stage reads the leaf and writes its ledger row. Of two that read it at once one counts. Nothing of
// a leaf that could not be read to its end is kept.
func (b *Book) Stage(ctx context.Context, t Table, l *feed.Leaf, read Reading) (*Leaf, error) {
	row := Leaf{Stamp: l.Stamp, Print: l.Print(), Objects: len(l.Files), Notes: notes(l)}
	if l.Success != nil {
		row.Success = l.Success.Modified
	}
	return b.write(ctx, t, row, read)
}

// write stages what the reading gives as the rows of a leaf.
func (b *Book) write(ctx context.Context, t Table, row Leaf, read Reading) (*Leaf, error) {
	w := &writer{
		rows: latest.New(b.stage, t.prefix()+"/rows", latest.Options{Memory: sortBytes}),
		bad:  b.stage.Sorter(t.prefix()+"/rows", 0),
	}
	defer w.rows.Abort()
	defer w.bad.Abort()
	counts, err := read(w.add)
	if err != nil {
		return nil, err
	}
	row.LeafCounts, row.Read = counts, b.now().UTC()
	if row.Rows, err = w.rows.Finish(ctx); err != nil {
		return nil, err
	}
	if row.BadLines, err = w.bad.Finish(ctx); err != nil {
		return nil, err
	}
	if given := row.Rows.Added; given+w.broken != counts.Lines || w.broken != counts.Bad {
		return nil, fault.New(fault.CountMismatch, "%s has %d lines, of which %d are bad; %d rows and %d bad lines were staged", row.Stamp, counts.Lines, counts.Bad, given, w.broken)
	}
	return b.commit(ctx, t, row)
}

// mostNotes bounds those of one leaf: a folder may hold anything.
const mostNotes = 20

func notes(l *feed.Leaf) []string {
	all := slices.Concat(l.Warnings, l.Ignored)
	if more := len(all) - mostNotes; more > 0 {
		all = append(all[:mostNotes:mostNotes], fmt.Sprintf("and %d more", more))
	}
	return all
}

// writer sorts rows and bad lines apart.
type writer struct {
	rows   *latest.Sorter
	mu     sync.Mutex
	bad    *staging.Sorter
	broken int64
}

func (w *writer) add(ctx context.Context, r source.Record) error {
	if !strings.HasPrefix(r.ID, source.BadPrefix) {
		return w.rows.Add(ctx, []byte(r.ID), []byte(r.Rank), r.Raw)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.broken++
	return w.bad.Add(ctx, r)
}

// commit writes the ledger row as the leaf's next generation.
func (b *Book) commit(ctx context.Context, t Table, row Leaf) (*Leaf, error) {
	row.Key = t.Key
	for {
		all, err := b.generations(ctx, t, row.Stamp)
		if err != nil {
			return nil, err
		}
		if other := find(all, row.Print); other != nil {
			return other, nil // its rows count; ours are Unneeded
		}
		row.Generation = len(all) + 1
		won, err := b.records.PutIfAbsent(ctx, generationKey(stampFolder(t, row.Stamp), row.Generation), row)
		if err != nil || won {
			return &row, err
		}
	}
}
