package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"transporter/internal/report"
)

func (a *app) reportPage() *cobra.Command {
	var out string
	c := &cobra.Command{
		Use: "page REPORT", Short: "Write the documentation page of a report", Args: cobra.ExactArgs(1),
		Long: `Write the documentation of a report, without a server: what it is read from, its parameters, and its
columns with what each is made of and when it is null; as Markdown, or with --output json as JSON.`,
		Example: `  starter report page wfm.skill_interval
  starter report page msg.messages -o json`,
		RunE: func(_ *cobra.Command, args []string) error {
			d, err := report.Named(args[0])
			if err != nil {
				return err
			}
			page := report.Doc(d).Markdown()
			if a.output == outputJSON {
				page, err = jsonPage(d)
			}
			return firstError(err, func() error { return a.save(out, strings.NewReader(page)) })
		},
	}
	c.Flags().StringVarP(&out, "to", "O", "-", "file to write; - is standard output")
	return c
}

func (a *app) reportPages() *cobra.Command {
	return &cobra.Command{
		Use: "pages FOLDER", Short: "Write the documentation pages of all reports", Args: cobra.ExactArgs(1),
		Long: `Write the documentation of every report into a new folder, without a server: REPORT.md, REPORT.json,
and README.md, which leads to them.`,
		Example: `  starter report pages reports`,
		RunE: func(_ *cobra.Command, args []string) error {
			if err := os.Mkdir(args[0], 0o755); err != nil { //nolint:gosec // documentation is for everybody
				return fmt.Errorf("write pages: %w", err)
			}
			all := report.Catalog()
			pages := map[string]string{"README.md": report.Index(all)}
			for _, d := range all {
				var err error
				if pages[d.ID+".json"], err = jsonPage(d); err != nil {
					return err
				}
				pages[d.ID+".md"] = report.Doc(d).Markdown()
			}
			for name, page := range pages {
				if err := os.WriteFile(filepath.Join(args[0], name), []byte(page), 0o644); err != nil { //nolint:gosec // as above
					return fmt.Errorf("write pages: %w", err)
				}
			}
			a.say("%s: pages of %d reports", args[0], len(all))
			return nil
		},
	}
}

func jsonPage(d *report.Definition) (string, error) {
	page, err := json.MarshalIndent(report.Doc(d), "", "  ")
	return string(page) + "\n", err
}
