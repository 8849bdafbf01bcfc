package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"time"

	"golang.org/x/sync/errgroup"

	"transporter/internal/feed"
	"transporter/internal/latest"
	"transporter/internal/seal"
	"transporter/internal/staging"
	"transporter/internal/store"
)

// dedupeCommand makes this program write the latest row of every key of a leaf, and end, so that
// its memory can be measured like that of any other program:
//
//	bench dedupe LEAF STORE OUT
const dedupeCommand = "dedupe"

// dedupeChild is that program: the splits are read side by side, their rows sorted in the store,
// sealed as in production, and the winners written as JSON Lines.
func dedupeChild(ctx context.Context, args []string) error {
	const wanted = 3
	if len(args) != wanted {
		return errors.New("dedupe: give leaf, store and out")
	}
	st, err := store.NewFile(args[1])
	if err != nil {
		return err
	}
	ring, err := seal.GenerateRing("bench")
	if err != nil {
		return err
	}
	stage := staging.New(st, seal.NewBox(ring))
	splits, err := filepath.Glob(filepath.Join(args[0], "*.gz"))
	if err != nil {
		return err
	}
	sorter := latest.New(stage, "leaf", latest.Options{})
	defer sorter.Abort()
	all, inner := errgroup.WithContext(ctx)
	all.SetLimit(runtime.NumCPU())
	for _, split := range splits {
		all.Go(func() error { return addSplit(inner, sorter, split) })
	}
	if err := all.Wait(); err != nil {
		return err
	}
	set, err := sorter.Finish(ctx)
	if err != nil {
		return err
	}
	return writeRows(ctx, stage, set, args[2])
}

// addSplit gives the rows of a split to the sorter, read as a feed's source reads them.
func addSplit(ctx context.Context, sorter *latest.Sorter, path string) error {
	name := filepath.Base(path)
	_, file, named := feed.ParseName(name)
	table, known := feed.TableOf(feedTable, "")
	if !named || !known {
		return fmt.Errorf("%s is no file of %s", name, feedTable)
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // it was only read
	clear, err := feed.Gunzip(f, name)
	if err != nil {
		return err
	}
	ruler := feed.NewRuler(table, feed.Reference)
	ruler.File(feed.Origin{Stamp: feed.Stamp{Date: windowFrom.Format(time.DateOnly), Hour: 0, Minute: feed.None}, Modified: windowFrom, Split: file.Split})
	for line, err := range feed.Lines(clear, feed.MaxLine, nil) {
		if err != nil {
			return err
		}
		row, err := ruler.Row(line.Bytes, line.Number)
		if err != nil {
			return err
		}
		if err := sorter.Add(ctx, row.Key, row.Rank, row.Line); err != nil {
			return err
		}
	}
	return nil
}

// writeRows writes the set's ranges of keys side by side, each to a file below the folder.
func writeRows(ctx context.Context, stage *staging.Stage, set latest.Set, dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	var all errgroup.Group
	for i, part := range set.Ranges() {
		all.Go(func() error { return writeRange(ctx, stage, part, filepath.Join(dir, strconv.Itoa(i)+".jsonl")) })
	}
	return all.Wait()
}

func writeRange(ctx context.Context, stage *staging.Stage, part latest.Set, path string) (err error) {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	w := bufio.NewWriterSize(f, 1<<20)
	for row, err := range latest.Read(ctx, stage, part) {
		if err != nil {
			return err
		}
		if _, err := w.Write(row.Raw); err != nil {
			return err
		}
		if err := w.WriteByte('\n'); err != nil {
			return err
		}
	}
	return w.Flush()
}
