package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"transporter/internal/apiclient"
	"transporter/internal/devstack"
	"transporter/internal/httpapi"
)

const (
	// watchEvery is how often a run is looked at: little beside its seconds.
	watchEvery = 50 * time.Millisecond
	// mostMemory is what a worker may hold at its peak, in MiB.
	mostMemory = 512
)

// whole times the main job from the task's creation to the green run: scheduling, fetch,
// transform, encryption, upload by SFTP and verification, with every program running as in
// production, and watches the worker's memory.
func (b *bench) whole(ctx context.Context) (err error) {
	if b.wholeRuns == 0 {
		return nil
	}
	l := newLogin()
	c, err := b.stackConfig("stack", l)
	if err != nil {
		return err
	}
	c.SFTP = true
	stack, err := devstack.Open(ctx, c, func(string, ...any) {})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stack.Close()) }()
	w, err := define(ctx, stack, l)
	if err != nil {
		return err
	}
	o, err := contest{
		step: "whole run", note: "all programs on the same cores", source: b.data.source, input: b.data.source, rounds: b.wholeRuns,
		ours: w.round,
	}.run(ctx)
	if err != nil {
		return err
	}
	b.out.add(o)
	b.out.remark("steps of the last whole run: %s", w.steps)
	return b.checkMemory(stack.Worker.PID())
}

// checkMemory reads the worker's peak of resident memory; Linux keeps it.
func (b *bench) checkMemory(pid int) error {
	text := found(fmt.Sprintf("/proc/%d/status", pid), `VmHWM:\s*(\d+) kB`, "")
	if text == "" {
		return nil
	}
	peak, err := strconv.Atoi(text)
	if err != nil {
		return err
	}
	b.out.remark("peak memory of the worker: %d MiB, promised are at most %d", peak>>10, mostMemory)
	if peak>>10 > mostMemory {
		return fmt.Errorf("the worker held %d MiB, promised are at most %d", peak>>10, mostMemory)
	}
	return nil
}

// runner makes one task a round and waits until its run is green.
type runner struct {
	things
	client *apiclient.Client
	steps  string // of the last run, with their seconds
}

func (w *runner) round(ctx context.Context) (time.Duration, error) {
	began := time.Now()
	task, err := w.client.Tasks(w.account).Create(ctx, w.task(), apiclient.Write{})
	if err != nil {
		return 0, err
	}
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for {
		runs, err := w.client.Runs(ctx, w.account, apiclient.RunFilter{Task: task.ID})
		if err != nil {
			return 0, err
		}
		if len(runs) > 0 && runs[0].Status != "running" {
			took := time.Since(began)
			return took, w.verdict(ctx, runs[0].ID)
		}
		select {
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-tick.C:
		}
	}
}

// verdict wants the run green.
func (w *runner) verdict(ctx context.Context, run string) error {
	d, err := w.client.Run(ctx, w.account, run)
	if err != nil {
		return err
	}
	if d.Outcome != "delivered" {
		return fmt.Errorf("the run ended %s: %s", d.Outcome, d.Error)
	}
	w.steps = stepTimes(d)
	return nil
}

// stepTimes lists the steps with their seconds.
func stepTimes(d httpapi.RunDetail) string {
	var list []string
	for _, s := range d.Steps {
		if s.Started != nil && s.Ended != nil {
			list = append(list, fmt.Sprintf("%s %.1f s", s.Name, s.Ended.Sub(*s.Started).Seconds()))
		}
	}
	return strings.Join(list, ", ")
}
