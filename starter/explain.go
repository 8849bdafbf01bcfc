package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"transporter/internal/recordfile"
	"transporter/internal/transform"
)

func (a *app) explainCommand() *cobra.Command {
	var o offline
	var row, column string
	c := &cobra.Command{
		Use: "explain FILE…", Short: "Explain how a cell of a report came to be", Args: cobra.MinimumNArgs(1),
		Long: `Explain how a cell of a report came to be, from the source records in files (see starter
render): which paths were tried and what they held, which values a derived one was made of and
by which definition, what was looked up, and which rule made it null.`,
		Example: `  starter explain --report msg.conversations --row 5f8c1b1e-9d2e-4d5c-9a39-0b9f8f9f6f55 --column csat page1.json
  starter explain --report cfg.users --row 2345678912 --column skill_names --join skills=skills.json users.json -o json`,
		RunE: func(cmd *cobra.Command, args []string) error {
			job, err := o.job()
			switch {
			case err != nil:
				return err
			case row == "":
				return usagef("say which row with --row: the value of its column _row_key")
			case column == "":
				return usagef("say which column with --column")
			}
			files, err := a.records(&o, &job, args)
			defer func() { _ = files.Close() }()
			if err != nil {
				return err
			}
			trace, err := transform.Explain(cmd.Context(), job, files, row, column)
			if err != nil || a.output == outputJSON {
				return firstError(err, func() error { return a.print(trace, table{}) })
			}
			return a.explain(trace, files, job.Report.Resource)
		},
	}
	o.flags(c)
	c.Flags().StringVar(&row, "row", "", "key of the row, as its column _row_key has it")
	c.Flags().StringVar(&column, "column", "", "the column")
	return c
}

// explain prints the trace for people.
func (a *app) explain(t *transform.Trace, files *recordfile.Files, resource string) error {
	out := fields("report", t.Report, "row", t.Row, "column", t.Column, "type", string(t.Type), "null", t.Rules.String(),
		"meaning", t.Doc, "value", string(t.Cell), "record", files.Place(resource, t.Record), "part of it", t.Element)
	for _, c := range t.CountedIn {
		out.add("counts:", fmt.Sprintf("%s %s %s, of which %d values were read", c.Resource, files.Place(c.Resource, c.Record), c.Record, len(c.Read)))
	}
	if more := t.Counted - len(t.CountedIn); more > 0 {
		out.add("", fmt.Sprintf("and %d more", more))
	}
	for _, tried := range t.Tried {
		addTried(&out, tried)
	}
	if t.Fact != nil {
		out.add("derived:", strings.TrimSpace(t.Fact.Name+" "+t.Fact.Rule))
		out.add("", t.Fact.Doc)
		for _, r := range t.Fact.Read {
			addRead(&out, "read:", r)
		}
	}
	for _, s := range t.Steps {
		out.add("then:", stepText(s))
	}
	return a.print(nil, out)
}

func addTried(out *table, t transform.Tried) {
	switch {
	case t.Skipped != "":
		out.add("tried:", fmt.Sprintf("%s only if the parameter %s is true", t.Path, t.Skipped))
		return
	case t.Empty:
		out.add("tried:", t.Path+" is an empty list")
	case len(t.Values) == 0:
		out.add("tried:", t.Path+" has nothing")
	default:
		out.add("tried:", t.Path)
	}
	for _, v := range t.Values {
		addRead(out, "", v)
	}
}

func addRead(out *table, name string, r transform.Read) {
	text := r.At + " is " + string(r.Value)
	if r.Null != "" {
		text += ", taken for null: " + r.Null
	}
	out.add(name, text)
}

func stepText(s transform.Step) string {
	becomes := string(s.Becomes)
	switch s.Do {
	case transform.StepMap:
		return fmt.Sprintf("map %s to %s", s.Value, becomes)
	case transform.StepLookup:
		return fmt.Sprintf("look %s up in %s: %s", s.Value, s.With, becomes)
	case transform.StepOpen:
		if s.Becomes == nil {
			return fmt.Sprintf("rule N6: %s is %s, so the value stays", s.With, s.Value)
		}
		return fmt.Sprintf("rule N6: %s is %s, so the value is null", s.With, s.Value)
	case transform.StepOtherwise:
		return "rule N4: nothing is " + becomes
	}
	return s.Do + " " + s.With
}
