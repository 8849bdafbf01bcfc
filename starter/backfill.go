package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"transporter/internal/apiclient"
	"transporter/internal/httpapi"
	"transporter/internal/human"
)

func (a *app) backfillCommand() *cobra.Command {
	return group("backfill", "Deliver windows of the past",
		"A backfill delivers the windows of a range that a task should have delivered, many at once and behind\nthe runs of the day. Windows that hold a receipt are left alone.",
		a.backfillStart(), a.backfillList(), a.backfillShow(),
		a.backfillSteer("pause", "Start no further run; those that are open go on", apiclient.Backfills.Pause),
		a.backfillSteer("resume", "Go on with the next window", apiclient.Backfills.Resume),
		a.backfillSteer("cancel", "End a backfill; runs that are open go on", apiclient.Backfills.Cancel))
}

func (a *app) backfillStart() *cobra.Command {
	var body httpapi.BackfillRequest
	var from, to, key string
	var watch bool
	c := &cobra.Command{
		Use: "start TASK", Short: "Start a backfill", Args: cobra.ExactArgs(1),
		Long: `Deliver the windows of a range. By --mode:

  failed   the missing windows, and a new attempt of the red ones
  missing  only those that nobody has worked on
  again    every window; what was delivered gets its next revision
  redeliver
           what is delivered, from the files that are kept and for today's keys; the source is not
           asked`,
		Example: `  starter backfill start 01JD40K7M5Q3ZB1A9C8E7G6J4K --from 2026-10-01T00:00:00Z --watch
  starter backfill start 01JD40K7M5Q3ZB1A9C8E7G6J4K --mode redeliver --reason "the vendor has a new key"`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := times(given{"--from", from, &body.From}, given{"--to", to, &body.To}); err != nil {
				return err
			}
			all, err := a.backfillsOf(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			v, err := all.Start(cmd.Context(), body, apiclient.Write{Key: key})
			if err != nil {
				return err
			}
			return a.afterBackfill(cmd.Context(), all, args[0], v, watch)
		},
	}
	c.Flags().StringVar(&from, "from", "", "windows that end after it, RFC 3339 (default: from the first)")
	c.Flags().StringVar(&to, "to", "", "windows that end at or before it, RFC 3339 (default: now)")
	c.Flags().StringVar(&body.Mode, "mode", "failed", "failed, missing, again or redeliver")
	c.Flags().StringVar(&body.Reason, "reason", "", "why, for people")
	c.Flags().IntVar(&body.Concurrency, "concurrency", 0, "runs at once, at most 50 (default: 12)")
	c.Flags().BoolVar(&watch, "watch", false, watchBackfill)
	idempotency(c, &key)
	return c
}

func (a *app) backfillList() *cobra.Command {
	return &cobra.Command{
		Use: "list TASK", Short: "List the backfills of a task, newest first", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			all, err := a.backfillsOf(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			items, err := all.List(cmd.Context())
			if err != nil {
				return err
			}
			t := table{head: []string{"backfill", "state", "windows", "failed", "started", "reason"}}
			for _, v := range items {
				t.add(v.ID, v.State, ofTotal(v), human.Number(int64(v.Failed)), when(v.Started), v.Reason)
			}
			return a.print(items, t)
		},
	}
}

func (a *app) backfillShow() *cobra.Command {
	var watch bool
	c := &cobra.Command{
		Use: "show TASK BACKFILL", Short: "Show how far a backfill is", Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			all, err := a.backfillsOf(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			v, err := all.Get(cmd.Context(), args[1])
			if err != nil {
				return err
			}
			return a.afterBackfill(cmd.Context(), all, args[0], v, watch)
		},
	}
	c.Flags().BoolVar(&watch, "watch", false, watchBackfill)
	return c
}

func (a *app) backfillSteer(verb, short string, do func(apiclient.Backfills, context.Context, string) error) *cobra.Command {
	return &cobra.Command{
		Use: verb + " TASK BACKFILL", Short: short, Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			all, err := a.backfillsOf(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			if err := do(all, cmd.Context(), args[1]); err != nil {
				return err
			}
			a.say("%s asked for: see starter backfill show %s %s", verb, args[0], args[1])
			return nil
		},
	}
}

func (a *app) backfillsOf(ctx context.Context, task string) (apiclient.Backfills, error) {
	client, account, err := a.scope(ctx)
	if err != nil {
		return apiclient.Backfills{}, err
	}
	return client.Backfills(account, task), nil
}

func (a *app) showBackfill(v httpapi.BackfillView) error {
	return a.show(v, "backfill", v.ID, "state", v.State, "mode", v.Mode, "reason", v.Reason, "windows", ofTotal(v),
		"of them", fmt.Sprintf("%s delivered, %s empty, %s skipped, %s failed", human.Number(int64(v.Delivered)),
			human.Number(int64(v.Empty)), human.Number(int64(v.Skipped)), human.Number(int64(v.Failed))),
		"remaining", remaining(v), "error", v.Error, "started", when(v.Started), "ended", when(v.Ended), "temporal", v.UI)
}

func ofTotal(v httpapi.BackfillView) string {
	return human.Number(int64(v.Done)) + " of " + human.Number(int64(v.Total))
}

// remaining is the estimate, where there is one.
func remaining(v httpapi.BackfillView) string {
	if v.Remaining <= 0 {
		return ""
	}
	return "about " + human.Duration(time.Duration(v.Remaining))
}
