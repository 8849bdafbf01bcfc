package main

import (
	"strings"

	"github.com/spf13/cobra"
)

func (a *app) zonesCommand() *cobra.Command {
	var most int
	c := &cobra.Command{
		Use: "zones [PLACE]", Short: "Find a time zone by city",
		Long: "Find a time zone by city, region, country or a part of its name. Case and accents do not matter.\nWithout a place, zones are listed by name.",
		Example: `  starter zones madrid
  starter zones san francisco`,
		RunE: func(cmd *cobra.Command, args []string) error {
			client, err := a.client()
			if err != nil {
				return err
			}
			all, err := client.Zones(cmd.Context(), strings.Join(args, " "), most)
			if err != nil {
				return err
			}
			t := table{head: []string{"zone", "place", "country", "now", "next change"}}
			for _, z := range all {
				change := "none"
				if z.NextChange != nil {
					change = when(z.NextChange.At) + " to " + z.NextChange.Offset
				}
				t.add(z.Zone, z.Place, z.Country, z.Offset, change)
			}
			return a.print(all, t)
		},
	}
	c.Flags().IntVarP(&most, "number", "n", 20, "how many at most")
	return c
}
