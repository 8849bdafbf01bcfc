package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"transporter/internal/report"
	"transporter/internal/task"
	"transporter/internal/transform"
)

// renderCommand makes this program render a file and end, so that it can be pinned to cores
// and timed like any other program:
//
//	bench render REPORT COLUMNS RECORDS OUT HOW-OFTEN-AT-ONCE
const renderCommand = "render"

// renderChild is that program.
func renderChild(ctx context.Context, args []string) error {
	const wanted = 5
	if len(args) != wanted {
		return errors.New("render: give report, columns, records, out and how often")
	}
	def, err := report.Get(args[0], "")
	if err != nil {
		return err
	}
	columns, err := json.Marshal(strings.Split(args[1], ","))
	if err != nil {
		return err
	}
	copies, err := strconv.Atoi(args[4])
	if err != nil {
		return err
	}
	job := transform.Job{
		Report: def, Format: transform.FormatCSV, Formatting: task.Formatting{Quotes: "minimal", Headers: "none"}, AccountID: platformAccount,
		From: windowFrom.UnixMilli(), To: windowTo.UnixMilli(), Zone: time.UTC, SplitEntries: math.MaxInt,
		Params: report.Params{report.ParamColumnSet: columns, report.ParamSystemColumns: json.RawMessage(`"none"`)},
	}
	if def.ID == reportID {
		job.Params["include_system_messages"] = json.RawMessage("true") // the rivals do not tell them from others
	}
	var all errgroup.Group
	for i := range copies {
		all.Go(func() error {
			return render(ctx, job, jsonLines{def.Resource: args[2], "skills": os.DevNull}, args[3]+strconv.Itoa(i))
		})
	}
	return all.Wait()
}

// pinned runs a program on so many cores and returns the processor time that it used, and the
// time by the clock. Its standard output goes to out, if that is given.
func pinned(ctx context.Context, cores int, out string, args ...string) (processor, clock time.Duration, err error) {
	if taskset, err := exec.LookPath("taskset"); err == nil {
		args = append([]string{taskset, "-c", fmt.Sprintf("0-%d", cores-1)}, args...)
	}
	cmd := exec.CommandContext(ctx, args[0], args[1:]...) //nolint:gosec // this program and its rivals, over files of ours
	var said strings.Builder
	cmd.Stderr = &said
	if out != "" {
		f, err := os.Create(out)
		if err != nil {
			return 0, 0, err
		}
		defer func() { err = errors.Join(err, f.Close()) }()
		cmd.Stdout = f
	}
	began := time.Now()
	if err := cmd.Run(); err != nil {
		return 0, 0, fmt.Errorf("%s: %w: %s", args[0], err, said.String())
	}
	return cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), time.Since(began), nil
}
