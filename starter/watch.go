package main

import (
	"context"
	"fmt"
	"time"

	"transporter/internal/apiclient"
	"transporter/internal/contract"
	"transporter/internal/httpapi"
)

// watchEvery is how often a watched run is looked at: often enough to feel live, seldom
// enough to cost nothing.
const watchEvery = time.Second

// watch shows each change of a run's steps until it ends, then the whole run. A run that
// does not end green is an error.
func (a *app) watch(ctx context.Context, client *apiclient.Client, account, run string) error {
	shown := map[string]string{}
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for {
		d, err := client.Run(ctx, account, run)
		if err != nil {
			return err
		}
		a.progress(d, shown)
		if d.Status != "running" {
			a.say("")
			if err := a.showRun(d); err != nil {
				return err
			}
			return verdict(d)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("stopped watching; the run goes on: starter run show %s --watch", run)
		case <-tick.C:
		}
	}
}

// progress prints the steps that look different from last time.
func (a *app) progress(d httpapi.RunDetail, shown map[string]string) {
	for i, s := range d.Steps {
		line := fmt.Sprintf("%-10s %-8s", s.Name, s.State)
		if s.Attempt > 1 {
			line += fmt.Sprintf(" attempt %d", s.Attempt)
		}
		if s.Error != "" || s.Detail != "" {
			line += "  " + s.Error + s.Detail
		}
		key := fmt.Sprint(i)
		if shown[key] == line {
			continue
		}
		shown[key] = line
		a.say("%s  %s", a.now().UTC().Format(time.TimeOnly), line)
	}
}

// verdict is nil for a green run.
func verdict(d httpapi.RunDetail) error {
	switch d.Outcome {
	case contract.OutcomeDelivered, contract.OutcomeEmpty, contract.OutcomeDuplicate, contract.OutcomeSkipped:
		return nil
	}
	why := d.Error
	if why == "" {
		why = "see " + d.UI
	}
	return fmt.Errorf("the run is %s: %s (repair the cause, then: starter run resume %s)", standing(d.RunView), why, d.ID)
}
