package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"transporter/internal/coverage"
	"transporter/internal/httpapi"
	"transporter/internal/human"
)

func (a *app) coverageCommand() *cobra.Command {
	var from, to string
	var all bool
	c := &cobra.Command{
		Use: "coverage TASK", Short: "Show what became of every window of a task", Args: cobra.ExactArgs(1),
		Long: "Show which windows a task should have delivered and what became of each. Those that are\nneither delivered nor empty are listed, with --all the others too. A window that is due and not\ndelivered is exit code 1.",
		Example: `  starter coverage 01JD40K7M5Q3ZB1A9C8E7G6J4K
  starter coverage 01JD40K7M5Q3ZB1A9C8E7G6J4K --from 2026-11-01T00:00:00Z --all`,
		RunE: func(cmd *cobra.Command, args []string) error {
			var first, last time.Time
			if err := times(given{"--from", from, &first}, given{"--to", to, &last}); err != nil {
				return err
			}
			client, account, err := a.scope(cmd.Context())
			if err != nil {
				return err
			}
			v, err := client.Coverage(cmd.Context(), account, args[0], first, last)
			if err != nil {
				return err
			}
			if err := a.showCoverage(v, all); err != nil {
				return err
			}
			return covered(v, args[0])
		},
	}
	c.Flags().StringVar(&from, "from", "", "windows that end after it, RFC 3339 (default: from the first)")
	c.Flags().StringVar(&to, "to", "", "windows that begin before it, RFC 3339 (default: now)")
	c.Flags().BoolVar(&all, "all", false, "list the windows that are done too")
	return c
}

func (a *app) showCoverage(v httpapi.Coverage, all bool) error {
	if a.output == outputJSON {
		return a.print(v, table{})
	}
	if err := a.show(v, "windows", human.Number(int64(v.Summary.Windows)), "of them", countsOf(v.Summary),
		"rows", human.Number(v.Summary.Rows), "gaps and overlaps", human.Number(int64(len(v.Summary.Breaks)))); err != nil {
		return err
	}
	for _, t := range []table{breaksTable(v.Summary), windowsTable(v, all)} {
		if len(t.rows) == 0 {
			continue
		}
		a.say("")
		if err := a.print(nil, t); err != nil {
			return err
		}
	}
	return nil
}

// countsOf writes how many windows have each status, most first.
func countsOf(s coverage.Summary) string {
	statuses := make([]coverage.Status, 0, len(s.Counts))
	for status := range s.Counts {
		statuses = append(statuses, status)
	}
	slices.SortFunc(statuses, func(x, y coverage.Status) int {
		if d := s.Counts[y] - s.Counts[x]; d != 0 {
			return d
		}
		return strings.Compare(string(x), string(y))
	})
	parts := make([]string, 0, len(statuses))
	for _, status := range statuses {
		parts = append(parts, human.Number(int64(s.Counts[status]))+" "+statusText(string(status)))
	}
	return strings.Join(parts, ", ")
}

func statusText(status string) string { return strings.ReplaceAll(status, "_", " ") }

func breaksTable(s coverage.Summary) table {
	t := table{head: []string{"what", "from", "to"}}
	for _, b := range s.Breaks {
		what := "in no window"
		if b.Overlap {
			what = "in two windows"
		}
		t.add(what, when(b.From), when(b.To))
	}
	return t
}

func windowsTable(v httpapi.Coverage, all bool) table {
	t := table{head: []string{"window from", "to", "status", "rows", "receipt", "run"}}
	for _, w := range v.Windows {
		if all || !done(w.Status) {
			t.add(when(w.From), when(w.To), statusText(w.Status), human.Number(w.Rows), whenever(w.Delivered), w.Run)
		}
	}
	return t
}

func done(status string) bool {
	return status == string(coverage.Delivered) || status == string(coverage.Empty)
}

// covered is nil when every window that is due is delivered or empty and they tile.
func covered(v httpapi.Coverage, task string) error {
	counts := v.Summary.Counts
	switch {
	case len(v.Summary.Breaks) > 0:
		return fmt.Errorf("the windows do not tile the period: %s between them", human.Count(len(v.Summary.Breaks), "break"))
	case counts[coverage.Missing]+counts[coverage.Failed] > 0:
		return fmt.Errorf("%s not delivered (look at the failed runs, then: starter backfill start %s)",
			human.Count(counts[coverage.Missing]+counts[coverage.Failed], "window"), task)
	case !v.Complete:
		return fmt.Errorf("not every window is delivered: %s", countsOf(v.Summary))
	}
	return nil
}
