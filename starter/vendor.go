package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"transporter/internal/httpapi"
)

func (a *app) vendorCommand() *cobra.Command {
	return group("vendor", "See the layouts of vendors' files",
		"A vendor is a workforce tool that takes files in a layout of its own. A task that names one is filled\nin from that layout when it is saved: what it says itself stays. Another vendor of a task that is edited\nfills in anew what is still as the former layout says. See docs/vendors.md.",
		a.vendorList(), a.vendorShow())
}

func (a *app) vendorList() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the vendors with a layout", Args: cobra.NoArgs,
		Example: `  starter vendor list`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			client, err := a.client()
			if err != nil {
				return err
			}
			all, err := client.Vendors(cmd.Context())
			if err != nil {
				return err
			}
			t := table{head: []string{"vendor", "title", "format", "goes to", "reports"}}
			for _, v := range all {
				t.add(v.ID, v.Title, v.Format, destinationKinds(v), strings.Join(reportsOf(v), ","))
			}
			return a.print(all, t)
		},
	}
}

func (a *app) vendorShow() *cobra.Command {
	return &cobra.Command{
		Use: "show VENDOR", Short: "Show the layout of a vendor's files", Args: cobra.ExactArgs(1),
		Example: `  starter vendor show verint`,
		RunE: func(cmd *cobra.Command, args []string) error {
			client, err := a.client()
			if err != nil {
				return err
			}
			v, err := client.Vendor(cmd.Context(), args[0])
			if err != nil || a.output == outputJSON {
				return firstError(err, func() error { return a.print(v, table{}) })
			}
			pairs := []string{"vendor", v.ID, "title", v.Title, "about", v.Doc, "format", v.Format, "goes to", destinationKinds(v)}
			for _, f := range v.Reports {
				pairs = append(pairs, "files of "+f.Report, f.FileName)
			}
			if err := a.show(v, pairs...); err != nil {
				return err
			}
			t := table{head: []string{"report", "header", "column", "time"}}
			for _, f := range v.Reports {
				for _, c := range f.Columns {
					t.add(f.Report, c.Name(), c.Column, c.Time)
				}
			}
			_, _ = fmt.Fprintln(a.out)
			return a.print(nil, t)
		},
	}
}

func reportsOf(v httpapi.VendorView) (ids []string) {
	for _, f := range v.Reports {
		ids = append(ids, f.Report)
	}
	return ids
}

// destinationKinds are the kinds of which a task needs one.
func destinationKinds(v httpapi.VendorView) string {
	if len(v.Destinations) == 0 {
		return "any destination"
	}
	return strings.Join(v.Destinations, " or ")
}
