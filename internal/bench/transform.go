package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"iter"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"time"

	"transporter/internal/report"
	"transporter/internal/source"
	"transporter/internal/task"
	"transporter/internal/transform"
)

const (
	// script is what somebody would write who has Python and no transporter.
	script = "internal/transform/testdata/rival.py"
	// leastTransform is promised over the script.
	leastTransform = 2
)

// transform writes the messages as one CSV from the file of records, on one core, beside
// the Python script that writes the same bytes. Both are timed by processor time.
func (b *bench) transform(ctx context.Context) error {
	def, err := report.Get(reportID, "")
	if err != nil {
		return err
	}
	b.data.csv = filepath.Join(b.dir, "messages.csv")
	theirs := filepath.Join(b.dir, "python.csv")
	job := transform.Job{
		Report: def, Format: transform.FormatCSV, Formatting: task.Formatting{Quotes: "minimal"}, AccountID: platformAccount,
		From: windowFrom.UnixMilli(), To: windowTo.UnixMilli(), Zone: time.UTC, SplitEntries: math.MaxInt,
	}
	ours := func(ctx context.Context) error {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
		return render(ctx, job, jsonLines{def.Resource: b.data.records, "skills": b.data.skills}, b.data.csv)
	}
	c := contest{
		step: "transform to CSV", note: "1 core, processor time", source: b.data.source, input: b.data.source,
		rounds: b.rounds, ours: onProcessor(ours), name: "Python is missing", least: leastTransform,
	}
	python, err := exec.LookPath("python3")
	if err == nil {
		c.name = version(ctx, python) + ", plain script"
		c.rival = func(ctx context.Context) (time.Duration, error) {
			cmd := exec.CommandContext(ctx, python, script, b.data.records, theirs, b.data.skills) //nolint:gosec // the rival, over files of ours
			if out, err := cmd.CombinedOutput(); err != nil {
				return 0, fmt.Errorf("%w: %s", err, out)
			}
			return cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), nil
		}
	}
	o, err := c.run(ctx)
	if err == nil && c.rival != nil {
		err = sameFiles(b.data.csv, theirs)
	}
	b.out.add(o)
	return err
}

// render writes the records of the files as one CSV file.
func render(ctx context.Context, job transform.Job, in jsonLines, to string) error {
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	result, err := transform.Render(ctx, job, in, fileSink{out})
	if result.Refused > 0 {
		err = errors.Join(err, fmt.Errorf("%d records were refused, the first for: %s", result.Refused, result.Quarantined[0].Reason))
	}
	return errors.Join(err, out.Close())
}

// jsonLines are files of records, one a line, by resource.
type jsonLines map[string]string

// maxLine is the longest record that is read.
const maxLine = 64 << 20

// Records implements transform.Inputs; the order is that of the lines.
func (files jsonLines) Records(_ context.Context, resource string) iter.Seq2[source.Record, error] {
	return func(yield func(source.Record, error) bool) {
		f, err := os.Open(files[resource])
		if err != nil {
			yield(source.Record{}, err)
			return
		}
		defer func() { _ = f.Close() }() // it was only read
		lines := bufio.NewScanner(f)
		lines.Buffer(make([]byte, 1<<20), maxLine)
		for n := int64(0); lines.Scan(); n++ {
			if !yield(source.Record{Order: n, Raw: lines.Bytes()}, nil) {
				return
			}
		}
		if err := lines.Err(); err != nil {
			yield(source.Record{}, err)
		}
	}
}

// fileSink takes the only part into a file.
type fileSink struct{ *os.File }

// Create implements transform.PartSink.
func (f fileSink) Create(context.Context, int) (transform.PartWriter, error) { return f, nil }

// Commit implements transform.PartWriter.
func (f fileSink) Commit(context.Context, transform.PartInfo) error { return nil }

// Abort implements transform.PartWriter.
func (f fileSink) Abort() {}
