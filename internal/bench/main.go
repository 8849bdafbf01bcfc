// Bench measures the steps of the main job on this machine, each beside what people would
// use without it, on the same data in the same run:
//
//	go run ./internal/bench
//
// Ours and the rival take turns; rates are medians with least and most, in MB (10^6
// bytes) of source JSON a second unless said otherwise. A rival that is not installed is
// named and its row stands alone. The exit status is 1 when a step fails or a ratio that
// is promised does not hold.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

// config is what the flags say. The defaults take about ten minutes on four cores.
type config struct {
	bin           string
	conversations int
	rounds        int
	wholeRuns     int
	parcelSize    int64
	versitygw     string

	webhookSeconds int
	feedMB         int64
	only           string
}

// webhookWhole is how many seconds of webhooks are enough to judge by.
const webhookWhole = 60

func main() {
	var c config
	flag.StringVar(&c.bin, "bin", "bin", "folder of the built programs")
	flag.IntVar(&c.conversations, "conversations", 28_000, "conversations in the window, roughly; 11 KB of JSON each")
	flag.IntVar(&c.rounds, "rounds", 3, "rounds of each step")
	flag.IntVar(&c.wholeRuns, "whole-runs", 3, "rounds of the whole run; 0 leaves it out")
	flag.Int64Var(&c.parcelSize, "parcel", 1<<28, "bytes of the large file of the uploads")
	flag.StringVar(&c.versitygw, "versitygw", "tools/bin/versitygw", "the S3 server of the uploads")
	flag.IntVar(&c.webhookSeconds, "webhook-seconds", webhookWhole, "seconds of webhook deliveries in each measurement; 0 leaves them out")
	flag.Int64Var(&c.feedMB, "feed-mb", 1000, "size of the leaf of a feed, in MB of JSON; it takes three times as much disk")
	flag.StringVar(&c.only, "only", "", "measure this step alone, such as webhooks")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	var err error
	switch flag.Arg(0) {
	case renderCommand:
		err = renderChild(ctx, flag.Args()[1:])
	case dedupeCommand:
		err = dedupeChild(ctx, flag.Args()[1:])
	default:
		err = run(ctx, c)
	}
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// bench is one measurement: the data that all steps share, and what was found.
type bench struct {
	config
	dir  string // everything that is written; removed at the end
	data data
	out  table
}

// run measures every step, in the order of a run, and prints the table.
func run(ctx context.Context, c config) (err error) {
	dir, err := os.MkdirTemp("", "bench-")
	if err != nil {
		return fmt.Errorf("make a folder: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	b := &bench{config: c, dir: dir}
	printMachine(os.Stdout)
	for _, step := range []struct {
		name    string
		measure func(context.Context) error
	}{
		{"fetch", b.fetch},
		{"transform", b.transform},
		{"five columns", b.fiveColumns},
		{"report families", b.families},
		{"encrypt", b.encrypt},
		{"upload", b.upload},
		{"whole run", b.whole},
		{"feed", b.feed},
		{"webhooks", b.webhooks},
	} {
		if c.only != "" && c.only != step.name {
			continue
		}
		if failed := step.measure(ctx); failed != nil {
			err = fmt.Errorf("measure %s: %w", step.name, failed)
			break // the steps after it need its data
		}
	}
	b.out.print(os.Stdout)
	return errors.Join(err, b.out.broken())
}
