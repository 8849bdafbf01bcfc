package demo

import (
	"context"
	"fmt"
	"time"

	"transporter/internal/apiclient"
	"transporter/internal/contract"
	"transporter/internal/follow"
	"transporter/internal/human"
	"transporter/internal/sandbox"
)

// watchEvery is how often the once task is asked for its run.
const watchEvery = 250 * time.Millisecond

// deliver follows both tasks' runs to their end and checks what arrived.
func (d *demo) deliver(ctx context.Context) error {
	once, err := d.runOf(ctx, d.made.Once)
	if err != nil {
		return err
	}
	if err := d.follow(ctx, "conversations of yesterday", once); err != nil {
		return err
	}
	last, err := d.lastDue(ctx)
	if err != nil {
		return err
	}
	if err := d.follow(ctx, "messages of the last due hour", last); err != nil {
		return err
	}
	d.say("\nchecking: what the receiver can decrypt against what the sandbox says exists")
	checks := []struct {
		run    string
		folder string
		rows   func(sandbox.Conversation) int
	}{
		{once, "conversations", func(sandbox.Conversation) int { return 1 }},
		{last, "messages", func(c sandbox.Conversation) int { return c.Messages }},
	}
	for _, c := range checks {
		if err := d.check(ctx, c.run, c.folder, c.rows); err != nil {
			return err
		}
	}
	return nil
}

// runOf returns the run of the once task, which the API started when the task was made.
func (d *demo) runOf(ctx context.Context, taskID string) (string, error) {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for tries := 0; ; tries++ {
		runs, err := d.client.Runs(ctx, d.made.Account, apiclient.RunFilter{Task: taskID})
		if err != nil {
			return "", err
		}
		if len(runs) > 0 {
			return runs[len(runs)-1].ID, nil
		}
		if tries > 40 {
			return "", fmt.Errorf("the once task has no run: see %s", d.stack.Logs())
		}
		select {
		case <-ctx.Done():
			return "", ctx.Err()
		case <-tick.C:
		}
	}
}

// lastDue starts the run of the interval task's last due window, or finds the one that has
// delivered it already.
func (d *demo) lastDue(ctx context.Context) (string, error) {
	started, err := d.client.RunTask(ctx, d.made.Account, d.made.Interval, nil, apiclient.Write{})
	if err == nil {
		return started.Run, nil
	}
	runs, listErr := d.client.Runs(ctx, d.made.Account, apiclient.RunFilter{Task: d.made.Interval})
	if listErr != nil || len(runs) == 0 {
		return "", fmt.Errorf("run the last due hour: %w", err)
	}
	return runs[0].ID, nil
}

// follow tells what the run does until it ends, and wants it green.
func (d *demo) follow(ctx context.Context, what, run string) error {
	d.say("\nrun: %s", what)
	tell := func(line string) { d.say("  %s", line) }
	r, err := follow.Run{Client: d.client, Account: d.made.Account, ID: run, Say: tell, Now: d.Now}.ToEnd(ctx)
	if err != nil {
		return err
	}
	if r.Outcome != contract.OutcomeDelivered && r.Outcome != contract.OutcomeEmpty {
		return fmt.Errorf("the run ended %s: %s (%s)", r.Outcome, r.Error, r.UI)
	}
	d.say("  %s: %s in %s of %s to each of %s", r.Outcome, human.Count(r.Rows, "row"), human.Count(r.RunView.Files, "file"),
		human.Bytes(r.Bytes), human.Count(len(r.Receipts), "destination"))
	d.say("  %s", r.UI)
	return nil
}
