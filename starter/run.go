package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"

	"github.com/spf13/cobra"

	"transporter/internal/apiclient"
	"transporter/internal/httpapi"
	"transporter/internal/human"
)

func (a *app) runCommand() *cobra.Command {
	return group("run", "See what ran, fetch its files, finish what failed",
		"A run delivers one window of one task. What failed is finished from the step that failed: repair\nthe cause, then resume. What cannot be repaired is accepted by name; what was delivered can be\nsent again.",
		a.runList(), a.runShow(), a.runFiles(), a.runDownload(), a.runResume(), a.runRedeliver(), a.runAccept(), a.runLinks(), a.runRevoke())
}

func (a *app) runList() *cobra.Command {
	var f apiclient.RunFilter
	var from, before string
	c := &cobra.Command{
		Use: "list", Short: "List runs, newest first", Args: cobra.NoArgs,
		Long: "List what ran, also what Temporal has forgotten since.",
		Example: `  starter run list --outcome failed
  starter run list --from 2026-11-19T00:00:00Z --before 2026-11-20T00:00:00Z`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := times(given{"--from", from, &f.From}, given{"--before", before, &f.Before}); err != nil {
				return err
			}
			client, account, err := a.scope(cmd.Context())
			if err != nil {
				return err
			}
			all, err := client.Runs(cmd.Context(), account, f)
			if err != nil {
				return err
			}
			t := table{head: []string{"run", "report", "outcome", "started", "rows", "size", "error"}}
			for _, r := range all {
				t.add(r.ID, r.Report, standing(r), when(r.Started), human.Number(r.Rows), human.Bytes(r.Bytes), r.Error)
			}
			return a.print(all, t)
		},
	}
	c.Flags().StringVar(&f.Task, "task", "", "only runs of this task")
	c.Flags().StringVar(&f.Outcome, "outcome", "", "only runs that ended so: delivered, empty, partial (some destinations have it, others are waited for), incomplete, expired, failed, duplicate, skipped")
	c.Flags().StringVar(&from, "from", "", "only runs that started at or after it, RFC 3339")
	c.Flags().StringVar(&before, "before", "", "only runs that started before it, RFC 3339")
	c.Flags().IntVarP(&f.Limit, "limit", "n", 20, "how many runs, at most 200")
	return c
}

func (a *app) runShow() *cobra.Command {
	var watch bool
	c := &cobra.Command{
		Use: "show RUN", Short: "Show a run with its steps, files and receipts", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			client, account, err := a.scope(cmd.Context())
			if err != nil {
				return err
			}
			if watch {
				return a.watch(cmd.Context(), client, account, args[0])
			}
			d, err := client.Run(cmd.Context(), account, args[0])
			if err != nil {
				return err
			}
			return a.showRun(d)
		},
	}
	c.Flags().BoolVar(&watch, "watch", false, "show progress until the run ends; a red run is exit code 1")
	return c
}

func (a *app) runFiles() *cobra.Command {
	return &cobra.Command{
		Use: "files RUN", Short: "List the files of a run", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			client, account, err := a.scope(cmd.Context())
			if err != nil {
				return err
			}
			d, err := client.Run(cmd.Context(), account, args[0])
			if err != nil {
				return err
			}
			return a.print(d.Files, filesTable(d))
		},
	}
}

func (a *app) runDownload() *cobra.Command {
	var out string
	c := &cobra.Command{
		Use: "download RUN N", Short: "Download file N of a run, as it was delivered", Args: cobra.ExactArgs(2),
		Example: `  starter run download 01JD40K7M5Q3ZB1A9C8E7G6J4K.g1.20261120T060000Z 1
  starter decrypt messages.csv.pgp --key wfm.private.asc`,
		RunE: func(cmd *cobra.Command, args []string) error {
			n, err := strconv.Atoi(args[1])
			if err != nil {
				return usagef("%q is not a file's number: see starter run files %s", args[1], args[0])
			}
			client, account, err := a.scope(cmd.Context())
			if err != nil {
				return err
			}
			f, err := client.Download(cmd.Context(), account, args[0], n)
			if err != nil {
				return err
			}
			defer func() { _ = f.Close() }()
			if out == "" {
				out = filepath.Base(filepath.Clean("/" + f.Name))
			}
			return a.save(out, f)
		},
	}
	c.Flags().StringVarP(&out, "to", "O", "", "file to write (default: its own name here; - is standard output)")
	return c
}

// save writes the stream whole under the name, or nothing.
func (a *app) save(path string, src io.Reader) error {
	if path == "-" {
		_, err := io.Copy(a.out, src)
		return err
	}
	if _, err := os.Lstat(path); err == nil {
		return fmt.Errorf("%s exists: remove it, or write to another file", path)
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), ".transporter-*") // mode 0600
	if err != nil {
		return fmt.Errorf("write file: %w", err)
	}
	n, err := io.Copy(tmp, src)
	if err = errors.Join(err, tmp.Close()); err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(tmp.Name()))
	}
	a.say("%s: %s", path, human.Bytes(n))
	return nil
}

func (a *app) runResume() *cobra.Command {
	var watch bool
	c := &cobra.Command{
		Use: "resume RUN", Short: "Finish a run from the step that failed", Args: cobra.ExactArgs(1),
		Long: "Start a new attempt of a run, with today's keys, destinations and credentials. Finished steps are\nnot repeated, delivered files not sent again.",
		RunE: func(cmd *cobra.Command, args []string) error {
			client, account, err := a.scope(cmd.Context())
			if err != nil {
				return err
			}
			s, err := client.Resume(cmd.Context(), account, args[0])
			if err != nil {
				return err
			}
			return a.afterStart(cmd.Context(), client, account, s, watch)
		},
	}
	c.Flags().BoolVar(&watch, "watch", false, "show progress until the run ends; a red run is exit code 1")
	return c
}

// afterStart shows what was started, or watches it.
func (a *app) afterStart(ctx context.Context, client *apiclient.Client, account string, s httpapi.Started, watch bool) error {
	if watch {
		return a.watch(ctx, client, account, s.Run)
	}
	return a.show(s, "run", s.Run, "window", when(s.Window.From)+" to "+when(s.Window.To), "temporal", s.UI)
}
