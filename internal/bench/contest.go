package main

import (
	"context"
	"fmt"
	"slices"
	"syscall"
	"time"
)

// round does a step once and says how long it took.
type round func(context.Context) (time.Duration, error)

// contest is a step that is measured, alone or beside a rival.
type contest struct {
	step   string
	note   string // cores, and which time is meant
	source int64  // bytes of source JSON that a round stands for
	input  int64  // bytes that the step itself reads
	rounds int

	ours  round
	rival round  // nil: the step is measured alone
	name  string // of the rival, or why there is none
	least float64
}

// outcome is what a contest found, in seconds; ratio is the rival's time over ours.
type outcome struct {
	contest
	took, rivalTook, ratio spread
}

// run plays the rounds in turns, ours first.
func (c contest) run(ctx context.Context) (outcome, error) {
	var took, rivalTook, ratio []float64
	for range c.rounds {
		ours, err := c.ours(ctx)
		if err != nil {
			return outcome{}, err
		}
		took = append(took, ours.Seconds())
		if c.rival == nil {
			continue
		}
		theirs, err := c.rival(ctx)
		if err != nil {
			return outcome{}, fmt.Errorf("%s: %w", c.name, err)
		}
		rivalTook = append(rivalTook, theirs.Seconds())
		ratio = append(ratio, theirs.Seconds()/ours.Seconds())
	}
	return outcome{contest: c, took: spreadOf(took), rivalTook: spreadOf(rivalTook), ratio: spreadOf(ratio)}, nil
}

// broken reports whether a promised ratio was measured and not reached.
func (o outcome) broken() bool { return o.rival != nil && o.ratio.median < o.least }

// spread is the median of some rounds with least and most.
type spread struct{ median, least, most float64 }

func spreadOf(all []float64) spread {
	if len(all) == 0 {
		return spread{}
	}
	slices.Sort(all)
	middle := all[len(all)/2]
	if len(all)%2 == 0 {
		middle = (middle + all[len(all)/2-1]) / 2
	}
	return spread{middle, all[0], all[len(all)-1]}
}

// rate turns seconds into MB/s.
func (s spread) rate(bytes int64) spread {
	mb := float64(bytes) / 1e6
	return spread{mb / s.median, mb / s.most, mb / s.least}
}

// onClock times a step by the clock.
func onClock(step func(context.Context) error) round {
	return func(ctx context.Context) (time.Duration, error) {
		began := time.Now()
		err := step(ctx)
		return time.Since(began), err
	}
}

// onProcessor times a step of this process by the processor time that it uses, which
// other people's work on the machine hardly changes. Only for steps on one core.
func onProcessor(step func(context.Context) error) round {
	return func(ctx context.Context) (time.Duration, error) {
		before, err := processorTime()
		if err != nil {
			return 0, err
		}
		if err := step(ctx); err != nil {
			return 0, err
		}
		after, err := processorTime()
		return after - before, err
	}
}

// processorTime is what this process has used so far.
func processorTime() (time.Duration, error) {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0, fmt.Errorf("read processor time: %w", err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()), nil
}
