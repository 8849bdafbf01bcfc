package main

import (
	"bytes"

	"github.com/spf13/cobra"

	"transporter/internal/report"
	"transporter/internal/transform"
)

func (a *app) reportSchema() *cobra.Command {
	var format, out string
	c := &cobra.Command{
		Use: "schema REPORT", Short: "Write the schema of a report's files", Args: cobra.ExactArgs(1),
		Long: `Write the schema of a report's files, without a server: JSON Schema of a JSON file or of a
line of JSON Lines, XML Schema of an XML file. Parquet files carry theirs.`,
		Example: `  starter report schema msg.messages --format xml -O messages.xsd`,
		RunE: func(_ *cobra.Command, args []string) error {
			d, err := report.Named(args[0])
			if err != nil {
				return err
			}
			schema, err := transform.Schema(d, format)
			if err != nil {
				return err
			}
			return a.save(out, bytes.NewReader(append(bytes.TrimSpace(schema), '\n')))
		},
	}
	c.Flags().StringVar(&format, "format", transform.FormatJSON, "json, jsonl or xml")
	c.Flags().StringVarP(&out, "to", "O", "-", "file to write; - is standard output")
	return c
}
