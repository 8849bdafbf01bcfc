package main

import (
	"cmp"
	"reflect"
	"strings"

	"github.com/spf13/cobra"

	"transporter/internal/apiclient"
	"transporter/internal/destination/kind"
	"transporter/internal/httpapi"
	"transporter/internal/human"
	"transporter/internal/task"
)

func (a *app) accountPlan() *cobra.Command {
	var p httpapi.Plan
	var window string
	c := &cobra.Command{
		Use: "plan", Short: "Show or set plan and limits", Args: cobra.NoArgs,
		Long: "Show what the account may do, or set it with --set. Unless it is set otherwise, basic: tasks run\njust once, over at most 24 hours, to the cloud store only; premium: everything. Tasks that are\nthere go on. A limit that is not given is as the plan says.",
		Example: `  starter account plan --set premium --tasks 30 --per-report 5
  starter account plan --set basic --window 7d --frequencies once,daily`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if p.Plan == "" && (!reflect.ValueOf(p).IsZero() || window != "") {
				return usagef("limits belong to --set")
			}
			if window != "" {
				long, err := task.ParseDuration(window)
				if err != nil {
					return usagef("--window: %v", err)
				}
				p.Limits.Window = long
			}
			client, account, err := a.scope(cmd.Context())
			if err != nil {
				return err
			}
			var v httpapi.PlanView
			if p.Plan == "" {
				v, err = client.Plan(cmd.Context(), account)
			} else {
				v, err = client.SetPlan(cmd.Context(), account, p, apiclient.Write{})
			}
			if err != nil {
				return err
			}
			return a.showPlan(v)
		},
	}
	c.Flags().StringVar(&p.Plan, "set", "", "basic or premium")
	c.Flags().IntVar(&p.Limits.Tasks, "tasks", 0, "tasks at most")
	c.Flags().IntVar(&p.Limits.PerReport, "per-report", 0, "tasks of one report at most")
	c.Flags().StringVar(&window, "window", "", `the longest window, such as "24h"`)
	c.Flags().StringSliceVar(&p.Limits.Frequencies, "frequencies", nil, "how often tasks may run: of once, interval, daily, weekly")
	c.Flags().StringSliceVar(&p.Limits.Destinations, "destinations", nil, "the kinds of destinations they may deliver to: of "+strings.Join(kind.Names(), ", "))
	return c
}

func (a *app) showPlan(v httpapi.PlanView) error {
	anything := func(list []string) string { return cmp.Or(strings.Join(list, ", "), "any") }
	longest := "any length"
	if v.Allowed.Window > 0 {
		longest = "at most " + v.Allowed.Window.String()
	}
	return a.show(v, "plan", v.Plan.Plan, "tasks", "at most "+human.Number(int64(v.Allowed.Tasks)),
		"of one report", "at most "+human.Number(int64(v.Allowed.PerReport)), "windows", longest,
		"frequencies", anything(v.Allowed.Frequencies), "destinations", anything(v.Allowed.Destinations))
}
