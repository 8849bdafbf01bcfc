package main

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	// rivals is the folder of the scripts that make the same CSV.
	rivals = "internal/bench/rivals"
	// leastColumns is promised over the faster of the rivals.
	leastColumns = 3
)

// fiveColumns are the extracts that people make with a line of jq or a short script.
var fiveColumns = []struct{ report, columns, rival string }{
	{reportID, "conversation_id,message_id,sent_at,sent_by,text", "messages"},
	{"msg.conversations", "conversation_id,status,started_at,source_duration,latest_skill_id", "conversations"},
}

// fiveColumns measures a CSV of five columns from the file of records, each program on one
// core from its start to its end, by processor time; then ours alone on more cores.
func (b *bench) fiveColumns(ctx context.Context) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	for _, f := range fiveColumns {
		ours := filepath.Join(b.dir, f.rival)
		alone := func(ctx context.Context) (time.Duration, error) {
			took, _, err := pinned(ctx, 1, "", self, renderCommand, f.report, f.columns, b.data.records, ours, "1")
			return took, err
		}
		if err := b.besideScripts(ctx, f.report, f.rival, alone, ours+"0"); err != nil {
			return err
		}
		for cores := 1; cores <= runtime.NumCPU(); cores *= 2 {
			o, err := contest{
				step: "five columns of " + f.report, note: fmt.Sprintf("%d at once on %d cores, by the clock", cores, cores), rounds: b.rounds,
				source: b.data.source * int64(cores), input: b.data.source * int64(cores),
				ours: func(ctx context.Context) (time.Duration, error) {
					_, took, err := pinned(ctx, cores, "", self, renderCommand, f.report, f.columns, b.data.records, ours, strconv.Itoa(cores))
					return took, err
				},
			}.run(ctx)
			if err != nil {
				return err
			}
			b.out.add(o)
		}
	}
	return nil
}

// besideScripts measures ours beside each rival that is installed, and makes sure that all
// wrote the same rows.
func (b *bench) besideScripts(ctx context.Context, report, name string, ours round, csv string) error {
	for _, r := range []struct {
		program, name string
		run           func(ctx context.Context, path, out string) (time.Duration, error)
	}{
		{"jq", "jq", func(ctx context.Context, path, out string) (time.Duration, error) {
			took, _, err := pinned(ctx, 1, out, path, "-r", "-f", filepath.Join(rivals, name+".jq"), b.data.records)
			return took, err
		}},
		{"python3", "Python, plain script", func(ctx context.Context, path, out string) (time.Duration, error) {
			took, _, err := pinned(ctx, 1, "", path, filepath.Join(rivals, name+".py"), b.data.records, out)
			return took, err
		}},
	} {
		c := contest{
			step: "five columns of " + report, note: "1 core, processor time", source: b.data.source, input: b.data.source,
			rounds: b.rounds, ours: ours, name: r.program + " is missing", least: leastColumns,
		}
		theirs := filepath.Join(b.dir, name+"."+r.program)
		path, err := exec.LookPath(r.program)
		if err == nil {
			c.name = r.name
			c.rival = func(ctx context.Context) (time.Duration, error) { return r.run(ctx, path, theirs) }
		}
		o, err := c.run(ctx)
		if err != nil {
			return err
		}
		b.out.add(o)
		if c.rival == nil {
			continue
		}
		if err := sameRows(csv, theirs); err != nil {
			return fmt.Errorf("%s: %w", r.name, err)
		}
	}
	return nil
}

// sameRows is an error unless both files of CSV hold the same rows, however they are quoted.
func sameRows(a, b string) error {
	x, err := os.Open(a)
	if err != nil {
		return err
	}
	defer func() { _ = x.Close() }() // they were only read
	y, err := os.Open(b)
	if err != nil {
		return err
	}
	defer func() { _ = y.Close() }()
	left, right := csv.NewReader(x), csv.NewReader(y)
	for n := 1; ; n++ {
		l, errLeft := left.Read()
		r, errRight := right.Read()
		switch {
		case errors.Is(errLeft, io.EOF) && errors.Is(errRight, io.EOF) && n > 1:
			return nil
		case errLeft != nil || errRight != nil:
			return fmt.Errorf("row %d: %w", n, errors.Join(errLeft, errRight))
		case !slices.Equal(l, r):
			return fmt.Errorf("row %d is %s, ours is %s", n, strings.Join(r, "|"), strings.Join(l, "|"))
		}
	}
}
