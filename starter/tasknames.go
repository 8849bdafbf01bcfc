package main

import (
	"strings"

	"github.com/spf13/cobra"

	"transporter/internal/httpapi"
	"transporter/internal/task"
)

func (a *app) taskNames() *cobra.Command {
	var file, template string
	c := &cobra.Command{
		Use: "names", Short: "Show how the files of a task would be called", Args: cobra.NoArgs,
		Long: `Show how the files of a task that is still being written would be called: the next windows, with
one file, with two, and run again. Refused, with the field, where two of them could get one name.
Only what names are made of must be there; see starter preview for tasks that are made.`,
		Example: `  starter task names -f task.json
  starter task names -f task.json --template '{account}-{date}{part}{revision}.{ext}'`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if file == "" {
				return usagef("say which task with --file")
			}
			var spec task.Spec
			if err := a.readJSON(file, &spec); err != nil {
				return err
			}
			if template != "" {
				for i := range spec.Destinations {
					spec.Destinations[i].FileName, spec.Destinations[i].FileNameElements = template, nil
				}
			}
			client, account, err := a.scope(cmd.Context())
			if err != nil {
				return err
			}
			names, err := client.FileNames(cmd.Context(), account, spec)
			if err != nil {
				return err
			}
			return a.print(names, tableOfNames(names))
		},
	}
	c.Flags().StringVarP(&file, "file", "f", "", "the task as JSON; - is standard input")
	c.Flags().StringVar(&template, "template", "", "template of every destination, in place of the task's own")
	return c
}

// tableOfNames has a line for each kind of file, leg by leg.
func tableOfNames(names httpapi.FileNames) table {
	t := table{head: []string{"window from", "to", "of", "file"}}
	for _, leg := range names.Legs {
		for _, w := range leg.Windows {
			for _, line := range [][2]string{
				{"one file", w.File},
				{"two files", strings.Join(w.Parts, " ")},
				{"beside it", strings.Join(w.Beside, " ")},
				{"run again", w.Revision},
				{"manifest", w.Manifest},
				{"marker", w.Marker},
			} {
				if line[1] != "" {
					t.add(when(w.From), when(w.To), line[0], line[1])
				}
			}
		}
	}
	return t
}
