package activities

import (
	"context"
	"encoding/json"
	"strconv"
	"time"

	"transporter/internal/fault"
	"transporter/internal/report"
)

// carriedRetry is how soon a window looks again whether the one before it is rendered.
const carriedRetry = 15 * time.Second

// carriedState is what a window of a stateful report leaves to the next. It is written once,
// by whichever run renders the window first.
type carriedState struct {
	State json.RawMessage `json:"state"`
}

// carriedKey names the state at a moment, which is the end of one window and the beginning
// of the next.
func carriedKey(plan *Plan, def *report.Definition, at int64) string {
	d := plan.Delivery
	return "carried/" + d.Account + "/" + d.Task + "/" + def.ID + "/" + plan.Spec.Source + "/" + strconv.FormatInt(at, 10)
}

// carried is what the window before left; nil for reports that need nothing of it, and where
// nothing ends where this one begins. Windows may be fetched in any order, but are rendered
// one after another: until the one before is, this is fault.NotReady.
func (a *Run) carried(ctx context.Context, plan *Plan, def *report.Definition) ([]byte, error) {
	if !def.Stateful() {
		return nil, nil
	}
	var c carriedState
	found, err := a.Stage.Committed(ctx, carriedKey(plan, def, plan.Window.From), &c)
	switch {
	case err != nil:
		return nil, err
	case found:
		return c.State, nil
	case plan.GoesOn:
		return nil, fault.New(fault.NotReady, "the window before this one is not rendered yet, and this one goes on from it").
			WithFix("nothing if it runs; if it is red, resume it, then this one").After(carriedRetry)
	}
	return nil, nil
}

// carry leaves the state at the window's end to the next one.
func (a *Run) carry(ctx context.Context, plan *Plan, def *report.Definition, state []byte) error {
	if !def.Stateful() {
		return nil
	}
	_, err := a.Stage.Commit(ctx, carriedKey(plan, def, plan.Window.To), carriedState{state})
	return err
}

// leadOf is how many milliseconds before its window a run reads: those of a stateful report
// that can go on from no window before, as far as the source still answers.
func leadOf(def *report.Definition, plan *Plan, now time.Time) int64 {
	if plan.GoesOn {
		return 0
	}
	lead := time.Duration(def.Lead).Milliseconds()
	if since, bounded := def.Reach.Since(now); bounded {
		lead = min(lead, plan.Window.From-since.Add(time.Hour).UnixMilli()) // an hour for the calls to be made in
	}
	return max(lead, 0)
}
