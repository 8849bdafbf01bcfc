package main

import (
	"context"
	"fmt"
	"time"

	"transporter/internal/apiclient"
	"transporter/internal/contract"
	"transporter/internal/follow"
	"transporter/internal/httpapi"
)

// watch tells what a run does until it ends, then shows the whole run. A run that does not
// end green is an error.
func (a *app) watch(ctx context.Context, client *apiclient.Client, account, run string) error {
	say := func(line string) { a.say("%s  %s", a.now().Local().Format(time.TimeOnly), line) }
	d, err := follow.Run{Client: client, Account: account, ID: run, Say: say, Now: a.now}.ToEnd(ctx)
	if ctx.Err() != nil {
		return fmt.Errorf("stopped watching; the run goes on: starter run show %s --watch", run)
	}
	if err != nil {
		return err
	}
	a.say("")
	if err := a.showRun(d); err != nil {
		return err
	}
	return verdict(d)
}

// verdict is nil for a green run.
func verdict(d httpapi.RunDetail) error {
	switch d.Outcome {
	case contract.OutcomeDelivered, contract.OutcomeEmpty, contract.OutcomeDuplicate, contract.OutcomeSkipped, contract.OutcomeUnchanged:
		return nil
	}
	why := d.Error
	if why == "" {
		why = "see " + d.UI
	}
	return fmt.Errorf("the run is %s: %s (repair the cause, then: starter run resume %s)", standing(d.RunView), why, d.ID)
}
