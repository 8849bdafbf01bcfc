package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"transporter/internal/httpapi"
)

func (a *app) reportCommand() *cobra.Command {
	return group("report", "See the catalog",
		"The catalog says which reports there are, what their columns mean and which options they take.",
		a.reportList(), a.reportShow(), a.reportPage(), a.reportPages(), a.reportSample(), a.reportSchema())
}

func (a *app) reportList() *cobra.Command {
	var category string
	c := &cobra.Command{
		Use: "list", Short: "List the reports", Args: cobra.NoArgs,
		Example: `  starter report list --category feed`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			client, err := a.client()
			if err != nil {
				return err
			}
			all, err := client.Reports(cmd.Context())
			if err != nil {
				return err
			}
			if all, err = ofCategory(all, category); err != nil {
				return err
			}
			t := table{head: []string{"category", "report", "title", "row", "formats", "shortest interval", "reaches back"}}
			for _, r := range all {
				t.add(r.Category, r.ID+"@"+r.Version, r.Title, r.Grain, strings.Join(r.Formats, ","), r.MinInterval, r.Reach)
			}
			return a.print(all, t)
		},
	}
	c.Flags().StringVar(&category, "category", "", "only these, such as feed or historical_business")
	return c
}

// ofCategory returns the reports of the category, of all of them if it is empty, one category after
// the other.
func ofCategory(all []httpapi.ReportView, category string) ([]httpapi.ReportView, error) {
	var known []string
	for _, r := range all {
		known = append(known, r.Category)
	}
	slices.Sort(known)
	if known = slices.Compact(known); category != "" && !slices.Contains(known, category) {
		return nil, usagef("--category is %q: use one of %s", category, strings.Join(known, ", "))
	}
	all = slices.DeleteFunc(all, func(r httpapi.ReportView) bool { return category != "" && r.Category != category })
	slices.SortStableFunc(all, func(a, b httpapi.ReportView) int { return strings.Compare(a.Category, b.Category) })
	return all, nil
}

func (a *app) reportShow() *cobra.Command {
	return &cobra.Command{
		Use: "show REPORT", Short: "Show a report's columns and options", Args: cobra.ExactArgs(1),
		Example: `  starter report show msg.messages`,
		RunE: func(cmd *cobra.Command, args []string) error {
			client, err := a.client()
			if err != nil {
				return err
			}
			d, err := client.Report(cmd.Context(), args[0])
			if err != nil || a.output == outputJSON {
				return firstError(err, func() error { return a.print(d, table{}) })
			}
			if err := a.show(d, "report", d.ID+"@"+d.Version, "title", d.Title, "row", d.Grain, "read from", d.SourceAPI,
				"formats", strings.Join(d.Formats, ", "), "interval at least", d.MinInterval, "window at most", d.MaxWindow, "runs after", d.DefaultDelay,
				"reaches back", d.Reach, "row key", strings.Join(d.RowKey, ", "), "row key, repaired", repairedKey(d),
				"vendor layouts", strings.Join(d.Vendors, ", ")); err != nil {
				return err
			}
			t := table{head: []string{"column", "type", "null", "class", "meaning"}}
			for _, c := range d.Columns {
				t.add(c.Name, c.Type, c.Null, c.Class, c.Doc)
			}
			_, _ = fmt.Fprintln(a.out)
			return a.print(nil, t)
		},
	}
}

// repairedKey is the row key of an exported table with dedupe repaired, where it is another.
func repairedKey(d httpapi.ReportDetail) string {
	if d.Feed == nil {
		return ""
	}
	return strings.Join(d.Feed.Repaired, ", ")
}

// firstError returns err, or what next returns when there is none.
func firstError(err error, next func() error) error {
	if err != nil {
		return err
	}
	return next()
}

func (a *app) reportSample() *cobra.Command {
	var format, vendor, out string
	c := &cobra.Command{
		Use: "sample REPORT", Short: "Write a sample file of a report", Args: cobra.ExactArgs(1),
		Example: `  starter report sample msg.messages --format csv
  starter report sample wfm.skill_interval --vendor verint`,
		RunE: func(cmd *cobra.Command, args []string) error {
			client, err := a.client()
			if err != nil {
				return err
			}
			f, err := client.Sample(cmd.Context(), args[0], format, vendor)
			if err != nil {
				return err
			}
			defer func() { _ = f.Close() }()
			return a.save(out, f)
		},
	}
	c.Flags().StringVar(&format, "format", "", "one of the report's formats (default: its first)")
	c.Flags().StringVar(&vendor, "vendor", "", "in the layout of this vendor: see starter vendor list")
	c.Flags().StringVarP(&out, "to", "O", "-", "file to write; - is standard output")
	return c
}
