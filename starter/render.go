package main

import (
	"cmp"
	"context"
	"fmt"
	"math"

	"github.com/spf13/cobra"

	"transporter/internal/recordfile"
	"transporter/internal/report"
	"transporter/internal/task"
	"transporter/internal/transform"
)

func (a *app) renderCommand() *cobra.Command {
	var o offline
	var f rendering
	c := &cobra.Command{
		Use: "render FILE…", Short: "Render a report from source records in files", Args: cobra.MinimumNArgs(1),
		Long: `Render a report from source records in files, as a run does, without a server. A file is an
answer of the report's API as it came, or its records one after the other (JSON Lines); - is
standard input. Every record is rendered, whatever the window. Names come from the files of --join;
without them they stay empty.

An answer of an API that counts what is now does not say when it was asked for, and some not for which time
or skill: --requested-at, --window and --param skill_ids do, and one that needs what they do not say is
refused. Its records are those that a run makes of it, without the call, which nobody knows. Records as
a raw report has them say it themselves. Rows by intervals are counted from answers of --join that were asked
for with interval=5, skill by skill or agent by agent.

Records that a run would put in quarantine are left out and listed, and the exit code is 1.`,
		Example: `  starter render --report msg.messages --format csv page1.json page2.json
  starter render --report cfg.users --join skills=skills.json --join profiles=profiles.json users.json
  starter render --report wfm.agent_snapshot --vendor verint --requested-at 2026-11-19T10:00:00Z status.json
  starter render --report msg.messages --format csv --split 10000 -O messages.csv records.jsonl`,
		RunE: func(cmd *cobra.Command, args []string) error {
			job, err := o.job()
			if err == nil {
				err = f.complete(&job)
			}
			if err != nil {
				return err
			}
			files, err := a.records(&o, &job, args)
			defer func() { _ = files.Close() }()
			if err != nil {
				return err
			}
			return a.render(cmd.Context(), job, &f, files)
		},
	}
	o.flags(c)
	f.flags(c)
	return c
}

// rendering are the flags about the files that are written.
type rendering struct {
	format, formatting, out string
	vendor                  string
	header                  []string
	split                   int
}

func (r *rendering) flags(c *cobra.Command) {
	f := c.Flags()
	f.StringVar(&r.format, "format", "", "one of the report's formats (default: its first)")
	f.StringVar(&r.formatting, "formatting", "{}", `formatting of a task as JSON, such as {"delimiter":";"}`)
	f.StringVar(&r.vendor, "vendor", "", "in the layout of this vendor, where the other flags say nothing: see starter vendor list")
	f.StringSliceVar(&r.header, "header", nil, "fields of the metadata header: recordCount,endDate,endTime,filePart,totalParts")
	f.IntVar(&r.split, "split", 0, "source records a file; more files are numbered (default: all in one)")
	f.StringVarP(&r.out, "to", "O", "-", "file to write; - is standard output")
}

func (r *rendering) complete(job *transform.Job) error {
	job.SplitEntries = r.split
	switch {
	case r.split < 0:
		return usagef("--split is %d: give 1 or more", r.split)
	case r.split == 0:
		job.SplitEntries = math.MaxInt
	case r.out == "-":
		return usagef("--split makes several files: say where with --to")
	}
	for _, field := range r.header {
		if job.To == 0 && (field == "endDate" || field == "endTime") {
			return usagef("--header %s is when the window ends: say which with --window", field)
		}
	}
	spec := task.Spec{
		Report: job.Report.ID, Vendor: r.vendor, Format: r.format, Parameters: job.Params, MetadataHeader: task.MetadataHeader{Fields: r.header},
	}
	if err := decode([]byte(r.formatting), &spec.Formatting); err != nil {
		return usagef("--formatting: %w", err)
	}
	spec, err := report.Fill(spec)
	if err != nil {
		return err
	}
	spec.Format = cmp.Or(spec.Format, job.Report.Formats[0])
	job.Format, job.Formatting, job.Params = spec.Format, spec.Formatting, spec.Parameters
	return task.CheckFile(spec, job.Report.FileRules())
}

// render writes the files, then tells what was left out.
func (a *app) render(ctx context.Context, job transform.Job, r *rendering, files *recordfile.Files) error {
	parts, err := newPartFiles()
	if err != nil {
		return err
	}
	defer parts.remove()
	result, err := transform.Render(ctx, job, files, parts)
	if err != nil {
		return err
	}
	if err := a.saveParts(job, r, parts); err != nil {
		return err
	}
	for _, q := range result.Quarantined {
		_, _ = fmt.Fprintln(a.err, quarantined(files.Place(job.Report.Resource, q.RecordID), q))
	}
	if result.Replaced > 0 {
		_, _ = fmt.Fprintf(a.err, "%d characters were written as another: broken ones, or such as the format cannot hold\n", result.Replaced)
	}
	if result.Refused > 0 {
		return fmt.Errorf("%d of %d records are in quarantine and were left out", result.Refused, result.Entries)
	}
	return nil
}

func quarantined(place string, q transform.Quarantine) string {
	text := fmt.Sprintf("%s (%s): ", place, q.RecordID)
	if q.Column != "" {
		text += q.Column + ": "
	}
	return text + q.Reason
}
